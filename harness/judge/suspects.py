"""Settings that may be the cause of a difference: those that a finding's model reads and that are not the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.judge.expectations import Known, expect, host_meant, references
from harness.model.before import BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.criteria import Criteria
    from harness.model import Situation

__all__ = ["Setting", "Suspect", "settings_read", "suspects"]

Setting = tuple[str, str]
"""A host, and the name of a sysctl on it."""

_Settings = Mapping[str, Mapping[str, "str | None"]]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sysctl that a finding's model reads and that two kernels do not have alike.

    Attributes:
        name: the sysctl.
        hosts: the hosts on which it is read.
        older: its value on the older kernel; None: absent.
        newer: its value on the newer kernel; None: absent.
        tried: the value with which the newer kernel should do what the older one does; None: there is none.
        source: why an absent sysctl means that value, or why there is none to try; None where it is the older
            kernel's own value.
    """

    name: str
    hosts: tuple[str, ...]
    older: str | None
    newer: str | None
    tried: str | None
    source: str | None = None


def settings_read(criteria: Criteria, situation: Situation, values: Mapping[str, Any]) -> dict[str, set[Setting]]:
    """The settings that each finding's expectation rests on, also by way of other findings.

    Nobody lists them: the expectation is made once more, with settings that note who looks at them.

    Args:
        criteria: the run's.
        situation: the run's plan, facts and settings.
        values: each finding's measured value.
    """
    found = {}
    for spec in criteria.findings:
        wanted = criteria.expectations.get(spec.name)
        noted: set[Setting] = set()
        if wanted is not None:
            settings = {host.name: _Noted(host.name, situation, noted) for host in situation.plan.hosts}
            host = host_meant(spec, situation.plan)
            expect(wanted, Known(replace(situation, settings=settings), host, values))
        found[spec.name] = noted
    return {spec.name: _with_references(spec.name, criteria, found, set()) for spec in criteria.findings}


class _Noted(Mapping[str, "str | None"]):
    """A host's settings; notes which are looked at."""

    def __init__(self, host: str, situation: Situation, noted: set[Setting]) -> None:
        self._host = host
        self._values = situation.settings.get(host, {})
        self._noted = noted

    def __getitem__(self, name: str) -> str | None:
        self._noted.add((self._host, name))
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _with_references(
    name: str, criteria: Criteria, found: Mapping[str, set[Setting]], seen: set[str]
) -> set[Setting]:
    seen.add(name)
    wanted = criteria.expectations.get(name)
    others = references(wanted) - seen if wanted else set()
    return found.get(name, set()).union(*(_with_references(other, criteria, found, seen) for other in others))


def suspects(read: Iterable[Setting], older: _Settings, newer: _Settings) -> list[Suspect]:
    """The settings read that differ between two kernels in what they mean, by name.

    One that is absent on the older kernel is none where the newer kernel's value means the same.
    """
    found: dict[tuple[str, str | None, str | None], Suspect] = {}
    for host, name in sorted(read):
        one, other = older.get(host, {}).get(name), newer.get(host, {}).get(name)
        suspect = _suspect(host, name, one, other)
        if one == other or suspect.tried == other is not None:
            continue
        earlier = found.setdefault((name, one, other), suspect)
        if host not in earlier.hosts:
            found[name, one, other] = replace(earlier, hosts=(*earlier.hosts, host))
    return list(found.values())


def _suspect(host: str, name: str, older: str | None, newer: str | None) -> Suspect:
    if newer is None:
        return Suspect(
            name, (host,), older, newer, None, "the newer kernel does not have it, so it cannot be set there"
        )
    if older is not None:
        return Suspect(name, (host,), older, newer, older)
    before = BEFORE.get(name)
    if before is None:
        return Suspect(
            name, (host,), older, newer, None, "nobody has written down which value means: as before it"
        )
    return Suspect(name, (host,), older, newer, before.value, before.source)
