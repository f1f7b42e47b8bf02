"""Experiment files, loaded and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import SpecError
from harness.spec import catalogue
from harness.spec.document import read
from harness.spec.parameters import MODES, values
from harness.spec.references import check_reference
from harness.spec.study import study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.errors import Mistake
    from harness.spec.document import Node, Scalar
    from harness.spec.files import ExperimentFile

__all__ = ["Experiment", "Parameter", "check", "load"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter's value in each mode; None leaves the kernel's own value."""

    quick: Scalar
    full: Scalar


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment file without mistakes.

    Attributes:
        path: where it was found.
        root: its nodes, for ``fix``.
        file: the typed file as the quick mode has it.
    """

    path: Path
    root: Node
    file: ExperimentFile

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.file.experiment

    @property
    def title(self) -> str:
        """What happens, in a few words."""
        return self.file.title

    @property
    def question(self) -> str:
        """The question it answers."""
        return self.file.question

    @property
    def explanation(self) -> str:
        """What happens and why; "" where the file does not say."""
        return self.file.explanation.strip()

    @property
    def article(self) -> str | None:
        """The article's statement that it carries."""
        return self.file.article

    @property
    def yours(self) -> tuple[str, ...]:
        """Commands that show the same on the reader's own server."""
        return tuple(self.file.yours)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts' names, in the file's order."""
        return tuple(self.file.hosts)

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings' names, in the file's order."""
        return tuple(self.file.findings)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters, in the file's order."""
        quick, full = (values(self.root, mode) for mode in MODES)
        return {name: Parameter(quick[name], full[name]) for name in quick}


def load(path_or_name: str) -> Experiment:
    """The experiment of that name, or in that file.

    Raises:
        UnknownName: there is no such experiment.
        UsageError: the file cannot be read.
        SpecError: the file has mistakes; all of them.
    """
    path = catalogue.find("experiments", path_or_name)
    return _made(path, read(path))


def _made(path: Path, root: Node) -> Experiment:
    studied = [study(root, values(root, mode), str(path)) for mode in MODES]
    mistakes = dict.fromkeys(mistake for each in studied for mistake in each.mistakes)
    file = studied[0].file
    if mistakes or file is None:
        raise SpecError(mistakes)
    return Experiment(path, root, file)


def check(paths: Iterable[str]) -> list[Mistake]:
    """Every mistake in these experiment and reference files (paths, or names), in order.

    Raises:
        UnknownName: there is no such experiment or reference.
        UsageError: a file cannot be read.
    """
    mistakes: list[Mistake] = []
    for name in paths:
        path = catalogue.find_any(name)
        try:
            root = read(path)
            if root.get("reference") or root.get("claims"):
                mistakes.extend(check_reference(path, root))
            else:
                _made(path, root)
        except SpecError as error:
            mistakes.extend(error.mistakes)
    return mistakes
