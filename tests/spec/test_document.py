from pathlib import Path

import pytest
import yaml

from harness.errors import SpecError, UsageError
from harness.spec import document
from harness.spec.document import MAX_DEPTH, MAX_SIZE, Place, parse, read, scalar


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def parser(request, monkeypatch):
    """Both of PyYAML's parsers: libyaml is not everywhere."""
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(document, "_LOADER", yaml.CSafeLoader if request.param == "libyaml" else yaml.SafeLoader)


def mistakes(text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse(text, "f.yaml")
    return [str(mistake) for mistake in caught.value.mistakes]


def test_values_and_places():
    root = parse("a: 1\nb:\n  - x\n  - {c: true}\n", "f.yaml")
    assert root.plain() == {"a": 1, "b": ["x", {"c": True}]}
    assert root.keys == {"a": Place(1, 1), "b": Place(2, 1)}
    assert root.items()["a"].place == Place(1, 4)
    assert root.items()["b"].value[1].items()["c"].place == Place(4, 9)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("-1", -1), ("+7", 7), ("010", 10), ("0x1F", 31), ("0o17", 15),
        ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0),
        ("", None), ("~", None), ("null", None), ("true", True), ("False", False),
        ("on", "on"), ("yes", "yes"), ("12:30", "12:30"), ("2026-01-01", "2026-01-01"), (".inf", ".inf"),
        ("1_000", "1_000"), ("$backlog", "$backlog"), ("9" * 50, "9" * 50),
    ],
)  # fmt: skip
def test_plain_scalars_follow_yaml_1_2_core_schema(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_scalars_are_text():
    assert parse("a: '5'\nb: \"null\"\n", "f.yaml").plain() == {"a": "5", "b": "null"}


def test_keys_are_always_text():
    assert parse("on: 1\n5: 2\nnull: 3\n", "f.yaml").plain() == {"on": 1, "5": 2, "null": 3}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["f.yaml:1:1: the file is empty"]),
        ("# nothing\n", ["f.yaml:1:1: the file is empty"]),
        ("a: 1\nb: 2\na: 3\n", ["f.yaml:3:1: key 'a' stands twice; first in line 1"]),
        ("{a: 1, a: 2, a: 3}", [
            "f.yaml:1:8: key 'a' stands twice; first in line 1",
            "f.yaml:1:14: key 'a' stands twice; first in line 1",
        ]),
        ("a: &x 1\nb: *x\n", [
            "f.yaml:1:4: anchors are not read; leave out &x",
            "f.yaml:2:4: aliases are not read; write the value itself instead of *x",
        ]),
        ("a: !!python/object/apply:os.system [id]\n", [
            "f.yaml:1:4: tags are not read; leave out tag:yaml.org,2002:python/object/apply:os.system",
        ]),
        ("a: !x 1\n", ["f.yaml:1:4: tags are not read; leave out !x"]),
        ("? [1, 2]\n: 3\n", ["f.yaml:1:3: a key must be a plain word"]),
        ("a: 1\n---\nb: 2\n", ["f.yaml:2:1: a second document begins here; a file holds one"]),
        ("a: 1\nb: \x07\n", ["f.yaml:2:4: character U+0007 cannot stand in a YAML file"]),
    ],
)  # fmt: skip
def test_what_is_refused(text, expected):
    assert mistakes(text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ok: 1\na: [1, 2\nb: 3\n", "3:2"),
        ("a: 1\n\tb: 2\n", "2:1"),
        ("a: @x\n", "1:4"),
        ("a: b: c\n", "1:5"),
        ("a: 'x\n", "1:1"),
        ("a: [1,\n", "1:1"),
        ("a: 1\n b: 2\n", "2:3"),
    ],
)
def test_syntax_errors_have_a_place_inside_the_file(text, place):
    (mistake,) = mistakes(text)
    assert mistake.startswith(f"f.yaml:{place}: not YAML: ")


def test_a_character_that_begins_no_value_comes_with_advice():
    assert mistakes("a: @x\n")[0].endswith("and text with %, @ or ` goes into quotes")


def test_mistakes_before_a_syntax_error_are_kept():
    assert [line.split(": ")[0] for line in mistakes("- {a: 1, a: 2}\n- [\n")] == ["f.yaml:1:10", "f.yaml:2:1"]


def test_depth_is_bounded():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f.yaml")
    assert mistakes("[" * 900) == [f"f.yaml:1:{MAX_DEPTH + 1}: nested deeper than {MAX_DEPTH} levels"]
    # libyaml itself may stop first (from PyYAML 6.0.4 on, at 1000 levels).
    (far_too_deep,) = mistakes("[" * 100_000)
    assert far_too_deep.startswith("f.yaml:1:")


def test_an_alias_bomb_is_refused_without_being_opened():
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    found = mistakes("\n".join(["a0: &a0 x", *levels]))
    assert sum("aliases are not read" in line for line in found) == 29 * 9


def test_a_file_above_the_size_is_not_read(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# " + b"x" * MAX_SIZE)
    with pytest.raises(SpecError) as caught:
        read(path)
    assert str(caught.value) == f"{path}:1:1: the file is larger than 1 MiB; it is not read"


def test_an_endless_file_is_not_read():
    with pytest.raises(SpecError, match="larger than 1 MiB"):
        read(Path("/dev/zero"))


def test_bytes_that_are_no_text_have_their_place(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"title: ok\nquestion: " + b"caf\xe9\n")
    with pytest.raises(SpecError) as caught:
        read(path)
    assert str(caught.value) == f"{path}:2:14: byte 0xe9 is not UTF-8 text"


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(path).plain() == {"a": 1}


def test_what_cannot_be_read_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*: Is a directory"):
        read(tmp_path)
    with pytest.raises(UsageError, match=r"cannot read .*: No such file"):
        read(tmp_path / "missing.yaml")
