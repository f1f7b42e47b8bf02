"""The finding that rests on a guest's console: what its kernel says of a fault of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.judge.finding import Finding
from harness.result import EvidenceItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence

__all__ = ["Fault", "faults", "from_console"]

_PREFIX = re.compile(r"(<\d>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?")
"""What printk puts before a line: level, time (PRINTK_TIME), thread or processor (PRINTK_CALLER)."""

_HEADS = re.compile(
    # kernel/panic.c __warn(); kernel/locking/lockdep.c and kernel/rcu ("WARNING: possible circular locking ...")
    r"WARNING: "
    # arch/x86/mm/fault.c; mm/kasan, kfence, kcsan, kmsan report.c; kernel/sched ("BUG: scheduling while atomic");
    # then kernel/watchdog.c, mm/slub.c ("BUG kmalloc-64 (Not tainted): ...") and lib/bug.c
    r"|(watchdog: )?BUG: |BUG [\w:-]+( \(.*\))?: |kernel BUG at "
    # arch/x86/kernel/traps.c, dumpstack.c die()
    r"|Oops\b.*: |general protection fault\b|invalid opcode: |divide error: |PANIC: double fault|traps: PANIC: "
    # kernel/panic.c panic()
    r"|Kernel panic - not syncing"
    # kernel/rcu/tree_stall.h; kernel/hung_task.c; kernel/locking/lockdep.c
    r"|(rcu: )?INFO: rcu_\w+ (self-)?detected |INFO: task .* blocked for more than "
    r"|INFO: trying to register non-static key"
    # kernel/watchdog_perf.c; lib/ubsan.c; net/core/dev.c
    r"|.*Watchdog detected hard LOCKUP|UBSAN: |unregister_netdevice: waiting for "
)
_DIE = re.compile(r".*\b[0-9a-f]{4} \[#\d+\]")
"""die(): the second head of a fault that has begun with another ("BUG: kernel NULL pointer dereference ...")."""

_RIP = re.compile(r"RIP: 0010:(\S+)")
"""Where in the kernel; 0033 is a program's own segment (arch/x86/include/asm/segment.h)."""

_CUT, _END = "[ cut here ]", "---[ end "
_LONGEST = 200
"""Lines that one fault may have, where no mark tells its end."""
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Fault:
    """One splat: its lines in the log, both included, from 1; its head, and where in the kernel (RIP), if said."""

    first: int
    last: int
    head: str
    where: str | None = None


def from_console(evidence: Evidence, spec: FindingSpec) -> Finding:
    """How many faults the console shows; nothing where no console was kept."""
    log = next((end.log for end in evidence.ends if not end.host and end.process == "console"), None)
    found = tuple(faults(log or ""))
    return Finding(
        name=spec.name,
        unit="warnings",
        values=(len(found),),
        source="console",
        evidence=(EvidenceItem("console", "", [[fault.first, fault.last] for fault in found]),) if found else (),
        cannot=None if log is not None else "the guest's console was not kept",
        detail=_said(found) if found else None,
    )


def faults(log: str) -> Iterator[Fault]:
    """The faults in a kernel's log, in order.

    A head begins one, unless it is die()'s and belongs to the fault that has begun; an end mark, the next head, or
    its greatest length ends it.
    """
    lines = [_PREFIX.sub("", line, count=1) for line in log.split("\n")]
    begun: Fault | None = None
    for number, line in enumerate(lines, 1):
        if begun is not None and _over(begun, number, line):
            yield begun
            begun = None
        if _HEADS.match(line) and (begun is None or not _DIE.match(line)):
            if begun is not None:
                yield begun
            begun = Fault(_start(lines, number), number, line)
        elif begun is not None:
            begun = _grown(begun, number, line)
            if _END in line:
                yield begun
                begun = None
    if begun is not None:
        yield begun


def _grown(begun: Fault, number: int, line: str) -> Fault:
    """The fault with one more line."""
    where = _RIP.match(line) if begun.where is None else None
    last = number if line.strip() else begun.last
    return Fault(begun.first, last, begun.head, where[1] if where else begun.where)


def _over(begun: Fault, number: int, line: str) -> bool:
    return number - begun.first >= _LONGEST or _CUT in line


def _start(lines: Sequence[str], number: int) -> int:
    """Where a fault begins: "cut here", or the bar above a lockdep or KASAN report, stands before its head."""
    for above in (number - 2, number - 3):
        if above >= 0 and (_CUT in lines[above] or (len(lines[above]) > 9 and not lines[above].strip("="))):
            return above + 1
    return number


def _said(found: Sequence[Fault]) -> str:
    first = found[0]
    named = first.where is None or first.where in first.head
    text = _plain(first.head) + ("" if named else f", in {_plain(first.where or '')}")
    return f"{text} (logs/console.log, line {', '.join(str(fault.first) for fault in found[:5])})"


def _plain(text: str) -> str:
    """A guest's text with nothing in it that acts on a terminal, and not too long."""
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text.strip())
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
