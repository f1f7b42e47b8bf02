"""What a whole run costs over the kernel's own waiting, beside the same lab by hand with docker compose.

harness: ``harness run backlog-overflow --set syn_retries=1``, from the command's start to its end.
By hand: ``docker compose up``, a listen(5) server started in the server, ten connects in the client, ``down``.
The waiting is the longest connect as each measured it itself, about 3 s; the rest is overhead. In every round all
take their turn, so that a busy moment meets all.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from measuring import arguments, harness_run, middle, usable_labs
from tabulate import tabulate

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = Path(__file__).resolve().parents[1] / "docker-compose.yml"
_BY_HAND = "compose by hand"
_SERVER = """
import socket, time
door = socket.create_server(("", 8000), backlog=5)
print("up", flush=True)
time.sleep(3600)
"""
_CLIENT = """
import select, socket, time
peer = socket.getaddrinfo("server", 8000, type=socket.SOCK_STREAM)[0][4]
began, waiting = {}, {}
longest = 0.0
for _ in range(10):
    client = socket.socket()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
    client.setblocking(False)
    began[client.fileno()] = time.monotonic()
    client.connect_ex(peer)
    waiting[client.fileno()] = client
poll = select.poll()
for number in waiting:
    poll.register(number, select.POLLOUT)
failed = 0
while waiting:
    for number, _ in poll.poll():
        poll.unregister(number)
        longest = max(longest, time.monotonic() - began[number])
        failed += waiting[number].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
        globals().setdefault("kept", []).append(waiting.pop(number))
print(failed, longest)
"""

Measured = tuple[float, float]
"""Wall time of the whole, and the longest connect in it, in seconds."""


def compose_words() -> list[str] | None:
    """``docker compose`` as this machine has it, or None."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0
        ):
            return words
    return None


def by_hand(compose: list[str]) -> Measured:
    """The lab up, the experiment, the lab down."""
    words = [*compose, "--project-name", f"harness-bench-{uuid.uuid4().hex[:8]}", "--file", str(_FILE)]
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    began = time.perf_counter()
    try:
        subprocess.run([*words, "up", "-d"], check=True, capture_output=True)
        server = [*words, "exec", "-T", "server", "python3", "-c", _SERVER]
        with subprocess.Popen(server, stdout=subprocess.PIPE, text=True, **quiet) as listening:
            assert listening.stdout is not None  # noqa: S101 (Popen was given a pipe)
            listening.stdout.readline()
            client = [*words, "exec", "-T", "client", "python3", "-c", _CLIENT]
            said = subprocess.run(client, check=True, text=True, stdout=subprocess.PIPE, **quiet).stdout
            failed, longest = said.split()
            subprocess.run([*words, "down", "-v"], check=True, capture_output=True)
    finally:
        wall = time.perf_counter() - began
        subprocess.run([*words, "down", "-v"], check=False, capture_output=True)
    if failed != "4":
        raise SystemExit(f"by hand {failed} clients were refused, and not 4")
    return wall, float(longest)


def with_harness(lab: str, out: Path) -> Measured:
    """One ``harness run``."""
    ran = harness_run(lab, out, {"syn_retries": 1})
    seconds = ran.result["findings"]["overflow_seconds"]
    return ran.wall, max([seconds["value"], *(seconds["spread"] or [])])


def table(measured: dict[str, list[Measured]], rounds: int) -> str:
    """Medians, and each overhead beside the one by hand."""
    over = {name: [wall - waiting for wall, waiting in values] for name, values in measured.items()}
    reference = median(over[_BY_HAND]) if _BY_HAND in over else None
    rows = [
        (
            name,
            middle([wall for wall, _ in values]),
            middle([waiting for _, waiting in values]),
            middle(over[name]),
            f"{median(over[name]) / reference:.2f}" if reference else "-",
        )
        for name, values in measured.items()
    ]
    heads = [f"seconds, median of {rounds}", "whole", "kernel's waiting", "over it", "ratio to by hand"]
    return tabulate(rows, heads, disable_numparse=True)


def main() -> None:
    """Measure all in turn and print the table."""
    assert __doc__ is not None  # noqa: S101 (it stands above)
    rounds = arguments(__doc__, rounds=3).rounds
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[], Measured]] = {}
        for lab in usable_labs():
            ways[f"harness, {lab}"] = lambda lab=lab: with_harness(lab, Path(folder))  # type: ignore[misc]
        compose = compose_words()
        if compose and "harness, docker" in ways:
            ways[_BY_HAND] = lambda: by_hand(compose)
        measured: dict[str, list[Measured]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                measured[name].append(way())
    print(table(measured, rounds))


if __name__ == "__main__":
    main()
