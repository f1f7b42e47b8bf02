"""Experiments down, images across: the verdicts, then in words what differs between which kernels, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.report.columns import GAP, row
from harness.report.differences import difference, evidence, kernels, listing, sides, why
from harness.report.text import columns, printable, wrap
from harness.result import Verdict, overall

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.compared import Column, Compared
    from harness.report.text import Style

__all__ = ["Matrix", "failures", "groups", "heads", "render", "troubles"]

_LEAST_WIDTH = 60
_DIFFER = "differ"


class Matrix(Protocol):
    """Comparisons that all have the same columns, one an experiment."""

    @property
    def comparisons(self) -> Sequence[Compared]: ...  # noqa: D102 (see the class)


def render(matrix: Matrix, width: int, style: Style) -> str:
    """The text, of at most so many columns (60 at the least)."""
    width = max(_LEAST_WIDTH, width)
    lines = list(_table(matrix, width, style))
    unused = [*failures(matrix), *troubles(matrix)]
    lines += [""] * bool(unused)
    for text in unused:
        lines += wrap(printable(text), width, "", "  ").split("\n")
    for head, texts in groups(matrix).items():
        lines += ["", *(style.paint("bold", line) for line in wrap(printable(head), width).split("\n"))]
        for text in texts:
            lines += wrap(printable(text), width, "- ", "  ").split("\n")
    lines += ["", *wrap(_same(matrix), width).split("\n")]
    verdict = overall(column.result for compared in matrix.comparisons for column in compared.columns)
    lines.append(style.paint(verdict, verdict.value.upper()))
    return "\n".join(lines) + "\n"


# The table


def heads(matrix: Matrix) -> list[tuple[str, str, str]]:
    """Of each column the image, the kernel really observed, and the image that ran the same kernel."""
    found = []
    for number in range(_count(matrix)):
        of_image = [compared.columns[number] for compared in matrix.comparisons]
        seen = next((column for column in of_image if column.short), of_image[0])
        image = seen.result.image or seen.name
        found.append((image, seen.short or "–", f"as {seen.same_kernel_as}" if seen.same_kernel_as else ""))
    return found


def _count(matrix: Matrix) -> int:
    return min((len(compared.columns) for compared in matrix.comparisons), default=0)


def _table(matrix: Matrix, width: int, style: Style) -> Iterator[str]:
    """Images across where there is room; of more of them, so many at a time as fit."""
    shown = [tuple(map(printable, head)) for head in heads(matrix)]
    name = max(len("experiment"), *(columns(compared.experiment) for compared in matrix.comparisons))
    widths = [max(len("unknown"), *(columns(word) for text in head for word in text.split())) for head in shown]
    numbers = list(range(len(shown)))
    while numbers:
        fit = _fitting([widths[number] for number in numbers], width - name - GAP - len(_DIFFER))
        part, numbers = numbers[:fit], numbers[fit:]
        across = [name, *(widths[number] for number in part), 0 if numbers else len(_DIFFER)]
        labels = zip(("", "kernel", ""), zip(*(shown[number] for number in part), strict=True), strict=True)
        for number, (label, texts) in enumerate(labels):
            if any(texts):
                yield from row([label, *texts, _DIFFER if number == 0 and not numbers else ""], across)
        yield (" " * GAP).join("-" * each for each in across if each)
        for compared in matrix.comparisons:
            yield _row(compared, part, across, style)
        if numbers:
            yield ""


def _fitting(widths: Sequence[int], room: int) -> int:
    fit, taken = 0, 0
    for each in widths:
        taken += each + GAP
        if taken > room and fit:
            break
        fit += 1
    return fit


def _row(compared: Compared, part: Sequence[int], across: Sequence[int], style: Style) -> str:
    name = printable(compared.experiment)
    verdicts = [compared.columns[number].result.verdict for number in part]
    cells = [style.paint(each, each.value.ljust(width)) for each, width in zip(verdicts, across[1:], strict=False)]
    apart = sum(bool(finding.differs) for finding in compared.findings) if across[-1] else 0
    whole = [name + " " * (across[0] - columns(name)), *cells, str(apart or "")]
    return (" " * GAP).join(whole).rstrip()


# Below it


def failures(matrix: Matrix) -> Iterator[str]:
    """Why an image could not be used at all, once."""
    for (image, _, _), of_image in _by_image(matrix):
        reasons = {column.result.reason for column in of_image}
        if _unusable(of_image) and len(reasons) == 1:
            yield f"{image} {of_image[0].result.verdict.value}: {_one_line(reasons.pop())}"


def troubles(matrix: Matrix) -> Iterator[str]:
    """Why a run did not pass, where that is not the image's own trouble."""
    for (image, _, _), of_image in _by_image(matrix):
        if _unusable(of_image) and len({column.result.reason for column in of_image}) == 1:
            continue
        for compared, column in zip(matrix.comparisons, of_image, strict=True):
            if column.result.verdict is not Verdict.PASS:
                evidence = f" ({column.result.folder})" if column.result.folder else ""
                text = f"{compared.experiment} on {image} {column.result.verdict.value}"
                yield f"{text}: {_one_line(column.result.reason)}{evidence}"


def _by_image(matrix: Matrix) -> list[tuple[tuple[str, str, str], list[Column]]]:
    return [
        (head, [compared.columns[number] for compared in matrix.comparisons])
        for number, head in enumerate(heads(matrix))
    ]


def _unusable(of_image: Sequence[Column]) -> bool:
    return all(not column.result.findings and column.result.verdict is not Verdict.PASS for column in of_image)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def groups(matrix: Matrix) -> dict[str, list[str]]:
    """What differs, by the kernels between which it does: the differences, then their causes."""
    found: dict[str, list[str]] = {}
    for compared in matrix.comparisons:
        for finding in compared.findings:
            if finding.differs:
                text = f"{finding.name} of {compared.experiment}: {difference(compared, finding)}"
                found.setdefault(_head([where for _, where in sides(compared, finding)]), []).append(text)
    for head, texts in _causes(matrix).items():
        found.setdefault(head, []).extend(texts)
    return found


def _causes(matrix: Matrix) -> dict[str, list[str]]:
    """Causes by the kernels, each once, with everything it is the cause of."""
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for compared in matrix.comparisons:
        for each in compared.causes:
            head = _head([listing(kernels(compared, side)) for side in (each.split.older, each.split.newer)])
            what, folders = found.setdefault((head, why(compared, each)), ([], []))
            what.append(f"{listing(each.split.findings)} of {compared.experiment}")
            folders += evidence(each)
    texts: dict[str, list[str]] = {}
    for (head, text), (what, folders) in found.items():
        kept = f". Evidence: {', '.join(folders)}" if folders else ""
        texts.setdefault(head, []).append(f"Why {', '.join(what)}: {text}{kept}")
    return texts


def _head(sides: Sequence[str]) -> str:
    return " ≠ ".join(sides)


def _same(matrix: Matrix) -> str:
    findings = [finding for compared in matrix.comparisons for finding in compared.findings]
    if _count(matrix) == 1:
        return "One image alone: there is nothing to compare with (--image)."
    apart = sum(bool(finding.differs) for finding in findings)
    alike = sum(finding.differs is False for finding in findings)
    count = len(matrix.comparisons)
    text = f"{len(findings)} findings of {count} experiment{'s' * (count != 1)}: {apart} differ, {alike} do not"
    unsure = len(findings) - apart - alike
    return text + (f", {unsure} could not be compared." if unsure else ".")
