"""What runs on a host: ``python -m harness.runtime agent|observer|box``.

``box`` reads its order from stdin. ``agent HOST ORDER`` and ``observer HOST ORDER`` get theirs as JSON, and
speak JSON lines on stdin and stdout.
"""

from __future__ import annotations

import json
import sys

from harness.runtime import box

__all__ = ["main"]


def main(words: list[str]) -> int:
    """Run the program the words name; its exit status."""
    if words == ["box"]:
        return box.main()
    process, host, order = words
    return box.run_program(process, host, json.loads(order))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
