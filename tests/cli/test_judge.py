import json

import pytest

from harness.errors import ExitCode


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
    assert shown[1].splitlines()[-1] == judged[1].splitlines()[-1] == "PASS     9 of 9 findings as expected"


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
