"""Several runs at once: what they wait for overlaps, and one that fails does not stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError, ImageError
from harness.evidence.doubts import BUSY
from harness.lab.interface import Stop
from harness.result import Verdict
from harness.session.outcome import Outcome
from harness.session.pace import Pace, processors
from harness.session.prepare import prepare
from harness.session.run import choose
from harness.session.signals import interrupted
from harness.session.work import Kind, Ready, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.session.prepare import Prepared, Request
    from harness.session.progress import Several
    from harness.session.run import Chosen

__all__ = ["close_all", "make_ready", "perform_all", "run_all"]


def run_all(
    requests: Sequence[Request], progress: Several, workers: int | None = None, *, again: bool = False
) -> list[Outcome]:
    """Perform several runs at once and judge them; the outcomes in the order of the requests.

    Nothing is started before all have been prepared. Call it from the main thread, before any other is
    started: reading this machine's settings forks.

    Args:
        requests: the runs.
        progress: hears of everything, from several threads.
        workers: how many may be under way at a time; None: all in real time, in virtual time one a processor.
        again: repeat, once, the runs of which nobody knows more than that the machine was too busy. Both run
            folders stay; a run that failed is never repeated.

    Raises:
        KeyboardInterrupt: interrupted; every lab is down, every unfinished folder marked incomplete.
    """
    made = make_ready(requests, progress)
    try:
        outcomes = perform_all(made, progress, workers)
    finally:
        close_all(made)
    busy = [number for number, outcome in enumerate(outcomes) if again and _was_busy(outcome)]
    if busy:
        progress.say("the machine was too busy to keep time; once more: " + ", ".join(_names(requests, busy)))
        repeated = run_all([requests[number] for number in busy], progress, workers)
        for number, outcome in zip(busy, repeated, strict=True):
            outcomes[number] = outcome
    return outcomes


def _was_busy(outcome: Outcome) -> bool:
    result = outcome.result
    return result.verdict is Verdict.UNKNOWN and any(doubt.endswith(BUSY) for doubt in result.doubts)


def close_all(made: Iterable[Ready | Outcome]) -> None:
    """End what warmed up and was not used."""
    for each in made:
        if isinstance(each, Ready):
            each.prepared.close()


def make_ready(requests: Sequence[Request], progress: Several) -> list[Ready | Outcome]:
    """Each request as far as it goes without starting anything; an outcome where something stands against it."""
    names = _names(requests, range(len(requests)))
    progress.expect(names)
    images = _Images()
    made: list[Ready | Outcome] = []
    try:
        for name, request in zip(names, requests, strict=True):
            made.append(_make_ready(name, request, progress.say, images))
            if isinstance(made[-1], Outcome):
                progress.ended(name, made[-1].result.verdict, made[-1].result.reason)
    except BaseException:
        close_all(made)
        raise
    return made


def _names(requests: Sequence[Request], numbers: Iterable[int]) -> list[str]:
    """What each run is called in the progress: the experiment, and the image where one is named."""
    wanted = [requests[number] for number in numbers]
    return [request.experiment + (f" on {request.image}" if request.image else "") for request in wanted]


def _make_ready(name: str, request: Request, say: Callable[[str], None], images: _Images) -> Ready | Outcome:
    try:
        prepared = prepare(request)
        return Ready(name, prepared, images.choose(prepared, say))
    except HarnessError as error:
        return Outcome.failed(request, error)


class _Images:
    """Makes images ready, each once: one that cannot be built fails every run that wants it, and is tried once."""

    def __init__(self) -> None:
        self._references: dict[str, str] = {}
        self._failed: dict[str, HarnessError] = {}

    def choose(self, prepared: Prepared, say: Callable[[str], None]) -> Chosen:
        """A lab and an image that is ready; see ``session.run.choose``."""
        _, image = prepared.labs[0]
        if image in self._failed and len(prepared.labs) == 1:
            raise self._failed[image]
        try:
            return choose(prepared, say, self._ensure)
        except HarnessError as error:
            self._failed[image] = error
            raise

    def _ensure(self, image: str, say: Callable[[str], None]) -> str:
        """The engine's reference for an image; ImageError where there is none."""
        if image in self._failed:
            raise self._failed[image]
        if image not in self._references:
            from harness.image import build  # noqa: PLC0415 (imports the Docker SDK, which a netns run must not pay)

            try:
                self._references[image] = build.ensure(image, say)
            except ImageError as error:
                self._failed[image] = error
                raise
        return self._references[image]


def perform_all(made: Sequence[Ready | Outcome], progress: Several, workers: int | None = None) -> list[Outcome]:
    """Perform what is ready, the longest first; see ``run_all``.

    One kind after another: boxes, then containers, then guests in virtual time. Containers come up for seconds,
    and a guest keeps a processor busy from its first moment to its last, which would make the timers of others
    late; its own never are.
    """
    stop = Stop()
    works = {
        kind: _works(
            [each for each in made if isinstance(each, Ready) and each.kind is kind], progress, workers, stop
        )
        for kind in Kind
    }
    everything = [work for _, batch in works.values() for work in batch]
    try:
        for pace, batch in works.values():
            _perform(batch, pace)
    except BaseException:
        stop.ask()
        for pace, _ in works.values():
            pace.hurry()
        for work in everything:
            work.wait()
        raise
    finally:
        stop.close()
    if interrupted():
        raise KeyboardInterrupt
    outcomes = {id(work.ready): work.outcome for work in everything}
    return [each if isinstance(each, Outcome) else outcomes[id(each)] for each in made]


def _works(ready: Sequence[Ready], progress: Several, workers: int | None, stop: Stop) -> tuple[Pace, list[Work]]:
    """Runs of one kind, the longest first, and their pace."""
    virtual = any(each.kind is Kind.VIRTUAL for each in ready)
    pace = Pace(
        len(ready),
        workers or (processors() if virtual else None),
        paced=all(each.kind is Kind.PACED for each in ready),
        timed=not virtual,
    )
    longest_first = sorted(ready, key=lambda each: each.prepared.seconds, reverse=True)
    return pace, [Work(each, progress, pace, stop) for each in longest_first]


def _perform(works: Sequence[Work], pace: Pace) -> None:
    for work in works:
        pace.admit()
        work.begin()
    for work in works:
        work.wait()
