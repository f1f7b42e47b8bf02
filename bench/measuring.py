"""What the benchmarks share: harness as its users start it, timed; and medians with their spread."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["HARNESS", "Ran", "arguments", "harness_run", "middle", "run_words", "timed", "usable_labs"]

HARNESS = str(Path(sys.executable).with_name("harness"))
"""The installed command, beside the Python that runs the benchmark."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A whole ``harness run``: its wall time in seconds, its result, its run folder."""

    wall: float
    result: dict[str, Any]
    folder: Path


def arguments(text: str, *, rounds: int) -> argparse.Namespace:
    """The options of a benchmark: how many rounds."""
    command = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--rounds", type=int, default=rounds, metavar="N", help=f"default: {rounds}")
    return command.parse_args()


def timed(words: list[str], codes: tuple[int, ...] = (0,), **options: Any) -> float:
    """Seconds from start to end of a command that must end with one of these exit codes."""
    began = time.perf_counter()
    done = subprocess.run(words, check=False, capture_output=True, **options)
    wall = time.perf_counter() - began
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return wall


def run_words(lab: str, out: Path, settings: dict[str, int]) -> list[str]:
    """The words of ``harness run backlog-overflow`` on a lab."""
    sets = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    return [HARNESS, "run", "backlog-overflow", "--lab", lab, "--out", str(out), *sets]


def harness_run(lab: str, out: Path, settings: dict[str, int]) -> Ran:
    """Run backlog-overflow as a user does; SystemExit with what it said where a finding failed."""
    report = out / "result.json"
    words = [*run_words(lab, out, settings), "--json", str(report)]
    began = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    if done.returncode not in (0, 4):
        raise SystemExit(f"harness run --lab {lab} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    result = json.loads(report.read_text("utf-8"))["runs"][0]
    return Ran(wall, result, Path(result["folder"]))


def usable_labs() -> list[str]:
    """The labs that this machine can make; those it cannot are named on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for lab in ("netns", "docker"):
            words = [*run_words(lab, Path(folder), {"clients": 1}), "--plan"]
            if subprocess.run(words, capture_output=True, check=False).returncode == 0:
                found.append(lab)
            else:
                print(f"no {lab} lab here (harness doctor says why): left out", file=sys.stderr)
    return found


def middle(values: list[float], digits: int = 2) -> str:
    """The median, with least and most in brackets."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"
