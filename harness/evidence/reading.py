"""Reading a run folder's files back, with the place of whatever is damaged."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import FolderError
from harness.runtime.events import Event, from_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["StoredPackets", "read_events", "read_json"]


@dataclass(frozen=True)
class StoredPackets(Event):
    """A piece of a capture that was seen: ``size`` bytes more of the pcap file named."""

    file: str
    size: int


def read_json(path: Path) -> Any:
    """A JSON file's value; FolderError where it is missing or no JSON."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise FolderError(f"{path}: missing") from None
    except OSError as error:
        raise FolderError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise FolderError(f"{path}: damaged ({error})") from error


def read_events(folder: Path, *, incomplete: bool) -> list[Event]:
    """All events of a run folder, in order.

    Args:
        folder: the run folder.
        incomplete: the run was cut off: its last line may be torn, and its captures may be longer than the
            events say.

    Raises:
        FolderError: with file and line.
    """
    path = folder / "events.jsonl"
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        if incomplete:
            return []
        raise FolderError(f"{path}: missing") from None
    except OSError as error:
        raise FolderError(f"{path}: {error.strerror}") from error
    lines = text.split(b"\n")
    torn = lines.pop()  # b"" behind the last newline
    events = [_event(path, number, value) for number, value in enumerate(_values(path, lines), 1)]
    if torn and not incomplete:
        raise FolderError(f"{path}:{len(lines) + 1}: the line is cut off")
    _check_captures(folder, events)
    return events


def _values(path: Path, lines: list[bytes]) -> list[Any]:
    """Each line's value: of all at once, in half the time; where that fails each, to name the damaged line."""
    with suppress(ValueError):
        values: list[Any] = json.loads(b"[" + b",".join(lines) + b"]")
        if len(values) == len(lines):
            return values
    return [_value(path, number, line) for number, line in enumerate(lines, 1)]


def _value(path: Path, number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise FolderError(f"{path}:{number}: not an event ({error})") from error


def _event(path: Path, number: int, data: Any) -> Event:
    try:
        if data["event"] == "packets":
            return StoredPackets(str(data["host"]), int(data["mono"]), str(data["file"]), int(data["size"]))
        return from_json(data)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise FolderError(f"{path}:{number}: not an event ({error})") from error


def _check_captures(folder: Path, events: list[Event]) -> None:
    sizes: Counter[str] = Counter()
    for event in events:
        if isinstance(event, StoredPackets):
            sizes[event.file] += event.size
    for name, size in sizes.items():
        path = folder / name
        found = path.stat().st_size if path.exists() else 0
        if found < size:
            raise FolderError(f"{path}: damaged (it holds {found} bytes of the {size} that were recorded)")
