"""Judges a run from its folder alone: the same folder gives the same result, anywhere, at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.judge.claims import compare_claims
from harness.judge.comparing import compare_all
from harness.judge.findings import find
from harness.judge.notes import shortened_notes
from harness.model import Situation
from harness.result import RunResult, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.criteria import Criteria
    from harness.evidence.evidence import Evidence
    from harness.evidence.folder import RunFolder
    from harness.result import FindingResult, HostFacts
    from harness.runtime.events import Cannot

__all__ = ["judge", "judge_evidence"]


def judge(folder: RunFolder) -> RunResult:
    """The result of a run.

    Raises:
        FolderError: the folder is damaged.
    """
    return judge_evidence(folder.criteria, folder.evidence, str(folder.path))


def judge_evidence(criteria: Criteria, evidence: Evidence, folder: str | None = None) -> RunResult:
    """The result that evidence gives; pure."""
    plan = evidence.plan
    situation = Situation(plan, evidence.facts, evidence.settings)
    early = _never_began(evidence)
    results: dict[str, FindingResult] = {}
    claims = {}
    if early is None:
        findings = find(evidence, criteria.findings)
        results = compare_all(criteria, evidence, findings, situation)
        claims = compare_claims(criteria, findings, results, situation)
    verdict, reason = early or _broken(evidence) or _overall(results)
    return RunResult(
        experiment=plan.experiment,
        title=criteria.title,
        lab=str(evidence.lab.get("lab", "")),
        via=evidence.lab.get("via"),
        clock=str(evidence.lab.get("clock", "real")),
        family=plan.family,
        mode=plan.mode,
        parameters=dict(plan.parameters),
        image=_agreed(host.image for host in plan.hosts),
        kernel=_agreed(facts.kernel for facts in evidence.facts.values()),
        hosts=dict(evidence.facts),
        verdict=verdict,
        reason=reason,
        seconds=dict(evidence.seconds),
        folder=folder,
        findings=results,
        claims=claims,
        packets=_packets(evidence, evidence.facts),
        why=_why(results.values()),
        notes=tuple(shortened_notes(criteria.shortened, situation)) if early is None else (),
        yours=criteria.yours,
        doubts=tuple(doubt.text for doubt in evidence.doubts),
        sysctls={host.name: dict(host.sysctls) for host in plan.hosts if host.sysctls},
    )


def _never_began(evidence: Evidence) -> tuple[Verdict, str] | None:
    """The verdict of a run that a host could not perform, or that never began; None for any other."""
    cannot = next(filter(None, (_refusal(evidence, event) for event in evidence.cannots)), None)
    if cannot is not None:
        return cannot
    if evidence.stepped or not evidence.plan.steps:
        return None
    broken = _broken(evidence)
    if broken is not None:
        return broken
    for end in evidence.ends:
        if end.status != 0:
            log = end.log.strip()
            return Verdict.ERROR, f"{end.host}: the {end.process} ended early" + (f": {log}" if log else "")
    return Verdict.ERROR, "the run ended before its first step"


def _refusal(evidence: Evidence, event: Cannot) -> tuple[Verdict, str] | None:
    """What it means that a host cannot do something; None where only findings are touched."""
    if event.need.startswith("sysctl "):
        setting = event.need.removeprefix("sysctl ")
        if event.reason.startswith("ignored: "):
            why = event.reason.removeprefix("ignored: ")
            return Verdict.SKIP, f"{event.host} cannot have {setting}: {why} (--full sets none)"
        if event.reason == "absent":
            return Verdict.SKIP, f"{event.host}: this kernel does not have {setting.partition('=')[0]}"
        return Verdict.ERROR, f"{event.host}: the kernel did not take {setting} ({event.reason})"
    if event.need.startswith("runtime "):
        return Verdict.SKIP, event.reason
    if event.need in evidence.plan.needs:
        return Verdict.SKIP, f"{event.host} cannot do what the plan needs, {event.need}: {event.reason}"
    return None


def _broken(evidence: Evidence) -> tuple[Verdict, str] | None:
    """The verdict of a run whose lab died under it; None where it did not."""
    for end in evidence.ends:
        if not end.host and end.process == "lab" and end.status != 0:
            return Verdict.ERROR, end.log.strip() or "the lab ended early"
    return None


def _overall(results: Mapping[str, FindingResult]) -> tuple[Verdict, str | None]:
    """The worst verdict, and the first finding's reason for it."""
    judged = {name: result for name, result in results.items() if result.verdict is not None}
    verdict = worst(result.verdict for result in judged.values() if result.verdict is not None)
    if verdict is Verdict.PASS:
        return verdict, None
    for name, result in judged.items():
        if result.verdict is verdict:
            return verdict, f"{name}: {result.reason}"
    return verdict, "nothing was expected of any finding"


def _agreed(values: Iterable[str]) -> str | None:
    """The value, where all hosts have the same one."""
    found = set(values)
    return (found.pop() or None) if len(found) == 1 else None


def _packets(evidence: Evidence, hosts: Mapping[str, HostFacts]) -> dict[str, dict[str, int | None]]:
    found = {}
    for host in hosts:
        if host in evidence.lost:
            capture = evidence.captures.get(host)
            captured = capture.frames if capture else 0
            found[host] = {"captured": captured, "lost": evidence.lost[host]}
    return found


def _why(results: Iterable[FindingResult]) -> tuple[str, ...]:
    """The rules with this run's numbers, each once, in the order of the findings."""
    return tuple(dict.fromkeys(result.because for result in results if result.because))
