import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.runtime import events
from harness.runtime.events import EVENTS, Call, Packets, dumps, loads

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = {"facts": st.dictionaries(st.text(), json_values), "values": st.dictionaries(st.text(), st.integers())}


def any_of(kind):
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind, **{name: FIELDS[name] if name in FIELDS else st.from_type(hint) for name, hint in hints.items()}
    )


@given(st.sampled_from(list(EVENTS.values())).flatmap(any_of))
def test_an_event_comes_back_from_its_line(event):
    line = dumps(event)
    assert "\n" not in line
    assert loads(line) == event


def test_the_line_names_its_event_and_leaves_out_what_is_none():
    call = Call("server", 2, 1, "door", 0, "listen", 1, "failed", "EADDRINUSE", ("10.0.0.1", 80))
    assert json.loads(dumps(call)) == {
        "event": "call",
        "host": "server",
        "mono": 2,
        "step": 1,
        "label": "door",
        "index": 0,
        "verb": "listen",
        "began": 1,
        "result": "failed",
        "errno": "EADDRINUSE",
        "local": ["10.0.0.1", 80],
    }


def test_bytes_of_any_kind_travel():
    packets = Packets("server", 1, bytes(range(256)))
    assert loads(dumps(packets)) == packets


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Traceback (most recent call last):",
        "[]",
        "7",
        "{}",
        '{"event": "nonsense", "host": "", "mono": 1}',
        '{"event": []}',
        '{"event": "clock", "host": ""}',
        '{"event": "clock", "host": "", "mono": 1, "wall": 2, "more": 3}',
        '{"event": "packets", "host": "", "mono": 1}',
        '{"event": "packets", "host": "", "mono": 1, "data": 7}',
        '{"event": "packets", "host": "", "mono": 1, "data": "x"}',
        '{"event": "socket", "host": "", "mono": 1, "local": 5}',
        '{"event": "socket", "host": "", "mono": 1, "local": []}',
    ],
)
def test_what_is_no_event_is_a_value_error(line):
    with pytest.raises(ValueError, match="not an event"):
        loads(line)


@given(st.dictionaries(st.sampled_from(["host", "mono", "local", "remote", "data", "wall"]), json_values))
def test_any_object_is_an_event_or_a_value_error(values):
    for name in EVENTS:
        try:
            assert isinstance(loads(json.dumps({"event": name, **values})), EVENTS[name])
        except ValueError as error:
            assert "not an event" in str(error)  # noqa: PT017 (both outcomes are right)


def test_a_clock_pair_is_read_together():
    first, second = events.clock("here"), events.clock("here")
    assert first.mono < second.mono
    # Between two pairs both clocks advance alike, but for slewing: a tenth of a second would be a mistake.
    assert abs((second.wall - first.wall) - (second.mono - first.mono)) < 100_000_000
