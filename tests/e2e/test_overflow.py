"""backlog-overflow on both labs, with every parameter that has an edge."""

import json

import pytest

from harness.result import RunResult

BOTH = [pytest.param(lab, marks=getattr(pytest.mark, lab)) for lab in ("docker", "netns")]
labs = pytest.mark.parametrize("lab", BOTH)

RUN = {
    "experiment", "lab", "via", "clock", "family", "mode", "parameters", "image", "kernel", "hosts", "verdict",
    "reason", "seconds", "folder", "findings", "claims",
}  # fmt: skip
FINDINGS = {
    "connected", "accept_queue_limit", "accept_queue_peak", "overflow_error", "overflow_seconds", "syn_times",
    "answers_to_overflow", "listen_overflows", "listen_drops",
}  # fmt: skip
FINDING = {"value", "unit", "expected", "verdict", "witnesses", "evidence"}


def passed(done):
    """A result in which every finding has passed, and no packet was lost."""
    assert done.code == 0, done
    result = done.result
    assert result["verdict"] == "pass"
    assert {finding["verdict"] for finding in result["findings"].values()} == {"pass"}
    assert {each["lost"] for each in result["packets"].values()} == {0}
    assert min(each["captured"] for each in result["packets"].values()) > 0
    return result


@labs
def test_the_result_has_the_published_shape_and_can_be_judged_again(perform, start, overflow, lab, tmp_path):
    (done,) = perform(overflow(lab))
    result = passed(done)
    whole = json.loads(done.out)
    assert (set(whole), whole["schema"], whole["verdict"]) == ({"schema", "verdict", "runs"}, 1, "pass")
    assert set(result) >= RUN
    assert (result["experiment"], result["lab"], result["family"], result["mode"], result["clock"]) == (
        "backlog-overflow", lab, 4, "quick", "real",
    )  # fmt: skip
    assert result["parameters"] == {"backlog": 5, "clients": 10, "somaxconn": None, "syn_retries": 1}
    assert set(result["hosts"]) == {"server", "client"}
    assert set(result["findings"]) == FINDINGS
    assert all(set(finding) >= FINDING for finding in result["findings"].values())
    assert result["findings"]["connected"]["witnesses"] == {"calls": 6, "socket table": 6, "packets": 6}
    assert (result["findings"]["overflow_error"]["value"], result["seconds"]["experiment"] > 3) == (
        "ETIMEDOUT",
        True,
    )
    assert json.loads(json.dumps(RunResult.from_json(result).to_json())) == result
    assert json.loads((done.folder / "result.json").read_text()) == result
    again = start("judge", result["folder"], "--json", folder=done.place).end()
    assert (again.code, again.result) == (0, result)
    # Wherever the folder lies.
    moved = done.folder.rename(tmp_path / "elsewhere")
    again = start("judge", str(moved), "--json").end()
    assert (again.code, {**again.result, "folder": result["folder"]}) == (0, result)


@labs
def test_edges(perform, overflow, lab):
    wanted = {
        "backlog 0": (overflow(lab, backlog=0), 0),
        "backlog 1": (overflow(lab, backlog=1), 1),
        "somaxconn below the backlog": (overflow(lab, backlog=5, somaxconn=3), 3),
        "IPv6": (overflow(lab, "--family", "6"), 5),
    }
    ended = perform(*(words for words, _ in wanted.values()))
    for name, (_, limit), done in zip(wanted, wanted.values(), ended, strict=True):
        result = passed(done)
        # Linux holds min(backlog, somaxconn) + 1 (include/net/sock.h, sk_acceptq_is_full).
        assert (done.values["accept_queue_limit"], done.values["connected"]) == (limit, limit + 1), name
        assert done.values["overflow_error"] == "ETIMEDOUT"
        assert result["family"] == (6 if name == "IPv6" else 4)


@labs
@pytest.mark.parametrize(("backlog", "clients"), [(128, 300), (1000, 2000)])
def test_many_clients(perform, overflow, lab, backlog, clients):
    (done,) = perform(overflow(lab, backlog=backlog, clients=clients))
    passed(done)
    assert (done.values["connected"], done.values["accept_queue_peak"]) == (backlog + 1, backlog + 1)
    # Three SYNs of each client that did not get in: at 0, 1 and 2 s, or at 0 and 1 s without linear timeouts.
    refused = clients - backlog - 1
    assert done.values["listen_overflows"] == refused * len(done.values["syn_times"])


@labs
def test_two_runs_at_once(perform, overflow, lab):
    for done in perform(overflow(lab), overflow(lab, backlog=3)):
        passed(done)


@labs
def test_nobody_beyond_the_queue(perform, overflow, lab):
    """Without an overflow there is nothing to time out: its findings are skipped, and the rest passes."""
    (done,) = perform(overflow(lab, clients=3))
    assert done.code == 0, done
    assert done.values["connected"] == 3
    assert done.values["overflow_error"] is None
    assert done.values["listen_overflows"] == 0


@pytest.mark.docker
@pytest.mark.netns
def test_both_labs_say_the_same(perform, overflow):
    docker, netns = perform(overflow("docker"), overflow("netns"))
    passed(docker)
    passed(netns)
    exact = FINDINGS - {"overflow_seconds", "syn_times"}
    assert {name: docker.values[name] for name in exact} == {name: netns.values[name] for name in exact}
    assert docker.result["kernel"] == netns.result["kernel"]
