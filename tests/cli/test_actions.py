"""What a run leaves in GitHub Actions."""

import json
import subprocess

import pytest
from markdown_it import MarkdownIt

from harness.errors import ExitCode

pytestmark = pytest.mark.netns

RUN = ("run", "quiet.yaml", "--lab", "netns")


@pytest.fixture
def step(start, here):
    """Starts a command as a step: exit code, stdout, the lines of stderr that are commands, the step's summary."""
    summary = here / "summary.md"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}

    def run(*words):
        process = start(
            *words, cwd=here, environment=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        out, err = process.communicate()
        commands = [line for line in err.splitlines() if line.startswith("::")]
        return process.returncode, out, commands, summary.read_text("utf-8") if summary.exists() else None

    return run


def fail(here):
    text = (here / "quiet.yaml").read_text()
    (here / "quiet.yaml").write_text(text.replace("expect: {connected: 1}", "expect: {connected: 2}"))


def test_a_fail_is_annotated_and_the_result_stays_alone_on_stdout(step, here):
    fail(here)
    code, out, commands, summary = step(*RUN, "--json", "-")
    assert code == ExitCode.FAILED
    assert json.loads(out)["verdict"] == "fail"
    assert commands == ["::error title=quiet on host%3A fail::connected: measured 1, expected 2"]
    html = MarkdownIt("commonmark").enable("table").render(summary)
    assert "<h2>1 run: fail</h2>" in html
    assert "<h2>quiet: A client connects</h2>" in html


def test_a_pass_is_summarised_and_not_annotated(step, here):
    (here / "summary.md").write_text("what another command of this step left\n")
    code, out, commands, summary = step(*RUN)
    assert (code, commands) == (ExitCode.OK, [])
    assert out.splitlines()[-1].startswith("PASS")
    assert summary.startswith("what another command of this step left\n\n## 1 run: pass\n")


def test_the_summary_keeps_to_what_room_is_left(step, here):
    (here / "summary.md").write_text("x" * (1024 * 1024 - 300))
    assert step(*RUN)[0] == ExitCode.OK
    assert (here / "summary.md").stat().st_size <= 1024 * 1024


def test_what_kept_a_command_from_its_work_is_annotated(step):
    code, _, commands, summary = step("run", "no-such::thing")
    assert (code, summary) == (ExitCode.USAGE, None)
    assert commands[0].startswith("::error title=harness::no experiment named 'no-such::thing'%0A  ")


def test_stored_runs_are_nothing_new(step):
    code, _, commands, summary = step("report", "runs/latest", "--markdown", "out.md")
    assert (code, commands, summary) == (ExitCode.OK, [], None)
    assert step("compare", "runs/latest", "runs/latest")[2:] == ([], None)


def test_a_summary_that_cannot_be_written_changes_no_verdict(start, here):
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(here)}
    process = start(
        *RUN, cwd=here, environment=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert f"harness: no step summary, {here}: Is a directory" in process.communicate()[1]
    assert process.returncode == ExitCode.OK


def test_elsewhere_nothing_is_left(command, here, monkeypatch):
    fail(here)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "summary.md"))
    code, _, err = command(*RUN)
    assert code == ExitCode.FAILED
    assert "::" not in err
    assert not (here / "summary.md").exists()
