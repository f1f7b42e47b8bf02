"""The whole page: what may happen in it, its style, the comparison first, then a section a run."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import htpy as h
from markupsafe import Markup

from harness.report.html.article import statements
from harness.report.html.comparison import comparison
from harness.report.html.differing import differing
from harness.report.html.entries import entries
from harness.report.html.matrix import matrix
from harness.report.html.parts import badge, prose, word
from harness.report.html.run import section
from harness.report.kernels import kernel_lines
from harness.result import overall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.report.article import Article
    from harness.report.compared import Compared
    from harness.report.html.entries import Entry
    from harness.report.html.recorded import Recorded

__all__ = ["render"]


def render(runs: Iterable[Recorded], comparisons: Iterable[Compared] = (), article: Article | None = None) -> str:
    """The page.

    Args:
        runs: every run with its evidence.
        comparisons: runs side by side; their columns' results are those of ``runs``.
        article: the article's statements.
    """
    compared = list(comparisons)
    shown = entries(list(runs), compared)
    several = len(shown) != 1 or article is not None
    style = _style()
    title = _title(shown, article)
    made = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(http_equiv="Content-Security-Policy", content=_policy(style)),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="color-scheme", content="light dark"),
            h.title[f"{title} – harness"],
            h.style[Markup(style)],  # noqa: S704 (the package's own file)
        ],
        h.body[
            h.a(".jump", href="#main")["Skip to the results"],
            h.main("#main")[
                h.header(".page")[h.p(".brand")["harness"], list(_head(title, shown)) if several else None],
                list(_overview(shown, compared, article)) if several else None,
                [section(entry, 2 if several else 1) for entry in shown],
            ],
            h.footer[h.p["Made by harness. This file is whole: it fetches nothing, and runs nothing."]],
        ],
    ]
    return f"{made}\n"


@cache
def _style() -> str:
    return files("harness.report.html").joinpath("style.css").read_text("utf-8")


def _policy(style: str) -> str:
    """Nothing is fetched and nothing executed; the one style sheet is known by its digest (CSP 3)."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _title(shown: Sequence[Entry], article: Article | None) -> str:
    if article is not None:
        return "The article, claim by claim"
    experiments = list(dict.fromkeys(entry.shown.result.experiment for entry in shown))
    if not shown:
        return "No run"
    if len(shown) == 1:
        return word(experiments[0])
    what = word(experiments[0]) if len(experiments) == 1 else f"{len(experiments)} experiments"
    return f"{what}, {len(shown)} runs"


def _head(title: str, shown: Sequence[Entry]) -> Iterator[h.Node]:
    results = [entry.shown.result for entry in shown]
    yield h.h1[title, " ", badge(overall(results))]
    for line in kernel_lines(results):
        yield h.p(".kernel")[prose(line)]


def _overview(
    shown: Sequence[Entry], comparisons: Sequence[Compared], article: Article | None
) -> Iterator[h.Node]:
    anchors = {id(entry.shown.result): entry.anchor for entry in shown}
    named = {f"comparison-{number}": compared for number, compared in enumerate(comparisons, 1)}
    if len({entry.column for entry in shown}) > 1 or article is None:
        yield h.section("#verdicts", aria_labelledby="verdicts-head")[
            h.h2(id="verdicts-head")["Verdicts"], matrix(shown, named)
        ]
    if article is not None:
        yield statements(article, anchors)
    yield differing(comparisons)
    for name, compared in named.items():
        yield comparison(compared, name, anchors)
