"""What runs on a host: ``python -m harness.runtime agent|observer|box``.

``box`` reads its order from stdin. ``agent HOST ORDER`` and ``observer HOST ORDER`` get theirs as JSON, and
speak JSON lines on stdin and stdout.
"""

from __future__ import annotations

import json
import sys

__all__ = ["main"]


def main(words: list[str]) -> int:
    """Run the program the words name; its exit status."""
    # Each program imports only what it needs: from the zip everything is compiled anew.
    if words == ["box"]:
        from harness.runtime import box

        return box.main()
    from harness.runtime.programs import run_program

    process, host, order = words
    return run_program(process, host, json.loads(order))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
