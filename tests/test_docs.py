"""The pages in docs/experiments/ are what docs/build.py makes of the experiments, references and stored runs."""

import importlib.util
import json
from pathlib import Path

import pytest

from harness import spec
from harness.result import RunResult, Verdict

DOCS = Path(__file__).parent.parent / "docs"
ANEW = "write the pages anew: python docs/build.py (with --run where an experiment has changed)"


@pytest.fixture(scope="module")
def build():
    described = importlib.util.spec_from_file_location("build", DOCS / "build.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def test_the_pages_are_up_to_date(build):
    made = build.pages()
    stored = {path.name: path.read_text("utf-8") for path in (DOCS / "experiments").glob("*.md")}
    assert sorted(made) == sorted(stored), ANEW
    for name, text in made.items():
        assert stored[name] == text, f"{name}: {ANEW}"


@pytest.mark.parametrize("name", [listed.name for listed in spec.experiments()])
def test_an_example_run_is_of_the_experiment_as_it_is(name):
    run = RunResult.from_json(json.loads((DOCS / "examples" / f"{name}.json").read_text("utf-8")))
    assert run.verdict is Verdict.PASS
    assert tuple(run.findings) == spec.load(name).findings, ANEW
