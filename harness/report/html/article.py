"""The article's statements, and what became of each."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.claims import holds
from harness.report.html.parts import badge, scroll, word
from harness.report.values import expected, measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.report.article import Article, Statement
    from harness.result import RunResult

__all__ = ["statements"]


def statements(article: Article, anchors: Mapping[int, str]) -> h.Element:
    """One table, a group of rows an experiment; ``anchors`` leads from a result (by ``id``) to its section."""
    others = [name for name in article.references if any(name in each.others for each in article.statements)]
    heads = ("the article says", "", "article (macOS)", "here", *others)
    runs = {run.experiment: run for run in article.runs}
    groups = groupby(article.statements, key=lambda each: each.experiment)
    table = h.table(".statements")[
        h.caption(".unseen")["Every statement of the article, what it saw, what this kernel did"],
        h.thead[h.tr[(h.th(scope="col")[word(head) or h.span(".unseen")["whether it holds"]] for head in heads)]],
        [h.tbody[list(_group(name, list(each), runs.get(name), others, anchors))] for name, each in groups],
    ]
    return h.section("#article", aria_labelledby="article-head")[
        h.h2(id="article-head")["The article, statement by statement"],
        h.p(".lead")[_count(article.statements)],
        scroll(table, "The article's statements"),
    ]


def _count(found: Sequence[Statement]) -> str:
    counts = Counter(each.agrees for each in found)
    return (
        f"{len(found)} statements: {counts[True]} hold on this kernel, {counts[False]} differ, "
        f"{counts[None]} could not be checked."
    )


def _group(
    name: str, found: Sequence[Statement], run: RunResult | None, others: Sequence[str], anchors: Mapping[int, str]
) -> Iterator[h.Node]:
    anchor = anchors.get(id(run))
    shown = h.a(href=f"#{anchor}")[word(name)] if anchor else word(name)
    yield h.tr(".group")[
        h.th(scope="rowgroup", colspan=str(4 + len(others)))[shown, " ", badge(run.verdict) if run else "not run"]
    ]
    for each in found:
        yield h.tr[
            h.th(scope="row")[word(each.says), h.span(".place")[word(each.remark)] if each.remark else None],
            h.td[holds(each.agrees)],
            h.td[word(_macos(each))],
            h.td[word(measured(each.measured)) if each.measured else "–"],
            (h.td[word(_other(each, other))] for other in others),
        ]


def _macos(each: Statement) -> str:
    unit = each.measured.unit if each.measured else ""
    return "–" if each.claim is None and each.agrees is None else expected(each.claim, unit)


def _other(each: Statement, name: str) -> str:
    said = each.others.get(name)
    return "–" if said is None else expected(said.claim, each.measured.unit if each.measured else "")
