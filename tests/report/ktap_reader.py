"""A strict reader of KTAP, version 1, made from its specification (Documentation/dev-tools/ktap.rst) alone."""

import re
from dataclasses import dataclass, field

VERSION = re.compile(r"KTAP version 1")
PLAN = re.compile(r"1\.\.(\d+)")
RESULT = re.compile(r"(ok|not ok) (\d+)(?: ([^#]*?))?(?: # ?(?:(SKIP|TODO|XFAIL|TIMEOUT|ERROR)(?: |$))?(.*))?")
DIAGNOSTIC = re.compile(r"#(?: (.*))?")


@dataclass
class Case:
    ok: bool
    number: int
    name: str
    directive: str | None
    said: str
    subtests: list = field(default_factory=list)
    diagnostics: list = field(default_factory=list)


def read(text):
    """The tests of a whole document; ValueError for a line that is none of KTAP's four kinds, or out of place."""
    lines = text.split("\n")
    if lines.pop() != "":
        raise ValueError("the last line has no end")
    cases, rest = block(lines, "")
    if rest:
        raise ValueError(f"after the end: {rest[0]!r}")
    return cases


def block(lines, indent):
    """The tests of one level, and the lines after it."""
    if not VERSION.fullmatch(within(lines[0], indent) or ""):
        raise ValueError(f"no version line: {lines[0]!r}")
    plan = PLAN.fullmatch(within(lines[1], indent) or "")
    if not plan:
        raise ValueError(f"no plan: {lines[1]!r}")
    lines, cases, subtests, diagnostics = lines[2:], [], [], []
    while lines and (line := within(lines[0], indent)) is not None:
        if line.startswith("  "):
            if subtests:
                raise ValueError(f"two blocks of subtests: {line!r}")
            subtests, lines = block(lines, indent + "  ")
            continue
        lines = lines[1:]
        if found := RESULT.fullmatch(line):
            case = Case(found[1] == "ok", int(found[2]), found[3] or "", found[4], found[5] or "")
            case.subtests, case.diagnostics, subtests, diagnostics = subtests, diagnostics, [], []
            cases.append(sound(case, len(cases) + 1))
        elif found := DIAGNOSTIC.fullmatch(line):
            diagnostics.append(found[1] or "")
        else:
            raise ValueError(f"an unknown line: {line!r}")
    if len(cases) != int(plan[1]):
        raise ValueError(f"{len(cases)} tests, {plan[1]} were planned")
    return cases, lines


def within(line, indent):
    """A line without its block's indentation; None for a line of a block further out."""
    return line.removeprefix(indent) if line.startswith(indent) else None


def sound(case, number):
    """The case, if it is what the specification says of numbers, directives and parents."""
    if case.number != number:
        raise ValueError(f"number {case.number}, not {number}")
    if case.directive in {"TIMEOUT", "ERROR"} and case.ok:
        raise ValueError(f"ok with {case.directive}")
    if case.ok and not all(each.ok for each in case.subtests):
        raise ValueError(f"{case.name} is ok, a subtest is not")
    return case
