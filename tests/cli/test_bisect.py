"""What `git bisect run` is told: nothing says good, bad or leave out by accident."""

import subprocess
from dataclasses import replace

import pytest

from harness.cli.bisect import BisectCode, guarded, of_runs
from harness.errors import ImageError, KernelUnfit, LabError, LabMissing, SettingRefused, StorageError, UsageError
from harness.evidence.folder import RunFolder
from harness.result import FindingResult, Verdict


@pytest.fixture
def ran(here):
    """A run with another verdict; its findings as they are, and more."""
    stored = RunFolder.open(here / "runs" / "latest").result

    def make(verdict, **findings):
        return replace(stored, verdict=verdict, findings={**stored.findings, **findings})

    return make


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.PASS], 0),
        ([Verdict.FAIL], 1),
        ([Verdict.UNKNOWN], 125),
        ([Verdict.SKIP], 125),
        ([Verdict.ERROR], 125),
        ([Verdict.PASS, Verdict.PASS], 0),
        ([Verdict.PASS, Verdict.SKIP], 125),
        ([Verdict.ERROR, Verdict.FAIL], 1),
        ([Verdict.UNKNOWN, Verdict.PASS], 125),
    ],
)
def test_bad_is_a_fail_and_good_is_pass_alone(ran, verdicts, code):
    assert of_runs(ran(verdict) for verdict in verdicts) == code


def test_a_kernel_that_died_of_a_fault_in_the_run_is_bad(ran):
    fault = FindingResult(1, "warnings", 0, Verdict.FAIL)
    assert of_runs([ran(Verdict.ERROR, kernel_warnings=fault)]) == BisectCode.BAD
    assert of_runs([ran(Verdict.ERROR, kernel_warnings=replace(fault, verdict=Verdict.PASS))]) == 125


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KernelUnfit("no VETH"), 125),
        (LabError("the guest does not boot"), 125),
        (SettingRefused("the kernel does not take it"), 125),
        (LabMissing("no QEMU"), 128),
        (ImageError("mmdebstrap is not installed"), 128),
        (StorageError("the disk is full"), 128),
        (UsageError("no such option"), 128),
        (RuntimeError("a mistake in harness"), 128),
        (BrokenPipeError(), 128),
        (SystemExit(2), 128),
        (SystemExit(0), 0),
    ],
)
def test_what_says_nothing_of_a_commit_ends_the_bisection(error, code, capsys):
    told = []

    def act():
        raise error

    assert guarded(act, told.append) == code
    assert bool(told) is isinstance(error, ImageError | LabError | StorageError | UsageError)
    assert ("a mistake in harness" in capsys.readouterr().err) is isinstance(error, RuntimeError)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--bisect"),
        ("run", "quite.yaml", "--bisect"),
        ("run", "backlog-overflw", "--bisect"),
        ("run", "backlog-overflw", "--bise"),
        ("run", "quiet.yaml", "--bisect", "--image", "no-such-image"),
        ("run", "quiet.yaml", "--bisect", "--labb", "netns"),
        ("run", "quiet.yaml", "--bisect", "--plan"),
        ("run", "quiet.yaml", "--bisect", "--jobs", "2"),
        ("images", "build", "--bisect", "--kernel", "none", "--name", "mine"),
        ("images", "build", "--bisect", "--kernel", "quiet.yaml", "--name", "mine"),
        ("images", "build", "--bisect", "--kernel", "quiet.yaml"),
    ],
)
def test_a_mistake_in_the_command_ends_the_bisection(command, here, words):
    code, out, err = command(*words)
    assert (code, out) == (128, ""), here
    assert err


@pytest.mark.netns
@pytest.mark.parametrize(("expected", "code"), [(1, 0), (2, 1)])
def test_a_run_is_good_or_bad(command, here, expected, code):
    file = here / "quiet.yaml"
    file.write_text(file.read_text().replace("{connected: 1}", f"{{connected: {expected}}}"))
    assert command("run", "quiet.yaml", "--lab", "netns", "--bisect")[0] == code


@pytest.mark.netns
@pytest.mark.parametrize(("expected", "code"), [(1, 0), (2, 1)])
def test_output_that_nobody_reads_changes_no_verdict(start, here, expected, code):
    file = here / "quiet.yaml"
    file.write_text(file.read_text().replace("{connected: 1}", f"{{connected: {expected}}}"))
    process = start("run", "quiet.yaml", "--lab", "netns", "--bisect", stdout=subprocess.PIPE, cwd=here)
    process.stdout.close()
    assert process.wait(60) == code
