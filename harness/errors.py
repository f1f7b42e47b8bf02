"""Every error a user can meet, in one tree.

::

    HarnessError                 exit code, message, next step
    ├── UsageError           2   the command line asks for something that cannot be
    │   └── UnknownName      2   no such experiment, image, host, parameter ... (with the nearest one)
    ├── SpecError            2   one or more mistakes in a file, each with file:line:column
    ├── LabError             3   the lab could not be made, or died
    │   ├── LabMissing       3   this machine cannot make such a lab (and how to mend that)
    │   └── SettingRefused   3   the kernel refused a sysctl's value
    ├── SettingAbsent        0   the kernel does not have the sysctl: the run is skipped
    ├── RuntimeMissing       0   the engine cannot start containers with the image's runtime: the run is skipped
    ├── ImageError           3   an image could not be built or is not usable
    │   └── KernelUnfit      3   a kernel lacks what a lab in a guest needs
    ├── FolderError          2   a run folder is missing, damaged or incomplete
    └── StorageError         3   the run folder cannot be written (disk full, no permission)
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ExitCode",
    "FolderError",
    "HarnessError",
    "ImageError",
    "KernelUnfit",
    "LabError",
    "LabMissing",
    "Mistake",
    "RuntimeMissing",
    "SettingAbsent",
    "SettingRefused",
    "SpecError",
    "StorageError",
    "UnknownName",
    "UsageError",
    "nearest",
]


class ExitCode(IntEnum):
    """What the command's exit code says."""

    OK = 0
    """Every finding passed, or was skipped."""
    FAILED = 1
    """At least one finding failed."""
    USAGE = 2
    """Wrong use, or a mistake in a file."""
    COULD_NOT_RUN = 3
    """The experiment could not be run."""
    UNKNOWN = 4
    """The evidence was incomplete."""
    INTERRUPTED = 130
    """Ended by Ctrl-C or SIGTERM."""


class HarnessError(Exception):
    """The base of everything harness raises on purpose.

    Attributes:
        code: the exit code of a command that ends with this error.
        hint: the next step for the user, or None.
    """

    code = ExitCode.COULD_NOT_RUN

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  {self.hint}" if self.hint else message


class UsageError(HarnessError):
    """The command line asks for something that cannot be."""

    code = ExitCode.USAGE


class UnknownName(UsageError):
    """A name that nothing here carries.

    Args:
        kind: what was looked for ("experiment", "image" ...).
        name: the name given.
        known: the names that exist; the nearest is offered.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = nearest(name, known)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known) or 'none'}"
        super().__init__(f"no {kind} named {name!r}", hint)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class SpecError(HarnessError):
    """One or more mistakes in experiment, image or reference files, in the order of their places."""

    code = ExitCode.USAGE

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda m: (m.file, m.line, m.column))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class LabError(HarnessError):
    """The lab could not be made, or it died."""


class LabMissing(LabError):
    """This machine cannot make such a lab; the hint says what mends that."""


class SettingRefused(LabError):
    """The kernel refused a sysctl's value (for example tcp_syn_retries=0)."""


class SettingAbsent(HarnessError):
    """This kernel does not have a sysctl the run needs: a skip, not an error."""

    code = ExitCode.OK


class RuntimeMissing(HarnessError):
    """The engine cannot start containers with the image's runtime: a skip, not an error."""

    code = ExitCode.OK


class ImageError(HarnessError):
    """An image could not be built, or cannot be used."""


class KernelUnfit(ImageError):
    """A kernel lacks what a lab in a guest needs; the message names every option."""


class FolderError(HarnessError):
    """A run folder is missing, damaged or incomplete."""

    code = ExitCode.USAGE


class StorageError(HarnessError):
    """The run folder cannot be written."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a mistyped one, or None where none is near."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
