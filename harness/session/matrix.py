"""Every experiment on every image: run with one set of parameters, put side by side, causes tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from harness.errors import HarnessError, ImageError, LabMissing
from harness.image import catalogue
from harness.lab.docker import Docker
from harness.result import Verdict
from harness.session.causes import with_causes
from harness.session.choice import candidates
from harness.session.compare import compare
from harness.session.many import run_all
from harness.session.outcome import raise_common

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.session.causes import Try
    from harness.session.compare import Comparison
    from harness.session.outcome import Outcome
    from harness.session.prepare import Request
    from harness.session.progress import Several

__all__ = ["Matrix", "all_experiments", "all_images", "common_mode", "compare_images"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Experiments down, images across.

    Attributes:
        comparisons: an experiment each, all with the same columns.
        outcomes: what became of each run; trials left out.
    """

    comparisons: tuple[Comparison, ...]
    outcomes: tuple[Outcome, ...]


def compare_images(
    requests: Sequence[Request],
    progress: Several,
    workers: int | None = None,
    causes: Try = "virtual",
    *,
    named: bool = True,
) -> Matrix:
    """Run the same on several images, with one set of parameters, and compare; see ``run_all``.

    Args:
        requests: the runs, each experiment's images one after another.
        progress: hears of everything.
        workers: see ``run_all``.
        causes: what may be run once more to prove why kernels differ.
        named: whether somebody named the images; where nobody did, one that cannot be used here is skipped.

    Raises:
        HarnessError: what kept every run from being started.
        KeyboardInterrupt: interrupted; nothing is left.
    """
    mode = common_mode(requests, named=named)
    asked = [replace(request, mode=mode) for request in requests]
    outcomes = run_all(asked, progress, workers, again=True)
    raise_common(outcomes)
    if not named:
        outcomes = [_skipped(outcome) for outcome in outcomes]
    by_experiment: dict[str, list[Request]] = {}
    for outcome in outcomes:
        by_experiment.setdefault(outcome.result.experiment, []).append(outcome.request)
    compared = compare([outcome.result for outcome in outcomes])
    rows = [by_experiment[comparison.experiment] for comparison in compared]
    return Matrix(tuple(with_causes(compared, rows, progress, workers, causes)), tuple(outcomes))


def _skipped(outcome: Outcome) -> Outcome:
    if not isinstance(outcome.error, LabMissing | ImageError):
        return outcome
    return replace(outcome, result=replace(outcome.result, verdict=Verdict.SKIP), error=None)


def common_mode(requests: Iterable[Request], *, named: bool = True) -> Literal["quick", "full"]:
    """The mode of a comparison: what the user says; else quick, unless waiting costs nothing in any of its labs.

    It is full, too, where a stack was named that takes no sysctls, which is what waits are shortened with.
    """
    requests = list(requests)
    said = next((request.mode for request in requests if request.mode), None)
    if said is not None:
        return said
    images = {request.image for request in requests if request.image}
    if named and any(_takes_no_sysctls(image) for image in images):
        return "full"
    asked = {(request.lab, request.image, request.clock): request for request in requests}
    return "full" if all(_costs_nothing(request) for request in asked.values()) else "quick"


def _takes_no_sysctls(image: str) -> bool:
    """Whether an image has a stack of its own; one that is skipped here is no reason to have the others wait."""
    try:
        runtime = catalogue.find(image).runtime
        return runtime is not None and Docker(runtime).lacking() is None
    except HarnessError:
        return False


def _costs_nothing(request: Request) -> bool:
    try:
        lab, _ = candidates(request.lab, request.image, request.clock, request.via)[0]
    except HarnessError:
        return True  # it will not run at all, and the reason is told when it is tried
    return lab.default_mode == "full"


def all_experiments() -> list[str]:
    """Every experiment there is."""
    from harness import spec  # noqa: PLC0415 (150 ms that named experiments save)

    return [listed.name for listed in spec.experiments()]


def all_images() -> list[str]:
    """Every image there is."""
    return catalogue.names()
