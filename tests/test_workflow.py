import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def check(*files):
    """Hold files against the published workflow schema, which check-jsonschema carries with it."""
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    return subprocess.run([*words, *map(str, files)], capture_output=True, text=True, check=False)


def test_there_are_workflows():
    assert [path.name for path in WORKFLOWS] == ["ci.yml"]


def test_the_workflows_follow_the_published_schema():
    done = check(*WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_the_schema_finds_a_mistake(tmp_path):
    broken = tmp_path / "ci.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert check(broken).returncode == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_rights_it_does_not_need(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"].items()) <= {("contents", "read")}
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            assert re.search(r"@v\d+$", step.get("uses", "@v0"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_scripts_that_are_there(path):
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        for script in re.findall(r"\.ci/\w+", str(job["steps"])):
            assert os.access(ROOT / script, os.X_OK)


def test_the_oldest_python_promised_is_tested():
    matrix = yaml.safe_load(WORKFLOWS[0].read_text())["jobs"]["test"]["strategy"]["matrix"]["python"]
    promised = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    assert matrix[0] == promised
