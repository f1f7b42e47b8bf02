"""What a comparison is, as reports see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.result import FindingResult, RunResult

__all__ = ["Cause", "Column", "Compared", "Difference", "Suspect", "Trial"]


class Column(Protocol):
    """A run as a column."""

    @property
    def name(self) -> str: ...  # noqa: D102 (see the class)
    @property
    def result(self) -> RunResult: ...  # noqa: D102
    @property
    def same_kernel_as(self) -> str | None: ...  # noqa: D102
    @property
    def short(self) -> str: ...  # noqa: D102


class Difference(Protocol):
    """A finding across the columns."""

    @property
    def name(self) -> str: ...  # noqa: D102 (see the class)
    @property
    def cells(self) -> Sequence[FindingResult | None]: ...  # noqa: D102
    @property
    def differs(self) -> bool | None: ...  # noqa: D102
    @property
    def odd(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def between_kernels(self) -> bool: ...  # noqa: D102
    @property
    def claims(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def groups(self) -> Sequence[Sequence[int]]: ...  # noqa: D102
    @property
    def packets(self) -> str: ...  # noqa: D102


class Suspect(Protocol):
    """A setting that may be the cause."""

    @property
    def name(self) -> str: ...  # noqa: D102 (see the class)
    @property
    def hosts(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def older(self) -> str | None: ...  # noqa: D102
    @property
    def newer(self) -> str | None: ...  # noqa: D102
    @property
    def tried(self) -> str | None: ...  # noqa: D102
    @property
    def source(self) -> str | None: ...  # noqa: D102


class Trial(Protocol):
    """A run once more, with suspects set."""

    @property
    def column(self) -> int: ...  # noqa: D102 (see the class)
    @property
    def names(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def result(self) -> RunResult: ...  # noqa: D102
    @property
    def same(self) -> Mapping[str, bool | None]: ...  # noqa: D102


class Split(Protocol):
    """Kernels between which findings differ."""

    @property
    def older(self) -> Sequence[int]: ...
    @property
    def newer(self) -> Sequence[int]: ...
    @property
    def findings(self) -> Sequence[str]: ...


class Cause(Protocol):
    """What is known about why kernels differ."""

    @property
    def split(self) -> Split: ...  # noqa: D102 (see the class)
    @property
    def word(self) -> str: ...  # noqa: D102
    @property
    def suspects(self) -> Sequence[Suspect]: ...  # noqa: D102
    @property
    def by(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def together(self) -> bool: ...  # noqa: D102
    @property
    def reason(self) -> str | None: ...  # noqa: D102
    @property
    def trials(self) -> Sequence[Trial]: ...  # noqa: D102


class Compared(Protocol):
    """One experiment's runs side by side."""

    @property
    def experiment(self) -> str: ...  # noqa: D102 (see the class)
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def columns(self) -> Sequence[Column]: ...  # noqa: D102
    @property
    def findings(self) -> Sequence[Difference]: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, Sequence[Any]]: ...  # noqa: D102
    @property
    def references(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def causes(self) -> Sequence[Cause]: ...  # noqa: D102
