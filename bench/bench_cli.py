"""How long ``harness --help`` takes, beside Python's own start."""

from __future__ import annotations

import sys

from measuring import HARNESS, arguments, middle, timed
from tabulate import tabulate


def main() -> None:
    """Measure in turn, so that a busy moment meets both."""
    assert __doc__ is not None  # noqa: S101 (it stands above)
    rounds = arguments(__doc__, rounds=15).rounds
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "harness --help": [HARNESS, "--help"]}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, words in commands.items():
            seconds[name].append(timed(words))
    rows = [(name, middle(values, 3)) for name, values in seconds.items()]
    print(tabulate(rows, ["command", f"seconds, median of {rounds}"], disable_numparse=True))


if __name__ == "__main__":
    main()
