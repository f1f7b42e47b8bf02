"""Runs as one pcapng file, for Wireshark: a section each, with an interface for every host.

The frames of all hosts stand in the order of time; those that a finding rests on carry a comment that says what it
shows. In Wireshark ``frame.comment`` finds them, and ``frame.interface_name == "server"`` one host's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.evidence.clocks import STEP, one_clock
from harness.evidence.environment import environment
from harness.evidence.links import ETHERNET
from harness.evidence.pcap import Damaged, Savefile
from harness.report.again import again
from harness.report.asked import asked
from harness.report.kernels import kernel_lines, kernel_of
from harness.report.pcapng_blocks import Interface, packet, section, statistics
from harness.report.pcapng_comments import comments_of, finding_text
from harness.report.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.evidence.clocks import ClockMap
    from harness.evidence.evidence import Evidence
    from harness.evidence.folder import RunFolder
    from harness.evidence.pcap import Frame
    from harness.result import HostFacts, RunResult

__all__ = ["pcapng"]


def pcapng(runs: Iterable[tuple[RunResult, RunFolder | None]]) -> bytes:
    """The file; a run that was never started has no folder, and a section without interfaces.

    Raises:
        FolderError: a run folder is damaged.
    """
    return b"".join(
        piece for run, folder in runs for piece in (_empty(run) if folder is None else _section(run, folder))
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A host's capture: its file (None where there is none to read), its whole frames, and why it is not whole."""

    file: Savefile | None
    frames: list[Frame]
    fault: str | None = None


def _empty(run: RunResult) -> Iterator[bytes]:
    text = "\n".join(map(one_line, _head(run)))
    yield section(hardware="", system="", program=f"harness {__version__}", comments=[text])


def _section(run: RunResult, folder: RunFolder) -> Iterator[bytes]:
    evidence = folder.evidence
    facts = environment(folder.events, folder.criteria.harness)
    names = [host.name for host in folder.plan.hosts]
    seen = {name: _seen(folder.capture(name)) for name in names}
    yield section(
        hardware=_listed(facts["hosts"].get(name, {}).get("machine", "") for name in names),
        system=_listed(kernel_of(evidence.facts[name]) for name in names),
        program=f"harness {facts['harness']}",
        comments=["\n".join(map(one_line, _about(run, folder, evidence)))],
    )
    for name in names:
        yield _interface(evidence, name, seen[name], facts["hosts"].get(name, {}))
    yield from _frames(run, evidence, list(seen.items()))


def _listed(texts: Iterable[str]) -> str:
    return " and ".join(filter(None, dict.fromkeys(texts)))


def _seen(data: bytes) -> _Seen:
    frames: list[Frame] = []
    file = None
    try:
        file = Savefile.of(data) if data else None
        frames += file.frames() if file else ()
    except Damaged as error:
        return _Seen(file, frames, str(error))
    return _Seen(file, frames)


def _head(run: RunResult) -> Iterator[str]:
    yield f"{run.experiment}: {run.title}"
    yield f"Verdict: {run.verdict.value}" + (f" ({run.reason})" if run.reason else "")


def _about(run: RunResult, folder: RunFolder, evidence: Evidence) -> Iterator[str]:
    """What the run was, a fact a line."""
    yield from _head(run)
    yield from kernel_lines([run])
    yield f"With {asked(run)}"
    yield f"Again: {again(run, folder.plan)}"
    yield from (finding_text(name, finding) for name, finding in run.findings.items())
    yield from (f"Doubt: {doubt}" for doubt in run.doubts)
    yield f"Times: {_times(evidence.clocks)}"
    yield f"Run folder: {folder.path.resolve().name}"


def _times(clocks: Mapping[str, ClockMap]) -> str:
    """What the frames' times are, and how far those of different hosts can be compared."""
    if any(clock.jump > STEP for clock in clocks.values()):
        return "CLOCK_REALTIME as if nobody had set it: it jumped during the run, CLOCK_MONOTONIC does not"
    if one_clock(clock for host, clock in clocks.items() if host):
        return "CLOCK_REALTIME, one clock for all hosts"
    return "CLOCK_REALTIME of each host, by a clock of its own: packets of different hosts may be out of order"


def _interface(evidence: Evidence, name: str, seen: _Seen, facts: Mapping[str, Any]) -> bytes:
    host: HostFacts = evidence.facts[name]
    place = " on ".join(str(facts[key]) for key in ("address", "interface") if facts.get(key))
    parts = [f"image {host.image}", host.digest, kernel_of(host), place, facts.get("capture")]
    fault = seen.fault or (None if seen.file else "there is no capture of this host")
    return Interface(
        link=seen.file.link if seen.file else ETHERNET,
        snap=seen.file.snap if seen.file else 0,
        name=one_line(name),
        description=one_line(", ".join(str(part) for part in parts if part)),
        system=one_line(" ".join(str(facts[key]) for key in ("kernel", "version") if facts.get(key))),
        comments=(one_line(fault),) if fault else (),
    ).block()


def _frames(run: RunResult, evidence: Evidence, seen: list[tuple[str, _Seen]]) -> Iterator[bytes]:
    comments = comments_of(run, evidence)
    found: list[tuple[int, int, Frame]] = []
    for number, (host, capture) in enumerate(seen):
        moment = _moment(evidence.clocks.get(host))
        found += ((moment(frame[1]), number, frame) for frame in capture.frames)
    found.sort()
    said = [comments.get(host, {}) for host, _ in seen]
    data = [capture.file.data if capture.file else b"" for _, capture in seen]
    for when, number, (frame, _, begin, end, original) in found:
        yield packet(number, when, data[number][begin:end], original, said[number].get(frame, ()))
    last = found[-1][0] if found else 0
    for number, (host, capture) in enumerate(seen):
        yield statistics(number, last, received=len(capture.frames), dropped=evidence.lost.get(host))


def _moment(clock: ClockMap | None) -> Callable[[int], int]:
    """From CLOCK_REALTIME as captured to what it would have been, had nobody set it during the run."""
    if clock is None or clock.jump <= STEP:
        return lambda wall: wall
    distance = clock.distance or 0
    return lambda wall: max(0, (clock.mono(wall) or 0) + distance)
