"""The run folder: everything that was seen in a run, and its result.

::

    runs/<time>-<experiment>-<image>-<short id>/
        INCOMPLETE          there until result.json is safely written
        plan.json           what the lab was given
        criteria.json       what is measured and expected, written before the first step
        events.jsonl        every event, one a line; of packets only where they are
        <host>.pcap         the host's capture
        logs/<host>-<process>.log
        environment.json    what each host was, readable
        result.json         the verdict; written last
        result.1.json ...   what stood there before `harness judge --write`, and so for criteria.json
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from harness.criteria import Criteria
from harness.errors import FolderError
from harness.evidence.environment import environment
from harness.evidence.reading import read_events, read_json
from harness.evidence.storage import Appender, storing, sync_folder, write_whole
from harness.result import RunResult
from harness.runtime.events import Ended, Event, Packets, dumps
from harness.runtime.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from harness.evidence.evidence import Evidence

__all__ = ["RunFolder"]

_MARKER = "INCOMPLETE"
_Value = TypeVar("_Value")


class RunFolder:
    """One run's folder: written by ``create``, ``record`` and ``finish``; read by ``open`` and the properties.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: dict[str, Appender] = {}
        self._events: list[Event] | None = None
        self._evidence: Evidence | None = None

    @classmethod
    def create(cls, out: Path, experiment: str, image: str, run_id: str, now: datetime) -> RunFolder:
        """Make the folder under ``out``, marked incomplete before anything else is in it.

        Raises:
            StorageError: it cannot be made.
        """
        name = "-".join((now.strftime("%Y%m%dT%H%M%S"), _safe(experiment), _safe(image), _safe(run_id)[:8]))
        folder = cls(out / name)
        with storing(folder.path):
            folder.path.mkdir(parents=True)
            folder._marker.write_text(
                "This run has not ended, or was cut off: there is no result.\n", encoding="utf-8"
            )
            (folder.path / "logs").mkdir()
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run folder (or a link to one).

        Raises:
            FolderError: there is none.
        """
        if not path.is_dir():
            raise FolderError(f"{path}: no such run folder")
        if not (path / "plan.json").exists() and not (path / _MARKER).exists():
            raise FolderError(f"{path}: not a run folder (it has no plan.json)")
        return cls(path)

    # Writing

    def begin(self, plan: Plan, criteria: Criteria) -> None:
        """Write down what will be done and what is expected, before the first step."""
        self._write("plan.json", plan.to_json())
        self._write("criteria.json", criteria.to_json())
        self._file("events.jsonl")

    def record(self, *events: Event) -> None:
        """Keep events, in order; what was recorded survives a crash of this process.

        Raises:
            StorageError: the disk is full, or forbids it; the folder stays marked incomplete.
        """
        self._events = self._evidence = None
        lines = []
        for event in events:
            if isinstance(event, Packets):
                name = f"{_safe(event.host)}.pcap"
                self._file(name).append(event.data)
                lines.append(_stored(event, name))
                continue
            if isinstance(event, Ended):
                self._log(event)
            lines.append(dumps(event))
        if lines:
            self._file("events.jsonl").append(("\n".join(lines) + "\n").encode())

    def finish(self, result: RunResult) -> None:
        """Write the environment and the result; from here on the run is complete.

        Nothing is unmarked before everything is on the disk itself, so that after a crash at any moment,
        of this process or of the machine, the folder is either complete or marked.

        Raises:
            StorageError: the folder stays marked incomplete.
        """
        self._write("environment.json", environment(self.events, self.criteria.harness))
        for file in self._files.values():
            file.sync()
        self._write("result.json", result.to_json())
        sync_folder(self.path)
        with storing(self._marker):
            self._marker.unlink(missing_ok=True)
        sync_folder(self.path)
        self.close()
        self._link_latest()

    def replace(self, result: RunResult, criteria: Criteria) -> list[str]:
        """Store another result, with the criteria it rests on; the names that the old ones have now.

        Those are kept under a number. Whatever happens meanwhile, each name holds a whole file.

        Raises:
            StorageError: the folder cannot be written.
        """
        number = 1
        while any((self.path / f"{name}.{number}.json").exists() for name in ("result", "criteria")):
            number += 1
        kept = []
        for name, value in (("criteria", criteria.to_json()), ("result", result.to_json())):
            path = self.path / f"{name}.json"
            with storing(path):
                old = path.read_text(encoding="utf-8")
            if json.loads(old) != json.loads(json.dumps(value)):
                kept.append(f"{name}.{number}.json")
                write_whole(path.with_name(kept[-1]), old)
                self._write(path.name, value)
        sync_folder(self.path)
        return kept

    def close(self) -> None:
        """Let go of the files; a run without ``finish`` stays marked incomplete."""
        while self._files:
            self._files.popitem()[1].close()

    def _file(self, name: str) -> Appender:
        if name not in self._files:
            self._files[name] = Appender(self.path / name)
        return self._files[name]

    def _log(self, event: Ended) -> None:
        name = "-".join(filter(None, (_safe(event.host), _safe(event.process)))) + ".log"
        path = self.path / "logs" / name
        with storing(path):
            path.write_text(event.log, encoding="utf-8", errors="replace")

    def _write(self, name: str, value: Any) -> None:
        write_whole(self.path / name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def _link_latest(self) -> None:
        # A convenience: where links are not possible, nothing is lost.
        link = self.path.parent / "latest"
        temporary = self.path.parent / f".latest-{self.path.name}"
        with suppress(OSError):
            if link.is_symlink() or not link.exists():
                temporary.symlink_to(self.path.name)
                temporary.replace(link)
        with suppress(OSError):
            temporary.unlink(missing_ok=True)

    # Reading

    @property
    def _marker(self) -> Path:
        return self.path / _MARKER

    @property
    def incomplete(self) -> bool:
        """Whether the run was cut off before its result was written, or still goes on."""
        return self._marker.exists() or not (self.path / "result.json").exists()

    @cached_property
    def plan(self) -> Plan:
        """What the lab was given; FolderError where it is missing or damaged."""
        return self._read("plan.json", Plan.from_json)

    @cached_property
    def criteria(self) -> Criteria:
        """What is measured and expected; FolderError where it is missing or damaged."""
        return self._read("criteria.json", Criteria.from_json)

    @property
    def events(self) -> list[Event]:
        """Every event; the first has number 1, as its line in events.jsonl. Packets are ``StoredPackets``.

        Raises:
            FolderError: a line is damaged, or a capture is shorter than the events say.
        """
        if self._events is None:
            self._events = read_events(self.path, incomplete=self.incomplete)
        return self._events

    @property
    def evidence(self) -> Evidence:
        """All that the run showed, in order; put in order once, however many ask. FolderError as of ``events``."""
        if self._evidence is None:
            from harness.evidence.evidence import gather  # noqa: PLC0415 (a run imports it while its lab comes up)

            captures = {host.name: self.capture(host.name) for host in self.plan.hosts}
            self._evidence = gather(
                self.plan, self.events, {host: data for host, data in captures.items() if data}
            )
        return self._evidence

    @property
    def result(self) -> RunResult:
        """The result as written at the run's end; FolderError where there is none."""
        if self.incomplete:
            raise FolderError(f"{self.path}: the run is incomplete, it has no result")
        return self._read("result.json", RunResult.from_json)

    def capture(self, host: str) -> bytes:
        """The host's capture as a pcap file; b"" where there is none."""
        path = self.path / f"{_safe(host)}.pcap"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise FolderError(f"{path}: {error.strerror}") from error

    def _read(self, name: str, make: Callable[[Any], _Value]) -> _Value:
        path = self.path / name
        try:
            return make(read_json(path))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FolderError(f"{path}: damaged ({error})") from error


def _stored(event: Packets, file: str) -> str:
    """The line that stands for a piece of a capture."""
    values = {"event": "packets", "host": event.host, "mono": event.mono, "file": file, "size": len(event.data)}
    return json.dumps(values, separators=(",", ":"))


def _safe(name: str) -> str:
    """A name without what a file's name cannot hold."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip(".-")
