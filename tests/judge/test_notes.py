from __future__ import annotations

from harness.runtime.events import Setting


def test_a_host_that_is_left_alone_shows_the_kernels_own_value(story):
    run = story()
    run.change(Setting, {"value": "4"}, host="server", name="net.ipv4.tcp_syn_retries")
    (note,) = run.judge().notes
    # SYNs at 0, 1, 2, 3, 4, 5, 7, 11, 19 s; the patience of 31 s is over at the next timer, 35 s.
    assert "this kernel's own value is 4" in note
    assert "after 35 s instead of 7 s" in note


def test_the_kernels_own_value_needs_no_note(story):
    assert story(retries="6").judge().notes == ()


def test_a_parameter_that_shortens_nothing_needs_no_note(story):
    assert story(shortened={}).judge().notes == ()
    assert story(shortened={"full": "net.ipv4.tcp_syn_retries"}).judge().notes == ()


def test_where_nobody_waits_nothing_is_said_of_waiting(story):
    (note,) = story(backlog=50).judge().notes
    assert note == "tcp_syn_retries was set to 2 for this run to save time; this kernel's own value is 6."
