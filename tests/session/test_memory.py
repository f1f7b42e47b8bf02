import pytest

from harness import spec
from harness.session import memory
from harness.session.prepare import Request, plan_for


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A memory and a folder of the test's own, with one experiment and one reference in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for kind, name in (("experiments", "no-bind"), ("references", "xnu")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.yaml").write_bytes(spec.find(kind, name).read_bytes())
    return tmp_path / "cache" / "harness" / "plans"


@pytest.fixture
def made(monkeypatch):
    """How often a plan was really made."""
    times = []
    load = spec.load
    monkeypatch.setattr(spec, "load", lambda name: times.append(name) or load(name))
    return times


def test_a_plan_is_made_once_and_then_remembered_as_it_was(made):
    first = plan_for(Request("no-bind"), "host")
    assert plan_for(Request("no-bind"), "host") == first
    assert made == ["no-bind"]


@pytest.mark.parametrize(
    "other",
    [
        Request("no-bind", mode="full"),
        Request("no-bind", family=6),
        Request("no-bind", limit=3),
        Request("no-bind", sysctls={None: {"net.core.somaxconn": "7"}}),
        Request("no-bind", sysctls={"client": {"net.core.somaxconn": "7"}}),
    ],
)
def test_other_options_make_another_plan(made, other):
    assert plan_for(Request("no-bind"), "host") != plan_for(other, "host")
    assert len(made) == 2


@pytest.mark.parametrize("changed", ["experiments/no-bind.yaml", "references/xnu.yaml"])
def test_a_changed_file_makes_another_plan(made, tmp_path, changed):
    plan_for(Request("no-bind"), "host")
    path = tmp_path / changed
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    plan_for(Request("no-bind"), "host")
    assert len(made) == 2


def test_a_damaged_memory_is_made_anew(made, cache):
    first = plan_for(Request("no-bind"), "host")
    (kept,) = cache.glob("*.json")
    kept.write_text('{"plan": {"schema": 1}', "utf-8")
    assert plan_for(Request("no-bind"), "host") == first
    assert plan_for(Request("no-bind"), "host") == first
    assert len(made) == 2


def test_without_a_place_to_remember_it_works_all_the_same(made, cache):
    cache.parent.parent.mkdir()
    cache.parent.write_text("a file stands where the folder should be", "utf-8")
    assert plan_for(Request("no-bind"), "host") == plan_for(Request("no-bind"), "host")
    assert len(made) == 2


def test_the_oldest_go_first(monkeypatch, cache):
    monkeypatch.setattr(memory, "_MOST", 2)
    for limit in (3, 4, 5):
        plan_for(Request("no-bind", limit=limit), "host")
    assert len(list(cache.glob("*.json"))) == 2
