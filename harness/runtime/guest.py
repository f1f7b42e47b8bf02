"""The guest: the first process of a virtual machine, which becomes a lab's machine and runs one box.

It says that it is ready on its port (a virtio serial port), waits there for an order (one JSON line: the
box's, with ``virtual``), runs the same box as on any machine, whose events go to the port, and says how that
ended. In virtual time nothing outside takes part: the order is the only input, and the clock jumps over
every wait.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from typing import Any, Dict

from harness.runtime import box, host, libc

__all__ = ["CANNOT", "DESCRIPTORS", "ENDED", "PORT", "READY", "main"]

PORT = "harness"
"""The virtio serial port's name."""

READY, ENDED = "ready", "ended"
"""What the guest says beside events: ``{"guest": "ready", ...}``, ``{"guest": "ended", "status", "log"}``."""

DESCRIPTORS = 1 << 16
"""Files that a process may have open (RLIMIT_NOFILE); a kernel gives its first process 4096."""

CANNOT = "harness: the guest cannot go on"
"""How the line begins that a guest writes to its console when it cannot."""

_MODULES = "/modules"
_PORTS = "/sys/class/virtio-ports"
_PORT_SECONDS = 20.0
_LOG = "/run/box.log"
_LOG_LIMIT = 65536
# What a kernel does by itself would wake the guest, and its clock would not jump so far.
_QUIET = (
    ("vm.compaction_proactiveness", "0"),
    ("vm.stat_interval", "100000"),
    ("vm.dirty_writeback_centisecs", "0"),
)
_HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"
_GRANULES = 8**5
"""Jiffies: the granule of the timer wheel's sixth level (kernel/time/timer.c, LVL_GRAN)."""


def main() -> None:
    """Become a lab's machine, run one box, say how it ended; never returns."""
    port = -1
    try:
        os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
        _mount()
        _load_modules()
        _quieten()
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        port = _open_port()
        _import_all()
        _check()
        _say(port, READY, host.facts())
        order = _read_line(port)
        status = _run_box(order, port)
        with open(_LOG, encoding="utf-8", errors="replace") as file:
            _say(port, ENDED, {"status": status, "log": file.read()[-_LOG_LIMIT:]})
    except BaseException as error:  # noqa: BLE001 (whatever it is, it is said)
        sys.stderr.write(f"{CANNOT}: {error}\n")
        sys.stderr.flush()
        if port < 0:
            return  # the kernel panics without its first process, and the machine ends
        _say(port, ENDED, {"status": box.FORBIDDEN, "log": str(error)})
    while True:  # whoever made the machine ends it, when the last line has reached them
        time.sleep(1e6)


def _mount() -> None:
    places = ("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"), ("tmpfs", "/tmp"), ("devtmpfs", "/dev")  # noqa: S108 (this machine is the guest's alone)
    for kind, target in places:
        try:
            libc.mount(kind, target, devices=kind == "devtmpfs")
        except OSError as error:
            option = {"proc": "PROC_FS"}.get(kind, kind.upper())
            raise OSError(error.errno, f"{error.strerror}: has this kernel CONFIG_{option}?") from error


def _load_modules() -> None:
    """Load what the image brings, in the order of the names."""
    for name in sorted(os.listdir(_MODULES)):
        with open(f"{_MODULES}/{name}", "rb") as file:
            try:
                libc.load_module(file.read())
            except OSError as error:
                raise OSError(error.errno, f"{name}: {error.strerror}") from error
        os.unlink(f"{_MODULES}/{name}")


def _quieten() -> None:
    for name, value in _QUIET:
        with contextlib.suppress(OSError):
            host.write_setting(name, value)
    with contextlib.suppress(OSError), open(_HUGE_PAGES, "w", encoding="ascii") as file:
        file.write("never")


def _open_port() -> int:
    """The port's descriptor, once the driver has found it."""
    end = time.monotonic() + _PORT_SECONDS
    while time.monotonic() < end:
        for entry in os.listdir(_PORTS) if os.path.isdir(_PORTS) else []:
            with open(f"{_PORTS}/{entry}/name", encoding="ascii") as file:
                if file.read().strip() == PORT:
                    return os.open(f"/dev/{entry}", os.O_RDWR | os.O_CLOEXEC)
        time.sleep(0.01)
    raise OSError(f"there is no port {PORT!r}: has this kernel CONFIG_VIRTIO_PCI and CONFIG_VIRTIO_CONSOLE?")


def _import_all() -> None:
    """Import now what a run needs: it is in the state then, and no run waits for it."""
    import subprocess  # noqa: F401 (see above)

    import harness.runtime.agent.program
    import harness.runtime.conductor
    import harness.runtime.observer.program
    import harness.runtime.observer.recorder
    import harness.runtime.streams  # noqa: F401 (see above)


def _check() -> None:
    """OSError with every option that a lab needs and this kernel lacks."""
    from harness.runtime.lacking import lacking

    missing = lacking()
    if missing:
        raise OSError(f"this kernel lacks {', '.join(missing)}")


def _say(port: int, what: str, facts: Dict[str, Any]) -> None:
    data = memoryview(json.dumps({"guest": what, **facts}).encode() + b"\n")
    while data:
        data = data[os.write(port, data) :]


def _read_line(port: int) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        piece = os.read(port, 65536)
        if not piece:
            time.sleep(0.01)  # nobody holds the port's other end yet
        data += piece
    return data


def _run_box(order: bytes, port: int) -> int:
    """Run the box with its order on stdin and the port as its stdout; its exit status."""
    if json.loads(order).get("virtual"):
        _align()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for number, descriptor in enumerate((read, port, log)):
                os.dup2(descriptor, number)
            os.close(write)
            status = box.main()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(read)
    sent = memoryview(order)
    while sent:
        sent = sent[os.write(write, sent) :]
    while True:  # the first process inherits whatever loses its parent
        pid, status = os.wait()
        if pid == child:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _align() -> None:
    """Begin each run at the same place of the timer wheel, whose granules decide how late a timer is."""
    period = _GRANULES / host.facts()["hz"]
    now = time.monotonic()
    time.sleep(period - now % period)
