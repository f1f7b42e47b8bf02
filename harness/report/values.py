"""Values as people read them in a table's cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.result import FindingResult

__all__ = ["measured", "plain"]


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
