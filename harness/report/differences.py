"""What differs between which kernels, in words, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.kernel import release
from harness.report.compare_cells import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.compared import Cause, Column, Compared, Difference, Suspect, Trial

__all__ = ["cause", "difference", "evidence", "kernels", "listing", "same_kernel", "sides", "why"]

_PROVEN = {"confirmed", "not confirmed", "unknown"}


def kernels(compared: Compared, numbers: Sequence[int]) -> list[str]:
    """The kernels of columns, each once, the oldest first."""
    columns = sorted((compared.columns[number] for number in numbers), key=_age)
    return list(dict.fromkeys(column.short or column.name for column in columns))


def _age(column: Column) -> tuple[bool, tuple[int, ...]]:
    """Linux by its release, other stacks after it."""
    facts = next(iter(column.result.hosts.values()), None)
    return facts is None or facts.stack != "linux", release(facts.kernel) if facts else ()


def sides(compared: Compared, finding: Difference) -> list[tuple[Sequence[int], str]]:
    """Columns that are alike, each group with its kernels, the oldest first.

    Where one kernel is in two groups, it is images that differ: those are named instead.
    """
    groups = sorted(finding.groups, key=lambda group: min(_age(compared.columns[number]) for number in group))
    if _shared(compared, finding):
        names = [[compared.columns[number].name for number in group] for group in groups]
    else:
        names = [kernels(compared, group) for group in groups]
    return [(group, listing(each)) for group, each in zip(groups, names, strict=True)]


def _shared(compared: Compared, finding: Difference) -> list[str]:
    """The kernels that are in more than one group."""
    named = [name for group in finding.groups for name in kernels(compared, group)]
    return list(dict.fromkeys(name for name in named if named.count(name) > 1))


def listing(names: Sequence[str]) -> str:
    """Names as a sentence has them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def difference(compared: Compared, finding: Difference) -> str:
    """A finding that differs: what it is on which kernels; on which images, where one kernel shows both."""
    parts = [
        f"{told([finding.cells[number] for number in group], finding.packets)} on {where}"
        for group, where in sides(compared, finding)
    ]
    shared = _shared(compared, finding)
    one = f" (no kernel difference: {listing(shared)} is one kernel)" if shared else ""
    return "; ".join(parts) + one


def cause(compared: Compared, found: Cause) -> str:
    """What is known about why kernels differ, and where the trials are kept."""
    about = why(compared, found)
    if found.word not in _PROVEN:
        return f"{listing(found.split.findings)}: {about}"
    trials = decisive(found)
    if found.word == "confirmed":
        seen = [_now(compared, name, trials) for name in found.split.findings]
        text = f"{about} for {listing(found.split.findings)} (now {'; '.join(seen)})"
    else:
        seen = [_still(compared, found, name, trials) for name in found.split.findings]
        text = f"{about} for {listing(found.split.findings)} ({'; '.join(seen)})"
    folders = evidence(found)
    return f"{text}. Evidence: {listing(folders)}" if folders else text


def why(compared: Compared, found: Cause) -> str:
    """The settings, what was set where, and the word for what came of it; the findings are left out."""
    if found.word == "no suspect":
        return f"no setting explains it ({found.reason})"
    about = "; ".join(_suspect(compared, found, suspect) for suspect in found.suspects)
    if found.word not in _PROVEN:
        return f"perhaps {about}; not tried: {found.reason}"
    trials = decisive(found)
    settings = list(dict.fromkeys(_settings(found, trial) for trial in trials))
    where = listing(kernels(compared, [trial.column for trial in trials]))
    return f"{about}. With {' or '.join(settings)} on {where}: {found.word}"


def decisive(found: Cause) -> list[Trial]:
    """The trials that decided: those that confirmed, else all."""
    if found.by and not found.together:
        return [trial for trial in found.trials if len(trial.names) == 1 and trial.names[0] in found.by]
    return [trial for trial in found.trials if not found.by or set(trial.names) == set(found.by)]


def evidence(found: Cause) -> list[str]:
    """The run folders of the trials that decided."""
    return [trial.result.folder for trial in decisive(found) if trial.result.folder]


def _suspect(compared: Compared, found: Cause, suspect: Suspect) -> str:
    older, newer = (listing(kernels(compared, side)) for side in (found.split.older, found.split.newer))
    return f"{suspect.name} is {_value(suspect.older)} on {older}, {_value(suspect.newer)} on {newer}"


def _value(value: str | None) -> str:
    return "absent" if value is None else value


def _settings(found: Cause, trial: Trial) -> str:
    texts = [
        f"{host}:{suspect.name}={suspect.tried}"
        for suspect in found.suspects
        if suspect.name in trial.names
        for host in suspect.hosts
    ]
    return " and ".join(texts)


def _now(compared: Compared, name: str, trials: Sequence[Trial]) -> str:
    return f"{name} {_seen(compared, name, trials)}"


def _still(compared: Compared, found: Cause, name: str, trials: Sequence[Trial]) -> str:
    finding = next(each for each in compared.findings if each.name == name)
    wanted = told([finding.cells[number] for number in found.split.older], finding.packets)
    seen = dict.fromkeys(_seen(compared, name, [trial]) for trial in trials)
    return f"{name} {listing(list(seen))}, not {wanted}"


def _seen(compared: Compared, name: str, trials: Sequence[Trial]) -> str:
    packets = next(each.packets for each in compared.findings if each.name == name)
    return told([trial.result.findings.get(name) for trial in trials], packets)


def same_kernel(compared: Compared) -> Iterator[str]:
    """Columns that ran one kernel under several names."""
    by_kernel: dict[str, list[str]] = {}
    for column in compared.columns:
        by_kernel.setdefault(column.same_kernel_as or column.name, []).append(column.name)
    for names in by_kernel.values():
        if len(names) > 1:
            yield f"Same kernel: {', '.join(names)}. What differs between them is no difference between kernels."
