"""JUnit's XML: an experiment on an image is a test case, the runs on one image and kernel are a test suite.

There is no standard; what is written here is what Jenkins, GitLab and the viewers for GitHub read. They keep a
test's history by ``classname`` and ``name``, so both hold what was asked for; what was seen stands in properties.
Jenkins takes what stands before the class name's last dot for a package: lab and image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.report.cases import image_of, names, troubles
from harness.report.kernels import kernel_lines
from harness.report.terminal import render
from harness.report.text import Style, printable
from harness.report.workflow import COMMAND
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.result import RunResult

__all__ = ["junit"]

_WIDTH = 120
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_ESCAPED = {":": "&#58;", "[": "&#91;"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, escaped or not (section 2.2, Char)."""
_KINDS = {
    Verdict.FAIL: ("failure", "fail"),
    Verdict.ERROR: ("error", "error"),
    Verdict.UNKNOWN: ("error", "unknown"),
    Verdict.SKIP: ("skipped", "skip"),
}
_COUNTED = {"failures": (Verdict.FAIL,), "errors": (Verdict.ERROR, Verdict.UNKNOWN), "skipped": (Verdict.SKIP,)}


def junit(runs: Iterable[RunResult]) -> bytes:
    """The document, as UTF-8."""
    runs = list(runs)
    suites: dict[str, list[tuple[str, RunResult]]] = {}
    for name, run in zip(names(runs), runs, strict=True):
        suites.setdefault(_suite_name(run), []).append((name, run))
    top = Element("testsuites", {"name": "harness", **_counts(runs)})
    for suite, cases in suites.items():
        top.append(_suite(suite, cases))
    indent(top)
    text: str = tostring(top, encoding="unicode")
    return f"{_DECLARATION}\n{_deafened(text)}\n".encode()


def _suite_name(run: RunResult) -> str:
    return next(iter(kernel_lines([run])), f"nothing was seen, {run.lab} lab")


def _suite(name: str, cases: Sequence[tuple[str, RunResult]]) -> Element:
    suite = Element("testsuite", {"name": _text(name), **_counts([run for _, run in cases])})
    for case, run in cases:
        suite.append(_case(case, run))
    return suite


def _counts(runs: Sequence[RunResult]) -> dict[str, str]:
    counted = {name: sum(run.verdict in verdicts for run in runs) for name, verdicts in _COUNTED.items()}
    seconds = sum(run.seconds.get("wall", 0.0) for run in runs)
    return {
        "tests": str(len(runs)),
        **{name: str(count) for name, count in counted.items()},
        "time": f"{seconds:.3f}",
    }


def _case(name: str, run: RunResult) -> Element:
    place = ".".join(_text(word).replace(".", "_") for word in (run.lab, image_of(run)) if word)
    seconds = f"{run.seconds.get('wall', 0.0):.3f}"
    case = Element("testcase", {"classname": place, "name": _text(name), "time": seconds})
    properties = SubElement(case, "properties")
    for key, value in _facts(run):
        SubElement(properties, "property", {"name": _text(key), "value": _text(value)})
    if run.verdict in _KINDS:
        tag, kind = _KINDS[run.verdict]
        lines = list(troubles(run))
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        message = _text(" ".join(printable(lines[0]).split()) + more)
        SubElement(case, tag, {"type": kind, "message": message}).text = _text("\n".join([*lines, *run.why]))
    SubElement(case, "system-out").text = _text(render(run, _WIDTH, Style(colours=False)))
    return case


def _facts(run: RunResult) -> Iterator[tuple[str, str]]:
    yield "title", run.title
    yield "lab", run.lab
    yield "clock", run.clock
    yield "IP version", str(run.family)
    yield "mode", run.mode
    for host, facts in run.hosts.items():
        yield f"{host}: image", facts.image
        yield f"{host}: kernel", f"{facts.stack} {facts.kernel}".strip()
    for parameter, value in run.parameters.items():
        yield f"parameter: {parameter}", "the kernel's own value" if value is None else str(value)
    for host, values in run.sysctls.items():
        for name, value in values.items():
            yield f"{host}: {name}", value
    if run.folder:
        yield "folder", run.folder


def _text(text: str) -> str:
    """Foreign text as an XML document can hold it; what it cannot hold, or what acts, shows as its number."""
    return _FORBIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", printable(text))


def _deafened(text: str) -> str:
    """The same document; printed in GitHub Actions, nothing in it is a workflow command (``report.workflow``)."""
    return COMMAND.sub(lambda found: found[1] + _ESCAPED[found[2]], text)
