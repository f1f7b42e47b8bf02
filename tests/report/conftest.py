"""A run of a few connections as evidence, made by hand, for what draws it."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

import pytest

from harness.evidence.evidence import gather
from harness.runtime.events import Call, Clock, Ended, Lost, Queue, Socket, Started, Stepped
from harness.runtime.plan import Host, Plan, Step

SECOND = 1_000_000_000
BOOT = 1_700_000_000 * SECOND
"""CLOCK_REALTIME minus the client's CLOCK_MONOTONIC."""
BEGIN = 100 * SECOND
PORT = 8000
NOBODY = ("0.0.0.0", 0)  # noqa: S104 (as the kernel shows it)
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16}


def frame(ends, flags, sequence, acknowledgement, length):
    """An Ethernet frame with IPv4 and TCP (RFC 791, RFC 9293)."""
    source, target = ends
    addresses = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + length, 0, 0, 64, 6, 0) + addresses
    bits = sum(FLAGS[name] for name in flags.split(","))
    tcp = struct.pack(">HHIIBBHHH", source[1], target[1], sequence, acknowledgement, 0x50, bits, 64240, 0, 0)
    return b"\0" * 12 + b"\x08\x00" + ip + tcp + b"x" * length


@dataclass
class Talk:
    """Connections of one group, ``visitor``, to one listener, ``door``. All moments in seconds after BEGIN.

    ``apart``: the server's CLOCK_MONOTONIC minus the client's; ``ahead``: how far its wall clock is ahead.
    """

    members: int = 1
    apart: float = 0
    ahead: float = 0
    watched: tuple = ("client", "server")
    lost: dict = field(default_factory=dict)
    server_host: str = "server"
    steps: list = field(default_factory=list)
    events: list = field(default_factory=list)
    packets: dict = field(default_factory=lambda: {"client": [], "server": []})

    def __post_init__(self):
        self.server = ("10.0.0.2", PORT)
        self.step(self.server_host, "listen", "door", port=PORT, backlog=5)
        self.step("client", "connect", "visitor", to="door", count=self.members)

    def client(self, index=0):
        return ("10.0.0.3", 40000 + index)

    def step(self, host, verb, label, **arguments):
        self.steps.append(Step(len(self.steps) + 1, host, verb, label, arguments))
        return len(self.steps)

    def mono(self, host, at):
        return BEGIN + round((at + (self.apart if host == "server" else 0)) * SECOND)

    def call(self, label, index, began, ended, errno=None, **more):
        """A call of the step of that label."""
        (step,) = (each for each in self.steps if each.label == label)
        host = step.host
        result = more.pop("result", "failed" if errno else "ok")
        self.events.append(
            Call(host, self.mono(host, ended), step.number, label, index, step.verb, self.mono(host, began),
                 result, errno, **more)
        )  # fmt: skip

    def connect(self, index, began, ended, errno=None, **more):
        ends = {"local": self.client(index), "remote": self.server}
        self.call("visitor", index, began, ended, errno, **{**ends, **more})

    def state(self, host, at, state, index=0, recv_q=0):
        ends = (self.client(index), self.server) if host == "client" else (self.server, self.client(index))
        self.events.append(Socket(host, self.mono(host, at), *ends, state, recv_q, 0, 0))

    def listens(self, at, length, limit=5, state="LISTEN"):
        own = ("0.0.0.0", PORT)  # noqa: S104 (as the kernel shows it)
        host = self.server_host
        self.events.append(Socket(host, self.mono(host, at), own, NOBODY, state, length, limit, 0))

    def sees_queue(self, at, length, limit=5):
        self.events.append(Queue("server", self.mono("server", at), "door", length, limit))

    def send(self, direction, flags, at, index=0, *, length=0, seq=1, ack=0, seen=("client", "server"), way=2e-5):
        """A packet of the client (">") or of the server ("<"), which hosts saw it, and how long it takes."""
        ends = (self.client(index), self.server)
        data = frame(ends if direction == ">" else ends[::-1], flags, seq, ack, length)
        for host in seen:
            sender = (host == "client") is (direction == ">")
            late = self.ahead if host == "server" else 0
            self.packets[host].append((round((at + (0 if sender else way) + late) * SECOND), data))

    def pcap(self, host):
        pieces = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 160, 1)]
        for at, data in sorted(self.packets[host], key=lambda each: each[0]):
            when = divmod(BOOT + BEGIN + at, SECOND)
            pieces.append(struct.pack("<IIII", *when, len(data), len(data)) + data)
        return b"".join(pieces)

    @property
    def plan(self):
        names = dict.fromkeys([self.server_host, "client"])
        hosts = tuple(Host(name, "debian") for name in names)
        return Plan("talk", {}, "quick", 4, hosts, tuple(self.steps), (), 30.0)

    def evidence(self):
        early = []
        for host in dict.fromkeys([self.server_host, "client"]):
            mono = self.mono(host, -1)
            ahead = self.ahead if host == "server" else 0
            early += [
                Started(host, mono, "observer"),
                Started(host, mono, "agent"),
                Clock(host, mono, BOOT + BEGIN + round((ahead - 1) * SECOND)),
                Lost(host, self.mono(host, 1000), "packets", self.lost.get(host, 0)),
                Ended(host, self.mono(host, 1000), "observer", 0),
                Ended(host, self.mono(host, 1000), "agent", 0),
            ]
        ordered = sorted(self.events, key=lambda event: event.mono)
        captures = {host: self.pcap(host) for host in self.watched}
        return gather(self.plan, [*early, Stepped("client", BEGIN, 2, "begun"), *ordered], captures)


