import json

import pytest

from harness.errors import ExitCode
from harness.spec import find


def test_judging_gives_what_the_run_gave(command, here):
    code, out, err = command("judge", "runs/latest", "--json")
    assert (code, err) == (ExitCode.OK, "")
    value = json.loads(out)
    stored = json.loads((here / "runs" / "latest" / "result.json").read_text())
    assert value["verdict"] == "pass"
    assert value["runs"][0]["findings"].keys() == stored["findings"].keys()
    for name, finding in value["runs"][0]["findings"].items():
        assert finding["value"] == stored["findings"][name]["value"]


def test_a_loss_makes_what_rests_on_it_unknown_and_nothing_else(command, here):
    """The client's capture says that it lost packets: what rests on it alone is not known any more."""
    events = here / "runs" / "latest" / "events.jsonl"
    lines = []
    for line in events.read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "lost" and event["host"] == "client":
            event["count"] = 3
        lines.append(json.dumps(event))
    events.write_text("\n".join(lines) + "\n")
    code, out, _ = command("judge", "runs/latest", "--json")
    assert code == ExitCode.UNKNOWN
    (run,) = json.loads(out)["runs"]
    assert run["packets"]["client"]["lost"] == 3
    unknown = {name for name, finding in run["findings"].items() if finding["verdict"] == "unknown"}
    assert unknown == {"syn_times"}


@pytest.mark.usefixtures("here")
def test_show_prints_what_judge_prints(command):
    shown = command("show")
    judged = command("judge", "runs/latest")
    assert shown[0] == judged[0] == ExitCode.OK
    assert shown[1].splitlines()[-1] == "PASS     9 of 9 findings as expected"
    assert judged[1].splitlines()[-2:] == [
        "PASS     9 of 9 findings as expected",
        "Stored   nothing has changed against the stored result",
    ]


def test_a_run_without_result_is_told(command, here):
    (here / "runs" / "latest" / "INCOMPLETE").write_text("")
    code, out, err = command("show")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "incomplete" in err
    assert command("judge", "runs/latest")[0] == ExitCode.OK


def test_a_damaged_folder_is_told_with_the_file(command, here):
    (here / "runs" / "latest" / "plan.json").write_text("{")
    code, _, err = command("judge", "runs/latest")
    assert code == ExitCode.USAGE
    assert "plan.json" in err


@pytest.fixture
def stricter(here):
    """Today's experiment expects one answer to each client that the queue has no room for."""
    text = find("experiments", "backlog-overflow").read_text()
    assert text.count("answers_to_overflow: 0") == 1
    (here / "experiments").mkdir()
    place = here / "experiments" / "backlog-overflow.yaml"
    place.write_text(text.replace("answers_to_overflow: 0", "answers_to_overflow: 4"))
    return here


@pytest.mark.usefixtures("stricter")
def test_anew_says_what_todays_file_changes(command):
    """The stored run may be older than the references, whose claims then change as well."""
    code, out, err = command("judge", "runs/latest", "--anew")
    assert (code, err) == (ExitCode.FAILED, "")
    changed = out[out.index("Changed  ") :].splitlines()
    assert changed[:3] == [
        "Changed  the run's verdict is fail, was pass",
        "         the run's reason is answers_to_overflow: expected 4, measured 0, was none",
        "         answers_to_overflow: fail, was pass; expected 4, was 0",
    ]
    assert command("judge", "runs/latest")[0] == ExitCode.OK


def test_what_was_written_is_shown_from_then_on(command, stricter):
    code, _, err = command("judge", "runs/latest", "--anew", "--write")
    assert code == ExitCode.FAILED
    assert err == "runs/latest: written; the old one is criteria.1.json and result.1.json\n"
    assert (stricter / "runs" / "latest" / "result.1.json").exists()
    assert "FAIL     1 of 9 findings not as expected" in command("show")[1]
    assert "nothing has changed" in command("judge", "runs/latest")[1]


@pytest.mark.usefixtures("stricter")
def test_json_has_the_changes(command):
    value = json.loads(command("judge", "runs/latest", "--anew", "--json")[1])
    assert value["changes"][0]["findings"]["answers_to_overflow"]["verdict"] == ["pass", "fail"]


@pytest.mark.usefixtures("here")
def test_a_file_to_judge_by_needs_anew(command):
    code, _, err = command("judge", "runs/latest", "--experiment", "quiet.yaml")
    assert code == ExitCode.USAGE
    assert "add --anew" in err


@pytest.mark.usefixtures("here")
def test_another_experiment_is_no_judge_of_a_run(command):
    code, _, err = command("judge", "runs/latest", "--anew", "--experiment", "quiet.yaml")
    assert code == ExitCode.USAGE
    assert "quiet.yaml is experiment 'quiet'; the run is one of 'backlog-overflow'" in err
