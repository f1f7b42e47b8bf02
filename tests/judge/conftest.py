"""A run of backlog-overflow as events, made by hand from what Linux is documented to do.

Full queue: SYNs are dropped in silence (net/ipv4/tcp_input.c, tcp_conn_request); a refused client's SYNs leave
at 0, 1, 2, 3, 4, 5 s and connect() fails with ETIMEDOUT at 7 s for tcp_syn_retries 2 and
tcp_syn_linear_timeouts 4 (net/ipv4/tcp_timer.c). Every timer here is 10 ms late.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field, replace

import pytest

from harness.criteria import ClaimSpec, Criteria, ExpectationSpec, FindingSpec
from harness.evidence.evidence import gather
from harness.judge import judge_evidence
from harness.runtime.events import (
    Call,
    Clock,
    Counters,
    Ended,
    Lost,
    Queue,
    Sampled,
    Setting,
    Socket,
    Started,
    Stepped,
)
from harness.runtime.plan import Host, Plan, Step

MS, SECOND = 1_000_000, 1_000_000_000
BOOT = 1_700_000_000 * SECOND
"""CLOCK_REALTIME minus CLOCK_MONOTONIC."""
BEGIN = 100 * SECOND
PORT = 8000
SERVER, ANY = ("10.0.0.2", PORT), ("0.0.0.0", PORT)  # noqa: S104 (as the kernel shows it)
NOBODY = ("0.0.0.0", 0)  # noqa: S104
SYNS, TIMEOUT = (0.0, 1.01, 2.02, 3.03, 4.04, 5.05), 7.06
SYN, RST, ACK = 2, 4, 16


def frame(source, target, flags, sequence):
    """An Ethernet frame with IPv4 and TCP (RFC 791, RFC 9293)."""
    ends = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + ends
    tcp = struct.pack(">HHIIBBHHH", source[1], target[1], sequence, 0, 0x50, flags, 64240, 0, 0)
    return b"\0" * 12 + b"\x08\x00" + ip + tcp


def pcap(packets):
    """A pcap file in nanoseconds from (mono, frame), in order of time."""
    pieces = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 160, 1)]
    for mono, data in sorted(packets, key=lambda each: each[0]):
        pieces.append(struct.pack("<IIII", *divmod(mono + BOOT, SECOND), len(data), len(data)) + data)
    return b"".join(pieces)


@dataclass
class Story:
    """The run, to be changed by a test before it is judged."""

    backlog: int = 5
    clients: int = 10
    retries: str = "2"
    experiment: dict = field(default_factory=dict)
    claims: tuple = ()
    connect: dict = field(default_factory=dict)
    more: tuple = ()
    shortened: dict = field(default_factory=lambda: {"syn_retries": "net.ipv4.tcp_syn_retries"})

    def __post_init__(self):
        self.admitted = min(self.clients, self.backlog + 1)
        self.refused = self.clients - self.admitted
        self.settings = {
            "net.core.somaxconn": "4096",
            "net.ipv4.tcp_syncookies": "1",
            "net.ipv4.tcp_syn_retries": "6",
            "net.ipv4.tcp_syn_linear_timeouts": "4",
            "net.ipv4.tcp_rto_max_ms": None,
        }
        self.facts = {"kernel": "6.12.57", "hz": 250, "stack": "linux"}
        self.events = list(self._events())
        self.packets = {
            "client": list(self._packets(delay=0)),
            "server": list(self._packets(delay=20_000)),
        }

    @property
    def plan(self):
        return Plan(
            experiment="backlog-overflow",
            parameters={"backlog": self.backlog, "clients": self.clients, "syn_retries": int(self.retries)},
            mode="quick",
            family=4,
            hosts=(Host("server", "debian"), Host("client", "debian", {"net.ipv4.tcp_syn_retries": self.retries})),
            steps=(
                Step(1, "server", "listen", "door", {"port": PORT, "backlog": self.backlog}),
                Step(2, "client", "connect", "visitor", {"to": "door", "count": self.clients, **self.connect}),
                Step(3, None, "wait", None, {"until": "settled", "of": "visitor"}),
                *self.more,
            ),
            needs=(),
            limit=30.0,
        )

    def address(self, index):
        return ("10.0.0.3", 40000 + index)

    def began(self, index):
        return BEGIN + index * 100_000

    def _events(self):
        yield Started(
            "",
            BEGIN - SECOND,
            "lab",
            {"lab": "docker", "via": None, "clock": "real", "digests": {"server": "sha256:1"}},
        )
        for host in ("server", "client"):
            values = dict(self.settings)
            if host == "client":
                values["net.ipv4.tcp_syn_retries"] = self.retries
            yield from (Setting(host, BEGIN - 9 * MS, name, value) for name, value in values.items())
            yield Counters(
                host,
                BEGIN - 8 * MS,
                "before",
                {"TcpExt.ListenOverflows": 7, "TcpExt.ListenDrops": 9, "TcpExt.TCPSynRetrans": 3},
            )
            yield Clock(host, BEGIN - 7 * MS, BEGIN - 7 * MS + BOOT)
            yield Started(host, BEGIN - 6 * MS, "observer", self.facts)
            yield Started(host, BEGIN - 5 * MS, "agent", {"python": "3.11.2"})
        yield Call("server", BEGIN - 3 * MS, 1, "door", 0, "listen", BEGIN - 4 * MS, "ok", local=ANY)
        yield Stepped("server", BEGIN - 3 * MS, 1, "done")
        yield Socket("server", BEGIN - 2 * MS, ANY, NOBODY, "LISTEN", 0, self.backlog, 0)
        yield Queue("server", BEGIN - 2 * MS, "door", 0, self.backlog)
        yield Stepped("client", BEGIN + 5 * MS, 2, "begun")
        for index in range(self.admitted):
            yield self.call(index, self.began(index) + 90_000, "ok")
        look = BEGIN + 10 * MS
        for index in range(self.clients):
            state = "ESTABLISHED" if index < self.admitted else "SYN_SENT"
            yield Socket("client", look, self.address(index), SERVER, state, 0, 0, 0)
            if index < self.admitted:
                yield Socket("server", look, SERVER, self.address(index), state, 0, 0, 0)
        yield Socket("server", look, ANY, NOBODY, "LISTEN", self.admitted, self.backlog, 0)
        yield Queue("server", look, "door", self.admitted, self.backlog)
        yield Sampled("client", look, 30_000, 0)
        for index in range(self.admitted, self.clients):
            yield self.call(index, self.began(index) + int(TIMEOUT * SECOND), "failed", "ETIMEDOUT")
        end = BEGIN + int(TIMEOUT * SECOND) + 50 * MS
        yield Stepped("client", end, 2, "done")
        yield Stepped("", end, 3, "done")
        dropped = self.refused * len(SYNS)
        for host in ("server", "client"):
            mine = dropped if host == "server" else 0
            again = 0 if host == "server" else self.refused * (len(SYNS) - 1)
            yield Ended(host, end + MS, "agent", 0)
            yield Counters(
                host,
                end + MS,
                "after",
                {
                    "TcpExt.ListenOverflows": 7 + mine,
                    "TcpExt.ListenDrops": 9 + mine,
                    "TcpExt.TCPSynRetrans": 3 + again,
                },
            )
            yield Lost(host, end + 2 * MS, "packets", 0)
            yield Clock(host, end + 2 * MS, end + 2 * MS + BOOT)
            yield Ended(host, end + 2 * MS, "observer", 0)

    def call(self, index, mono, result, errno=None):
        return Call(
            "client",
            mono,
            2,
            "visitor",
            index,
            "connect",
            self.began(index),
            result,
            errno,
            self.address(index),
            SERVER,
        )

    def _packets(self, delay):
        for index in range(self.clients):
            client, began = self.address(index), self.began(index) + delay + 5000
            if index < self.admitted:
                yield began, frame(client, SERVER, SYN, index)
                yield began + 1000, frame(SERVER, client, SYN | ACK, 99)
                yield began + 2000, frame(client, SERVER, ACK, index + 1)
            else:
                for moment in SYNS:
                    yield began + int(moment * SECOND), frame(client, SERVER, SYN, index)

    # Single frames

    def syn(self, index):
        """A client's SYN."""
        return frame(self.address(index), SERVER, SYN, index)

    def final_ack(self, index):
        """The ACK that completes a client's handshake."""
        return frame(self.address(index), SERVER, ACK, index + 1)

    def reset(self, index):
        """A refusal: RST,ACK."""
        return frame(SERVER, self.address(index), RST | ACK, 0)

    def syn_ack(self, index):
        """The server's half of a handshake."""
        return frame(SERVER, self.address(index), SYN | ACK, 99)

    # What a test changes

    def without(self, host, data):
        """A host's capture without a frame; it must be there."""
        kept = [(at, each) for at, each in self.packets[host] if each != data]
        assert len(kept) < len(self.packets[host])
        return kept

    def see(self, index, data, *hosts):
        """Have hosts see one more frame, half a millisecond after the client's first SYN."""
        for host in hosts:
            self.packets[host].append((self.began(index) + 500_000, data))

    def change(self, kind, change, **wanted):
        """Replace every event of a kind whose fields are as wanted; at least one must be."""
        found = 0
        for number, event in enumerate(self.events):
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in wanted.items()):
                self.events[number] = replace(event, **change)
                found += 1
        assert found, f"no {kind.__name__} with {wanted}"

    def drop(self, kind, **wanted):
        """Remove every event of a kind whose fields are as wanted; at least one must be."""
        kept = [
            event
            for event in self.events
            if not isinstance(event, kind) or any(getattr(event, name) != value for name, value in wanted.items())
        ]
        assert len(kept) < len(self.events), f"no {kind.__name__} with {wanted}"
        self.events = kept

    # What it gives

    @property
    def criteria(self):
        findings, expectations = read(self.experiment)
        return Criteria(
            experiment="backlog-overflow",
            title="More clients than the accept queue can hold",
            question="",
            explanation="",
            article="backlog-overflow",
            findings=findings,
            expectations=expectations,
            claims=self.claims,
            shortened=self.shortened,
            yours=("ss -ltn",),
            harness="0.1.0",
        )

    def judge(self):
        captures = {host: pcap(packets) for host, packets in self.packets.items()}
        return judge_evidence(self.criteria, gather(self.plan, self.events, captures))


