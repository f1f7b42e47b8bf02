"""The doctor's findings for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.report.text import Style

__all__ = ["render"]


class Need(Protocol):
    """One thing a lab needs."""

    @property
    def name(self) -> str: ...
    @property
    def there(self) -> bool: ...
    @property
    def detail(self) -> str: ...
    @property
    def mend(self) -> str | None: ...


class Checkup(Protocol):
    """One kind of lab, examined."""

    @property
    def lab(self) -> str: ...
    @property
    def needs(self) -> Sequence[Need]: ...
    @property
    def works(self) -> bool: ...
    @property
    def said(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def image(self) -> str | None: ...


def render(checkups: Iterable[Checkup], style: Style) -> str:
    """A block a lab: works or not, what it needs, and the command that mends what is missing."""
    lines = []
    for checkup in checkups:
        word = style.paint("pass", "works") if checkup.works else style.paint("fail", "does not work")
        seconds = f" ({checkup.seconds:.1f} s)" if checkup.works else ""
        image = f" with image {checkup.image}" if checkup.image else ""
        lines.append(f"{checkup.lab} lab{image}: {word}: {printable(checkup.said)}{seconds}")
        for need in checkup.needs:
            mark = "there  " if need.there else "MISSING"
            lines.append(f"  {mark} {need.name}: {printable(need.detail)}")
            if not need.there and need.mend:
                lines.append(f"          mend it: {printable(need.mend)}")
    return "\n".join(lines) + "\n"
