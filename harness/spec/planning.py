"""An experiment made into a plan and its criteria, once its parameters are fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from harness import __version__
from harness.criteria import Criteria, ExpectationSpec, FindingSpec
from harness.errors import UnknownName, UsageError
from harness.runtime.plan import Host, Plan, Step
from harness.spec.expectations import Bounds, Cases, FromModel, OneOf, SameAs
from harness.spec.expected import models
from harness.spec.explain import mean, show
from harness.spec.files import Limits
from harness.spec.parameters import chosen, values
from harness.spec.references import claims_about
from harness.spec.steps import Filter, Verb
from harness.spec.study import study
from harness.spec.sysctls import SYSCTLS, fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.spec.document import Node
    from harness.spec.files import ExperimentFile
    from harness.spec.groups import Entry
    from harness.spec.loader import Experiment
    from harness.spec.study import Studied

    Mode = Literal["quick", "full"]

__all__ = ["fix"]

_FAMILIES = (4, 6)


def fix(  # noqa: PLR0913 (each is one option of the command line)
    experiment: Experiment,
    *,
    mode: Mode,
    settings: Mapping[str, str],
    sysctls: Mapping[str | None, Mapping[str, str]],
    images: Mapping[str, str],
    family: int = 4,
    limit: float | None = None,
) -> tuple[Plan, Criteria]:
    """The plan and the criteria of one run.

    Args:
        experiment: a loaded experiment.
        mode: ``quick`` or ``full``: which of a parameter's values holds.
        settings: ``--set``: parameter to the text given; beats the mode.
        sysctls: ``--sysctl``: host (None: every host) to name to value; beats the file.
        images: each host's image.
        family: 4 or 6.
        limit: seconds; None: the file's own for this mode.

    Raises:
        UnknownName: no such parameter, host or sysctl.
        UsageError: a value that the experiment cannot use.
        SpecError: a reference file has mistakes.
    """
    if family not in _FAMILIES:
        raise UsageError(f"address family {family}; 4 or 6")
    if limit is not None and limit <= 0:
        raise UsageError(f"a limit of {limit:g} s; it must be above 0")
    for host in [*images, *(name for name in sysctls if name is not None)]:
        if host not in experiment.hosts:
            raise UnknownName("host", host, experiment.hosts)
    parameters = chosen(experiment.root, mode, settings)
    studied = study(experiment.root, parameters, str(experiment.path))
    file = studied.file
    if studied.mistakes or file is None:
        raise UsageError("\n".join(dict.fromkeys(mistake.message for mistake in studied.mistakes)))
    hosts = _hosts(file, sysctls, images)
    plan = Plan(
        experiment=file.experiment,
        parameters=parameters,
        mode=mode,
        family=family,
        hosts=hosts,
        steps=tuple(_step(number, entry) for number, entry in enumerate(studied.entries, 1)),
        needs=tuple(_needs(hosts, studied.entries)),
        limit=limit if limit is not None else _limit(file, mode),
    )
    return plan, _criteria(experiment, studied, file)


def _limit(file: ExperimentFile, mode: Mode) -> float:
    return getattr(file.limit, mode) if isinstance(file.limit, Limits) else file.limit


def _hosts(
    file: ExperimentFile, sysctls: Mapping[str | None, Mapping[str, str]], images: Mapping[str, str]
) -> tuple[Host, ...]:
    made = []
    for name, entry in file.hosts.items():
        if name not in images:
            raise UsageError(f"host {name!r} has no image")
        own = {key: str(value) for key, value in (entry.sysctls if entry else {}).items() if value is not None}
        given = {**sysctls.get(None, {}), **sysctls.get(name, {})}
        for sysctl, value in given.items():
            _allowed(sysctl, value)
        made.append(Host(name, images[name], {**own, **given}))
    return tuple(made)


def _allowed(name: str, value: str) -> None:
    if name not in SYSCTLS:
        raise (
            UnknownName("sysctl", name, SYSCTLS)
            if mean(name, SYSCTLS)
            else UsageError(
                f"sysctl {name!r} is not on the list of those a host may be given",
                "net.core.somaxconn, net.ipv4.tcp_* and the local port range: what belongs to a network namespace",
            )
        )
    wrong = fault(name, value)
    if wrong:
        raise UsageError(f"{wrong}, not {show(value)}")


def _step(number: int, entry: Entry) -> Step:
    step = entry.step
    verb = isinstance(step, Verb)
    return Step(
        number=number,
        host=entry.host if verb else None,
        verb=step.word,
        label=step.label if isinstance(step, Verb) else None,
        arguments=step.arguments(),
        within=step.within,
        line=entry.line,
    )


def _needs(hosts: Iterable[Host], entries: Iterable[Entry]) -> list[str]:
    """What a lab must be able to do, from the words used."""
    needs = dict.fromkeys(f"sysctl {name}" for host in hosts for name in host.sysctls)
    if any(isinstance(entry.step, Filter) for entry in entries):
        needs["socket-filter"] = None
    return list(needs)


def _criteria(experiment: Experiment, studied: Studied, file: ExperimentFile) -> Criteria:
    findings, expect = studied.root.get("findings"), studied.root.get("expect")
    names = set(file.findings)
    return Criteria(
        experiment=file.experiment,
        title=file.title,
        question=file.question,
        explanation=file.explanation.strip(),
        article=file.article,
        findings=tuple(
            FindingSpec(
                name=name,
                source=finding.word,
                what=finding.what,
                take=finding.take,
                of=finding.get("of"),
                that=finding.get("that"),
                on=finding.get("on"),
                source_host=finding.get("from_"),
                after=finding.get("after"),
                before=finding.get("before"),
                line=_line(findings, name),
            )
            for name, finding in file.findings.items()
        ),
        expectations={
            name: _expectation(given, names, expect.get(name) if expect else None, _line(expect, name))
            for name, given in file.expect.items()
        },
        claims=claims_about(file.experiment, names),
        shortened=_shortened(experiment, studied),
        yours=tuple(file.yours),
        harness=__version__,
    )


def _line(section: Node | None, name: str) -> int:
    place = section.keys.get(name) if section else None
    return place.line if place else 0


def _expectation(given: Any, names: set[str], node: Node | None, line: int) -> ExpectationSpec:
    if isinstance(given, FromModel):
        arguments = {key: _argument(key, value, names, node) for key, value in given.arguments.items()}
        return ExpectationSpec("model", given.model, arguments, models()[given.model].formula, line)
    if isinstance(given, Bounds):
        return ExpectationSpec("bounds", given.model_dump(exclude_none=True), line=line)
    if isinstance(given, OneOf):
        return ExpectationSpec("one_of", list(given.one_of), line=line)
    if isinstance(given, SameAs):
        return ExpectationSpec("same_as", given.same_as, line=line)
    if isinstance(given, Cases):
        cases = [
            {
                "when": case.when.model_dump() if case.when else None,
                "expect": _json(_expectation(case.expect, names, None, line)),
            }
            for case in given.cases
        ]
        return ExpectationSpec("cases", cases, line=line)
    return ExpectationSpec("literal", given, line=line)


def _argument(key: str, value: Any, names: set[str], node: Node | None) -> Any:
    """A model's argument: the name of a finding (not a parameter's text) stands for what it measured."""
    below = node.get(key) if node else None
    written = below is not None and below.parameter is None
    return {"finding": value} if key != "of" and written and value in names else value


def _json(spec: ExpectationSpec) -> dict[str, Any]:
    return {
        "kind": spec.kind,
        "value": spec.value,
        "arguments": dict(spec.arguments),
        "formula": spec.formula,
        "line": spec.line,
    }


def _shortened(experiment: Experiment, studied: Studied) -> dict[str, str]:
    """Parameters that only the quick mode sets, by the sysctl each one sets, where it is set in this run."""
    quick, full = values(experiment.root, "quick"), values(experiment.root, "full")
    found: dict[str, str] = {}
    hosts = studied.root.get("hosts")
    for host in hosts.items().values() if hosts else ():
        sysctls = host.get("sysctls")
        for name, node in sysctls.items().items() if sysctls else ():
            parameter = node.parameter
            if parameter and quick[parameter] is not None and full[parameter] is None:
                found[parameter] = name
    return found