REFUSED = {"of": "visitor", "that": "failed"}
EXPERIMENT = {
    "findings": {
        "connected": {"calls": "connect", "of": "visitor", "that": "ok", "take": "count"},
        "accept_queue_limit": {"queue": "door", "take": "limit"},
        "accept_queue_peak": {"queue": "door", "take": "peak"},
        "overflow_error": {"calls": "connect", **REFUSED, "take": "errno"},
        "overflow_seconds": {"calls": "connect", **REFUSED, "take": "seconds"},
        "syn_times": {"packets": "SYN", **REFUSED, "on": "client", "take": "times"},
        "answers_to_overflow": {"packets": "any", **REFUSED, "from": "server", "on": "server", "take": "count"},
        "listen_overflows": {"counter": "TcpExt.ListenOverflows", "on": "server"},
        "listen_drops": {"counter": "TcpExt.ListenDrops", "on": "server"},
    },
    "expect": {
        "connected": {"model": "admitted", "of": "visitor"},
        "accept_queue_limit": {"model": "accept_queue_limit", "of": "door"},
        "accept_queue_peak": {"same_as": "connected"},
        "overflow_error": "ETIMEDOUT",
        "overflow_seconds": {"model": "connect_timeout", "of": "visitor"},
        "syn_times": {"model": "syn_schedule", "of": "visitor"},
        "answers_to_overflow": 0,
        "listen_overflows": {"model": "dropped_syns", "of": "visitor"},
        "listen_drops": {"same_as": "listen_overflows"},
    },
}
"""The findings and expectations of experiments/backlog-overflow.yaml, in its own words."""

