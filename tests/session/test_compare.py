from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.criteria import Criteria
from harness.errors import FolderError, UnknownName, UsageError
from harness.evidence.folder import RunFolder
from harness.result import ClaimResult, FindingResult, HostFacts, Verdict, results_json
from harness.runtime.events import Started
from harness.runtime.plan import Host, Plan
from harness.session import matrix as module
from harness.session.compare import compare, compare_repeated, compare_stored
from harness.session.compare_json import comparisons_json
from harness.session.matrix import compare_images
from harness.session.prepare import Request

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
OLD = {
    "server": HostFacts("debian", kernel="5.10.0", hz=250),
    "client": HostFacts("debian", kernel="5.10.0", hz=250),
}
NEW = {"server": HostFacts("trixie", kernel="6.12.57", hz=250)}


def found(value, **more):
    return FindingResult(value=value, unit="", verdict=Verdict.PASS, witnesses={"calls": value}, **more)


@pytest.fixture
def stored(tmp_path, result):
    """Store a run with that kernel; its folder."""

    def store(identity, *, version="#1 SMP", sysctls=None, finish=True, **more):
        folder = RunFolder.create(tmp_path / "runs", "backlog-overflow", "debian", identity, NOW)
        hosts = (Host("server", "debian", sysctls or {}),)
        plan = Plan("backlog-overflow", {}, "quick", 4, hosts, (), (), 30)
        folder.begin(plan, Criteria("backlog-overflow", "t", "q", "", None, (), {}, (), {}, (), "0"))
        folder.record(Started("server", 1, "observer", {"kernel": "6.12.57", "version": version}))
        if finish:
            facts = {"server": HostFacts("debian", kernel="6.12.57", hz=250)}
            folder.finish(result(hosts=facts, kernel="6.12.57", folder="elsewhere", **more))
        folder.close()
        return folder.path

    return store


RECIPE = "image: other\nkind: runtime\nruntime: {}\ndescription: a stack\nbase: debian:bookworm-slim\n"


@pytest.mark.docker
@pytest.mark.parametrize(("runtime", "wanted"), [("runc", "full"), ("no-such-runtime", "quick")])
def test_an_image_that_takes_no_sysctls_has_all_wait_unless_it_is_skipped(tmp_path, monkeypatch, runtime, wanted):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "images" / "other"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM debian:bookworm-slim\n")
    (folder / "image.yaml").write_text(RECIPE.format(runtime))
    asked = []
    monkeypatch.setattr(module, "run_all", lambda requests, *_, **__: asked.extend(requests) or [])
    compare_images([Request("no-bind", image=image) for image in ("debian", "other")], None)
    assert [request.mode for request in asked] == [wanted, wanted]


def test_runs_stand_side_by_side_by_experiment(result):
    runs = [
        result(image="debian", hosts=OLD, kernel="5.10.0", findings={"connected": found(6), "error": found("EX")}),
        result(experiment="no-bind", image="debian"),
        result(
            image="trixie", hosts=NEW, kernel="6.12.57", findings={"connected": found(7), "error": found("EX")}
        ),
    ]
    overflow, alone = compare(runs)
    assert [column.name for column in overflow.columns] == ["debian", "trixie"]
    assert [(finding.name, finding.differs, finding.between_kernels) for finding in overflow.findings] == [
        ("connected", True, True),
        ("error", False, False),
    ]
    assert overflow.findings[0].odd == (1,)
    assert alone.experiment == "no-bind"


def test_of_runs_only_what_was_run_again_is_compared(result):
    assert compare_repeated([result(), result(experiment="other")]) == []
    (compared,) = compare_repeated([result(), result(experiment="other"), result()])
    assert (compared.experiment, len(compared.columns)) == (result().experiment, 2)


def test_two_images_on_one_kernel_are_no_kernel_comparison(result):
    runs = [
        result(
            image=image, hosts={"server": HostFacts(image, kernel="6.12.57")}, findings={"connected": found(value)}
        )
        for image, value in (("debian", 6), ("alpine", 7))
    ]
    (comparison,) = compare(runs)
    assert [column.same_kernel_as for column in comparison.columns] == [None, "debian"]
    (finding,) = comparison.findings
    assert (finding.differs, finding.between_kernels) == (True, False)


def test_kernels_are_told_in_the_fewest_words_that_tell_them_apart(result):
    releases = ("5.10.0-46-cloud-amd64", "6.12.117+deb13-cloud-amd64", "7.3.4", "7.3.4-rt", "6.13.0-rc3-g1234")
    runs = [
        result(image=f"i{number}", kernel=release, hosts={"server": HostFacts("i", kernel=release)})
        for number, release in enumerate(releases)
    ]
    (comparison,) = compare(runs)
    assert [column.short for column in comparison.columns] == [
        "5.10.0-46", "6.12.117", "7.3.4", "7.3.4-rt", "6.13.0-rc3",
    ]  # fmt: skip


