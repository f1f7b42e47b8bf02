"""Subnets of the docker lab: each run has its own, however many there are."""

import ipaddress
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import pytest

from harness.errors import LabError
from harness.image import engine
from harness.lab.docker import leftovers, network

pytestmark = pytest.mark.docker


@pytest.fixture
def make(api, run_id):
    """Makes a network of this test's, each with its own client as each run has; all are removed at its end."""
    marks = leftovers.labels(run_id, keep=False)

    def making(number, plan):
        client = engine.connect()
        try:
            return network.make(client.api, plan, f"harness-{run_id}-{number}", marks)
        finally:
            client.close()

    yield making
    leftovers.remove_run(api, run_id)


@pytest.mark.parametrize("family", [4, 6])
def test_several_at_once_do_not_overlap(api, make, make_plan, family):
    plan = make_plan(family=family)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: make(number, plan), range(6)))
    pools = [
        ipaddress.ip_network(each["Subnet"])
        for one in made
        for each in api.inspect_network(one.id)["IPAM"]["Config"]
    ]
    assert len(pools) == 6 * (1 if family == 4 else 2)
    for one, other in combinations(pools, 2):
        assert one.version != other.version or not one.overlaps(other)
    for each in made:
        subnet = ipaddress.ip_network(each.subnet)
        addresses = [ipaddress.ip_address(address) for address in each.addresses.values()]
        assert subnet.version == family
        assert len(set(addresses)) == 2
        assert all(address in subnet and address != subnet[1] for address in addresses)  # [1] is the gateway's


def test_a_subnet_that_is_taken_is_not_asked_for_again(make, make_plan, monkeypatch):
    choices = iter([7, 7, 8])
    monkeypatch.setattr(network.random, "randrange", lambda _: next(choices))
    subnets = [make(number, make_plan()).subnet for number in range(2)]
    assert subnets == ["198.18.7.0/24", "198.18.8.0/24"]


def test_a_pool_that_is_full_is_an_error_with_what_mends_it(make, make_plan, monkeypatch):
    monkeypatch.setattr(network.random, "randrange", lambda _: 9)
    make(0, make_plan())
    with pytest.raises(LabError, match="no free subnet in 20 tries") as caught:
        make(1, make_plan())
    assert "docker network prune" in caught.value.hint
