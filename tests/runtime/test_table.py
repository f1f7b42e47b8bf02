"""The socket table by sock_diag, beside /proc/net/tcp on the very same sockets."""

import socket
from contextlib import ExitStack

import pytest

from harness.runtime.observer.table import ProcNet, Row, SockDiag, changes, open_table

pytestmark = pytest.mark.netns

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def bring_up_loopback():
    import subprocess  # noqa: PLC0415 (this runs in a process of its own)

    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def both_tables(family, backlog, clients):
    """Both views of a listener with clients that nobody accepts, and the listener's port."""
    bring_up_loopback()
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.socket(family))
        listener.bind((LOOPBACK[family], 0))
        listener.listen(backlog)
        for number in range(clients):
            client = open_sockets.enter_context(socket.socket(family))
            client.connect(listener.getsockname())
            client.send(b"x" * number)
        half = open_sockets.enter_context(socket.socket(family))
        half.connect(listener.getsockname())
        half.shutdown(socket.SHUT_WR)
        table = SockDiag()
        while "FIN_WAIT_2" not in {row.state for row in table.read().values()}:
            pass  # until the FIN is acknowledged; the test's own limit ends it
        return table.read(), ProcNet().read(), listener.getsockname()[1]


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_sock_diag_and_proc_see_the_same_sockets(inside, family):
    diag, proc, port = inside(lambda: both_tables(family, 5, 3))
    assert len(diag) == 9  # a listener, and four connections with two ends each
    # The limit of a listener's queue stands in sock_diag alone.
    assert {key: row._replace(send_q=None) if row.state == "LISTEN" else row for key, row in diag.items()} == proc
    (listener,) = (row for row in diag.values() if row.state == "LISTEN")
    assert (listener.local, listener.remote) == ((LOOPBACK[family], port), (zero(family), 0))
    assert (listener.recv_q, listener.send_q) == (4, 5)  # ss -ltn: Recv-Q, Send-Q


def zero(family):
    return {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}[family]  # noqa: S104 (no address at all)


def test_states_and_bytes_of_connections(inside):
    diag, _, port = inside(lambda: both_tables(socket.AF_INET, 5, 3))
    unread = sorted(row.recv_q for row in diag.values() if row.local[1] == port and row.state == "ESTABLISHED")
    assert unread == [0, 1, 2]  # what each client sent, and nobody read
    assert {row.state for row in diag.values()} == {"LISTEN", "ESTABLISHED", "FIN_WAIT_2", "CLOSE_WAIT"}
    # A FIN takes a place in the receive queue's sequence, not in its bytes as sock_diag tells them.
    (waiting,) = (row for row in diag.values() if row.state == "CLOSE_WAIT")
    assert waiting.local[1] == port


def many(number):
    """The table of one listener and so many connections: how many rows, and how often each key."""
    import resource  # noqa: PLC0415 (this runs in a process of its own)

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    bring_up_loopback()
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.create_server((LOOPBACK[socket.AF_INET], 0), backlog=number))
        for _ in range(number):
            open_sockets.enter_context(socket.create_connection(listener.getsockname()))
        return len(SockDiag().read()), len(ProcNet().read())


def test_a_table_of_many_messages_is_read_whole(inside):
    assert inside(lambda: many(1500)) == (3001, 3001)


def test_a_timer_that_will_end_a_socket_is_known(inside):
    def closing():
        bring_up_loopback()
        with socket.create_server((LOOPBACK[socket.AF_INET], 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            served, _ = listener.accept()
            table = SockDiag()
            table.read()
            before = table.expires
            client.close()
            served.close()
            table.read()
            return before, table.expires

    before, after = inside(closing)
    assert before is None
    assert 58 < after <= 61  # TIME_WAIT: TCP_TIMEWAIT_LEN, 60 s (include/net/tcp.h)


def test_a_half_closed_socket_that_is_still_held_has_no_timer(inside):
    """FIN_WAIT_2 after shutdown() does not expire; only after close() does it (net/ipv4/tcp.c, tcp_close)."""

    def half_closing():
        bring_up_loopback()
        with socket.create_server((LOOPBACK[socket.AF_INET], 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            served, _ = listener.accept()
            client.shutdown(socket.SHUT_WR)
            served.sendall(b"x")  # carries the acknowledgement of the FIN
            client.recv(1)
            table = SockDiag()
            states = {row.state for row in table.read().values()}
            held = table.expires
            client.close()
            table.read()
            served.close()
            return sorted(states), held, table.expires

    states, held, closed = inside(half_closing)
    assert states == ["CLOSE_WAIT", "FIN_WAIT_2", "LISTEN"]
    assert held is None
    assert 55 < closed <= 61  # tcp_fin_timeout, 60 s


def test_linux_offers_sock_diag(inside):
    assert inside(lambda: open_table().name) == "sock_diag"


def test_changes_are_what_is_new_what_changed_and_what_went():
    a, b, c = (("10.0.0.1", port) for port in (1, 2, 3))
    peer = ("10.0.0.2", 80)
    kept, moved, went = (Row(here, peer, "SYN_SENT", 1, 2, 3) for here in (a, b, c))
    old = {(row.local, row.remote): row for row in (kept, moved, went)}
    new = {(row.local, row.remote): row for row in (kept, moved._replace(state="ESTABLISHED"))}
    assert changes(old, new) == [moved._replace(state="ESTABLISHED"), Row(c, peer, "GONE", 0, None, 3)]
    assert changes({}, {(a, peer): kept}) == [kept]
    assert changes(old, old) == []