SOURCES = ("calls", "packets", "states", "queue", "counter", "setting")


def read(changes):
    """FindingSpecs and ExpectationSpecs from the file's words; ``changes`` adds or replaces, None removes."""
    merged = {}
    for section in ("findings", "expect"):
        merged[section] = {**EXPERIMENT[section], **changes.get(section, {})}
        merged[section] = {name: value for name, value in merged[section].items() if value != "gone"}
    findings = tuple(finding(name, dict(words)) for name, words in merged["findings"].items())
    return findings, {name: expectation(value) for name, value in merged["expect"].items()}


def finding(name, words):
    (source,) = set(SOURCES) & set(words)
    what = words.pop(source)
    if "from" in words:
        words["source_host"] = words.pop("from")
    return FindingSpec(name=name, source=source, what=what, take=words.pop("take", "count"), **words)


def expectation(value):
    if not isinstance(value, dict):
        return ExpectationSpec("literal", value)
    words = dict(value)
    for kind in ("one_of", "same_as", "model"):
        if kind in words:
            return ExpectationSpec(kind, words.pop(kind), words)
    if "cases" in words:
        cases = [{"when": case.get("when"), "expect": literal(case["expect"])} for case in words["cases"]]
        return ExpectationSpec("cases", cases)
    return ExpectationSpec("bounds", words)


def literal(value):
    spec = expectation(value)
    return {"kind": spec.kind, "value": spec.value}


@pytest.fixture
def story():
    """Makes the run: ``story(backlog=…, clients=…)``; ``experiment`` changes findings and expectations."""
    return Story


@pytest.fixture
def captures():
    """Makes the pcap files of a run, by host."""
    return lambda run: {host: pcap(packets) for host, packets in run.packets.items()}


@pytest.fixture
def claim():
    """Makes a claim of the reference ``article``."""

    def make(finding, value=None, **more):
        spec = None if finding is None else expectation(value)
        return ClaimSpec("article", finding, f"it says {value}", spec, "section 1", **more)

    return make
