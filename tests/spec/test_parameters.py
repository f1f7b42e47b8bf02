import pytest

from harness.errors import UnknownName, UsageError
from harness.spec.document import parse
from harness.spec.parameters import chosen, fill, values

PARAMETERS = """\
parameters:
  clients: 10
  patience: 1.5
  words: hello
  sudden: false
  somaxconn: null
  retries: {quick: 2}
  slow: {full: 9}
  both: {quick: 1, full: null}
"""
ROOT = parse(PARAMETERS, "f.yaml")


def test_each_mode_has_its_values():
    common = {"clients": 10, "patience": 1.5, "words": "hello", "sudden": False, "somaxconn": None}
    assert values(ROOT, "quick") == {**common, "retries": 2, "slow": None, "both": 1}
    assert values(ROOT, "full") == {**common, "retries": None, "slow": 9, "both": None}


def test_a_file_without_parameters_has_none():
    assert values(parse("a: 1\n", "f.yaml"), "quick") == {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ({"clients": "3"}, 3),
        ({"clients": "0x10"}, 16),
        ({"clients": "null"}, None),
        ({"patience": "2"}, 2),
        ({"patience": "2.5"}, 2.5),
        ({"words": "5"}, "5"),
        ({"words": "true"}, "true"),
        ({"sudden": "true"}, True),
        ({"somaxconn": "100"}, 100),
        ({"somaxconn": "any"}, "any"),
        ({"slow": "3"}, 3),
    ],
)
def test_a_setting_beats_the_mode(setting, value):
    (name,) = setting
    found = chosen(ROOT, "quick", setting)[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"clients": "many"}, "parameter 'clients' must be a whole number, not 'many'"),
        ({"clients": "1.5"}, "parameter 'clients' must be a whole number, not 1.5"),
        ({"clients": "true"}, "parameter 'clients' must be a whole number, not true"),
        ({"patience": "long"}, "parameter 'patience' must be a number, not 'long'"),
        ({"sudden": "1"}, "parameter 'sudden' must be true or false, not 1"),
        ({"sudden": "yes"}, "parameter 'sudden' must be true or false, not 'yes'"),
    ],
)
def test_a_setting_of_another_type(setting, message):
    with pytest.raises(UsageError) as caught:
        chosen(ROOT, "quick", setting)
    assert str(caught.value) == message


def test_a_setting_nobody_knows():
    with pytest.raises(UnknownName) as caught:
        chosen(ROOT, "quick", {"client": "3"})
    assert str(caught.value) == "no parameter named 'client'\n  did you mean 'clients'?"


FILE = """\
title: $a
hosts:
  h: {sysctls: {x: $a, y: $null, z: 3}}
steps:
  - h: {listen: $a, backlog: $a, port: $null, data: $$a, size: "$a"}
findings:
  f: {of: $a}
expect:
  literal: $a
  nothing: $null
  list: [$a, $null, 5]
  bounds: {at_least: $a, at_most: $null}
  unknown: $b
"""


def test_a_parameter_stands_for_a_value_and_only_where_one_may():
    filled = fill(parse(FILE, "f.yaml"), {"a": 7, "null": None})
    assert filled.root.plain() == {
        "title": "$a",
        "hosts": {"h": {"sysctls": {"x": 7, "z": 3}}},
        "steps": [{"h": {"listen": "$a", "backlog": 7, "data": "$a", "size": 7}}],
        "findings": {"f": {"of": "$a"}},
        "expect": {
            "literal": 7,
            "nothing": None,
            "list": [7, None, 5],
            "bounds": {"at_least": 7},
            "unknown": None,
        },
    }
    assert filled.used == {"a", "null", "b"}
    assert [(place.line, place.column, message) for place, message in filled.unknown] == [
        (13, 12, "unknown parameter $b; known here: a, null")
    ]


@pytest.mark.parametrize("text", ["$a b", "x$a", "${a}", "$", "$1", "$a.b", "$(a)"])
def test_there_are_no_templates(text):
    filled = fill(parse(f"expect:\n  x: '{text}'\n", "f.yaml"), {"a": 7})
    assert filled.root.plain() == {"expect": {"x": text}}
    assert filled.unknown == []
