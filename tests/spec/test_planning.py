import json
from pathlib import Path

import pytest

from harness import __version__
from harness.criteria import Criteria, ExpectationSpec, FindingSpec, When
from harness.errors import SpecError, UnknownName, UsageError
from harness.model import MODELS
from harness.runtime.plan import Host, Plan, Step
from harness.spec import fix, load

NOWHERE = {"server": "debian", "client": "debian"}


def fixed(path, **given) -> tuple[Plan, Criteria]:
    options = {"mode": "quick", "settings": {}, "sysctls": {}, "images": NOWHERE, "family": 4, "limit": None}
    return fix(load(str(path)), **{**options, **given})


def test_the_shipped_experiment_in_quick_mode(shipped):
    plan, _ = fixed(shipped)
    steps = [line for line, text in enumerate(shipped.read_text().splitlines(), 1) if text.startswith("  - ")]
    assert plan == Plan(
        experiment="backlog-overflow",
        parameters={"backlog": 5, "clients": 10, "somaxconn": None, "syn_retries": 2},
        mode="quick",
        family=4,
        hosts=(
            Host("server", "debian", {}),
            Host("client", "debian", {"net.ipv4.tcp_syn_retries": "2"}),
        ),
        steps=(
            Step(1, "server", "listen", "door", {"port": 8000, "backlog": 5}, None, steps[0]),
            Step(2, "client", "connect", "visitor", {"to": "door", "count": 10}, None, steps[1]),
            Step(3, None, "wait", None, {"until": "settled", "of": "visitor"}, None, steps[2]),
        ),
        needs=("sysctl net.ipv4.tcp_syn_retries",),
        limit=30.0,
    )


def test_full_mode_leaves_the_kernels_own_values(shipped):
    plan, _ = fixed(shipped, mode="full")
    assert plan.parameters["syn_retries"] is None
    assert [host.sysctls for host in plan.hosts] == [{}, {}]
    assert plan.needs == ()
    assert plan.limit == 200


def test_plan_and_criteria_survive_json(shipped):
    plan, criteria = fixed(shipped)
    assert Plan.loads(json.dumps(plan.to_json())) == plan
    assert Criteria.from_json(json.loads(json.dumps(criteria.to_json()))).to_json() == criteria.to_json()


def test_what_the_user_sets_beats_the_file(shipped):
    plan, _ = fixed(
        shipped,
        settings={"clients": "300", "somaxconn": "100"},
        sysctls={
            None: {"net.ipv4.tcp_syncookies": "0", "net.core.somaxconn": "50"},
            "client": {"net.ipv4.tcp_syn_retries": "1"},
        },
        images={"server": "debian", "client": "other"},
        family=6,
        limit=7.5,
    )
    assert plan.parameters == {"backlog": 5, "clients": 300, "somaxconn": 100, "syn_retries": 2}
    everywhere = {"net.ipv4.tcp_syncookies": "0", "net.core.somaxconn": "50"}
    assert plan.hosts == (
        Host("server", "debian", everywhere),
        Host("client", "other", {"net.ipv4.tcp_syn_retries": "1", **everywhere}),
    )
    assert plan.steps[1].arguments["count"] == 300
    assert (plan.family, plan.limit) == (6, 7.5)
    assert set(plan.needs) == {
        "sysctl net.core.somaxconn", "sysctl net.ipv4.tcp_syncookies", "sysctl net.ipv4.tcp_syn_retries"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"settings": {"clients": "0"}},
            "'count' must be a whole number from 1 to 1000000, not 0 (parameter 'clients')",
        ),
        ({"settings": {"backlog": "null"}}, "'backlog' needs a value, and parameter 'backlog' is null"),
        (
            {"settings": {"somaxconn": "lots"}},
            "net.core.somaxconn takes a whole number, not 'lots' (parameter 'somaxconn')",
        ),
        ({"sysctls": {None: {"net.core.somaxconn": "x"}}}, "net.core.somaxconn takes a whole number, not 'x'"),
        ({"limit": 0}, "a limit of 0 s; it must be above 0"),
        ({"family": 5}, "address family 5; 4 or 6"),
        ({"images": {"server": "debian"}}, "host 'client' has no image"),
    ],
)
def test_wrong_use(shipped, given, message):
    with pytest.raises(UsageError) as caught:
        fixed(shipped, **given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"settings": {"backlgo": "1"}}, "no parameter named 'backlgo'\n  did you mean 'backlog'?"),
        ({"sysctls": {"serve": {}}}, "no host named 'serve'\n  did you mean 'server'?"),
        ({"images": {**NOWHERE, "third": "debian"}}, "no host named 'third'\n  known: client, server"),
        (
            {"sysctls": {None: {"net.ipv4.tcp_syn_retrys": "1"}}},
            "no sysctl named 'net.ipv4.tcp_syn_retrys'\n  did you mean 'net.ipv4.tcp_syn_retries'?",
        ),
    ],
)
def test_unknown_names(shipped, given, message):
    with pytest.raises(UnknownName) as caught:
        fixed(shipped, **given)
    assert str(caught.value) == message