def test_columns_are_grouped_by_what_is_the_same(result):
    runs = [
        result(image=f"i{number}", findings={"connected": found(value)}) for number, value in enumerate("abab")
    ]
    runs.append(result(image="died", verdict=Verdict.ERROR))
    (comparison,) = compare(runs)
    assert comparison.findings[0].groups == ((0, 2), (1, 3))


def test_two_builds_of_one_release_are_two_kernels(stored):
    paths = [stored("aaaaaaaa", version="#1 SMP"), stored("bbbbbbbb", version="#2 SMP"), stored("cccccccc")]
    (comparison,) = compare_stored(paths)
    assert [column.name for column in comparison.columns] == ["host #1", "host #2", "host #3"]
    assert [column.same_kernel_as for column in comparison.columns] == [None, None, "host #1"]
    assert comparison.columns[1].kernels == ("linux 6.12.57 #2 SMP",)


def test_a_stored_run_names_the_folder_it_was_read_from(stored):
    path = stored("aaaaaaaa")
    (comparison,) = compare_stored([path, stored("bbbbbbbb")])
    assert comparison.columns[0].result.folder == str(path)


def test_what_was_not_asked_alike_is_told_and_names_the_columns(stored):
    few = stored("aaaaaaaa", parameters={"backlog": 5, "clients": 10})
    many = stored("bbbbbbbb", parameters={"backlog": 128, "clients": 10}, sysctls={"net.core.somaxconn": "100"})
    (comparison,) = compare_stored([few, many])
    assert comparison.settings == {"backlog": (5, 128), "server: net.core.somaxconn": (None, "100")}
    assert [column.name for column in comparison.columns] == ["backlog=5", "backlog=128"]


def test_what_could_not_be_seen_is_not_compared(result):
    unsure = FindingResult(value=6, unit="", verdict=Verdict.UNKNOWN, reason="lost", witnesses={"calls": 6})
    runs = [
        result(image="a", findings={"connected": unsure}),
        result(image="b", findings={"connected": found(5)}),
        result(image="c", findings={"connected": found(5)}),
        result(image="d", findings={"connected": found(9)}),
        result(image="e", verdict=Verdict.ERROR),
    ]
    (comparison,) = compare(runs)
    (finding,) = comparison.findings
    assert (finding.differs, finding.odd) == (True, (3,))
    (comparison,) = compare(runs[:2])
    assert comparison.findings[0].differs is None


def test_references_stand_beside(result):
    claims = {
        "xnu": {"connected": ClaimResult(5, False, "5 fit", "uipc_socket2.c")},
        "gvisor": {"uncheckable 1": ClaimResult(None, None, "x", "y")},
    }
    (comparison,) = compare([result(findings={"connected": found(6)}, claims=claims), result()])
    assert comparison.references == ["xnu"]
    assert comparison.findings[0].claims == {"xnu": 5}


def test_its_json_is_plain(result, published):
    runs = [result(image=image, findings={"connected": found(6)}) for image in ("a", "b")]
    value = json.loads(json.dumps({**results_json(runs), "comparisons": comparisons_json(compare(runs))}))
    (comparison,) = published(value)["comparisons"]
    assert comparison["findings"]["connected"] == {
        "differs": False,
        "between_kernels": False,
        "groups": [["a", "b"]],
        "values": [6, 6],
        "expected": [None, None],
        "claims": {},
    }
    assert [column["name"] for column in comparison["columns"]] == ["a", "b"]


def test_one_run_alone_is_no_comparison(stored):
    with pytest.raises(UsageError, match="one run alone"):
        compare_stored([stored("aaaaaaaa")])


def test_an_incomplete_run_is_not_compared(stored):
    with pytest.raises(FolderError, match="incomplete"):
        compare_stored([stored("aaaaaaaa"), stored("bbbbbbbb", finish=False)])


def test_what_stops_every_run_is_an_error_and_no_comparison(here, several):
    requests = [Request("nothing-like-it", lab="netns", image="host")] * 2
    with pytest.raises(UnknownName, match="no experiment named"):
        compare_images(requests, several)
    assert not (here / "runs").exists()


@pytest.mark.netns
def test_runs_are_made_and_compared_with_one_set_of_parameters(write, several):
    requests = [Request(write("short"), lab="netns", out=Path("runs")) for _ in range(2)]
    made = compare_images(requests, several)
    (comparison,) = made.comparisons
    assert [outcome.result.mode for outcome in made.outcomes] == ["quick", "quick"]
    assert [(each.name, each.differs) for each in comparison.findings] == [("connected", False)]
    assert comparison.columns[1].same_kernel_as == comparison.columns[0].name
