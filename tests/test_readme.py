"""README.md: its examples are run, its texts compared with the program.

``python tests/test_readme.py`` writes the two blocks that come from the program anew.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness.errors import ExitCode
from harness.evidence.folder import RunFolder

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
STORED = next((ROOT / "tests" / "data").glob("*-backlog-overflow-*"))
"""A run as it came from the netns lab, whole."""

TEXT = README.read_text("utf-8")
ANEW = "write it anew: python tests/test_readme.py"
MADE = re.compile(
    r"(<!-- made by: python tests/test_readme\.py -->\n```text\n)(.*?)(^```)", re.DOTALL | re.MULTILINE
)
EXAMPLES = re.findall(r"<!-- runs(?:: (\d+))? -->\n```console\n(.*?)```", TEXT, re.DOTALL)


def lay_out(folder):
    """Put the stored run where a run would be."""
    runs = folder / "runs"
    shutil.copytree(STORED, runs / STORED.name)
    (runs / "latest").symlink_to(STORED.name)


def screen():
    """A run's end, as its user saw it on 100 columns."""
    with TemporaryDirectory() as folder:
        lay_out(Path(folder))
        return harness("show", folder=folder, columns=100).stdout


def usage():
    """What ``harness --help`` prints on 80 columns."""
    return harness("--help", folder=ROOT, columns=80).stdout


def harness(*words, folder, columns=100):
    """Run the installed command, found as a user's shell would find it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": str(columns), "NO_COLOR": "1"}
    return subprocess.run(
        ["harness", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_blocks_made_by_the_program_are_up_to_date():
    assert [made for _, made, _ in MADE.findall(TEXT)] == [screen(), usage()], ANEW


def test_there_are_examples_to_run():
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize(("code", "block"), EXAMPLES)
def test_an_example_does_what_it_shows(code, block, tmp_path):
    lay_out(tmp_path)
    for part in block.split("$ ")[1:]:
        command, _, shown = part.partition("\n")
        program, *words = command.split()
        assert program == "harness"
        done = harness(*words, folder=tmp_path)
        assert done.returncode == int(code or 0), done.stderr
        pattern = re.sub(r"([\[\]?*])", r"[\1]", shown).replace("…", "*")
        assert fnmatchcase(done.stdout + done.stderr, pattern), (pattern, done.stdout, done.stderr)


def test_a_stored_run_is_judged_as_it_was():
    from harness.judge import judge  # noqa: PLC0415 (the rest of this file needs no judge)

    stored = RunFolder.open(STORED)
    judged = judge(stored)
    assert judged.verdict is stored.result.verdict
    assert {name: finding.value for name, finding in judged.findings.items()} == {
        name: finding.value for name, finding in stored.result.findings.items()
    }


def table(head):
    """The first column of the table whose head begins so."""
    rows = re.search(rf"^\| {head} \|.*\n\|[-| ]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)[1]
    return [line.split("|")[1].strip() for line in rows.splitlines()]


def test_every_exit_code_is_told():
    assert table("code") == [str(int(code)) for code in ExitCode]


def test_every_file_of_a_run_folder_is_told():
    told = {name.strip("`/") for name in table("file")}
    found = {re.sub(r"^\w+\.pcap$", "<host>.pcap", path.name) for path in STORED.iterdir()}
    assert told == found


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {"at run time": project["dependencies"], "for tests": project["optional-dependencies"]["test"]}
    for head, requirements in wanted.items():
        told = {name for cell in table(head) for name in cell.split(", ")}
        assert told == {re.match(r"[\w-]+", requirement)[0] for requirement in requirements}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", TEXT))))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_the_experiment_shown_is_the_one_stored():
    assert json.loads((STORED / "plan.json").read_text("utf-8"))["experiment"] == "backlog-overflow"


if __name__ == "__main__":
    made = iter([screen(), usage()])
    README.write_text(MADE.sub(lambda found: found[1] + next(made) + found[3], TEXT), "utf-8")
