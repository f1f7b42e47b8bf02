"""Packet capture by tcpdump, its pcap stream read from a pipe."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time

from harness.runtime.observer.recorder import SNAP

__all__ = ["Tcpdump"]

_READY = b"listening on"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_CATCH_UP_SECONDS = 2.0
_COUNTS = re.compile(
    rb"(\d+) packets? captured[,\n]\s*(\d+) packets? received by filter[,\n]\s*(\d+) packets? dropped by kernel"
)


class Tcpdump:
    """A running tcpdump on one interface; OSError when it does not get as far as listening.

    ``--immediate-mode`` because without it the last second is lost; a short snap length because its ring
    holds few packets otherwise; ``-Z root`` because it may not change its user without CAP_SETUID.
    """

    name = "tcpdump"

    def __init__(self, interface: str) -> None:
        words = ["tcpdump", "-nn", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root"]
        words += ["-s", str(SNAP), "-B", "4096", "-i", interface, "-w", "-"]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1)
        assert self._process.stdout is not None  # noqa: S101 (Popen was given a pipe)
        assert self._process.stderr is not None  # noqa: S101
        self._out = self._process.stdout.fileno()
        self._err = self._process.stderr.fileno()
        self._said = b""
        os.set_blocking(self._out, False)
        self._await()

    def _await(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while _READY not in self._said:
            ready, _, _ = select.select([self._err], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._err, 4096) if ready else b""
            self._said += data
            if not data:
                self._process.kill()
                self._process.wait()
                raise OSError(0, "tcpdump did not start: " + self._said.decode("utf-8", "replace").strip())

    def fileno(self) -> int:
        """Readable when frames have come, or when tcpdump has ended."""
        return self._out

    def read(self) -> bytes:
        """What has come since the last call; b"" when nothing has."""
        try:
            return os.read(self._out, 1 << 18)
        except BlockingIOError:
            return b""

    def failed(self) -> str | None:
        """Why tcpdump ended by itself, or None while it runs."""
        status = self._process.poll()
        if status is None:
            return None
        return f"tcpdump ended by itself (status {status})"

    def finish(self) -> tuple[bytes, int | None, str]:
        """The last piece, how many frames are missing (None where nobody can tell), and why.

        At SIGINT tcpdump leaves in the kernel what it has not read yet, and counts it nowhere but as received.
        """
        died = self.failed()
        caught_up = b""
        if died is None:
            caught_up = self._catch_up()
            self._process.send_signal(signal.SIGINT)
        try:
            os.set_blocking(self._out, True)
            rest, said = self._process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            rest, said = self._process.communicate()
        rest = caught_up + rest
        missing = _missing(said)
        if died is not None or missing is None:
            return rest, None, died or "tcpdump gave no statistic"
        return rest, missing, ""

    def _catch_up(self) -> bytes:
        """Wait until tcpdump has read what the kernel holds for it; what it wrote meanwhile.

        SIGUSR1 has it tell its counts (man 8 tcpdump); one that does not answer is not waited for long.
        """
        pieces = []
        said = b""
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        self._process.send_signal(signal.SIGUSR1)
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._out, self._err], [], [], left)
            if self._out in ready:
                pieces.append(self.read())
            if self._err in ready:
                said += os.read(self._err, 4096)
                if _missing(said) == 0 or self.failed():
                    break
                if said.endswith(b"\n"):
                    self._process.send_signal(signal.SIGUSR1)
        return b"".join(pieces)


def _missing(said: bytes) -> int | None:
    """By the last counts that tcpdump told, the frames it has not captured; None where it told none.

    What the kernel received includes what it dropped (PACKET_STATISTICS, man 7 packet).
    """
    found = _COUNTS.findall(said)
    if not found:
        return None
    captured, received, dropped = (int(number) for number in found[-1])
    return max(dropped, received - captured)
