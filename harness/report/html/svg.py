"""Drawing with SVG: a drawing in two widths, one for a laptop and one for a phone, and its simplest shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NARROW", "WIDE", "Sheet", "drawing", "line", "number", "rect", "text"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on, in CSS pixels: its width, the size of letters and their width in a fixed-width font."""

    name: str
    width: int
    size: float

    @property
    def letter(self) -> float:
        """The widest of the usual fixed-width fonts has letters of 0.61 em."""
        return self.size * 0.61

    @property
    def wide(self) -> bool:
        """Whether there is room beside things."""
        return self.width > 500


WIDE = Sheet("wide", 860, 12.5)
NARROW = Sheet("narrow", 358, 10.5)
SHEETS = (WIDE, NARROW)


def drawing(name: str, title: str, description: str, draw: Callable[[Sheet], tuple[float, h.Node]]) -> h.Fragment:
    """The same drawing for wide and narrow pages.

    Args:
        name: what no other drawing of the page is called.
        title: what it shows, for who cannot see it.
        description: what there is to see, in a sentence or two.
        draw: gives its height and what is on the sheet.
    """
    return h.fragment[[_sheet(f"{name}-{sheet.name}", title, description, sheet, draw(sheet)) for sheet in SHEETS]]


def _sheet(name: str, title: str, description: str, sheet: Sheet, drawn: tuple[float, h.Node]) -> h.Element:
    height, content = drawn
    return h.svg(
        f".drawing.{sheet.name}",
        {"viewBox": f"0 0 {sheet.width} {number(height)}", "aria-labelledby": f"{name}-title {name}-desc"},
        role="img",
        width=str(sheet.width),
        height=number(height),
    )[h.title(id=f"{name}-title")[title], h.desc(id=f"{name}-desc")[description], content]


def number(value: float) -> str:
    """A coordinate: a tenth of a pixel is enough."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, content: h.Node, kind: str = "", anchor: str = "start") -> h.Element:
    """Text at a point: ``anchor`` says which end of it stands there."""
    return h.text(
        class_=kind or None, x=number(x), y=number(y), text_anchor=None if anchor == "start" else anchor
    )[content]


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "") -> h.Element:
    """A straight line."""
    return h.line(class_=kind or None, x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2))


def rect(x: float, y: float, width: float, height: float, kind: str = "") -> h.Element:
    """A rectangle."""
    return h.rect(
        class_=kind or None,
        x=number(x),
        y=number(y),
        width=number(width),
        height=number(height),
    )
