import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.errors import UnknownName, UsageError
from harness.spec import catalogue, check, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.usefixtures("empty_folder")
def test_the_shipped_files_are_found_from_anywhere():
    assert catalogue.share("experiments") == [ROOT / "experiments"]
    (listed,) = [each for each in catalogue.experiments() if each.name == "backlog-overflow"]
    assert listed.title == "More clients than the accept queue can hold"
    assert "article-macos" in {each.name for each in catalogue.references()}
    assert catalogue.share("nothing") == []


def test_the_users_own_come_first(empty_folder, shipped):
    (empty_folder / "experiments").mkdir()
    own = empty_folder / "experiments" / "backlog-overflow.yaml"
    own.write_text(shipped.read_text().replace("title: More clients", "title: My clients"))
    assert load("backlog-overflow").title == "My clients than the accept queue can hold"
    assert [each.title[:2] for each in catalogue.experiments() if each.name == "backlog-overflow"] == ["My"]


def test_in_the_repository_itself_nothing_is_listed_twice(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert catalogue.share("experiments") == [Path("experiments")]


def test_a_file_with_mistakes_is_listed_without_a_title(empty_folder):
    (empty_folder / "experiments").mkdir()
    (empty_folder / "experiments" / "broken.yaml").write_text("title: [\n")
    (empty_folder / "experiments" / "numbered.yaml").write_text("title: 5\n")
    assert {each.name: each.title for each in catalogue.experiments()}["broken"] == ""
    assert {each.name: each.title for each in catalogue.experiments()}["numbered"] == ""


def test_a_path_comes_before_a_name(empty_folder, shipped):
    shutil.copy(shipped, empty_folder / "mine.yaml")
    assert load("mine.yaml").path == Path("mine.yaml")
    assert load("./mine.yaml").name == "backlog-overflow"
    with pytest.raises(UnknownName):
        load("mine")


@pytest.mark.usefixtures("empty_folder")
def test_a_name_nobody_knows():
    with pytest.raises(UnknownName) as caught:
        load("backlog-overflw")
    assert str(caught.value) == "no experiment named 'backlog-overflw'\n  did you mean 'backlog-overflow'?"
    with pytest.raises(UnknownName, match="no reference named"):
        catalogue.find("references", "article-macintosh")


@pytest.mark.usefixtures("empty_folder")
def test_checking_by_name_takes_both_kinds():
    assert check(["backlog-overflow", "article-macos"]) == []
    with pytest.raises(UnknownName) as caught:
        check(["article-macosx"])
    assert str(caught.value) == (
        "no experiment or reference named 'article-macosx'\n  did you mean 'article-macos'?"
    )


@pytest.mark.usefixtures("empty_folder")
def test_a_path_that_is_not_there():
    with pytest.raises(UsageError, match=r"no file missing\.yaml"):
        load("missing.yaml")
    with pytest.raises(UsageError, match=r"no file \./experiments"):
        check(["./experiments"])


@pytest.mark.parametrize("kind", ["experiments", "references"])
def test_shipped_files_are_named_like_what_they_hold(kind):
    for path in sorted((ROOT / kind).glob("*.yaml")):
        assert f"\n{kind[:-1]}: {path.stem}\n" in f"\n{path.read_text()}"


def test_the_shipped_files_are_right():
    paths = [str(path) for kind in ("experiments", "references") for path in (ROOT / kind).glob("*.yaml")]
    assert paths
    assert [str(mistake) for mistake in check(paths)] == []


def test_a_wheel_finds_its_own(tmp_path):
    """The layout of an installed wheel: harness/share/KIND inside the package, and no checkout beside it."""
    site = tmp_path / "site"
    shutil.copytree(ROOT / "harness", site / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    for kind in ("experiments", "references"):
        shutil.copytree(ROOT / kind, site / "harness" / "share" / kind)
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r}); from harness.spec import experiments, share;"
        " print(share('experiments')[0]); print([each.name for each in experiments()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    first, names = done.stdout.splitlines()
    assert first == str(site / "harness" / "share" / "experiments")
    assert "'backlog-overflow'" in names


def test_the_wheel_takes_them_along():
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert included["force-include"].items() >= {
        ("experiments", "harness/share/experiments"),
        ("references", "harness/share/references"),
    }
