"""A run as pcapng, read by others: python-pcapng and tshark."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from pcapng import FileScanner
from pcapng.blocks import EnhancedPacket, InterfaceDescription, InterfaceStatistics, SectionHeader

from harness.errors import UsageError
from harness.evidence.folder import RunFolder
from harness.evidence.packets import SYN
from harness.evidence.pcap import Savefile
from harness.report.pcapng import pcapng
from harness.session.outcome import Outcome
from harness.session.prepare import Request

STORED = next((Path(__file__).parents[1] / "data").glob("*-backlog-overflow-*"))
# python-pcapng warns of its own table of options.
pytestmark = pytest.mark.filterwarnings("ignore:Field type should not be:DeprecationWarning")

HOSTS = ("server", "client")
HOSTILE = "<b>\x1b[2J\r\n\x00\u202e\ud800 & 'title' 握手"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(STORED, tmp_path / "run")
    return RunFolder(tmp_path / "run")


@pytest.fixture
def change(folder):
    """Rewrite one of the run folder's JSON files, or its events."""

    def change(name, edit):
        path = folder.path / name
        if name == "events.jsonl":
            lines = [edit(json.loads(line)) for line in path.read_text().splitlines()]
            path.write_text("".join(json.dumps(line) + "\n" for line in lines if line is not None))
        else:
            value = json.loads(path.read_text())
            path.write_text(json.dumps(edit(value) or value))

    return change


def blocks(data, kind):
    return [block for block in FileScanner(io.BytesIO(data)) if isinstance(block, kind)]


def made(*folders):
    return pcapng((folder.result, folder) for folder in folders)


def comments(block):
    return block.options.get_all("opt_comment") if "opt_comment" in block.options else []


def moment(block):
    return block.timestamp_high << 32 | block.timestamp_low


def tshark(tmp_path, data, *fields, where="frame"):
    """The fields of each frame as tshark reads them."""
    path = tmp_path / "made.pcapng"
    path.write_bytes(data)
    words = ["tshark", "-n", "-r", path, "-Y", where, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;"]
    for field in fields:
        words += ["-e", field]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]


def test_every_frame_of_every_capture_once_and_in_time_order(folder):
    packets = blocks(made(folder), EnhancedPacket)
    for number, host in enumerate(HOSTS):
        data = folder.capture(host)
        theirs = [
            (wall, data[begin:end], original) for _, wall, begin, end, original in Savefile.of(data).frames()
        ]
        ours = [
            (moment(each), each.packet_data, each.packet_len) for each in packets if each.interface_id == number
        ]
        assert ours == sorted(theirs)
    moments = [moment(each) for each in packets]
    assert moments == sorted(moments)


def test_an_interface_for_each_host(folder):
    found = blocks(made(folder), InterfaceDescription)
    assert [each.options["if_name"] for each in found] == list(HOSTS)
    for each in found:
        assert each.timestamp_resolution == 1e-9
        assert "image host, Linux 6.18.44-fc-v669" in each.options["if_description"]
        assert each.snaplen == 160
    lost = [each.options["isb_ifdrop"] for each in blocks(made(folder), InterfaceStatistics)]
    assert lost == [0, 0]


def test_the_frames_of_a_finding_say_so(folder):
    run = folder.result
    (item,) = run.findings["syn_times"].evidence
    client = [each for each in blocks(made(folder), EnhancedPacket) if each.interface_id == HOSTS.index(item.host)]
    said = [
        number
        for number, each in enumerate(client, 1)
        if any("syn_times: 0, 1.02" in text for text in comments(each))
    ]
    assert said == item.items
    (text,) = {text for each in client for text in comments(each) if text.startswith("syn_times")}
    assert text == "syn_times: 0, 1.02, 2.05, 3.07, 4.1, 5.12 s ×4, expected 0, 1, 2, 3, 4, 5 s: pass"


def test_retransmissions_are_counted(folder):
    """Four clients sent six SYNs each: the first is no retransmission."""
    found = [text for each in blocks(made(folder), EnhancedPacket) for text in comments(each)]
    for nth in range(2, 7):
        assert sum(f"SYN, transmission {nth}," in text for text in found) == 4 * len(HOSTS)
    assert not any("transmission 1," in text or "transmission 7," in text for text in found)


