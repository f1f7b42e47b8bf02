import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.runtime.plan import Host, Plan, Step

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
mappings = st.dictionaries(st.text(), scalars)
hosts = st.builds(Host, name=st.text(), image=st.text(), sysctls=st.dictionaries(st.text(), st.text()))
steps = st.builds(
    Step,
    number=st.integers(1),
    host=st.none() | st.text(),
    verb=st.text(),
    label=st.none() | st.text(),
    arguments=mappings,
    within=st.none() | st.floats(0, 1e6),
    line=st.integers(0),
)
plans = st.builds(
    Plan,
    experiment=st.text(),
    parameters=mappings,
    mode=st.sampled_from(["quick", "full"]),
    family=st.sampled_from([4, 6]),
    hosts=st.lists(hosts).map(tuple),
    steps=st.lists(steps).map(tuple),
    needs=st.lists(st.text()).map(tuple),
    limit=st.floats(0, 1e6),
)


@given(plans)
def test_a_plan_comes_back_from_its_json(plan):
    assert Plan.loads(json.dumps(plan.to_json())) == plan


def test_another_schema_is_refused(make_plan):
    with pytest.raises(ValueError, match="plan schema 2, this program reads 1"):
        Plan.from_json({**make_plan().to_json(), "schema": 2})


def test_a_plan_finds_hosts_steps_and_ports(make_plan):
    plan = make_plan("""
    - server: {bind: door, port: 8000}
    - server: {listen: door, backlog: 5}
    - client: {connect: visitor, to: door}
    """)
    assert (plan.host("client").name, plan.step_of("door").verb, plan.port_of("door")) == ("client", "bind", 8000)
    assert plan.port_of("visitor") is None
    with pytest.raises(KeyError):
        plan.host("nobody")
    with pytest.raises(KeyError):
        plan.step_of("nobody")
