"""Faults in a console: what kernels wrote, and the beginnings of what their documentation shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.criteria import FindingSpec
from harness.evidence.evidence import gather
from harness.judge.console import faults, from_console
from harness.judge.findings import find
from harness.runtime.events import Ended
from harness.runtime.plan import Plan

PLAN = Plan("test", {}, "full", 4, (), (), (), 10)
SPEC = FindingSpec("kernel_warnings", source="console", what="warnings", take="count")

# Of a kernel 6.1 built with CONFIG_LKDTM, whose provoke-crash/DIRECT was given WARNING, BUG and EXCEPTION.
WARNING = """\
[   37.614214] ------------[ cut here ]------------
[   37.614310] WARNING: CPU: 0 PID: 20 at drivers/misc/lkdtm/bugs.c:85 lkdtm_WARNING+0xa/0x10
[   37.614418] CPU: 0 PID: 20 Comm: init Not tainted 6.1.192-own #1
[   37.614536] RIP: 0010:lkdtm_WARNING+0xa/0x10
[   37.614912] Call Trace:
[   37.614950]  <TASK>
[   37.614990]  direct_entry.cold+0x18/0x24
[   37.615307] RIP: 0033:0x7f5148542350
[   37.615674]  </TASK>
[   37.615711] ---[ end trace 0000000000000000 ]---
"""
BUG = """\
------------[ cut here ]------------
kernel BUG at drivers/misc/lkdtm/bugs.c:78!
invalid opcode: 0000 [#1]
CPU: 0 PID: 20 Comm: init Not tainted 6.1.192-own #1
RIP: 0010:lkdtm_BUG+0x0/0x10
Call Trace:
 direct_entry.cold+0x18/0x24
---[ end trace 0000000000000000 ]---
RIP: 0010:lkdtm_BUG+0x0/0x10
"""
EXCEPTION = """\
BUG: kernel NULL pointer dereference, address: 0000000000000000
#PF: supervisor write access in kernel mode
PGD 3c63067 P4D 3c63067 PUD 3c64067 PMD 0
Oops: 0002 [#1]
RIP: 0010:lkdtm_EXCEPTION+0x0/0x10
---[ end trace 0000000000000000 ]---
"""
ORDINARY = """\
[    0.942851] acpi PNP0A03:00: fail to add MMCONFIG information, can't access extended configuration space
[    1.874873] amd_pstate: the _CPC object is not present in SBIOS or ACPI disabled
[    1.883417] mce: Unable to init MCE device (rc: -5)
[    2.000000] TCP: request_sock_TCP: Possible SYN flooding on port 8000. Sending cookies.
[    2.100000] bridge: module verification failed: signature and/or required key missing - tainting kernel
[    2.200000] debug: BUG and WARNING are words like others
"""


def test_an_ordinary_console_shows_none():
    assert list(faults(ORDINARY)) == []
    assert list(faults("")) == []


@pytest.mark.parametrize(
    ("splat", "head", "where", "last"),
    [
        (WARNING, "WARNING: CPU: 0 PID: 20 at drivers/misc/lkdtm/bugs.c:85", "lkdtm_WARNING+0xa/0x10", 10),
        (BUG, "kernel BUG at drivers/misc/lkdtm/bugs.c:78!", "lkdtm_BUG+0x0/0x10", 8),
        (EXCEPTION, "BUG: kernel NULL pointer dereference", "lkdtm_EXCEPTION+0x0/0x10", 6),
    ],
)
def test_a_fault_is_found_whole_and_once(splat, head, where, last):
    (fault,) = faults(splat)
    assert fault.head.startswith(head)
    assert (fault.where, fault.first, fault.last) == (where, 1, last)


def test_several_are_told_apart():
    log = ORDINARY + WARNING + ORDINARY + BUG + EXCEPTION + "Kernel panic - not syncing: Fatal exception\n"
    assert [(fault.first, fault.last) for fault in faults(log)] == [(7, 16), (23, 30), (32, 37), (38, 38)]


@pytest.mark.parametrize(
    "head",
    [
        # kernel/panic.c, as of the kernels that name the processor last
        "WARNING: net/ipv4/tcp.c:2871 at tcp_close+0x10/0x20, CPU#0: python3/94",
        # Documentation/admin-guide/bug-hunting.rst, an older oops
        "Oops: 0002 [#1] PREEMPT SMP",
        # arch/x86/kernel/traps.c, before and after 6.11
        "general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] PREEMPT SMP",
        "Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP",
        # Documentation/dev-tools: kasan, kfence, ubsan
        "BUG: KASAN: slab-out-of-bounds in kmalloc_oob_right+0xa8/0xbc [test_kasan]",
        "BUG: KFENCE: use-after-free read in test_use_after_free_read+0xb3/0x143",
        "UBSAN: Undefined behaviour in ../include/linux/bitops.h:110:33",
        # Documentation/mm/slub.rst
        "BUG kmalloc-8: Right Redzone overwritten",
        "BUG TCP (Not tainted): Poison overwritten",
        # Documentation/RCU/stallwarn.rst
        "INFO: rcu_sched detected stalls on CPUs/tasks:",
        "rcu: INFO: rcu_preempt self-detected stall on CPU",
        "INFO: rcu_tasks_trace detected stalls on tasks",
        # kernel/locking/lockdep.c
        "WARNING: possible circular locking dependency detected",
        "WARNING: suspicious RCU usage",
        # kernel/watchdog.c, kernel/hung_task.c, kernel/sched/core.c, net/core/dev.c, kernel/panic.c
        "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [python3:94]",
        "INFO: task python3:94 blocked for more than 120 seconds.",
        "BUG: scheduling while atomic: python3/94/0x00000002",
        "unregister_netdevice: waiting for eth0 to become free. Usage count = 2",
        "Kernel panic - not syncing: sysrq triggered crash",
    ],
)
@pytest.mark.parametrize("before", ["", "[   12.345678] ", "<4>[   12.345678] ", "[   12.345678][   T94] "])
def test_each_kind_is_known_whatever_printk_puts_before_it(head, before):
    (fault,) = faults(ORDINARY + before + head + "\n" + ORDINARY)
    assert (fault.head, fault.first) == (head, 7)


def test_the_bar_above_a_report_belongs_to_it():
    bar = "=" * 66
    log = f"{bar}\nBUG: KASAN: slab-out-of-bounds in tcp_close+0xa8\nWrite of size 1\n\nRIP: 0033:0x7f96\n{bar}\n"
    (fault,) = faults(log)
    assert (fault.first, fault.last, fault.where) == (1, 6, None)


def test_a_fault_that_never_ends_has_an_end():
    (fault,) = faults("WARNING: suspicious RCU usage\n" + "line\n" * 5000)
    assert fault.last == 200


@given(st.text(max_size=400))
def test_garbled_consoles_do_no_harm(text):
    for log in (text, WARNING[:200] + text):
        for fault in faults(log):
            assert 1 <= fault.first <= fault.last <= log.count("\n") + 1


# The finding


def finding(plan, *ends):
    return from_console(gather(plan, ends, {}), SPEC)


def test_the_finding_counts_and_points_at_the_lines():
    found = finding(PLAN, Ended("", 1, "console", 0, ORDINARY + WARNING + BUG))
    assert (found.value, found.unit, found.source, found.cannot) == (2, "warnings", "console", None)
    (item,) = found.evidence
    assert (item.source, item.host, item.items) == ("console", "", [[7, 16], [17, 24]])
    assert found.detail == (
        "WARNING: CPU: 0 PID: 20 at drivers/misc/lkdtm/bugs.c:85 lkdtm_WARNING+0xa/0x10"
        " (logs/console.log, line 7, 17)"
    )
    (oops,) = (finding(PLAN, Ended("", 1, "console", 0, EXCEPTION)).detail,)
    assert oops.startswith(
        "BUG: kernel NULL pointer dereference, address: 0000000000000000, in lkdtm_EXCEPTION+0x0"
    )


def test_a_quiet_console_and_none_at_all_are_not_the_same():
    assert finding(PLAN, Ended("", 1, "console", 0, ORDINARY)).value == 0
    assert finding(PLAN).cannot == "the guest's console was not kept"
    assert find(gather(PLAN, [], {}), [SPEC])["kernel_warnings"].value is None


def test_what_a_guest_wrote_acts_on_no_terminal():
    found = finding(PLAN, Ended("", 1, "console", 0, "BUG: \x1b[31mred\x07\u202e" + "x" * 5000))
    assert found.detail.isprintable()
    assert "\\x1b[31mred\\x07\\u202e" in found.detail
    assert len(found.detail) < 250