@pytest.fixture
def talk():
    """Makes such a run: ``talk(members=…)``."""
    return Talk


def no_answer(members=1, first=0):
    """SYNs into a full queue: dropped in silence (net/ipv4/tcp_input.c, tcp_conn_request)."""
    made = Talk(members=members)
    made.listens(-0.5, 6)
    for index in range(first, members):
        began = index * 0.0001
        made.connect(index, began, began + 3.03, "ETIMEDOUT")
        made.state("client", began + 0.002, "SYN_SENT", index)
        for at in (0.00001, 1.01, 2.02):
            made.send(">", "SYN", began + at, index, seq=7)
        made.state("client", began + 3.032, "GONE", index)
    return made


def refused():
    """A port that nobody has: RST,ACK at once (net/ipv4/tcp_ipv4.c, tcp_v4_rcv: tcp_v4_send_reset)."""
    made = Talk()
    made.connect(0, 0, 0.0003, "ECONNREFUSED")
    made.send(">", "SYN", 0.0001, seq=7)
    made.send("<", "RST,ACK", 0.00015, seq=0, ack=8)
    return made


def half_closed(**hosts):
    """The client closes, the server does not: FIN_WAIT_2 and CLOSE_WAIT (RFC 9293, figure 5)."""
    made = Talk(**hosts)
    made.step("server", "accept", "guest", **{"from": "door"})
    made.step("client", "close", "leaving", on="visitor")
    made.listens(-0.5, 0)
    made.connect(0, 0, 0.0003)
    made.send(">", "SYN", 0.0001, seq=7)
    made.send("<", "SYN,ACK", 0.00015, seq=90, ack=8)
    made.send(">", "ACK", 0.0002, seq=8, ack=91)
    made.state("client", 0.002, "ESTABLISHED")
    made.state("server", 0.002, "ESTABLISHED")
    made.listens(0.002, 1)
    made.call("guest", 0, 0.05, 0.0501, local=made.server, remote=made.client())
    made.listens(0.052, 0)
    made.call("leaving", 0, 0.5, 0.5001, local=made.client())
    made.send(">", "FIN,ACK", 0.50005, seq=8, ack=91)
    made.state("client", 0.501, "FIN_WAIT_1")
    made.state("server", 0.501, "CLOSE_WAIT", recv_q=1)
    made.send("<", "ACK", 0.54, seq=91, ack=9)
    made.state("client", 0.542, "FIN_WAIT_2")
    return made


@pytest.fixture
def pictures():
    """The article's three pictures."""
    return {"no answer": no_answer, "refused": refused, "half-closed": half_closed}


def _finding(value, verdict="pass", **more):
    from harness.result import FindingResult, Verdict  # noqa: PLC0415 (the ladder's tests need no results)

    more = {"unit": "", "expected": value, "expected_text": str(value), **more}
    return FindingResult(value=value, verdict=Verdict(verdict) if verdict else None, **more)


@pytest.fixture
def finding():
    """Makes a finding that passes, or has another verdict."""
    return _finding


@pytest.fixture
def make_run():
    """Makes the result of a run of two hosts on one kernel; what a test does not say is unremarkable."""
    from harness.result import HostFacts, RunResult, Verdict  # noqa: PLC0415 (see above)

    def make(verdict="pass", **more):
        linux = HostFacts("debian", "linux", "6.1.0", 250)
        values = {
            "experiment": "full-queue",
            "title": "More clients than fit",
            "lab": "netns",
            "via": None,
            "clock": "real",
            "family": 4,
            "mode": "quick",
            "parameters": {"backlog": 5, "somaxconn": None},
            "image": "debian",
            "kernel": "6.1.0",
            "hosts": {"server": linux, "client": linux},
            "reason": None,
            "seconds": {"wall": 3.5, "experiment": 3.04},
            "folder": "runs/some-run",
            "findings": {"connected": _finding(6, witnesses={"calls": 6, "packets": 6})},
            "packets": {"server": {"captured": 40, "lost": 0}, "client": {"captured": 41, "lost": 0}},
        }
        return RunResult(**{**values, "verdict": Verdict(verdict), **more})

    return make
