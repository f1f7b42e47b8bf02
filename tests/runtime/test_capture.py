"""The recorder: beside tcpdump on the same interface, in bursts, and when its ring is full."""

import io
import os
import shutil
import signal
import socket

import dpkt
import pytest

from harness.runtime import libc
from harness.runtime.namespaces import INTERFACE, build
from harness.runtime.observer.recorder import SNAP, Recorder
from harness.runtime.observer.tcpdump import Tcpdump

pytestmark = pytest.mark.netns

needs_tcpdump = pytest.mark.skipif(shutil.which("tcpdump") is None, reason="there is no tcpdump")

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="tcpdump sets its groups, which a user namespace of one user forbids"
)


def frames_of(data):
    """The frames of a pcap file, read by dpkt: (seconds, bytes kept)."""
    return [(float(at), bytes(frame)) for at, frame in dpkt.pcap.Reader(io.BytesIO(data))]


def segments_of(data):
    """The frames that carry TCP."""
    return [(at, frame) for at, frame in frames_of(data) if isinstance(segment(frame), dpkt.tcp.TCP)]


def segment(frame):
    return getattr(dpkt.ethernet.Ethernet(frame).data, "data", None)


def enter(network, host):
    libc.setns(network.descriptors[host], libc.CLONE_NEWNET)


def conversation(plan):
    """A connection with data, recorded by both on the client's side: each one's file and loss."""
    network = build(plan)
    family = socket.AF_INET6 if plan.family == 6 else socket.AF_INET
    enter(network, "server")
    listener = socket.create_server((network.addresses["server"], 8000), family=family)
    enter(network, "client")
    recorder, tcpdump = Recorder(INTERFACE), Tcpdump(INTERFACE)
    with socket.create_connection(listener.getsockname()[:2]) as client:
        served, _ = listener.accept()
        for number in range(20):
            client.sendall(b"x" * (number + 1) * 10)
            served.recv((number + 1) * 10, socket.MSG_WAITALL)
        served.close()
        client.recv(1)
    with socket.socket(family) as nobody:
        nobody.connect_ex((network.addresses["server"], 9))
    return recorder.finish(), tcpdump.finish()


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="there is no tcpdump")
@pytest.mark.skipif(
    os.geteuid() != 0, reason="tcpdump changes its user, which a user namespace of one user forbids"
)
def test_the_recorder_sees_what_tcpdump_sees(inside, make_plan, family):
    plan = make_plan(family=family)
    (recorded, lost, _), (dumped, dropped, _) = inside(lambda: conversation(plan))
    ours, theirs = segments_of(recorded), segments_of(dumped)
    assert [frame for _, frame in ours] == [frame for _, frame in theirs]
    assert len(ours) > 25
    assert (lost, dropped) == (0, 0)
    # The kernel reads its clock for each of them, one after the other (net/packet/af_packet.c, tpacket_rcv).
    assert max(abs(mine - their) for (mine, _), (their, _) in zip(ours, theirs, strict=True)) < 0.01


def burst(plan, number, size=20, kind=Recorder):
    """So many datagrams, and an end at once: the file, the loss, and why."""
    network = build(plan)
    enter(network, "client")
    capture = kind(INTERFACE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((network.addresses["server"], 9))
        sent = 0
        while sent < number:
            try:
                sender.send(sent.to_bytes(4, "big") + b"x" * size)
            except ConnectionRefusedError:  # the answer to an earlier one: nobody is there
                continue
            sent += 1
    return capture.finish()


def numbers_of(data, port=9):
    """The numbers of the datagrams in a capture, in their order."""
    found = []
    for _, frame in dpkt.pcap.Reader(io.BytesIO(data)):
        packet = dpkt.ethernet.Ethernet(frame).data
        if isinstance(packet, dpkt.ip.IP) and isinstance(packet.data, dpkt.udp.UDP) and packet.data.dport == port:
            found.append(int.from_bytes(packet.data.data[:4], "big"))
    return found


def test_a_burst_is_recorded_whole(inside, make_plan):
    data, lost, reason = inside(lambda: burst(make_plan(), 20000))
    assert numbers_of(data) == list(range(20000))
    assert (lost, reason) == (0, "")


@needs_tcpdump
@as_root
def test_tcpdump_is_ended_only_when_it_has_read_everything(inside, make_plan):
    data, lost, reason = inside(lambda: burst(make_plan(), 3000, kind=Tcpdump))
    assert numbers_of(data) == list(range(3000))
    assert (lost, reason) == (0, "")


def test_what_a_full_ring_drops_is_counted(inside, make_plan):
    number = 67000  # the ring has room for 65,536 frames
    data, lost, _ = inside(lambda: burst(make_plan(), number))
    kept = numbers_of(data)
    assert kept == list(range(len(kept)))
    assert lost >= number - len(kept) > 0


def test_a_frame_is_cut_to_the_snap_length_and_its_own_length_kept(inside, make_plan):
    data, _, _ = inside(lambda: burst(make_plan(), 1, size=1000))
    kept, length = record_with(data, b"x" * 50)
    assert (kept, length) == (SNAP, 14 + 20 + 8 + 4 + 1000)


def record_with(data, payload):
    """Kept and original length of the first record that holds these bytes."""
    at = 24
    while at < len(data):
        kept, length = (int.from_bytes(data[at + shift : at + shift + 4], "little") for shift in (8, 12))
        if payload in data[at + 16 : at + 16 + kept]:
            return kept, length
        at += 16 + kept
    pytest.fail("no such frame")


@needs_tcpdump
@as_root
def test_of_a_tcpdump_that_was_killed_nobody_can_tell_the_loss(inside, make_plan):
    def killed():
        enter(build(make_plan()), "client")
        capture = Tcpdump(INTERFACE)
        running = capture.failed()
        os.kill(capture._process.pid, signal.SIGKILL)
        capture._process.wait()
        return running, capture.failed(), capture.finish()[1:]

    why = "tcpdump ended by itself (status -9)"
    assert inside(killed) == (None, why, (None, why))


@needs_tcpdump
def test_a_tcpdump_that_cannot_start_says_why(inside):
    def start():
        try:
            Tcpdump("nowhere0")
        except OSError as error:
            return str(error)

    said = inside(start)
    assert "tcpdump did not start" in said
    assert "nowhere0" in said
