"""The runtime as one zip, and how it enters a host: through stdin, into a file in memory.

Nothing is bind-mounted and nothing is written, so it works in a read-only container on a remote engine.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bundle", "root", "stub"]

_STUB = """
import os,sys
r=open(0,"rb",buffering=0,closefd=False)
n=int(r.readline());d=b""
while len(d)<n:
    p=r.read(n-len(d))
    if not p: sys.exit(1)
    d+=p
f=os.memfd_create("harness");os.write(f,d)
sys.path.insert(0,"/proc/self/fd/%d"%f)
from harness.runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def root() -> Path:
    """The folder that holds the package."""
    return Path(harness.__file__).resolve().parent.parent


@cache
def bundle() -> bytes:
    """The runtime's zip: ``harness/__init__.py`` and ``harness/runtime``; the same bytes each time."""
    base = root()
    files = [base / "harness/__init__.py", *sorted((base / "harness/runtime").rglob("*.py"))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            info = zipfile.ZipInfo(str(file.relative_to(base)), (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def stub(process: str, host: str, order: Mapping[str, Any]) -> list[str]:
    """The command of a host's process; its first input is ``len(bundle())``, a newline and the bundle.

    The stub reads unbuffered, so that the commands after the bundle are left for the program.
    """
    return ["python3", "-S", "-E", "-c", _STUB, process, host, json.dumps(order)]
