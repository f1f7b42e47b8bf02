"""The Docker engine: whether it answers, and a client for it.

``answers`` and ``look`` cost a millisecond and never import the Docker SDK (150 ms); ``connect`` does.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from harness.errors import LabMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    import docker

__all__ = ["DEFAULT_ENDPOINT", "Answer", "answered", "answers", "connect", "endpoint", "look"]

DEFAULT_ENDPOINT = "unix:///var/run/docker.sock"
"""Where an engine listens unless DOCKER_HOST or a Docker context says otherwise."""

T = TypeVar("T")

_PING_SECONDS = 5.0
_TCP_SECONDS = 1.0
_CALL_SECONDS = 60
_DEFAULT_PORTS = {"ssh": 22, "tcp": 2375, "http": 80, "https": 443}
_START = "start it: sudo systemctl start docker (or: sudo dockerd &)"
_INSTALL = "install and start one: sudo apt-get install docker.io"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the engine answers; if not, why, and what mends that."""

    usable: bool
    reason: str
    mend: str | None = None


def endpoint() -> str:
    """Where the engine is, as the Docker command line decides it.

    DOCKER_HOST, else the context that DOCKER_CONTEXT or ``~/.docker/config.json`` names, else the default
    socket. A context that cannot be read counts as none: ``connect`` reports it.
    """
    host = os.environ.get("DOCKER_HOST")
    if host:
        return host
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        name = os.environ.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext")
        if not name or name == "default":
            return DEFAULT_ENDPOINT
        place = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        return str(_read(place)["Endpoints"]["docker"]["Host"])
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT_ENDPOINT


def look() -> Answer:
    """Ask the engine whether it is there: a ping on a unix socket, a connect (1 s at most) elsewhere."""
    place = endpoint()
    parts = urlsplit(place)
    if parts.scheme in {"unix", "http+unix"}:
        return _ask(lambda: _ping(parts.netloc + parts.path), place)
    return _ask(lambda: _reach(parts), place)


def answers() -> bool:
    """Whether an engine answers."""
    return look().usable


def connect(timeout: int = _CALL_SECONDS) -> docker.DockerClient:
    """A client for the engine. The caller closes it.

    Args:
        timeout: seconds that each later call may stay silent.

    Raises:
        LabMissing: no engine answers within 5 s; the hint says what mends that.
    """
    answer = look()
    if not answer.usable:
        raise LabMissing(answer.reason, answer.mend)
    import docker  # noqa: PLC0415 (150 ms that `look` must not cost)
    import docker.errors  # noqa: PLC0415 (see above)

    try:
        client = docker.from_env(timeout=int(_PING_SECONDS))
        client.ping()
    except (docker.errors.DockerException, OSError) as error:
        raise LabMissing(f"the Docker engine at {endpoint()} does not answer: {error}", _START) from error
    client.api.timeout = timeout
    return client


def answered(call: Callable[[], T]) -> T:
    """The call's result, made in a worker: an interrupt waits until the engine has answered.

    So nothing is made unseen, and nothing is left half removed.
    """
    from concurrent.futures import ThreadPoolExecutor, wait  # noqa: PLC0415 (`look` has no use of it)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(call)
        wait((asking,))  # here, not in the pool's exit, which an interrupt would cut short
    return asking.result()


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return data if isinstance(data, dict) else {}


def _ask(call: Callable[[], None], place: str) -> Answer:
    try:
        call()
    except FileNotFoundError:
        return Answer(False, f"no Docker engine: there is no socket at {place}", _INSTALL)
    except PermissionError:
        mend = 'join the group that may use it: sudo usermod -aG docker "$USER", then log in again'
        return Answer(False, f"no permission to use the Docker engine at {place}", mend)
    except ConnectionRefusedError:
        return Answer(False, f"the Docker engine at {place} is not running", _START)
    except (OSError, ValueError) as error:
        return Answer(False, f"the Docker engine at {place} does not answer: {error}", _START)
    return Answer(True, f"the Docker engine at {place} answers")


def _ping(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(_PING_SECONDS)
        peer.connect(path)
        peer.sendall(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
        status = peer.recv(4096).split(b"\r\n", 1)[0]
    if b" 200 " not in status + b" ":
        raise ValueError(f"it says {status.decode(errors='replace')!r}")


def _reach(parts: SplitResult) -> None:
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an address this program can use (known: unix, {', '.join(_DEFAULT_PORTS)})")
    address = (parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme])
    socket.create_connection(address, timeout=_TCP_SECONDS).close()
