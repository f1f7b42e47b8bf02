"""The doctor: what each kind of lab needs, and whether a tiny one really works."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from harness.errors import HarnessError
from harness.image import catalogue
from harness.lab.docker import Docker
from harness.lab.interface import Need, Order
from harness.runtime.events import Call, Started
from harness.runtime.plan import Host, Plan, Step
from harness.session.choice import LABS

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.lab.interface import Lab
    from harness.lab.vm import Vm

__all__ = ["Checkup", "examine"]


@dataclass(frozen=True, slots=True)
class Checkup:
    """One kind of lab: its needs; whether a tiny lab worked, what it showed, and how long it took.

    ``image``: the one that brings another stack to it, or None.
    """

    lab: str
    needs: tuple[Need, ...]
    works: bool
    said: str
    seconds: float
    image: str | None = None


def examine(say: Callable[[str], None]) -> list[Checkup]:
    """Try every kind of lab, and every image of kind ``runtime``: two hosts, one listener, one connection."""
    images = [catalogue.find(name) for name in catalogue.names()]
    stacks = [(cast("Lab", Docker(image.runtime)), image.name) for image in images if image.runtime]
    return [
        *(_examine(cast("Lab", kind()), None, say) for kind in LABS.values()),
        *(_examine(lab, image, say) for lab, image in stacks),
    ]


def _examine(lab: Lab, image: str | None, say: Callable[[str], None]) -> Checkup:
    needs = tuple(lab.needs())
    if not _whole(needs):
        return Checkup(
            lab.name, needs, works=False, said="not tried: something is missing", seconds=0.0, image=image
        )
    say(f"trying a tiny {lab.name} lab" + (f" with image {image}" if image else ""))
    began = time.monotonic()
    try:
        works, said = _try(lab, image or lab.default_image, say)
    except HarnessError as error:
        works, said = False, str(error)
    return Checkup(lab.name, needs, works, said, time.monotonic() - began, image)


def _whole(needs: tuple[Need, ...]) -> bool:
    """Whether all is there, of several ways that of one."""
    ways = {need.way for need in needs} - {None}
    common = all(need.there for need in needs if need.way is None)
    return common and (not ways or any(all(need.there for need in needs if need.way == way) for way in ways))


def _try(lab: Lab, image: str, say: Callable[[str], None]) -> tuple[bool, str]:
    references = {}
    if lab.name == "docker":
        from harness.image import build  # noqa: PLC0415 (imports the Docker SDK, which needs no engine to be missed)

        references[image] = build.ensure(image, say)
    elif lab.name == "vm":
        references[image] = cast("Vm", lab).ready(image, say)
    order = Order(os.urandom(4).hex(), _tiny(image), references)
    with closing(lab.perform(order)) as events:  # type: ignore[type-var]  # a generator, as Lab.perform says
        seen = list(events)
    calls = [event for event in seen if isinstance(event, Call) and event.verb == "connect"]
    if [call.result for call in calls] == ["ok"]:
        agents = [event.facts for event in seen if isinstance(event, Started) and event.process == "agent"]
        stacks = dict.fromkeys(str(facts["stack"]) for facts in agents)
        return True, f"a client connected to a server in it (stack: {', '.join(stacks)})"
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
