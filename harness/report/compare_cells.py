"""What stands in a comparison's cells: what was measured, what is expected of it, what references claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.report.values import expected, measured, plain
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.compared import Difference
    from harness.result import FindingResult

__all__ = [
    "as_expected",
    "cell",
    "claim",
    "claims",
    "counted",
    "expectation",
    "listed",
    "mark",
    "nominal",
    "seconds",
    "told",
]

_MARKS = {True: "≠", False: "", None: "?"}
_SECONDS = {"s", "seconds"}


def mark(finding: Difference) -> str:
    """How a finding is marked: ``≠`` where runs differ, ``?`` where no two can be compared."""
    return _MARKS[finding.differs]


def seconds(value: float) -> str:
    """A number of seconds with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def cell(finding: Difference, column: int) -> str:
    """A column's value; with its verdict where that is no pass, with ``≠`` where it differs from the first."""
    found = finding.cells[column]
    if found is None:
        return "–"
    sign = "≠ " if column in finding.odd else ""
    return f"{sign}{_short(found)}{_verdict(found)}"


def counted(finding: Difference, column: int) -> str:
    """The same of a list that is shown elsewhere: how long it is."""
    found = finding.cells[column]
    if found is None or not isinstance(found.value, list):
        return cell(finding, column)
    sign = "≠ " if column in finding.odd else ""
    return f"{sign}{len(found.value)} {finding.packets + 's' if finding.packets else 'items'}{_verdict(found)}"


def _verdict(found: FindingResult) -> str:
    return f" ({found.verdict.value})" if found.verdict not in {None, Verdict.PASS} else ""


def _short(found: FindingResult) -> str:
    """As ``measured``, of a duration with two decimals."""
    samples = [found.value, *(found.spread or ())]
    if found.unit not in _SECONDS or not all(isinstance(each, int | float) for each in samples):
        return measured(found)
    least, most = seconds(min(samples)), seconds(max(samples))
    text = least if least == most else f"{least} to {most}"
    return f"{text} s" + (f" ×{found.members}" if found.members and found.members > 1 else "")


def listed(finding: Difference) -> bool:
    """Whether its values are lists."""
    return any(found is not None and isinstance(found.value, list) for found in finding.cells)


def as_expected(found: FindingResult | None) -> bool:
    """Whether a finding is exactly what is expected of it, so that nothing is left to say of that."""
    return found is None or (
        found.verdict is Verdict.PASS
        and found.value == found.expected
        and all(each == found.value for each in found.spread or ())
    )


def expectation(found: FindingResult | None) -> str:
    """What is expected; a dash where nothing is."""
    if found is None or found.verdict is None or not found.expected_text:
        return "–"
    if isinstance(found.expected, dict) and ("at_least" in found.expected or "at_most" in found.expected):
        return expected(found.expected, found.unit)
    text = found.expected_text.partition(" (same as")[0]
    timed = found.unit in _SECONDS and found.expected is not None
    return text + (" s" if timed else "")


def claim(finding: Difference, reference: str) -> str:
    """What a reference says of a finding; "" where it says nothing."""
    if reference not in finding.claims:
        return ""
    unit = next((found.unit for found in finding.cells if found), "")
    return expected(finding.claims[reference], unit)


def claims(finding: Difference) -> list[str]:
    """What references say, those that say the same together."""
    said: dict[str, list[str]] = {}
    for reference in finding.claims:
        said.setdefault(claim(finding, reference), []).append(reference)
    return [f"{text} ({', '.join(names)})" for text, names in said.items()]


def nominal(found: FindingResult) -> list[float] | None:
    """The moments at which timers were due, of a list of moments that is as expected; None of anything else."""
    if found.verdict is not Verdict.PASS or found.unit not in _SECONDS or not isinstance(found.expected, list):
        return None
    moments = [each.get("at_least") if isinstance(each, dict) else each for each in found.expected]
    known = [each for each in moments if isinstance(each, int | float)]
    return known if len(known) == len(moments) else None


def told(cells: Sequence[FindingResult | None], packets: str = "") -> str:
    """What findings that are alike have in common, in words; ``packets``: see ``Difference``."""
    there = [found for found in cells if found is not None]
    if not there:
        return "nothing"
    first = there[0]
    samples: list[Any] = [each for found in there for each in (found.value, *(found.spread or ()))]
    if isinstance(first.value, list):
        moments = nominal(first) or first.value
        unit = " s" if first.unit in _SECONDS else ""
        texts = [seconds(each) if isinstance(each, float) else plain(each) for each in moments]
        things = f"{packets}{'s' * (len(texts) != 1)} " if packets else ""
        return f"{len(texts)} {things}({', '.join(texts)}{unit})"
    if first.unit in _SECONDS and all(isinstance(each, int | float) for each in samples):
        least, most = seconds(min(samples)), seconds(max(samples))
        return f"{least} s" if least == most else f"{least} to {most} s"
    return "nothing" if first.value is None else measured(first)
