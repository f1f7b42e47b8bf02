"""One run: its findings, its packets, its times, what references say of it, where it ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

from harness.report.asked import given
from harness.report.html.claims import claims
from harness.report.html.counters import counters
from harness.report.html.findings import findings
from harness.report.html.ladders import ladders
from harness.report.html.parts import badge, code, folded, heading, prose, scroll, word
from harness.report.html.queue_plot import queues
from harness.report.html.schedule import schedules
from harness.report.html.states_plot import by_state
from harness.report.html.surroundings import surroundings
from harness.report.kernels import kernel_lines
from harness.report.remarks import seen_by
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.html.entries import Entry
    from harness.report.html.recorded import Recorded
    from harness.result import RunResult

__all__ = ["section"]


def section(entry: Entry, level: int) -> h.Element:
    """A run's section; ``level`` is its heading's, 1 where the page shows this run alone."""
    shown, name, run = entry.shown, entry.anchor, entry.shown.result
    blocks = [block for block in _blocks(shown, name, level) if block.content]
    title = [
        word(run.experiment),
        h.span(".of")[f" on {word(entry.column)}"] if entry.apart else None,
        " ",
        badge(run.verdict),
    ]
    return h.section(f"#{name}.run", aria_labelledby=f"{name}-head")[
        h.header[
            heading(level, title, f"{name}-head"),
            h.p(".title")[prose(run.title)],
            h.p(".question")[prose(shown.criteria.question)] if shown.criteria else None,
            h.dl(".pairs")[list(_facts(run))],
            _contents(name, run, blocks),
        ],
        list(_problems(shown)),
        [_shown(block, name, level + 1) for block in blocks],
    ]


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of a run's section; ``aside``: where the page shows several runs, it waits to be opened."""

    key: str
    head: str
    content: h.Node
    aside: bool = False


def _shown(block: _Block, name: str, level: int) -> h.Element:
    anchor = f"{name}-{block.key}"
    if block.aside and level > 2:
        # A link unfolds what it leads into; the head stands outside of that.
        content = h.div(".folded", id=anchor)[block.content]
        return folded(heading(level, block.head, kind="block-head"), content, kind="block")
    return h.div(".block")[heading(level, block.head, anchor, "block-head"), block.content]


def _contents(name: str, run: RunResult, blocks: Sequence[_Block]) -> h.Element:
    return h.nav(".contents", aria_label=f"Sections of {name}: {word(run.experiment)}")[
        h.ul[(h.li[h.a(href=f"#{name}-{block.key}")[block.head]] for block in blocks)]
    ]


def _facts(run: RunResult) -> Iterator[h.Node]:
    kernels = [h.span(".line")[prose(line)] for line in kernel_lines([run])]
    yield h.div[h.dt["ran on"], h.dd[kernels or "no host was seen"]]
    asked: list[h.Node] = [[code(text), " "] for text in given(run)]
    yield h.div[h.dt["with"], h.dd[asked or "no parameters", f" ({run.mode})"]]
    if run.seconds.get("experiment"):
        yield h.div[h.dt["took"], h.dd[f"{run.seconds['experiment']:.1f} s"]]
    if run.folder:
        yield h.div[h.dt["evidence"], h.dd[code(run.folder)]]


def _blocks(shown: Recorded, name: str, level: int) -> Iterator[_Block]:
    run, evidence = shown.result, shown.evidence
    yield _Block("findings", "Findings", _findings(shown))
    if evidence is not None:
        yield _Block("packets", "Packets", list(ladders(evidence, name, level + 2)))
        yield _Block("queue", "Accept queue", list(queues(evidence, name)))
        yield _Block("states", "Connections by state", list(by_state(evidence, name)))
    yield _Block("times", "Times", schedules(run, name))
    yield _Block("claims", "What others say", claims(run), aside=True)
    if evidence is not None:
        yield _Block("counters", "Counters", counters(evidence), aside=True)
    yield _Block("environment", "Environment", surroundings(shown, level + 2), aside=True)
    yield _Block("yours", "On your own server", _yours(run), aside=True)


def _findings(shown: Recorded) -> h.Node:
    run = shown.result
    if not run.findings:
        return None
    return [
        findings(run, shown.criteria),
        h.p(".note")["Seen by ", prose(seen_by(run)), "."],
        [h.p(".note")[h.strong["Note: "], prose(note)] for note in run.notes],
    ]


def _problems(shown: Recorded) -> Iterator[h.Node]:
    """Why the run did not pass, and what casts doubt on it."""
    run = shown.result
    if run.reason and run.verdict is not Verdict.PASS:
        yield h.div(f".callout.{run.verdict.value}")[
            h.strong[run.verdict.value.capitalize(), ": "], prose(run.reason)
        ]
    for doubt in run.doubts:
        yield h.div(".callout.unknown")[h.strong["Doubt: "], prose(doubt)]
    if shown.fault:
        yield h.div(".callout.unknown")[h.strong["Evidence not shown: "], prose(shown.fault)]


def _yours(run: RunResult) -> h.Node:
    if not run.yours or not run.findings:
        return None
    return scroll(h.pre[h.code["\n".join(map(word, run.yours))]], "Commands that show the same on your own server")
