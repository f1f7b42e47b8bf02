"""2000 clients against backlog 1000, on every lab that can be made here: wall time, packets lost, time to judge.

1001 clients must be connected and 999 refused; the run's own verdict says whether all findings are right.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from measuring import Ran, arguments, harness_run, middle, usable_labs
from tabulate import tabulate

from harness.evidence.folder import RunFolder
from harness.judge import judge

_SETTINGS = {"backlog": 1000, "clients": 2000, "syn_retries": 1}


def judging(ran: Ran) -> float:
    """Seconds to judge a stored run."""
    began = time.perf_counter()
    judge(RunFolder.open(ran.folder))
    return time.perf_counter() - began


def lost(ran: Ran) -> str:
    """Packets lost on all hosts, of how many."""
    hosts = ran.result["packets"].values()
    numbers = [host["lost"] for host in hosts]
    captured = sum(host["captured"] for host in hosts)
    return f"{'?' if None in numbers else sum(numbers)} of {captured}"


def row(lab: str, runs: list[Ran]) -> tuple[str, ...]:
    """A lab's line of the table."""
    connected = {run.result["findings"]["connected"]["value"] for run in runs}
    return (
        lab,
        ", ".join(dict.fromkeys(run.result["verdict"] for run in runs)),
        ", ".join(map(str, sorted(connected))),
        ", ".join(dict.fromkeys(lost(run) for run in runs)),
        middle([run.wall for run in runs]),
        middle([judging(run) for run in runs]),
    )


def main() -> None:
    """Run every lab in turn, so that a busy moment meets all."""
    assert __doc__ is not None  # noqa: S101 (it stands above)
    rounds = arguments(__doc__, rounds=1).rounds
    labs = usable_labs()
    with tempfile.TemporaryDirectory() as folder:
        runs: dict[str, list[Ran]] = {lab: [] for lab in labs}
        for _ in range(rounds):
            for lab in labs:
                runs[lab].append(harness_run(lab, Path(folder), _SETTINGS))
        rows = [row(lab, runs[lab]) for lab in labs]
    heads = ["lab", "verdict", "connected", "packets lost", "wall s", "judging s"]
    print(tabulate(rows, heads, disable_numparse=True))


if __name__ == "__main__":
    main()
