"""Every verb of runtime.plan, on real sockets: what the kernel answers, and how it is reported."""

import socket

import pytest

from harness.runtime.events import Ended, Queue, Socket, Started, Stepped

pytestmark = pytest.mark.netns

UP = """
- server: {listen: door, port: 8000, backlog: 5}
- client: {connect: visitor, to: door}
- server: {accept: guest, from: door}
- wait: {until: settled, of: guest}
"""
"""A client, connected and accepted: `visitor` on one end, `guest` on the other."""

families = pytest.mark.parametrize("family", [4, 6])


def ends(call):
    return call.local, call.remote


@families
def test_both_ends_of_a_connection_name_it_alike(perform, family):
    seen = perform(UP, family=family)
    visitor, guest = seen.call("visitor"), seen.call("guest")
    assert (visitor.result, guest.result) == ("ok", "ok")
    assert ends(visitor) == ends(guest)[::-1]
    assert visitor.remote[1] == 8000
    socket.inet_pton(socket.AF_INET if family == 4 else socket.AF_INET6, visitor.local[0])
    assert 32768 <= visitor.local[1] <= 60999  # ip_local_port_range of a new namespace


@families
def test_a_call_ends_after_it_began_and_after_the_one_before(perform, family):
    seen = perform(UP, family=family)
    listen, connect = seen.call("door"), seen.call("visitor")
    assert listen.began <= listen.mono <= connect.began <= connect.mono


def test_a_socket_has_no_address_and_no_row(perform):
    seen = perform("- server: {socket: plain}\n- wait: {for: 0.1}")
    assert (seen.call("plain").result, seen.call("plain").local) == ("ok", None)
    assert seen.of(Socket) == []  # in no hash of the kernel's before bind or connect


@families
def test_bind_to_a_port_and_to_any(perform, family):
    seen = perform("- server: {bind: chosen, port: 8000}\n- server: {bind: any, port: 0}", family=family)
    everywhere = {4: "0.0.0.0", 6: "::"}[family]  # noqa: S104 (what bind was told)
    assert seen.call("chosen").local == (everywhere, 8000)
    assert 32768 <= seen.call("any").local[1] <= 60999


def test_a_bound_socket_is_in_the_table_from_kernel_6_8_on(perform):
    seen = perform("- server: {bind: closed, port: 8000}")
    (observer,) = seen.of(Started, process="observer", host="server")
    release = tuple(int(word) for word in observer.facts["kernel"].split(".")[:2])
    rows = seen.of(Socket, host="server", local=("0.0.0.0", 8000))  # noqa: S104 (what bind was told)
    assert [row.state for row in rows] == (["CLOSE"] if release >= (6, 8) else [])


def test_a_port_that_listens_is_in_use(perform):
    seen = perform("""
    - server: {listen: door, port: 8000, backlog: 5}
    - server: {listen: other, port: 8000, backlog: 5}
    """)
    assert (seen.call("other").result, seen.call("other").errno) == ("failed", "EADDRINUSE")


def test_socket_bind_and_listen_one_after_the_other(perform):
    seen = perform("""
    - server: {socket: door}
    - server: {bind: door, port: 8000}
    - server: {listen: door, backlog: 5}
    - client: {connect: visitor, to: door}
    - wait: {until: settled, of: visitor}
    """)
    assert [(call.verb, call.result) for call in seen.calls("door")] == [
        ("socket", "ok"),
        ("bind", "ok"),
        ("listen", "ok"),
    ]
    assert seen.call("visitor").result == "ok"


@families
@pytest.mark.parametrize("way", ["", ", blocking: true", ", at_once: true, count: 3"])
def test_a_closed_port_refuses(perform, family, way):
    seen = perform(
        f"- client: {{connect: visitor, to: server, port: 9{way}}}\n- wait: {{until: settled, of: visitor}}",
        family=family,
    )
    calls = seen.calls("visitor")
    assert {(call.result, call.errno) for call in calls} == {("failed", "ECONNREFUSED")}
    assert all(call.remote[1] == 9 for call in calls)
    # The port is gone from the socket now, but the packets are found by it.
    assert len({call.local[1] for call in calls}) == len(calls)