def test_a_sysctl_of_the_whole_machine_is_refused(shipped):
    with pytest.raises(UsageError, match=r"'kernel\.panic' is not on the list of those a host may be given"):
        fixed(shipped, sysctls={None: {"kernel.panic": "1"}})


def test_the_criteria_of_the_shipped_experiment(shipped):
    _, criteria = fixed(shipped)
    lines = shipped.read_text().splitlines()
    by_name = {finding.name: finding for finding in criteria.findings}
    answers = by_name["answers_to_overflow"]
    assert answers == FindingSpec(
        name="answers_to_overflow", source="packets", what="any", take="count", of="visitor", that="failed",
        on="server", source_host="server", line=answers.line,
    )  # fmt: skip
    assert lines[answers.line - 1].startswith("  answers_to_overflow: {packets")
    assert by_name["listen_drops"].take == "count"
    assert criteria.expectations["overflow_error"].value == "ETIMEDOUT"
    assert criteria.expectations["listen_drops"].kind == "same_as"
    admitted = criteria.expectations["connected"]
    assert (admitted.kind, admitted.value, dict(admitted.arguments)) == ("model", "admitted", {"of": "visitor"})
    assert admitted.formula == MODELS["admitted"].formula
    assert lines[admitted.line - 1].startswith("  connected:           {model")
    assert set(criteria.expectations) == set(by_name)
    assert criteria.harness == __version__
    assert len(criteria.yours) == 2
    assert criteria.article == "backlog-overflow"


def test_the_articles_claims_are_in_the_criteria(shipped):
    _, criteria = fixed(shipped)
    article = [claim for claim in criteria.claims if claim.reference == "article-macos"]
    found = {claim.finding: claim.expectation.value for claim in article if claim.expectation}
    assert found == {"connected": 5, "overflow_error": "ETIMEDOUT", "answers_to_overflow": 0}


def test_a_claim_that_nothing_can_check_is_kept_with_the_reason():
    _, criteria = fixed("lifecycle")
    (other,) = [claim for claim in criteria.claims if claim.expectation is None]
    assert other.reference == "article-macos"
    assert other.uncheckable
    assert other.finding is None


def test_what_was_shortened(shipped):
    assert fixed(shipped)[1].shortened == {"syn_retries": "net.ipv4.tcp_syn_retries"}
    assert fixed(shipped, mode="full")[1].shortened == {}
    assert fixed(shipped, mode="full", settings={"syn_retries": "1"})[1].shortened == {
        "syn_retries": "net.ipv4.tcp_syn_retries"
    }
    assert fixed(shipped, settings={"somaxconn": "9"})[1].shortened == {"syn_retries": "net.ipv4.tcp_syn_retries"}


