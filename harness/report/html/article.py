"""The article's statements, and what became of each."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import htpy as h

from harness.report.article import count
from harness.report.html.claims import holds
from harness.report.html.parts import badge, cells, prose, stacked, word
from harness.report.values import expected, measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.report.article import Article, Statement
    from harness.result import RunResult

__all__ = ["statements"]


def statements(article: Article, anchors: Mapping[int, str]) -> h.Element:
    """One table, a group of rows an experiment; ``anchors`` leads from a result (by ``id``) to its section."""
    others = [name for name in article.references if any(name in each.others for each in article.statements)]
    heads = ("the article says", "holds here", "on macOS", "here", *others)
    runs = {run.experiment: run for run in article.runs}
    groups = [
        _group(list(found), runs.get(name), heads, others, anchors)
        for name, found in groupby(article.statements, key=lambda each: each.experiment)
    ]
    told = "Every statement of the article, what it saw, what this kernel did"
    return h.section("#article", aria_labelledby="article-head")[
        h.h2(id="article-head")["The article, statement by statement"],
        h.p(".lead")[count(article.statements)],
        stacked(told, heads, groups, kind="statements"),
    ]


def _group(
    found: Sequence[Statement],
    run: RunResult | None,
    heads: Sequence[str],
    others: Sequence[str],
    anchors: Mapping[int, str],
) -> Iterator[h.Element]:
    name, anchor = word(found[0].experiment), anchors.get(id(run))
    yield h.tr(".group", role="row")[
        h.th(scope="rowgroup", role="rowheader", colspan=str(len(heads)))[
            h.a(href=f"#{anchor}")[name] if anchor else name, " ", badge(run.verdict) if run else "not run"
        ]
    ]
    for each in found:
        first = [prose(each.says), h.span(".place")[word(each.remark)] if each.remark else None]
        here = word(measured(each.measured)) if each.measured else ""
        rest: list[h.Node] = [
            holds(each.agrees),
            word(_macos(each)),
            here,
            *(word(_other(each, other)) for other in others),
        ]
        yield h.tr(role="row")[cells(heads, first, rest)]


def _macos(each: Statement) -> str:
    unit = each.measured.unit if each.measured else ""
    return "" if each.claim is None and each.agrees is None else expected(each.claim, unit)


def _other(each: Statement, name: str) -> str:
    said = each.others.get(name)
    return "" if said is None else expected(said.claim, each.measured.unit if each.measured else "")