@pytest.mark.parametrize("way", ["", ", blocking: true", ", blocking: false", ", at_once: true"])
def test_however_connect_is_called_all_are_connected(perform, way):
    seen = perform(f"""
    - server: {{listen: door, port: 8000, backlog: 5}}
    - client: {{connect: visitor, to: door, count: 4{way}}}
    - wait: {{until: settled, of: visitor}}
    - server: {{accept: guest, from: door, count: 4}}
    - wait: {{until: settled, of: guest}}
    """)
    calls = seen.calls("visitor")
    assert [call.index for call in calls] == [0, 1, 2, 3]
    expected = ("failed", "EINPROGRESS") if "false" in way else ("ok", None)
    assert {(call.result, call.errno) for call in calls} == {expected}
    # Each client is tied to the socket that accept gave for it by the 4-tuple.
    assert {ends(call)[::-1] for call in calls} == {ends(call) for call in seen.calls("guest")}


def test_calls_that_have_nothing_to_do_yet(perform):
    seen = perform(
        UP,
        """
    - server: {accept: none, from: door, blocking: false}
    - server: {recv: nothing, on: guest, blocking: false}
    - server: {accept: later, from: door}
    - server: {recv: patient, on: guest, blocking: true}
    """,
    )
    assert [seen.call(label).errno for label in ("none", "nothing")] == ["EAGAIN", "EAGAIN"]
    assert [seen.call(label).result for label in ("later", "patient")] == ["pending", "pending"]


@pytest.mark.parametrize("way", ["", ", blocking: true"])
def test_a_waiting_accept_takes_the_next_client(perform, way):
    seen = perform(f"""
    - server: {{listen: door, port: 8000, backlog: 5}}
    - server: {{accept: guest, from: door, count: 2{way}}}
    - client: {{connect: visitor, to: door, count: 2}}
    - wait: {{until: settled, of: guest}}
    """)
    guests, visitors = seen.calls("guest"), seen.calls("visitor")
    assert {ends(call) for call in guests} == {ends(call)[::-1] for call in visitors}
    assert max(call.began for call in guests) < min(call.began for call in visitors)


def test_after_a_blocking_call_a_socket_can_be_called_without_waiting(perform):
    seen = perform(
        UP,
        """
    - client: {send: hello, on: visitor, data: hello}
    - server: {recv: first, on: guest, blocking: true}
    - wait: {until: settled, of: first}
    - server: {recv: second, on: guest, blocking: false}
    - server: {recv: third, on: guest}
    - client: {send: world, on: visitor, data: world}
    - wait: {until: settled, of: third}
    """,
    )
    assert (seen.call("first").data, seen.call("second").errno) == ("hello", "EAGAIN")
    assert (seen.call("third").result, seen.call("third").data) == ("ok", "world")


def test_send_and_recv_say_how_much_and_what(perform):
    seen = perform(
        UP,
        """
    - client: {send: words, on: visitor, data: grüße}
    - server: {recv: heard, on: guest}
    - wait: {until: settled, of: heard}
    - client: {send: many, on: visitor, size: 10000}
    - server: {recv: few, on: guest, size: 10}
    - wait: {until: settled, of: few}
    """,
    )
    assert (seen.call("words").value, seen.call("heard").value, seen.call("heard").data) == (7, 7, "grüße")
    assert (seen.call("many").value, seen.call("few").value, seen.call("few").data) == (10000, 10, "x" * 10)


def test_a_send_of_more_than_the_buffers_hold(perform):
    seen = perform(
        UP,
        """
    - client: {send: part, on: visitor, size: 50000000, blocking: false}
    - client: {send: rest, on: visitor, size: 50000000}
    - server: {close: gone, on: guest, abort: true}
    - wait: {until: settled, of: rest}
    """,
    )
    assert seen.call("part").result == "ok"
    assert 0 < seen.call("part").value < 50000000
    assert seen.call("rest").errno == "ECONNRESET"  # tcp_reset(), net/ipv4/tcp_input.c