EVERY = """\
experiment: every
title: Every argument
question: What becomes of them?
parameters: {few: 2, none: null}
limit: 9
hosts: {server: , client: {}}
steps:
  - server: {socket: door}
  - server: {bind: door, port: 80}
  - server: {listen: door, backlog: -1}
  - server: {accept: session, from: door, count: $few, blocking: true}
  - client: {connect: visitor, to: server, port: 80, count: $few, at_once: true, blocking: null, within: 3}
  - wait: {for: 1.5, within: 2}
  - client: {send: visitor, size: 10, blocking: false}
  - client: {send: hello, on: visitor, data: "$$x"}
  - server: {recv: got, on: session, size: $none}
  - server: {filter: door, drop: without-syn}
  - server: {option: session, name: TCP_NODELAY, value: 1}
  - server: {shutdown: session, how: both}
  - client: {close: bye, on: visitor, abort: true}
findings:
  got: {calls: recv, of: got, take: bytes, after: hello, before: bye}
  one: {calls: send, of: visitor, take: count}
expect:
  got: {cases: [{when: {stack: linux, kernel: ">=5.10,<7"}, expect: {at_least: 1}}, {expect: null}]}
  one: {one_of: [1, $few]}
"""


@pytest.fixture
def every(tmp_path) -> Path:
    path = tmp_path / "every.yaml"
    path.write_text(EVERY)
    return path


def test_every_verb_keeps_what_the_file_gives_and_names_its_sockets(every):
    plan, _ = fixed(every)
    assert [(step.host, step.verb, step.label, step.arguments, step.within) for step in plan.steps] == [
        ("server", "socket", "door", {}, None),
        ("server", "bind", "door", {"port": 80}, None),
        ("server", "listen", "door", {"backlog": -1}, None),
        ("server", "accept", "session", {"from": "door", "count": 2, "blocking": True}, None),
        ("client", "connect", "visitor", {"to": "server", "port": 80, "count": 2, "at_once": True}, 3),
        (None, "wait", None, {"for": 1.5}, 2),
        ("client", "send", "visitor", {"on": "visitor", "size": 10, "blocking": False}, None),
        ("client", "send", "hello", {"on": "visitor", "data": "$x"}, None),
        ("server", "recv", "got", {"on": "session"}, None),
        ("server", "filter", "door", {"on": "door", "drop": "without-syn"}, None),
        ("server", "option", "session", {"on": "session", "name": "TCP_NODELAY", "value": 1}, None),
        ("server", "shutdown", "session", {"on": "session", "how": "both"}, None),
        ("client", "close", "bye", {"on": "visitor", "abort": True}, None),
    ]
    assert plan.needs == ("socket-filter",)
    assert plan.limit == 9


def test_every_kind_of_expectation(every):
    _, criteria = fixed(every)
    got, one = criteria.expectations["got"], criteria.expectations["one"]
    assert got.value == [
        {
            "when": {"stack": "linux", "kernel": ">=5.10,<7"},
            "expect": {"kind": "bounds", "value": {"at_least": 1}, "arguments": {}, "formula": None, "line": 25},
        },
        {
            "when": None,
            "expect": {"kind": "literal", "value": None, "arguments": {}, "formula": None, "line": 25},
        },
    ]
    assert isinstance(got.value[0]["expect"]["value"]["at_least"], int)
    assert [ExpectationSpec(**case["expect"]).kind for case in got.value] == ["bounds", "literal"]
    assert (one.kind, one.value, one.line) == ("one_of", [1, 2], 26)


def reference(folder: Path, text: str) -> None:
    (folder / "references").mkdir()
    (folder / "references" / "mine.yaml").write_text(text)


MINE = """\
reference: mine
title: Mine
source: myself
system: Linux
claims:
  - {experiment: every, finding: got, says: a, at_least: 2, place: a, when: {kernel: ">=6"}, parameters: {few: 2}}
  - {experiment: every, finding: gone, says: b, claim: 2, place: here}
  - {experiment: other, finding: got, says: c, claim: 2, place: here}
"""


def test_claims_are_those_that_speak_of_this_experiment(empty_folder, every):
    reference(empty_folder, MINE)
    _, criteria = fixed(every)
    (claim,) = criteria.claims
    assert claim.expectation == ExpectationSpec("bounds", {"at_least": 2}, line=6)
    assert claim.when == When(None, ">=6")
    assert claim.says == "a"
    assert claim.parameters == {"few": 2}


def test_a_reference_with_mistakes_stops_the_run(empty_folder, every):
    reference(empty_folder, MINE.replace("says: a", "sayz: a"))
    with pytest.raises(SpecError, match=r"mine\.yaml:6:5: missing key 'says'"):
        fixed(every)
