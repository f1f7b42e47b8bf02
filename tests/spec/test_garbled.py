"""Whatever is done to a file, it loads or its mistakes have places inside it; nothing else is raised."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.spec import check

SHIPPED = (Path(__file__).resolve().parents[2] / "experiments" / "backlog-overflow.yaml").read_text()
BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""YAML's own line breaks (1.1, section 4.2)."""
LINES = SHIPPED.splitlines()
WORDS = sorted({word.strip("{},:") for word in SHIPPED.split()} - {""})


@st.composite
def garbled(draw) -> str:
    """The shipped file with one to three lines dropped, doubled, moved or garbled."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        cut = draw(st.integers(0, len(line)))
        how = draw(st.sampled_from(["drop", "double", "cut", "insert", "swap", "word", "indent"]))
        if how == "drop":
            del lines[at]
        elif how == "double":
            lines.insert(at, line)
        elif how == "cut":
            lines[at] = line[:cut] + line[cut + draw(st.integers(1, 5)) :]
        elif how == "insert":
            lines[at] = line[:cut] + draw(st.text("{}[],:&*!|>'\"%@`#$-? \tnull0", max_size=4)) + line[cut:]
        elif how == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif how == "word":
            lines[at] = line.replace(draw(st.sampled_from(WORDS)), draw(st.sampled_from(WORDS)), 1)
        else:
            lines[at] = " " * draw(st.integers(0, 6)) + line.lstrip()
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("garbled") / "garbled.yaml"


def judge(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    lines = BREAK.split(data.decode("utf-8", "replace"))
    for mistake in check([str(path)]):
        assert mistake.file == str(path)
        assert 1 <= mistake.line <= len(lines)
        assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1
        assert "Input should" not in mistake.message  # pydantic's words


@settings(max_examples=400, deadline=None)
@given(text=garbled())
def test_a_garbled_file(path, text):
    judge(path, text.encode())


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes(path, data):
    judge(path, data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    section=st.sampled_from(["parameters", "limit", "hosts", "steps", "findings", "expect", "yours"]), value=VALUES
)
def test_any_value_in_any_section(path, section, value):
    at = next(n for n, line in enumerate(LINES) if line.startswith(f"{section}:"))
    after = next((n for n in range(at + 1, len(LINES)) if not LINES[n].startswith((" ", "#"))), len(LINES))
    lines = [*LINES[:at], f"{section}: {json.dumps(value)}", *LINES[after:]]  # JSON is YAML
    judge(path, "\n".join(lines).encode())