def test_after_the_peer_closed_the_first_send_passes_and_the_second_fails(perform):
    seen = perform(
        UP,
        """
    - server: {close: gone, on: guest}
    - wait: {for: 0.1}
    - client: {recv: end, on: visitor}
    - client: {send: first, on: visitor, data: a}
    - wait: {for: 0.1}
    - client: {send: second, on: visitor, data: b}
    """,
    )
    assert (seen.call("end").result, seen.call("end").value) == ("ok", 0)
    assert (seen.call("first").result, seen.call("second").errno) == ("ok", "EPIPE")


@families
def test_after_shutdown_write_data_flows_the_other_way(perform, family):
    seen = perform(
        UP,
        """
    - client: {shutdown: half, on: visitor, how: write}
    - server: {recv: end, on: guest}
    - wait: {until: settled, of: end}
    - server: {send: answer, on: guest, data: still here}
    - client: {recv: heard, on: visitor}
    - wait: {until: settled, of: heard}
    - client: {send: late, on: visitor, data: too late}
    """,
        family=family,
    )
    assert seen.call("end").value == 0
    assert seen.call("heard").data == "still here"
    assert seen.call("late").errno == "EPIPE"
    rows = {row.state for row in seen.of(Socket, local=seen.call("visitor").local)}
    assert "FIN_WAIT_2" in rows
    assert "CLOSE_WAIT" in {row.state for row in seen.of(Socket, local=seen.call("guest").local)}


def test_shutdown_read_ends_a_recv_and_an_unconnected_socket_has_nothing_to_shut(perform):
    seen = perform(
        UP,
        """
    - server: {recv: waiting, on: guest}
    - server: {shutdown: deaf, on: guest, how: read}
    - wait: {until: settled, of: waiting}
    - server: {shutdown: both, on: guest, how: both}
    - client: {recv: end, on: visitor}
    - wait: {until: settled, of: end}
    - client: {socket: plain}
    - client: {shutdown: none, on: plain, how: write}
    """,
    )
    assert (seen.call("waiting").result, seen.call("waiting").value) == ("ok", 0)
    assert (seen.call("end").result, seen.call("end").value) == ("ok", 0)
    assert seen.call("none").errno == "ENOTCONN"


def test_close_with_abort_resets(perform):
    seen = perform(
        UP,
        """
    - client: {recv: broken, on: visitor}
    - server: {close: gone, on: guest, abort: true}
    - wait: {until: settled, of: broken}
    """,
    )
    assert seen.call("broken").errno == "ECONNRESET"
    assert seen.of(Socket, local=seen.call("guest").local)[-1].state == "GONE"


def test_closing_ends_what_waits_on_the_socket(perform):
    seen = perform("""
    - server: {listen: door, port: 8000, backlog: 5}
    - server: {accept: guest, from: door, count: 2}
    - server: {close: gone, on: door}
    - wait: {until: settled, of: guest}
    - client: {connect: visitor, to: server, port: 8000}
    - wait: {until: settled, of: visitor}
    """)
    assert [call.errno for call in seen.calls("guest")] == ["EBADF", "EBADF"]
    assert seen.call("gone").local[1] == 8000
    assert seen.call("visitor").errno == "ECONNREFUSED"


def test_a_killed_owner_says_goodbye_through_the_kernel(perform):
    seen = perform(
        UP,
        """
    - client: {recv: end, on: visitor}
    - server: {recv: never, on: guest}
    - server: {kill: crash, on: guest}
    - wait: {until: settled, of: end}
    """,
    )
    assert (seen.call("end").result, seen.call("end").value) == ("ok", 0)
    assert ends(seen.call("crash")) == ends(seen.call("guest"))
    # A call in a process that was killed never returns, to anybody.
    assert seen.call("never").result == "pending"
    assert [end.status for end in seen.of(Ended, process="agent")] == [0, 0]


