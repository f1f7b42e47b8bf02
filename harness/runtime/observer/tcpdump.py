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
_DROPPED = re.compile(rb"(\d+) packets? dropped by kernel")


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
        """The last piece, the frames dropped by the kernel (None where nobody can tell), and why."""
        died = self.failed()
        if died is None:
            self._process.send_signal(signal.SIGINT)
        try:
            os.set_blocking(self._out, True)
            rest, said = self._process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            rest, said = self._process.communicate()
        found = _DROPPED.search(said)
        if died is not None or found is None:
            return rest, None, died or "tcpdump gave no statistic"
        return rest, int(found.group(1)), ""
