from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from harness.criteria import Criteria
from harness.errors import FolderError, StorageError
from harness.evidence.folder import RunFolder
from harness.evidence.reading import StoredPackets
from harness.result import RunResult, Verdict
from harness.runtime.events import Call, Ended, Packets, Setting, Started, Stepped
from harness.runtime.plan import Host, Plan, Step

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
PLAN = Plan(
    experiment="backlog-overflow",
    parameters={"backlog": 5},
    mode="quick",
    family=4,
    hosts=(Host("server", "debian", {"net.core.somaxconn": "100"}),),
    steps=(Step(1, "server", "listen", "door", {"port": 8000, "backlog": 5}),),
    needs=(),
    limit=30.0,
)
CRITERIA = Criteria("backlog-overflow", "t", "q", "e", None, (), {}, (), {}, (), "0.1.0")
RESULT = RunResult(
    "backlog-overflow",
    "t",
    "netns",
    None,
    "real",
    4,
    "quick",
    {},
    "debian",
    None,
    {},
    Verdict.PASS,
    None,
    {},
    None,
)
CALL = Call("server", 5, 1, "door", 0, "listen", 4, "ok", local=("0.0.0.0", 8000))  # noqa: S104 (as the kernel says)
EVENTS = [
    Started("", 1, "lab", {"lab": "docker", "digests": {"server": "sha256:1"}}),
    Setting("server", 2, "net.core.somaxconn", "100"),
    Setting("server", 2, "net.ipv4.tcp_rto_max_ms", None),
    Started("server", 3, "observer", {"kernel": "6.12.57", "cpus": 2}),
    CALL,
    Packets("server", 6, b"abc"),
    Packets("server", 7, b"defg"),
    Ended("server", 8, "observer", 0, "listening on eth0\n"),
]


@pytest.fixture
def folder(tmp_path):
    made = RunFolder.create(tmp_path, "backlog-overflow", "debian", "1a2b3c4d5e6f", NOW)
    made.begin(PLAN, CRITERIA)
    yield made
    made.close()


def test_the_folders_name_says_when_what_and_on_which_image(folder, tmp_path):
    assert folder.path == tmp_path / "20260314T150926-backlog-overflow-debian-1a2b3c4d"


def test_names_that_a_path_cannot_hold_are_mended(tmp_path):
    made = RunFolder.create(tmp_path, "x", "../registry.local:5000/image", "1", NOW)
    assert made.path.parent == tmp_path


def test_the_marker_stands_first_and_goes_last(folder):
    assert (folder.path / "INCOMPLETE").exists()
    folder.record(*EVENTS)
    assert folder.incomplete
    folder.finish(RESULT)
    assert not folder.incomplete
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "criteria.json", "environment.json", "events.jsonl", "logs", "plan.json", "result.json", "server.pcap",
    ]  # fmt: skip


def test_everything_comes_back(folder):
    folder.record(*EVENTS[:5])
    folder.record(*EVENTS[5:])
    folder.finish(RESULT)
    again = RunFolder.open(folder.path)
    assert again.plan == PLAN
    assert again.criteria == CRITERIA
    assert again.result == RESULT
    assert again.events[:5] == EVENTS[:5]
    assert again.events[5:7] == [
        StoredPackets("server", 6, "server.pcap", 3),
        StoredPackets("server", 7, "server.pcap", 4),
    ]
    assert again.events[7] == EVENTS[7]
    assert again.capture("server") == b"abcdefg"
    assert again.capture("client") == b""
    assert (folder.path / "logs" / "server-observer.log").read_text(encoding="utf-8") == "listening on eth0\n"


def test_packets_stand_once_only(folder):
    folder.record(*EVENTS)
    line = (folder.path / "events.jsonl").read_text(encoding="utf-8").splitlines()[5]
    assert json.loads(line) == {"event": "packets", "host": "server", "mono": 6, "file": "server.pcap", "size": 3}


def test_the_environment_is_readable(folder):
    folder.record(*EVENTS)
    folder.finish(RESULT)
    found = json.loads((folder.path / "environment.json").read_text(encoding="utf-8"))
    assert found["harness"] == "0.1.0"
    assert found["lab"]["lab"] == "docker"
    assert found["hosts"]["server"] == {
        "kernel": "6.12.57",
        "cpus": 2,
        "digest": "sha256:1",
        "sysctls": {"net.core.somaxconn": "100", "net.ipv4.tcp_rto_max_ms": None},
    }


def test_latest_points_at_the_last_complete_run(folder, tmp_path):
    assert not (tmp_path / "latest").exists()
    folder.record(*EVENTS)
    folder.finish(RESULT)
    other = RunFolder.create(tmp_path, "backlog-overflow", "debian", "2", NOW)
    other.begin(PLAN, CRITERIA)
    assert (tmp_path / "latest").resolve() == folder.path
    other.record(*EVENTS)
    other.finish(RESULT)
    assert (tmp_path / "latest").resolve() == other.path
    assert RunFolder.open(tmp_path / "latest").plan == PLAN