def test_a_packet_that_never_came_is_told_where_it_left(folder, change):
    """Without the server's record of the first refused client's third SYN."""
    path = folder.path / "server.pcap"
    data, captures = path.read_bytes(), folder.evidence.captures
    (port,) = {
        each.source_port for each in captures["client"].packets if each.frame == _third_syn(captures["client"])
    }
    gone = _third_syn(captures["server"], port)
    begin, end = next((begin - 16, end) for frame, _, begin, end, _ in Savefile.of(data).frames() if frame == gone)
    path.write_bytes(data[:begin] + data[end:])
    change("events.jsonl", lambda event: None if event["event"] == "packets" else event)
    packets = blocks(made(RunFolder(folder.path)), EnhancedPacket)
    client = [each for each in packets if each.interface_id == HOSTS.index("client")]
    (said,) = (number for number, each in enumerate(client, 1) if "never came to server" in comments(each))
    assert said == _third_syn(captures["client"], port)
    assert not any("never came" in text for each in packets if each not in client for text in comments(each))


def _third_syn(capture, port=None):
    """The frame of the third SYN of a client (None: the first that sent as many)."""
    counts = Counter()
    for each in capture.packets:
        if each.kind == "tcp" and each.flags == SYN and port in (None, each.source_port):
            counts[each.source_port] += 1
            if counts[each.source_port] == 3:
                return each.frame
    raise AssertionError


def test_the_section_tells_of_the_run(folder):
    (section,) = blocks(made(folder), SectionHeader)
    assert section.options["shb_os"] == "Linux 6.18.44-fc-v669"
    assert section.options["shb_userappl"] == "harness 0.1.0"
    (text,) = comments(section)
    lines = text.splitlines()
    assert lines[0] == "backlog-overflow: More clients than the accept queue can hold"
    assert "With backlog=5, clients=10, syn_retries=2 (quick)" in lines
    assert "Verdict: pass" in lines
    assert "connected: 6, expected 6: pass" in lines
    assert "Times: CLOCK_REALTIME, one clock for all hosts" in lines
    assert any(
        line.startswith("Again: harness run backlog-overflow --lab netns --image host --quick") for line in lines
    )


def test_hostile_text_is_text(folder, change):
    change("result.json", lambda run: run.update(title=HOSTILE, reason=HOSTILE, verdict="fail"))
    data = made(folder)
    (section,) = blocks(data, SectionHeader)
    (text,) = comments(section)
    assert text.splitlines()[0] == "backlog-overflow: <b>\\x1b[2J\\r\\n\\x00\\u202e\\ud800 & 'title' 握手"
    assert all(char.isprintable() or char == "\n" for char in text)


def test_a_long_text_is_cut_within_a_character(folder, change):
    """An option holds 65,535 bytes."""
    change("result.json", lambda run: run.update(doubts=["握" * 200] * 200))
    (text,) = comments(blocks(made(folder), SectionHeader)[0])
    assert text.endswith("...")
    assert 65_000 < len(text.encode()) <= 65_535


def test_a_cut_packet_keeps_its_original_length(folder):
    path = folder.path / "client.pcap"
    frame = b"\2" * 12 + b"\x08\x00" + b"\x45" * 146
    path.write_bytes(path.read_bytes() + struct.pack("<IIII", 1_800_000_000, 0, len(frame), 1514) + frame)
    last = blocks(made(folder), EnhancedPacket)[-1]
    assert (last.captured_len, last.packet_len, last.packet_data) == (160, 1514, frame)


def test_what_of_a_torn_capture_can_be_read_is_there(folder, change):
    (folder.path / "INCOMPLETE").write_text("")
    path = folder.path / "client.pcap"
    path.write_bytes(path.read_bytes()[:-5])
    change("events.jsonl", lambda event: None if event["event"] == "packets" else event)
    run = RunFolder(STORED).result
    data = pcapng([(run, folder)])
    assert [comments(each) for each in blocks(data, InterfaceDescription)] == [[], ["its last record is cut off"]]
    assert len(blocks(data, EnhancedPacket)) == 91


