"""A stored run of 10,000 connections: seconds that each command takes for it, and what every form takes at once.

A real run in the netns lab, some 114,000 packets in both captures. Python's start is included. The limit is 3 s.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from measuring import HARNESS, arguments, harness_run, middle, timed
from tabulate import tabulate

_SETTINGS = {"backlog": 1000, "clients": 10_000}
_FORMS = ("json", "markdown", "html", "pcapng")


def main() -> None:
    """Print the table."""
    rounds = arguments(__doc__ or "", rounds=3).rounds
    with tempfile.TemporaryDirectory() as place:
        ran = harness_run("netns", Path(place), _SETTINGS)
        folder = str(ran.folder)
        forms = {name: ["report", folder, f"--{name}", str(Path(place, f"out.{name}"))] for name in _FORMS}
        commands = {
            "judge --json": ["judge", folder, "--json"],
            "show": ["show", folder],
            **{f"report --{name}": words for name, words in forms.items()},
            "report, all of these": ["report", folder, *(word for words in forms.values() for word in words[2:])],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, words in commands.items():
                taken[name].append(timed([HARNESS, *words], (0, 4)))  # 4: the machine was too busy
        sizes = {
            name: Path(words[-1]).stat().st_size / 1e6 for name, words in commands.items() if name[:6] == "report"
        }
    rows = [(name, middle(taken[name]), f"{sizes[name]:.2f}" if name in sizes else "") for name in commands]
    print(f"{sum(host['captured'] for host in ran.result['packets'].values())} packets; median of {rounds}")
    print(tabulate(rows, ("command", "s", "MB"), disable_numparse=True))


if __name__ == "__main__":
    main()
