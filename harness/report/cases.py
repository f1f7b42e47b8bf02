"""Runs as test cases, for what counts tests: a name of its own for each, and what was not as it should be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.report.asked import sysctls
from harness.report.values import measured, plain, should
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.result import FindingResult, RunResult

__all__ = ["image_of", "names", "trouble", "troubles"]


def image_of(run: RunResult) -> str:
    """The run's image; where its hosts differ, all of them; "" where nothing was chosen."""
    return run.image or " and ".join(dict.fromkeys(facts.image for facts in run.hosts.values()))


def names(runs: Sequence[RunResult]) -> list[str]:
    """The experiments' names; of one that ran several times on one image, with what was asked for differently.

    What tells two runs apart is what was asked for, not what was seen: a history of test cases is kept by name.
    """
    places = [(run.lab, image_of(run), run.experiment) for run in runs]
    found = [_told_apart(run, [each for each, at in zip(runs, places, strict=True) if at == place])
             for run, place in zip(runs, places, strict=True)]  # fmt: skip
    counts, seen = Counter(zip(places, found, strict=True)), Counter[tuple[object, str]]()
    for number, key in enumerate(zip(places, found[:], strict=True)):
        if counts[key] > 1:
            seen[key] += 1
            found[number] = f"{found[number]} #{seen[key]}"
    return found


def _told_apart(run: RunResult, alike: Sequence[RunResult]) -> str:
    asked = [_asked(each) for each in alike]
    mine = [text for name, text in _asked(run).items() if len({each.get(name) for each in asked}) > 1]
    return f"{run.experiment} ({', '.join(mine)})" if mine else run.experiment


def _asked(run: RunResult) -> dict[str, str]:
    parameters = {name: f"{name}={plain(value)}" for name, value in run.parameters.items()}
    return {
        **parameters,
        " sysctls": ", ".join(sysctls(run)),
        " mode": run.mode,
        " family": f"IPv{run.family}",
        " clock": f"{run.clock} time",
    }


def troubles(run: RunResult) -> Iterator[str]:
    """A line for each finding that failed or is unknown, the worst first; or the run's own reason."""
    order = (Verdict.ERROR, Verdict.FAIL, Verdict.UNKNOWN)
    found = [
        (finding.verdict, name, finding) for name, finding in run.findings.items() if finding.verdict in order
    ]
    for _, name, finding in sorted(found, key=lambda each: order.index(each[0])):
        yield trouble(name, finding)
    if not any(verdict is run.verdict for verdict, _, _ in found) and run.verdict is not Verdict.PASS:
        yield run.reason or f"no reason is known for {run.verdict.value}"


def trouble(name: str, finding: FindingResult) -> str:
    """What is the matter with a finding: of a fail measured and expected, else the reason."""
    if finding.verdict is Verdict.FAIL:
        return f"{name}: measured {measured(finding)}, expected {should(finding)}"
    return f"{name}: {finding.reason or 'no reason is known'} (measured {measured(finding)})"
