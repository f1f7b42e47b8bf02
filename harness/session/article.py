"""The article, statement by statement, beside what this machine's kernel did."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness import spec
from harness.errors import LabMissing, SpecError
from harness.result import FindingResult, Verdict
from harness.session.choice import candidates
from harness.session.many import run_all
from harness.session.matrix import common_mode
from harness.session.outcome import raise_common
from harness.spec.document import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.result import ClaimResult, RunResult
    from harness.session.outcome import Outcome
    from harness.session.prepare import Request
    from harness.session.progress import Several
    from harness.spec.files import ClaimEntry

__all__ = ["REFERENCE", "Article", "Statement", "articles", "carriers", "statements"]

REFERENCE = "article-macos"
"""The reference that says what the article saw."""

_SECOND_CLAIM = re.compile(r" \(\d+\)$")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the article, and what became of it.

    Attributes:
        experiment: the experiment that carries it.
        finding: the finding that checks it; None where none can.
        says: the statement in one sentence.
        place: where it is written.
        claim: what the article saw on macOS, as a claim's JSON; None where it gives no value.
        measured: what this kernel did; None where nothing was measured.
        agrees: whether that is what the article saw; None where it was not checked.
        remark: where it differs: why, or since when; where it was not checked: why not.
        folder: the run folder with the evidence.
        others: what other references say of the same finding, by their names.
    """

    experiment: str
    finding: str | None
    says: str
    place: str
    claim: Any
    measured: FindingResult | None
    agrees: bool | None
    remark: str | None
    folder: str | None
    others: Mapping[str, ClaimResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Article:
    """Every run, every statement, the names of the other references, and how long it all took in seconds."""

    outcomes: tuple[Outcome, ...]
    statements: tuple[Statement, ...]
    references: tuple[str, ...]
    seconds: float

    @property
    def runs(self) -> list[RunResult]:
        """Every run's result; of one that could not be started the result that says why."""
        return [outcome.result for outcome in self.outcomes]


def articles(requests: Sequence[Request], progress: Several, workers: int | None = None) -> list[Article]:
    """Run every experiment that carries a statement of the article, at once, on each image, asked alike.

    Args:
        requests: how to run them, an image each; their experiment does not matter.
        progress: hears of everything, from several threads.
        workers: how many may be under way at a time; see ``run_all``.

    Returns:
        An article for each request, in their order.

    Raises:
        UnknownName, UsageError, LabMissing: no run could be started with these options.
        SpecError: a reference file has mistakes.
        KeyboardInterrupt: interrupted; nothing is left.
    """
    began = time.monotonic()
    _check(requests)
    claims = spec.load_reference(REFERENCE).claims
    names = _in_order(carriers(), [claim.experiment for claim in claims])
    mode = common_mode(requests) if len(requests) > 1 else requests[0].mode
    asked = [replace(request, experiment=name, mode=mode) for request in requests for name in names]
    outcomes = run_all(asked, progress, workers, again=True)
    raise_common(outcomes)
    seconds = time.monotonic() - began
    parts = [outcomes[first : first + len(names)] for first in range(0, len(outcomes), len(names))]
    return [_article(part, claims, seconds) for part in parts]


def _check(requests: Sequence[Request]) -> None:
    """Raise what is wrong for every run, once; of several images one that cannot be used here stops no other."""
    for request in requests:
        try:
            candidates(request.lab, request.image, request.clock, request.via)
        except LabMissing:
            if len(requests) == 1:
                raise


def _article(outcomes: Sequence[Outcome], claims: Sequence[ClaimEntry], seconds: float) -> Article:
    results = [outcome.result for outcome in outcomes]
    references = dict.fromkeys(name for result in results for name in result.claims if name != REFERENCE)
    return Article(tuple(outcomes), tuple(statements(results, claims)), tuple(references), seconds)


def carriers() -> list[str]:
    """The experiments that carry a statement of the article, and the files too broken to say whether they do."""
    found = []
    for listed in spec.experiments():
        try:
            carries = read(listed.path).get("article") is not None
        except SpecError:
            carries = True
        if carries:
            found.append(listed.name)
    return found


def _in_order(names: Sequence[str], order: Sequence[str]) -> list[str]:
    """The names in the order in which the reference first speaks of them, then the others."""
    return sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))


def statements(results: Iterable[RunResult], claims: Sequence[ClaimEntry]) -> Iterator[Statement]:
    """Every claim of the article, in the order of the runs; then those of experiments that were not run."""
    told = set()
    for result in results:
        told.add(result.experiment)
        if result.claims.get(REFERENCE):
            yield from _judged(result)
        else:
            reason = f"{result.experiment} could not be run"
            yield from _unjudged(result.experiment, claims, reason, result.folder)
    for name in dict.fromkeys(claim.experiment for claim in claims):
        if name not in told:
            yield from _unjudged(name, claims, f"{name} carries no statement of the article", None)


def _judged(result: RunResult) -> Iterator[Statement]:
    for key, claim in result.claims[REFERENCE].items():
        name = _SECOND_CLAIM.sub("", key)
        finding = result.findings.get(name)
        yield Statement(
            experiment=result.experiment,
            finding=name if finding else None,
            says=claim.says,
            place=claim.place,
            claim=claim.claim,
            measured=finding,
            agrees=claim.agrees,
            remark=claim.differs if claim.agrees is False or not finding else _unchecked(claim, finding),
            folder=result.folder,
            others={
                reference: others[name]
                for reference, others in result.claims.items()
                if reference != REFERENCE and name in others
            },
        )


def _unchecked(claim: ClaimResult, finding: FindingResult) -> str | None:
    """Why a claim that a finding could check was not checked; None where it was."""
    if claim.agrees is not None:
        return None
    if finding.verdict is Verdict.UNKNOWN or not finding.witnesses:
        return finding.reason or "this host cannot show it"
    if finding.value is None:
        return "there was nothing to measure"
    return "it speaks of other parameters or another kernel than this run's"


def _unjudged(name: str, claims: Iterable[ClaimEntry], reason: str, folder: str | None) -> Iterator[Statement]:
    for claim in claims:
        if claim.experiment == name:
            yield Statement(
                experiment=name,
                finding=claim.finding,
                says=claim.says,
                place=claim.place,
                claim=_value(claim.given()),
                measured=None,
                agrees=None,
                remark=claim.uncheckable or reason,
                folder=folder,
            )


def _value(given: Mapping[str, Any]) -> Any:
    """What a reference file gives, as the JSON of a claim."""
    if "claim" in given:
        return given["claim"]
    return None if "uncheckable" in given else dict(given)