def test_options_are_the_kernels_to_take_or_refuse(perform):
    seen = perform("""
    - client: {socket: plain}
    - client: {option: nagle, on: plain, name: TCP_NODELAY, value: 1}
    - client: {option: probes, on: plain, name: TCP_KEEPCNT, value: 0}
    """)
    assert seen.call("nagle").result == "ok"
    assert seen.call("probes").errno == "EINVAL"  # man 7 tcp; do_tcp_setsockopt wants 1 to 127


def test_a_listener_that_drops_all_is_silent(perform):
    seen = perform("""
    - server: {listen: door, port: 8000, backlog: 5}
    - server: {filter: wall, on: door, drop: all}
    - client: {connect: visitor, to: door}
    - wait: {until: settled, of: visitor, within: 0.3}
    """)
    assert seen.call("visitor").result == "pending"
    assert {row.state for row in seen.of(Socket, host="client")} == {"SYN_SENT"}
    assert [row.state for row in seen.of(Socket, host="server")] == ["LISTEN"]


def test_a_blocking_connect_that_times_out_still_names_its_port(perform):
    seen = perform(
        """
    - server: {listen: door, port: 8000, backlog: 5}
    - server: {filter: wall, on: door, drop: all}
    - client: {connect: visitor, to: door, count: 2, blocking: true}
    - client: {connect: other, to: door}
    - wait: {until: settled, of: visitor}
    - wait: {until: settled, of: other}
    """,
        sysctls={"client": {"net.ipv4.tcp_syn_retries": "1"}},
    )
    calls = [*seen.calls("visitor"), seen.call("other")]
    assert {call.errno for call in calls} == {"ETIMEDOUT"}
    assert all(3e9 <= call.mono - call.began < 4e9 for call in calls)  # 1 s and 2 s, doubling or not
    # The kernel has forgotten it, but the packets are found by it.
    assert len({call.local for call in calls if call.local}) == 3


@families
def test_a_handshake_held_at_its_third_step(perform, family):
    seen = perform(
        """
    - server: {listen: door, port: 8000, backlog: 5}
    - server: {filter: hold, on: door, drop: without-syn}
    - client: {connect: visitor, to: door}
    - wait: {until: settled, of: visitor}
    - server: {accept: none, from: door, blocking: false}
    - server: {filter: release, on: door, drop: none}
    - server: {accept: guest, from: door}
    - wait: {until: settled, of: guest, within: 5}
    """,
        family=family,
    )
    assert seen.call("visitor").result == "ok"
    assert seen.call("none").errno == "EAGAIN"
    assert ends(seen.call("guest")) == ends(seen.call("visitor"))[::-1]
    states = [row.state for row in seen.of(Socket, local=seen.call("guest").local) if row.remote[1]]
    assert states[:2] == ["SYN_RECV", "ESTABLISHED"]
    # The SYN,ACK is sent again after 1 s (TCP_TIMEOUT_INIT), and answered again.
    assert 0.9e9 < seen.call("guest").mono - seen.call("visitor").mono < 3e9


@families
def test_the_listeners_own_view_of_its_queue(perform, family):
    seen = perform(
        """
    - server: {listen: door, port: 8000, backlog: 2}
    - client: {connect: visitor, to: door, count: 3}
    - wait: {until: settled, of: visitor}
    - server: {accept: guest, from: door}
    - wait: {until: settled, of: guest}
    """,
        family=family,
    )
    queues = seen.of(Queue, label="door")
    assert {queue.limit for queue in queues} == {2}
    # backlog 2 holds three: sk_acceptq_is_full() tests with >.
    assert (max(queue.length for queue in queues), queues[-1].length) == (3, 2)


def test_every_step_begins_and_is_done_when_its_last_call_has_ended(perform):
    seen = perform(UP)
    assert [(event.step, event.phase) for event in seen.of(Stepped) if event.phase == "begun"] == [
        (1, "begun"),
        (2, "begun"),
        (3, "begun"),
        (4, "begun"),
    ]
    for step in (1, 2, 3):
        (done,) = seen.of(Stepped, step=step, phase="done")
        calls = [call for label in ("door", "visitor", "guest") for call in seen.calls(label) if call.step == step]
        assert done.mono >= max(call.mono for call in calls)
