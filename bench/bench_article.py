"""``harness article`` from its start to its end, beside its longest experiment: what waits should overlap.

The bound is 1.2 times the longest experiment and a second more. A round in which the machine was too busy to keep
time repeats the runs it spoiled, and is told apart.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

from measuring import HARNESS, arguments, usable_labs
from tabulate import tabulate


def main() -> None:
    """Measure each lab's rounds."""
    assert __doc__ is not None  # noqa: S101 (it stands above)
    rounds = arguments(__doc__, rounds=3).rounds
    rows = [_round(lab) for lab in usable_labs() for _ in range(rounds)]
    heads = ["lab", "verdict", "repeated", "wall s", "longest s", "bound s", "all experiments s"]
    print(tabulate(rows, heads, floatfmt=".2f"))


def _round(lab: str) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "article.json"
        words = [HARNESS, "article", "--lab", lab, "--out", folder, "--json", str(place)]
        began = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - began
        result = json.loads(place.read_text("utf-8"))
    seconds = [run["seconds"]["experiment"] for run in result["runs"]]
    repeated = "once more" in done.stderr
    return [lab, result["verdict"], repeated, wall, max(seconds), 1.2 * max(seconds) + 1, sum(seconds)]


if __name__ == "__main__":
    main()