def test_latest_leaves_a_users_own_folder_alone(folder, tmp_path):
    (tmp_path / "latest").mkdir()
    folder.record(*EVENTS)
    folder.finish(RESULT)
    assert not (tmp_path / "latest").is_symlink()
    assert not folder.incomplete


def test_a_torn_last_line_of_an_incomplete_run_is_passed_over(folder):
    folder.record(*EVENTS[:5])
    with (folder.path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event":"call","ho')
    again = RunFolder.open(folder.path)
    assert again.incomplete
    assert again.events == EVENTS[:5]


def test_a_capture_may_be_ahead_of_its_events(folder):
    folder.record(*EVENTS)
    with (folder.path / "server.pcap").open("ab") as file:
        file.write(b"more")
    assert RunFolder.open(folder.path).capture("server") == b"abcdefgmore"
    assert len(RunFolder.open(folder.path).events) == len(EVENTS)


@pytest.fixture
def complete(folder):
    folder.record(*EVENTS)
    folder.finish(RESULT)
    return folder.path


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"event":"nothing"}', '{"event":"call","host":"x"}', '{"event":"packets"}']
)
def test_a_damaged_line_is_named(complete, line):
    lines = (complete / "events.jsonl").read_text(encoding="utf-8").splitlines()
    lines[2] = line
    (complete / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(FolderError, match=r"events\.jsonl:3: not an event"):
        RunFolder.open(complete).events  # noqa: B018 (reading is the act)


def test_a_cut_line_of_a_complete_run_is_named(complete):
    path = complete / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(FolderError, match=r"events\.jsonl:8: the line is cut off"):
        RunFolder.open(complete).events  # noqa: B018


def test_a_short_capture_is_named(complete):
    (complete / "server.pcap").write_bytes(b"abc")
    with pytest.raises(FolderError, match=r"server\.pcap: damaged \(it holds 3 bytes of the 7"):
        RunFolder.open(complete).events  # noqa: B018


@pytest.mark.parametrize("name", ["plan", "criteria", "result"])
@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 99}', '{"schema": 1}'])
def test_a_damaged_file_is_named(complete, name, content):
    (complete / f"{name}.json").write_text(content, encoding="utf-8")
    with pytest.raises(FolderError, match=rf"{name}\.json: damaged"):
        getattr(RunFolder.open(complete), name)


def test_missing_files_are_named(complete, tmp_path):
    (complete / "criteria.json").unlink()
    with pytest.raises(FolderError, match=r"criteria\.json: missing"):
        RunFolder.open(complete).criteria  # noqa: B018
    (complete / "events.jsonl").unlink()
    with pytest.raises(FolderError, match=r"events\.jsonl: missing"):
        RunFolder.open(complete).events  # noqa: B018
    with pytest.raises(FolderError, match="no such run folder"):
        RunFolder.open(tmp_path / "nowhere")
    with pytest.raises(FolderError, match="not a run folder"):
        RunFolder.open(tmp_path)


def test_an_incomplete_run_has_no_result(folder):
    with pytest.raises(FolderError, match="incomplete"):
        RunFolder.open(folder.path).result  # noqa: B018


def test_a_full_disk_leaves_a_marked_folder(tmp_path):
    folder = RunFolder.create(tmp_path, "x", "y", "1", NOW)
    (folder.path / "events.jsonl").symlink_to("/dev/full")  # every write there gives ENOSPC
    folder.begin(PLAN, CRITERIA)
    with pytest.raises(StorageError, match=r"events\.jsonl: No space left on device"):
        folder.record(*EVENTS)
    folder.close()
    assert folder.incomplete


def test_a_result_that_cannot_be_written_leaves_a_marked_folder(folder):
    folder.record(*EVENTS)
    (folder.path / ".result.json.part").symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"result\.json: No space left on device"):
        folder.finish(RESULT)
    assert folder.incomplete
    assert not (folder.path / "result.json").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="Not a directory"):
        RunFolder.create(tmp_path / "file", "x", "y", "1", NOW)


def test_a_killed_process_leaves_all_it_had_seen_plainly_marked(tmp_path):
    script = (
        "import os, signal, sys; from datetime import datetime; from pathlib import Path\n"
        "from harness.evidence.folder import RunFolder; from harness.runtime.events import Packets, Stepped\n"
        "folder = RunFolder.create(Path(sys.argv[1]), 'x', 'y', 'z', datetime.now())\n"
        "folder.record(Stepped('server', 1, 1, 'begun'))\n"
        "folder.record(Packets('server', 2, b'abc'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    (path,) = tmp_path.iterdir()
    folder = RunFolder.open(path)
    assert folder.incomplete
    assert folder.events == [Stepped("server", 1, 1, "begun"), StoredPackets("server", 2, "server.pcap", 3)]
    assert folder.capture("server") == b"abc"


def test_a_run_without_any_event_can_be_read_again(folder):
    folder.finish(RESULT)
    assert RunFolder.open(folder.path).events == []
