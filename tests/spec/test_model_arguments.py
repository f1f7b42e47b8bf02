"""Models take literals, parameters, labels and findings; none of the shipped ones takes all of these yet."""

import pytest

import harness.model
from harness.model import MODELS, Model, NoModel
from harness.spec import check, fix, load

FILE = """\
experiment: arguments
title: Arguments
question: What does a model get?
parameters: {size: 3, none: null, word: quick}
limit: 9
hosts: {server: {}, client: {}}
steps:
  - server: {listen: door, port: 80, backlog: $size}
  - client: {connect: visitor, to: door}
findings:
  first: {calls: connect, of: visitor, take: seconds}
  second: {calls: connect, of: visitor, take: seconds}
expect:
  second: {model: late, of: visitor, after: first, by: door, size: $size, rate: 1.5, how: $word, gone: $none}
"""


@pytest.fixture(autouse=True)
def model(monkeypatch):
    late = Model(
        name="late",
        formula="after + size",
        source="this test",
        arguments=("of", "after", "by?", "size?", "rate?", "how?", "gone?"),
        function=lambda _situation, _arguments: NoModel("only its arguments are looked at"),
    )
    monkeypatch.setattr(harness.model, "MODELS", {**MODELS, "late": late})


@pytest.fixture
def file(tmp_path):
    return tmp_path / "arguments.yaml"


def test_what_the_criteria_hold(file):
    file.write_text(FILE)
    images = {"server": "host", "client": "host"}
    _, criteria = fix(load(str(file)), mode="quick", settings={}, sysctls={}, images=images, family=4)
    assert criteria.expectations["second"].arguments == {
        "of": "visitor", "after": {"finding": "first"}, "by": "door", "size": 3, "rate": 1.5, "how": "quick",
    }  # fmt: skip
    assert criteria.expectations["second"].formula == "after + size"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("after: first", "after: frist", [
            "14:45: 'frist' is neither a label nor a finding; did you mean 'first'?",
        ]),
        ("after: first, ", "", ["14:11: missing key 'after': model 'late' needs it"]),
        ("after: first", "after: $none", ["14:11: 'after' needs a value, and parameter 'none' is null"]),
        ("after: first", "after: $nome", ["14:45: unknown parameter $nome; did you mean 'none'?"]),
        ("after: first", "after: second", ["14:11: this expectation rests on itself: second -> second"]),
        ("first: {", "door: {", [
            "14:45: 'first' is neither a label nor a finding; known here: door, second, visitor",
            "14:56: 'door' is both a label and a finding; rename one of them",
        ]),
        ("of: visitor, after", "of: first, after", ["14:29: unknown label 'first'; known here: door, visitor"]),
    ],
)  # fmt: skip
def test_a_mistake(file, old, new, expected):
    assert FILE.count(old) == 1
    file.write_text(FILE.replace(old, new))
    assert [f"{each.line}:{each.column}: {each.message}" for each in check([str(file)])] == expected