def test_a_host_without_capture_is_an_interface_without_packets(folder, change):
    (folder.path / "server.pcap").unlink()
    change("events.jsonl", lambda event: None if event["event"] == "packets" else event)
    data = made(folder)
    server, _ = blocks(data, InterfaceDescription)
    assert comments(server) == ["there is no capture of this host"]
    assert {each.interface_id for each in blocks(data, EnhancedPacket)} == {1}


def test_a_clock_that_was_set_during_the_run_is_set_back(folder, change):
    """Half of the client's run a second ahead: frames come in the order in which they were sent all the same."""
    right = [(each.interface_id, moment(each)) for each in blocks(made(folder), EnhancedPacket)]
    times = [wall for _, wall, _, _, _ in Savefile.of(folder.capture("client")).frames()]
    half = times[len(times) // 2] + 100_000_000

    def ahead(event):
        if event["event"] == "clock" and event["host"] == "client" and event["wall"] > half:
            event["wall"] += 1_000_000_000
        return event

    change("events.jsonl", ahead)
    path = folder.path / "client.pcap"
    pieces = [path.read_bytes()[:24]]
    for _, wall, begin, end, original in Savefile.of(path.read_bytes()).frames():
        seconds, rest = divmod(wall + (1_000_000_000 if wall > half else 0), 1_000_000_000)
        pieces.append(struct.pack("<IIII", seconds, rest, end - begin, original) + path.read_bytes()[begin:end])
    path.write_bytes(b"".join(pieces))
    data = made(RunFolder(folder.path))
    found = [(each.interface_id, moment(each)) for each in blocks(data, EnhancedPacket)]
    for host in range(2):
        ours, theirs = ([at for each, at in seen if each == host] for seen in (found, right))
        assert all(abs(one - other) < 1_000_000 for one, other in zip(ours, theirs, strict=True))
    assert "jumped" in comments(blocks(data, SectionHeader)[0])[0]


def test_clocks_of_different_machines_are_told(folder, change):
    def booted_later(event):
        if event["event"] == "clock" and event["host"] == "client":
            event["mono"] -= 3_000_000_000
        return event

    change("events.jsonl", booted_later)
    (text,) = comments(blocks(made(folder), SectionHeader)[0])
    assert "Times: CLOCK_REALTIME of each host, by a clock of its own" in text


def test_several_runs_are_sections(folder):
    data = made(folder, folder)
    assert data == made(folder) * 2
    assert len(blocks(data, SectionHeader)) == 2


def test_a_run_that_was_never_started_is_a_section_without_interfaces(folder):
    run = Outcome.failed(Request("quiet.yaml"), UsageError("the lab has\ngone")).result
    data = pcapng([(run, None), (folder.result, folder)])
    first, second = blocks(data, SectionHeader)
    assert comments(first) == ["quiet: \nVerdict: error (the lab has\\ngone)"]
    assert (len(first.interfaces), len(second.interfaces)) == (0, 2)


@pytest.mark.tshark
def test_tshark_reads_comments_and_interfaces(folder, tmp_path):
    data = made(folder, folder)
    run = folder.result
    found = tshark(
        tmp_path, data, "frame.comment", "frame.interface_name", where='frame.comment contains "syn_times"'
    )
    assert len(found) == 2 * len(run.findings["syn_times"].evidence[0].items)
    assert {name for _, name in found} == {"client"}
    assert all(text.startswith("syn_times: 0, 1.02") for text, _ in found)
    names = [name for (name,) in tshark(tmp_path, data, "frame.interface_name")]
    assert {name: names.count(name) for name in HOSTS} == {
        host: 2 * run.packets[host]["captured"] for host in HOSTS
    }


@pytest.mark.tshark
def test_capinfos_reads_the_section(folder, change, tmp_path):
    change("result.json", lambda run: run.update(title=HOSTILE))
    path = tmp_path / "made.pcapng"
    path.write_bytes(made(folder))
    done = subprocess.run(["capinfos", path], capture_output=True, text=True, check=True)
    assert "Capture application: harness 0.1.0" in done.stdout
    assert "\\x1b[2J" in done.stdout
    assert "\x1b" not in done.stdout
    assert "Strict time order:   True" in done.stdout
    assert "Name = server" in done.stdout
