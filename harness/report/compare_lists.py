"""Lists of a comparison that no column can hold: below their row, numbers under numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.report.compare_cells import expectation
from harness.report.text import columns, wrap
from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.compared import Column, Difference
    from harness.result import FindingResult

__all__ = ["lists"]

_INDENT = "    "
_EXPECTED = "expected"


def lists(finding: Difference, heads: Sequence[Column], width: int) -> Iterator[str]:
    """Each column's list; below those that are alike, what is expected of them."""
    label = max(len(_EXPECTED) + 4, *(columns(head.name) for head in heads)) + 2
    for group in _groups(finding):
        cells = [(number, found) for number in group if (found := finding.cells[number]) is not None]
        rows = [(heads[number].name, found.value, _tail(found)) for number, found in cells]
        wanted = _wanted(cells[0][1])
        if wanted is not None:
            rows.append((_EXPECTED, wanted, ""))
        yield from _rows(rows, label, width)
        if wanted is None and cells[0][1].verdict is not None:
            text = f"{_EXPECTED.ljust(label)}{expectation(cells[0][1])}"
            yield from wrap(text, width, _INDENT, _INDENT + " " * label).split("\n")


def _groups(finding: Difference) -> Iterator[list[int]]:
    """Columns next to each other that have the same length and the same expectation."""
    last: list[int] = []
    for number, found in enumerate(finding.cells):
        if found is None:
            continue
        if last and not _alike(finding.cells[last[0]], found):
            yield last
            last = []
        last.append(number)
    if last:
        yield last


def _alike(one: FindingResult | None, other: FindingResult) -> bool:
    return one is not None and one.expected == other.expected and _length(one.value) == _length(other.value)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else -1


def _tail(found: FindingResult) -> str:
    unit = " s" if found.unit in {"s", "seconds"} else ""
    return unit + (f" ×{found.members}" if found.members and found.members > 1 else "")


def _wanted(found: FindingResult) -> list[Any] | None:
    """What is expected, place by place; None where it is no such list."""
    wanted = found.expected
    if not isinstance(wanted, list) or len(wanted) != _length(found.value):
        return None
    return [each.get("at_least") if isinstance(each, dict) else each for each in wanted]


def _rows(rows: Sequence[tuple[str, Any, str]], label: int, width: int) -> Iterator[str]:
    """The rows with their numbers in columns where there is room, else as running text."""
    texts = [
        [_text(each, name) for each in value] if isinstance(value, list) else [plain(value)]
        for name, value, _ in rows
    ]
    numeric = all(isinstance(each, int | float) for _, value, _ in rows for each in _items(value))
    places = max(map(len, texts))
    widths = [max((len(text[at]) for text in texts if at < len(text)), default=0) for at in range(places)]
    room = width - len(_INDENT) - label - 8
    for (name, _, tail), text in zip(rows, texts, strict=True):
        head = name + " " * (label - columns(name))
        if numeric and sum(widths) + 2 * (places - 1) <= room:
            line = "  ".join(each.rjust(size) for each, size in zip(text, widths, strict=False))
            yield f"{_INDENT}{head}{line}{tail}".rstrip()
        else:
            yield from wrap(", ".join(text) + tail, width, _INDENT + head, _INDENT + " " * label).split("\n")


def _text(value: Any, name: str) -> str:
    """Measured numbers with two decimals, so that they stand one under another; what is due as it is."""
    return f"{value:.2f}" if isinstance(value, float) and name != _EXPECTED else plain(value)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
