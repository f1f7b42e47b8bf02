"""QEMU in a container without capabilities, network or writable root, on any Docker engine.

Everything goes in and out over the container's attach stream; what the program inside says is told by
``harness.lab.vm.inside``.
"""

from __future__ import annotations

import contextlib
import json
import select
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
from docker.types import LogConfig

from harness.errors import LabError, LabMissing
from harness.image.engine import answered, connect
from harness.lab.docker import leftovers
from harness.lab.docker.stream import AttachStream
from harness.lab.docker.undisturbed import undisturbed
from harness.lab.vm.inside import BEGUN
from harness.lab.vm.machine import hung, last_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.api.client import APIClient

    from harness.lab.vm.machine import Wish

__all__ = ["Contained"]

_START_SECONDS = 30.0
_END_SECONDS = 10.0
_PIDS = 64
_END = b"end\n"
_OWN = b'{"machine"'


class Contained:
    """See ``Guest``. The container ends when this process does, for the engine then closes its input.

    Args:
        run: whose it is.
        reference: the engine's name of the image.
        request: the program's first line.

    Raises:
        LabMissing: the engine has no such image, or does not answer.
        LabError: the container does not start.
    """

    def __init__(self, run: str, reference: str, request: dict[str, Any]) -> None:
        self._run = run
        self._client = connect()
        self._api: APIClient = self._client.api
        self._container = ""
        self._stream: AttachStream | None = None
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._last: dict[str, Any] | None = None
        self._sweeping = ThreadPoolExecutor(1)
        try:
            answered(lambda: self._make(reference))
            self._attached().feed(json.dumps(request).encode() + b"\n", time.monotonic() + _START_SECONDS)
            self.facts = self._begun()
            # What dead runs left goes while this one's guest is at work.
            self._sweeping.submit(leftovers.sweep, self._api, kept=False)
        except BaseException:
            self.end()
            raise

    def _make(self, reference: str) -> None:
        api = self._api
        try:
            self._container = str(api.create_container(reference, **_shape(api, self._run))["Id"])
            self._stream = AttachStream(api, self._container)
            api.start(self._container)
        except docker.errors.ImageNotFound as error:
            hint = "harness images build --via docker"
            raise LabMissing(f"the engine has no image {reference}", hint) from error
        except docker.errors.APIError as error:
            raise LabError(f"the engine could not start a container: {error.explanation or error}") from error

    def _attached(self) -> AttachStream:
        assert self._stream is not None  # noqa: S101 (attached before anything is said)
        return self._stream

    def _begun(self) -> dict[str, str]:
        try:
            line = next(self._said(time.monotonic() + _START_SECONDS, None), None)
        except TimeoutError as error:
            raise LabError("the container has said nothing since it was started") from error
        data = json.loads(line) if line else {}
        if data.get("machine") != BEGUN:
            raise self._died()
        return {"engine": f"QEMU {data['qemu']}", "package": data["package"], "digest": data["digest"]}

    def lines(self, deadline: float, stop: Wish | None = None) -> Iterator[bytes]:
        """See ``Guest``."""
        try:
            for line in self._said(deadline, stop):
                if self._is_last(line):
                    break
                yield line
        except TimeoutError:
            raise hung(self.last_words()) from None
        if self._last is None:
            raise self._died()
        if self._last["error"]:
            raise LabError(self._last["error"])

    def _is_last(self, line: bytes) -> bool:
        """Whether the program said its last line, which is kept."""
        if line.startswith(_OWN):
            self._last = json.loads(line)
        return self._last is not None

    def _said(self, deadline: float, stop: Wish | None) -> Iterator[bytes]:
        """Every line, until the program ends; TimeoutError at the deadline, KeyboardInterrupt at the wish."""
        stream = self._attached()
        sources: list[Any] = [stream, *([stop] if stop is not None else [])]
        while True:
            while self._lines:
                yield self._lines.popleft()
            left = deadline - time.monotonic()
            ready = select.select(sources, [], [], max(0.0, left))[0]
            if stop is not None and stop.asked:
                raise KeyboardInterrupt
            if not ready:
                raise TimeoutError
            data = stream.read()
            if data == b"":
                return
            *lines, self._rest = (self._rest + (data or b"")).split(b"\n")
            self._lines.extend(lines)

    def _died(self) -> LabError:
        """Why the program ended without its last word."""
        state: dict[str, Any] = {}
        with contextlib.suppress(docker.errors.APIError):
            state = self._api.inspect_container(self._container)["State"]
        if state.get("OOMKilled"):
            return LabError("the container was killed: its engine's machine has too little memory for it")
        log = self._attached().log().strip()
        ending = f":\n{log}" if log else ""
        return LabError(f"the container of the guest ended with status {state.get('ExitCode')}{ending}")

    def _finish(self) -> None:
        """Have the program end, and hear its last line."""
        if self._last is None:
            with contextlib.suppress(OSError, TimeoutError):
                self._attached().write(_END)
                any(self._is_last(line) for line in self._said(time.monotonic() + _END_SECONDS, None))

    def console(self) -> str:
        """See ``Guest``."""
        self._finish()
        return str(self._last["console"]) if self._last else ""

    def last_words(self) -> str:
        """See ``Guest``."""
        return last_lines(self.console(), str(self._last["log"]) if self._last else self._attached().log())

    def end(self) -> None:
        """See ``Guest``."""
        undisturbed(self._take_down)
        self._client.close()

    def _take_down(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._sweeping.shutdown()
        leftovers.remove_run(self._api, self._run)


def _shape(api: APIClient, run: str) -> dict[str, Any]:
    return {
        "name": f"harness-{run}-guest",
        "labels": leftovers.labels(run, keep=False),
        "stdin_open": True,
        # Says no more than the mode "none", but spares the engine's own set-up of a network: 80 ms of a start.
        "network_disabled": True,
        "host_config": api.create_host_config(
            network_mode="none",
            cap_drop=["ALL"],
            read_only=True,
            security_opt=["no-new-privileges"],
            log_config=LogConfig(type="none"),
            pids_limit=_PIDS,
        ),
    }
