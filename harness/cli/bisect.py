"""Exit codes that ``git bisect run`` understands.

0: good; 1: bad; 125: this commit cannot be tested, leave it out; from 128 on: end the bisection (man git-bisect).
So what is wrong with the command, a file or this machine, and says nothing of a commit, is never 1 nor 125.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError, KernelUnfit, LabError, LabMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.result import RunResult

__all__ = ["OPTION", "BisectCode", "add", "asked", "guarded", "of_runs"]

OPTION = "--bisect"


class BisectCode(IntEnum):
    """What an exit code says to ``git bisect run``."""

    GOOD = 0
    BAD = 1
    LEAVE_OUT = 125
    END = 128


def add(command: Any, text: str) -> None:
    """The option."""
    command.add_argument(OPTION, action="store_true", help=text)


def asked(words: Sequence[str]) -> bool:
    """Whether the option is among the words, also abbreviated, as argparse takes it."""
    return any(len(word) > len("--") and OPTION.startswith(word) for word in words)


def of_runs(runs: Iterable[RunResult]) -> BisectCode:
    """What runs say of a commit: bad where one failed, good where all passed."""
    from harness.result import Verdict

    runs = list(runs)
    if any(_bad(run) for run in runs):
        return BisectCode.BAD
    return BisectCode.GOOD if all(run.verdict is Verdict.PASS for run in runs) else BisectCode.LEAVE_OUT


def _bad(run: RunResult) -> bool:
    """Whether a run failed; also where the kernel died in it of a fault that its console shows."""
    from harness.result import Verdict
    from harness.session.standing import KERNEL_WARNINGS

    fault = run.findings.get(KERNEL_WARNINGS)
    return run.verdict is Verdict.FAIL or (fault is not None and fault.verdict is Verdict.FAIL)


def guarded(act: Callable[[], int], tell: Callable[[HarnessError], None]) -> int:
    """The exit code of a command: whatever goes wrong, nothing says good or bad by accident.

    Args:
        act: the command; its exit code is one of these already.
        tell: shows the user an error.
    """
    try:
        return act()
    except HarnessError as error:
        tell(error)
        return _of_error(error)
    except SystemExit as end:  # argparse: --help is 0, a mistake 2
        return BisectCode.END if end.code else BisectCode.GOOD
    except Exception:  # noqa: BLE001 (Python's own exit code for it, 1, would say that the commit is bad)
        import traceback

        traceback.print_exc()
        return BisectCode.END


def _of_error(error: HarnessError) -> BisectCode:
    """What an error says: of the commit where its kernel is no good; else nothing, and the bisection ends."""
    of_the_kernel = isinstance(error, KernelUnfit | LabError) and not isinstance(error, LabMissing)
    return BisectCode.LEAVE_OUT if of_the_kernel else BisectCode.END
