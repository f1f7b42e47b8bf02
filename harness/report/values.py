"""Values as people read them in a table's cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.result import FindingResult

__all__ = ["expected", "measured", "plain", "should"]


def plain(value: Any) -> str:
    """A value with at most three decimals; lists with commas; nothing at all as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
    if isinstance(value, list | tuple):
        return ", ".join(_short(item) for item in value)
    return str(value)


def _short(value: Any) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0" if isinstance(value, float) else plain(value)


def expected(value: Any, unit: str = "") -> str:
    """What is expected or claimed, from its JSON: a value, bounds, or alternatives."""
    text = _expected(value)
    return f"{text} s" if unit in {"s", "seconds"} and text else text


def _expected(value: Any) -> str:
    if isinstance(value, dict):
        for alternatives in ("one_of", "either"):
            if alternatives in value:
                return " or ".join(_expected(item) for item in value[alternatives])
        return _bounds(value.get("at_least"), value.get("at_most"))
    if isinstance(value, list | tuple):
        return ", ".join(_expected(item) for item in value)
    return "nothing" if value is None else plain(value)


def _bounds(least: Any, most: Any) -> str:
    if most is None:
        return f"≥ {_short(least)}"
    return f"≤ {_short(most)}" if least is None else f"{_short(least)} to {_short(most)}"


def wanted(finding: FindingResult) -> str:
    """What was expected of a finding, for people; "" where nothing was."""
    if finding.verdict is None or not finding.expected_text:
        return ""
    timed = finding.unit in {"s", "seconds"} and finding.expected is not None
    return finding.expected_text + (" s" if timed else "")


def should(finding: FindingResult) -> str:
    """What was expected of a finding, for a table's cell: a dash where nothing was."""
    return wanted(finding) or "–"


def measured(finding: FindingResult) -> str:
    """The measured value: a group's spread where its members differ, its size where it has several."""
    unit = "s" if finding.unit in {"s", "seconds"} else ""
    text = plain(finding.value)
    if _spreads(finding):
        least, most = (plain(value) for value in finding.spread or ())
        if least != most:
            text = f"{least} to {most}"
    if unit and finding.value is not None:
        text += f" {unit}"
    if finding.members and finding.members > 1 and finding.value is not None:
        text += f" ×{finding.members}"
    return text


def _spreads(finding: FindingResult) -> bool:
    spread = finding.spread
    return bool(spread) and len(spread or ()) == 2 and all(isinstance(item, int | float) for item in spread or ())
