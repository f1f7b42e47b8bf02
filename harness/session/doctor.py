"""The doctor: what each kind of lab needs, and whether a tiny one really works."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from harness.errors import HarnessError
from harness.lab.interface import Need, Order
from harness.runtime.events import Call
from harness.runtime.plan import Host, Plan, Step
from harness.session.choice import LABS

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.lab.interface import Lab
    from harness.lab.vm import Vm

__all__ = ["Checkup", "examine"]


@dataclass(frozen=True, slots=True)
class Checkup:
    """One kind of lab: its needs; whether a tiny lab worked, what it showed, and how long it took."""

    lab: str
    needs: tuple[Need, ...]
    works: bool
    said: str
    seconds: float


def examine(say: Callable[[str], None]) -> list[Checkup]:
    """Try every kind of lab: two hosts, one listener, one connection."""
    return [_examine(cast("Lab", kind()), say) for kind in LABS.values()]


def _examine(lab: Lab, say: Callable[[str], None]) -> Checkup:
    needs = tuple(lab.needs())
    if not all(need.there for need in needs):
        return Checkup(lab.name, needs, works=False, said="not tried: something is missing", seconds=0.0)
    say(f"trying a tiny {lab.name} lab")
    began = time.monotonic()
    try:
        works, said = _try(lab, say)
    except HarnessError as error:
        works, said = False, str(error)
    return Checkup(lab.name, needs, works, said, time.monotonic() - began)


def _try(lab: Lab, say: Callable[[str], None]) -> tuple[bool, str]:
    image = lab.default_image
    references = {}
    if lab.name == "docker":
        from harness.image import build  # noqa: PLC0415 (imports the Docker SDK, which needs no engine to be missed)

        references[image] = build.ensure(image, say)
    elif lab.name == "vm":
        references[image] = cast("Vm", lab).ready(image, say)
    order = Order(os.urandom(4).hex(), _tiny(image), references)
    with closing(lab.perform(order)) as events:  # type: ignore[type-var]  # a generator, as Lab.perform says
        calls = [event for event in events if isinstance(event, Call) and event.verb == "connect"]
    if [call.result for call in calls] == ["ok"]:
        return True, "a client connected to a server in it"
    return False, "a client could not connect to a server in it: " + ", ".join(str(call.errno) for call in calls)


def _tiny(image: str) -> Plan:
    return Plan(
        experiment="doctor",
        parameters={},
        mode="quick",
        family=4,
        hosts=(Host("server", image), Host("client", image)),
        steps=(
            Step(1, "server", "listen", "door", {"port": 8000, "backlog": 1}),
            Step(2, "client", "connect", "visitor", {"to": "door"}),
            Step(3, None, "wait", None, {"until": "settled", "of": "visitor"}),
        ),
        needs=(),
        limit=10,
    )
