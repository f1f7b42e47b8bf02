"""Kept boxes: labs that `--keep` left up on this machine, how to enter them, and how they end."""

from __future__ import annotations

import json
import os
import select
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["clean", "commands", "remember", "start_time"]

_END_SECONDS = 5.0


def _folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "harness" / "kept"


def start_time(pid: int) -> str | None:
    """When a process started, in the kernel's ticks: with its id, a name that is never used twice.

    None where there is none, or one that has died and is only not waited for yet.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else rest[18]


def remember(run: str, pid: int, agents: Mapping[str, int]) -> None:
    """Note a box that stays: its process, and the agents' process ids as the box itself numbers them."""
    box = next((int(path.name) for path in _processes() if _parent(path) == pid), pid)
    outer = {inner: number for number, inner in _members(box)}
    hosts = {host: outer[inner] for host, inner in agents.items() if inner in outer}
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    data = {"pid": pid, "started": start_time(pid), "hosts": hosts}
    (folder / f"{run}.json").write_text(json.dumps(data), "utf-8")


def _processes() -> Iterator[Path]:
    return (path for path in Path("/proc").iterdir() if path.name.isdigit())


def _status(path: Path, key: str) -> list[str]:
    try:
        lines = (path / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return next((line.split()[1:] for line in lines if line.startswith(key + ":")), [])


def _parent(path: Path) -> int:
    return int((_status(path, "PPid") or ["0"])[0])


def _members(box: int) -> Iterator[tuple[int, int]]:
    """The processes in the box's pid namespace: (id here, id there)."""
    for path in _processes():
        numbers = _status(path, "NSpid")
        if len(numbers) > 1 and (_parent(path) == box or int(path.name) == box):
            yield int(path.name), int(numbers[-1])


def commands(run: str) -> list[str]:
    """The commands that enter the hosts of a kept box."""
    data = json.loads((_folder() / f"{run}.json").read_text("utf-8"))
    user = "" if os.geteuid() == 0 else " --user --preserve-credentials"
    return [
        f"{host}: nsenter --target {pid}{user} --net --mount --pid bash" for host, pid in data["hosts"].items()
    ]


def clean() -> list[str]:
    """End every kept box; what was ended, a sentence each."""
    said = []
    folder = _folder()
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        data = json.loads(path.read_text("utf-8"))
        if start_time(data["pid"]) == data["started"]:
            _end(data["pid"])
            said.append(f"ended the kept netns lab of run {path.stem}")
        path.unlink()
    return said


def _end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(descriptor, number)
            if select.select([descriptor], [], [], _END_SECONDS)[0]:
                return
    finally:
        os.close(descriptor)
