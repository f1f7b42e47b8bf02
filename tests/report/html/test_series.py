"""What a run shows over time, from events made by hand."""

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.html.series import Clock, accept_queues, span, states, syns, thinned

SECOND = 1_000_000_000


def rounded(points):
    return [(round(at, 6), value) for at, value in points]


@pytest.fixture
def full(talk):
    """Two clients, a queue for one; the first is accepted after a second, the second never answered."""
    made = talk(members=2)
    made.step("server", "accept", "guest", **{"from": "door"})
    made.call("door", 0, -0.2, -0.1)
    made.listens(-0.1, 0, limit=0)
    made.connect(0, 0, 0.0003)
    made.send(">", "SYN", 0.0001, seq=7)
    made.send("<", "SYN,ACK", 0.00015, seq=90, ack=8)
    made.send(">", "ACK", 0.0002, seq=8, ack=91)
    made.state("client", 0.002, "ESTABLISHED")
    made.state("server", 0.002, "ESTABLISHED")
    made.listens(0.002, 1, limit=0)
    made.sees_queue(0.003, 1, limit=0)
    made.connect(1, 0.01, 2.02, "ETIMEDOUT")
    made.state("client", 0.012, "SYN_SENT", 1)
    for at in (0.01001, 1.01):
        made.send(">", "SYN", at, 1, seq=9)
    made.call("guest", 0, 1.1, 1.1001, local=made.server, remote=made.client())
    made.listens(1.102, 0, limit=0)
    made.state("client", 2.021, "GONE", 1)
    return made.evidence()


def test_a_queue_has_its_length_its_limit_and_both_witnesses(full):
    (queue,) = accept_queues(full, Clock.of(full))
    assert (queue.host, queue.label, queue.address[1], queue.peak) == ("server", "door", 8000, 1)
    assert rounded(queue.points) == [(0.1, 0), (0.202, 1), (1.302, 0)]
    assert rounded(queue.limits) == [(0.1, 0)]
    assert rounded(queue.seen) == [(0.203, 1)]


def test_where_no_socket_table_was_seen_the_listener_itself_tells(talk):
    made = talk()
    made.connect(0, 0, 0.001)
    made.sees_queue(0.1, 0, limit=5)
    made.sees_queue(0.2, 3, limit=5)
    evidence = made.evidence()
    (queue,) = accept_queues(evidence, Clock.of(evidence))
    assert (queue.label, queue.address[1], queue.peak) == ("door", 8000, 3)
    assert rounded(queue.points) == [(0.1, 0), (0.2, 3)]
    assert rounded(queue.limits) == [(0.1, 5)]


def test_a_listener_that_was_closed_has_an_empty_queue(talk):
    made = talk()
    made.connect(0, 0, 0.001)
    made.listens(0.1, 1)
    made.listens(0.5, 0, limit=None, state="GONE")
    evidence = made.evidence()
    (queue,) = accept_queues(evidence, Clock.of(evidence))
    assert rounded(queue.points) == [(0.1, 1), (0.5, 0)]
    assert len(queue.limits) == 1


def test_a_listener_whose_port_the_system_picked_has_its_label(talk):
    made = talk()
    made.steps[0] = replace(made.steps[0], arguments={"backlog": 5})
    made.call("door", 0, 0, 0.001, local=made.server)
    made.connect(0, 0.01, 0.02)
    made.listens(0.1, 1)
    made.sees_queue(0.2, 1, limit=5)
    evidence = made.evidence()
    (queue,) = accept_queues(evidence, Clock.of(evidence))
    assert (queue.label, queue.address[1]) == ("door", made.server[1])
    assert rounded(queue.seen) == [(0.2, 1)]


def test_connections_are_counted_in_each_state_they_are_in(full):
    found = states(full, "client", Clock.of(full))
    assert list(found) == ["SYN_SENT", "ESTABLISHED"]
    assert rounded(found["SYN_SENT"]) == [(0.212, 1), (2.221, 0)]
    assert rounded(found["ESTABLISHED"]) == [(0.202, 1)]


def test_states_that_change_in_one_look_are_one_change(talk):
    made = talk(members=3)
    for index in range(3):
        made.connect(index, 0, 0.001)
        made.state("client", 0.01, "SYN_SENT", index)
        made.state("client", 0.02, "ESTABLISHED", index)
    evidence = made.evidence()
    found = states(evidence, "client", Clock.of(evidence))
    assert rounded(found["SYN_SENT"]) == [(0.01, 3), (0.02, 0)]
    assert rounded(found["ESTABLISHED"]) == [(0.02, 3)]


def test_syns_are_those_that_came_and_whether_each_was_answered(full):
    came = syns(full, "server", 8000, Clock.of(full))
    assert [(round(at, 3), answered) for at, answered in came] == [(0.2, True), (0.21, False), (1.21, False)]
    assert syns(full, "server", 9, Clock.of(full)) == []


def test_a_run_lasts_until_a_little_after_the_last_change(full):
    first, last = span(full, Clock.of(full))
    assert (first, round(last, 3)) == (0.0, round(2.221 * 1.02, 3))


@pytest.mark.parametrize("apart", [0, 5000])
def test_hosts_with_clocks_of_their_own_share_one_axis(talk, apart):
    made = talk(apart=apart)
    made.connect(0, 0, 0.001)
    made.listens(0.5, 1)
    evidence = made.evidence()
    (queue,) = accept_queues(evidence, Clock.of(evidence))
    assert rounded(queue.points) == [(0.5, 1)]


def test_without_calls_there_is_no_clock(talk):
    assert Clock.of(talk().evidence()) is None


MOMENTS = st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), min_size=1, max_size=400).map(
    lambda points: sorted(points, key=lambda point: point[0])
)


@given(points=MOMENTS, columns=st.integers(1, 40))
def test_thinning_keeps_each_columns_extremes_and_its_ends(points, columns):
    kept = thinned(points, columns, 100.0)
    assert len(kept) <= max(len(points) if len(points) <= 4 * columns else 0, 4 * (columns + 1))
    assert set(kept) <= set(points)

    def by_column(some):
        return {
            column: [value for _, value in together]
            for column, together in groupby(some, key=lambda point: int(point[0] / (100.0 / columns)))
        }

    before, after = by_column(points), by_column(kept)
    assert before.keys() == after.keys()
    for column, values in before.items():
        left = after[column]
        assert (min(left), max(left), left[0], left[-1]) == (min(values), max(values), values[0], values[-1])
