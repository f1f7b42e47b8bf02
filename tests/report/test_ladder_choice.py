from __future__ import annotations

import time

import pytest

from harness.errors import UsageError
from harness.report.ladder import ladder
from harness.report.ladder_choice import alike, courses, named, that_matters
from harness.report.ladder_text import render
from harness.report.text import Style


def key(connection):
    return (connection.call.label, connection.call.index)


def test_the_first_that_failed_matters(talk):
    made = talk(members=4)
    for index, errno in enumerate([None, None, "ETIMEDOUT", "ECONNREFUSED"]):
        made.connect(index, index, index + 0.5, errno)
        made.send(">", "SYN", index + 0.1, index)
    made.send("<", "SYN,ACK", 0.2)
    assert key(that_matters(made.evidence())) == ("visitor", 2)


def test_a_connect_that_does_not_block_has_not_failed(talk):
    made = talk(members=2)
    made.connect(0, 0, 0.1, "EINPROGRESS")
    made.connect(1, 1, 1.1)
    made.send(">", "SYN", 1.05, 1)
    assert key(that_matters(made.evidence())) == ("visitor", 1)


@pytest.mark.parametrize("what", ["packets", "states"])
def test_else_the_one_that_shows_the_most(talk, what):
    made = talk(members=3)
    for index in range(3):
        made.connect(index, index, index + 0.5)
        for number in range(3 if index == 1 else 1):
            if what == "packets":
                made.send(">", "SYN", index + 0.1 * number, index)
            else:
                made.state("server", index + 0.1 * number, ("SYN_RECV", "ESTABLISHED", "GONE")[number], index)
    assert key(that_matters(made.evidence())) == ("visitor", 1)


def test_of_those_that_show_as_much_the_first(talk):
    made = talk(members=2)
    made.connect(1, 0, 0.1)
    made.connect(0, 1, 1.1)
    assert key(that_matters(made.evidence())) == ("visitor", 0)


def test_no_connection_at_all(talk):
    evidence = talk().evidence()
    assert that_matters(evidence) is None
    with pytest.raises(UsageError, match="no connection"):
        named(evidence, None, None)


def test_a_call_without_an_address_cannot_be_drawn(talk):
    made = talk()
    made.connect(0, 0, 0.1, "EADDRNOTAVAIL", local=None)
    assert that_matters(made.evidence()) is None


def test_named(pictures):
    evidence = pictures["no answer"](5, first=2).evidence()
    assert key(named(evidence, None, None)) == ("visitor", 2)
    assert key(named(evidence, "visitor", None)) == ("visitor", 2)
    assert key(named(evidence, "visitor", 4)) == key(named(evidence, None, 4)) == ("visitor", 4)


@pytest.mark.parametrize(
    ("label", "index", "says"),
    [("guest", None, r"visitor \(3\)"), ("visitor", 1, "2 to 4"), (None, -1, "2 to 4"), (None, 5, "2 to 4")],
)
def test_what_is_not_there_is_said_with_what_is(pictures, label, index, says):
    evidence = pictures["no answer"](5, first=2).evidence()
    with pytest.raises(UsageError, match=says):
        named(evidence, label, index)


def test_how_many_went_alike(pictures):
    evidence = pictures["no answer"](6).evidence()
    assert alike(evidence, named(evidence, None, 3)) == 6


@pytest.mark.parametrize("how", ["a packet more", "lost at the other end", "another errno", "another call"])
def test_what_went_otherwise_is_not_alike(pictures, how):
    made = pictures["no answer"](4, first=1)
    made.connect(0, 0, 3.03, "EHOSTUNREACH" if how == "another errno" else "ETIMEDOUT")
    made.state("client", 0.5, "SYN_RECV", 1)  # which states are seen is chance
    for at in (0.1, 1.01, 2.02):
        made.send(">", "SYN", at, 0, seq=7, seen=("client",) if how.startswith("lost") else ("client", "server"))
    if how == "a packet more":
        made.send(">", "SYN", 3, 0, seq=7)
    if how == "another call":
        made.step("client", "close", "leaving", on="visitor")
        made.call("leaving", 0, 4, 4.0001, local=made.client(0))
    evidence = made.evidence()
    assert alike(evidence, named(evidence, None, 0)) == 1
    assert alike(evidence, named(evidence, None, 1)) == 3


def test_ten_thousand_connections_are_drawn_within_a_second(pictures):
    evidence = pictures["no answer"](10_000).evidence()
    began = time.process_time()
    connection = named(evidence, None, None)
    found = ladder(evidence, connection, alike=alike(evidence, connection))
    text = render(found, 100, Style(colours=False), unicode=True)
    assert time.process_time() - began < 1
    assert "visitor[0] of 10000 (all went alike): connect() ETIMEDOUT" in text


def test_courses_are_one_connection_each_the_one_that_matters_first(talk):
    made = talk(members=6)
    for index, errno in enumerate([None, None, "ETIMEDOUT", None, "ETIMEDOUT", "ECONNREFUSED"]):
        made.connect(index, index, index + 0.5, errno)
        made.send(">", "SYN", index + 0.1, index)
    evidence = made.evidence()
    found = courses(evidence)
    assert [(*key(each.connection), each.count) for each in found] == [
        ("visitor", 2, 2),
        ("visitor", 0, 3),
        ("visitor", 5, 1),
    ]
    assert all(alike(evidence, each.connection) == each.count for each in found)


def test_the_connection_that_matters_stands_for_its_course(talk):
    made = talk(members=3)
    for index in range(3):
        made.connect(index, index, index + 0.5)
        made.send(">", "SYN", index + 0.1, index)
    made.state("client", 1.2, "ESTABLISHED", 1)
    evidence = made.evidence()
    (course,) = courses(evidence)
    assert (key(course.connection), course.count) == (("visitor", 1), 3)
