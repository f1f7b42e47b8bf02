from __future__ import annotations

from pathlib import Path

import pytest

from harness import spec
from harness.errors import StorageError, UsageError
from harness.result import Verdict
from harness.session.many import run_all
from harness.session.new import new
from harness.session.prepare import Request


@pytest.mark.usefixtures("here")
def test_it_has_no_mistakes_in_either_mode():
    path = new("my-question")
    assert path == Path("experiments/my-question.yaml")
    assert spec.check([str(path)]) == []
    assert spec.load("my-question").name == "my-question"


@pytest.mark.netns
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("clients", ["1", "8"])
def test_it_runs_as_it_is_and_when_more_clients_come_than_fit(several, clients):
    new("my-question")
    request = Request("my-question", lab="netns", settings={"clients": clients, "syn_retries": "1"})
    (outcome,) = run_all([request], several)
    assert (outcome.result.verdict, outcome.result.reason) == (Verdict.PASS, None)


@pytest.mark.usefixtures("here")
def test_it_overwrites_nothing():
    path = new("mine")
    path.write_text("precious")
    with pytest.raises(UsageError, match="already"):
        new("mine")
    assert path.read_text() == "precious"


def test_it_hides_no_experiment_that_comes_with_harness(here):
    with pytest.raises(UsageError, match=r"already: .*no-bind\.yaml"):
        new("no-bind")
    assert not (here / "experiments").exists()


@pytest.mark.parametrize("name", ["", "9lives", "../escape", "a b", "a.yaml", "ä"])
def test_a_name_is_one_that_the_language_takes(here, name):
    with pytest.raises(UsageError, match="cannot be an experiment's name"):
        new(name)
    assert list(here.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(here):
    (here / "experiments").write_text("a file")
    with pytest.raises(StorageError, match="experiments"):
        new("mine")
