"""`harness matrix` and `harness compare` as a user calls them, on this machine's own kernel."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def no_engine(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")


@pytest.mark.netns
@pytest.mark.usefixtures("no_engine")
def test_an_image_that_was_named_and_cannot_be_used_is_an_error_and_stops_no_other(here, command):
    code, out, _ = command(
        "matrix", "quiet.yaml", "--image", "debian", "--image", "host", "--json", "m.json", "--markdown", "m.md"
    )
    assert code == 3
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["debian", "host", "differ"]
    assert ["quiet", "error", "pass"] in lines
    assert out.count("no Docker engine") == 1
    value = json.loads((here / "m.json").read_text())
    assert [column["name"] for column in value["comparisons"][0]["columns"]] == ["debian", "host"]
    assert value["comparisons"][0]["causes"] == []
    assert (here / "m.md").read_text().startswith("## Experiments and kernels")


@pytest.mark.netns
@pytest.mark.usefixtures("here", "no_engine")
def test_where_nobody_named_it_it_is_skipped(command, monkeypatch):
    from harness.image import catalogue  # noqa: PLC0415

    monkeypatch.setattr(catalogue, "names", lambda: ["debian", "host"])
    code, out, _ = command("matrix", "quiet.yaml")
    assert code == 0, out
    assert ["quiet", "skip", "pass"] in [line.split() for line in out.splitlines()]
    assert "debian skip: the docker lab cannot be made here" in out


@pytest.mark.usefixtures("here")
def test_stored_runs_are_not_run_once_more(command):
    code, _, err = command("compare", "runs/latest", "runs/latest", "--causes")
    assert (code, "stored runs are not run once more" in err) == (2, True)


@pytest.mark.usefixtures("here")
def test_stored_runs_are_compared_without_running_anything(command):
    code, out, _ = command("compare", "runs/latest", "runs/latest")
    assert code == 0
    assert "0 of 9 findings differ." in out
    assert "Same kernel: host #1, host #2." in out


def test_causes_cannot_be_wanted_and_not(command):
    code, _, err = command("matrix", "--causes", "--no-causes")
    assert (code, "not allowed with" in err) == (2, True)
