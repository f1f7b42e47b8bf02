"""Results in other forms than the text: one table of formats, and where they are written.

A command that has results calls ``add_formats`` when its arguments are defined, ``Outputs.of`` before anything is
run (a file that cannot be written is found out then), ``show`` for its text, and ``write`` at the end.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.cli import actions, streams
from harness.errors import HarnessError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from harness.evidence.folder import RunFolder
    from harness.result import RunResult
    from harness.session.article import Article
    from harness.session.compare import Comparison
    from harness.session.destination import Destination
    from harness.session.matrix import Matrix

__all__ = ["FORMATS", "Format", "Outputs", "Results", "add_formats", "json_text"]


@dataclass(frozen=True, slots=True)
class Results:
    """What a command has to show, for a format's writer.

    Attributes:
        runs: every run's result; its ``folder``, where there is one, holds the evidence.
        comparisons: runs side by side, where the command made any.
        articles: the article's statements, of ``harness article``, an image each.
        matrix: the comparisons as a whole, of ``harness matrix``.
        performed: whether the command ran them; stored ones are nothing new in GitHub Actions.
        folders: run folders that a form has opened, by path: evidence is put in order once for all forms.
    """

    runs: Sequence[RunResult]
    comparisons: Sequence[Comparison] = ()
    articles: Sequence[Article] = ()
    matrix: Matrix | None = None
    performed: bool = True
    folders: dict[Path, RunFolder] = field(default_factory=dict, init=False)

    def folder(self, path: Path) -> RunFolder:
        """The run folder at that path; FolderError where there is none."""
        from harness.evidence.folder import RunFolder

        if path not in self.folders:
            self.folders[path] = RunFolder.open(path)
        return self.folders[path]


@dataclass(frozen=True, slots=True)
class Format:
    """A form that results can be written in.

    Attributes:
        name: the option, without its dashes.
        help: what is written, as the rest of "write ...".
        write: makes it; text is written as UTF-8.
        binary: it is nothing for a terminal.
    """

    name: str
    help: str
    write: Callable[[Results], str | bytes]
    metavar: str = "FILE"
    binary: bool = False

    @property
    def option(self) -> str:
        """As the user writes it."""
        return f"--{self.name}"


def json_text(value: Any, *, ascii_only: bool = False) -> str:
    """A value as JSON in lines; no workflow command of GitHub Actions in it acts where it is printed."""
    return json.dumps(value, indent=2, ensure_ascii=ascii_only).replace("##[", "##\\u005b") + "\n"


def _json(results: Results) -> str:
    from harness.result import results_json

    value: dict[str, Any] = results_json(results.runs)
    if results.comparisons:
        from harness.session.compare_json import comparisons_json

        value["comparisons"] = comparisons_json(results.comparisons)
    return json_text(value)


def _markdown(results: Results) -> str:
    from harness.report import article_images, compare_markdown, matrix_markdown, run_markdown

    if results.articles:
        return article_images.markdown(results.articles)
    if results.matrix is not None:
        return matrix_markdown.markdown(results.matrix)
    if results.comparisons:
        return compare_markdown.markdown(results.comparisons)
    return run_markdown.markdown(results.runs)


def _html(results: Results) -> str:
    from harness.report.html import recorded, render
    from harness.session.compare import compare_repeated

    compared = results.comparisons or compare_repeated(results.runs)
    article = results.articles[0] if len(results.articles) == 1 else None
    return render([recorded(run, results.folder) for run in results.runs], compared, article)


def _pcapng(results: Results) -> bytes:
    from pathlib import Path

    from harness.report.pcapng import pcapng

    return pcapng((run, results.folder(Path(run.folder)) if run.folder else None) for run in results.runs)


def _junit(results: Results) -> bytes:
    from harness.report.junit import junit

    return junit(results.runs)


def _ktap(results: Results) -> str:
    from harness.report.ktap import ktap

    return ktap(results.runs)


FORMATS = (
    Format("json", "the result as JSON", _json),
    Format("markdown", "it as Markdown", _markdown),
    Format("html", "it as one HTML file: drawings, plots, all that was seen", _html),
    Format("pcapng", "all packets for Wireshark, with comments on what they show", _pcapng, binary=True),
    Format("junit", "a JUnit report: an experiment on an image is a test case", _junit),
    Format("ktap", "KTAP, the kernel's own format of test results", _ktap),
)


def add_formats(command: argparse.ArgumentParser) -> None:
    """The options that ask for a result in another form than text, one a format."""
    group = command.add_argument_group(
        "other forms of the result",
        "FILE - is stdout, instead of the text; an old file is replaced by a whole one",
    )
    for each in FORMATS:
        group.add_argument(each.option, metavar=each.metavar, help=f"write {each.help}")


class Outputs:
    """The forms asked for, and their places."""

    def __init__(self, wanted: Sequence[tuple[Format, Destination | None]]) -> None:
        self._wanted = wanted
        self.takes_stdout = any(place is None for _, place in wanted)

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Outputs:
        """What the options of ``add_formats`` ask for.

        Raises:
            UsageError: two forms in one place, or a place that is none.
            StorageError: a file that cannot be written.
        """
        from harness.session.destination import Destination

        given = [(each, name) for each in FORMATS if (name := getattr(arguments, each.name)) is not None]
        for number, (each, name) in enumerate(given):
            for other, same in given[:number]:
                if name == same:
                    place = "stdout" if name == "-" else name
                    raise UsageError(f"{other.option} and {each.option} cannot both go to {place}")
        for each, name in given:
            if name == "-" and each.binary and sys.stdout.isatty():
                raise UsageError(
                    f"{each.option} -: a terminal cannot show it", "name a file, or pipe it somewhere"
                )
        wanted = [(each, None if name == "-" else Destination(each.option, name)) for each, name in given]
        for _, place in wanted:
            if place is not None:
                place.check()
        return cls(wanted)

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def show(self, text: Callable[[], str]) -> None:
        """Print the text, unless another form goes to stdout."""
        if not self.takes_stdout:
            sys.stdout.write(text())
            sys.stdout.flush()

    def write(self, results: Results) -> None:
        """Write every form asked for; one that cannot be written keeps no other from it.

        In GitHub Actions, what was performed goes to the step summary and annotations as well.

        Raises:
            HarnessError: the first that could not be written.
        """
        errors = [_written(each, place, results) for each, place in self._wanted]
        if results.performed:
            actions.leave(results)
        _raise_first(errors)


def _written(form: Format, place: Destination | None, results: Results) -> HarnessError | None:
    try:
        made = form.write(results)
        if place is None and isinstance(made, str):
            made = streams.guarded(made)
        data = made.encode("utf-8", "replace") if isinstance(made, str) else made
        if place is None:
            streams.write_bytes(data)
        else:
            place.put(data)
    except HarnessError as error:
        return error
    return None


def _raise_first(errors: Iterable[HarnessError | None]) -> None:
    for error in errors:
        if error is not None:
            raise error
