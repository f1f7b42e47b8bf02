import json
import os
import pty

import pytest

from harness.cli.output import json_text
from harness.errors import ExitCode

RUN = "runs/latest"


def test_report_writes_each_form_and_prints_no_text(command, here):
    code, out, err = command("report", RUN, "--json", "out.json", "--markdown", "out.md")
    assert (code, out, err) == (ExitCode.OK, "", "")
    (run,) = json.loads((here / "out.json").read_text("utf-8"))["runs"]
    assert (run["experiment"], run["folder"]) == ("backlog-overflow", RUN)
    assert (here / "out.md").read_text("utf-8").startswith("## backlog-overflow")


@pytest.mark.usefixtures("here")
def test_a_form_on_stdout_is_alone_there(command):
    code, out, err = command("report", RUN, "--json", "-")
    assert (code, err) == (ExitCode.OK, "")
    assert json.loads(out)["verdict"] == "pass"


@pytest.mark.usefixtures("here")
def test_report_without_a_form_prints_what_show_and_compare_print(command):
    assert command("report", RUN) == command("show", RUN)
    assert command("report", RUN, RUN)[1] == command("compare", RUN, RUN)[1]


@pytest.mark.usefixtures("here")
def test_report_of_runs_of_one_experiment_has_the_comparison_that_compare_makes(command, published):
    compared, reported = (json.loads(command(name, RUN, RUN, "--json", "-")[1]) for name in ("compare", "report"))
    assert published(reported) == compared


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "wrong",
    [
        (("--json", "nowhere/out.json"), ExitCode.USAGE, "--json nowhere/out.json: there is no folder nowhere"),
        (("--json", "runs"), ExitCode.USAGE, "--json runs: this is a folder"),
        (("--markdown", "-", "--json", "-"), ExitCode.USAGE, "--json and --markdown cannot both go to stdout"),
        (("--markdown", "a", "--json", "a"), ExitCode.USAGE, "--json and --markdown cannot both go to a"),
        (("--json", "/sys/out.json"), ExitCode.COULD_NOT_RUN, "--json /sys/out.json: "),
    ],
)
@pytest.mark.parametrize(
    "start",
    [("report", RUN), ("compare", RUN, RUN), ("run", "quiet.yaml"), ("article",)],
    ids=lambda words: words[0],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_starts(command, here, start, wrong):
    words, code, said = wrong
    before = sorted(here.rglob("*"))
    got, out, err = command(*start, *words)
    assert (got, out) == (code, "")
    assert err.startswith(f"harness: {said}")
    assert sorted(here.rglob("*")) == before


@pytest.mark.usefixtures("here")
def test_one_form_that_cannot_be_written_keeps_no_other_from_it(command, here):
    code, _, err = command("report", RUN, "--json", "/dev/full", "--markdown", "out.md")
    assert code == ExitCode.COULD_NOT_RUN
    assert "--json /dev/full: No space left on device" in err
    assert (here / "out.md").exists()


def test_json_is_utf8_also_where_the_terminal_is_not(start, here):
    process = start("report", RUN, "--json", "-", cwd=here, environment={"PYTHONIOENCODING": "ascii"}, stdout=-1)
    out, _ = process.communicate()
    assert json.loads(out.decode("utf-8"))["verdict"] == "pass"
    assert process.returncode == ExitCode.OK


def test_report_writes_packets_for_wireshark(command, here):
    assert command("report", RUN, RUN, "--pcapng", "out.pcapng") == (ExitCode.OK, "", "")
    data = (here / "out.pcapng").read_bytes()
    assert data.count(b"\x0a\x0d\x0d\x0a") == 2  # a section each


def test_packets_are_nothing_for_a_terminal(start, here):
    ours, terminal = pty.openpty()
    try:
        process = start("report", RUN, "--pcapng", "-", cwd=here, stdout=terminal, stderr=-1, text=True)
        _, err = process.communicate()
    finally:
        os.close(ours)
        os.close(terminal)
    assert process.returncode == ExitCode.USAGE
    assert "--pcapng -: a terminal cannot show it" in err


def test_printed_json_is_json_and_holds_no_workflow_command():
    text = json_text({"title": "##[error]boo é"})
    assert "##[" not in text
    assert json.loads(text) == {"title": "##[error]boo é"}
    assert json_text("é", ascii_only=True).isascii()
