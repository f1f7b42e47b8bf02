"""The runtime as one zip, and how it enters a host: through stdin, into a file in memory.

Nothing is bind-mounted and nothing is written, so it works in a read-only container on a remote engine.
"""

from __future__ import annotations

import io
import json
import marshal
import zipfile
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
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
    """The runtime's zip: ``harness/__init__.py`` and ``harness/runtime``; the same bytes each time.

    Beside each source stands its bytecode for this Python. A host with the same Python (its magic number
    tells) need not compile; another one finds the source.
    """
    base = root()
    files = [base / "harness/__init__.py", *sorted((base / "harness/runtime").rglob("*.py"))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            name = str(file.relative_to(base))
            _add(archive, name, file.read_bytes())
            _add(archive, name + "c", _bytecode(file))
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, compresslevel=1)


def _bytecode(file: Path) -> bytes:
    """The bytecode as a .pyc whose source nobody need compare (PEP 552: unchecked, hash-based).

    What marshal writes of one code depends on who else holds its constants, and so on whether it was compiled just
    now; of what it has itself just read it writes the same each time.
    """
    code = marshal.dumps(SourceFileLoader(file.stem, str(file)).get_code(file.stem))
    return MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(marshal.loads(code))  # noqa: S302 (ours)


def stub(process: str, host: str, order: Mapping[str, Any]) -> list[str]:
    """The command of a host's process; its first input is ``len(bundle())``, a newline and the bundle.

    The stub reads unbuffered, so that the commands after the bundle are left for the program.
    """
    return ["python3", "-S", "-E", "-c", _STUB, process, host, json.dumps(order)]
