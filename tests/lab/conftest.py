"""A small plan, and labs to perform it in."""

import uuid
from contextlib import closing

import pytest

from harness.image import engine
from harness.lab.docker import Docker
from harness.lab.interface import Order
from harness.lab.netns import Netns
from harness.runtime.plan import Host, Plan, Step

LABS = {"docker": Docker, "netns": Netns}


def connecting(*more, sysctls=None, family=4, needs=(), hosts=("server", "client")):
    """A plan: one client connects, then ``more`` steps (host, verb, label, arguments)."""
    steps = (
        ("server", "listen", "door", {"port": 8000, "backlog": 5}),
        ("client", "connect", "visitor", {"to": "door"}),
        (None, "wait", None, {"until": "settled", "of": "visitor"}),
        *more,
    )
    return Plan(
        experiment="test",
        parameters={},
        mode="quick",
        family=family,
        hosts=tuple(Host(name, "debian", (sysctls or {}).get(name, {})) for name in hosts),
        steps=tuple(Step(number, *step) for number, step in enumerate(steps, 1)),
        needs=needs,
        limit=20,
    )


@pytest.fixture(scope="session")
def plans():
    return connecting


@pytest.fixture
def make_plan(plans):
    return plans


@pytest.fixture
def run_id():
    """A run's id that nobody else has."""
    return f"test{uuid.uuid4().hex[:8]}"


class Tried:
    """A kind of lab: call it with a plan and a run's id for the events."""

    def __init__(self, name, references):
        self.name = name
        self._references = references

    def __call__(self, plan, run):
        with closing(LABS[self.name]().perform(Order(run, plan, self._references))) as events:
            yield from events


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in LABS])
def lab(request):
    """Each kind of lab in turn."""
    return Tried(request.param, {"debian": request.getfixturevalue("debian")} if request.param == "docker" else {})


@pytest.fixture
def api():
    """The engine's API."""
    client = engine.connect()
    yield client.api
    client.close()


@pytest.fixture
def left(api):
    """What of a run is on the engine: the ids of its containers and networks."""

    def find(run):
        only = {"label": f"harness.run={run}"}
        return [item["Id"] for item in [*api.containers(all=True, filters=only), *api.networks(filters=only)]]

    return find
