import xml.etree.ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from harness.report.junit import junit
from harness.result import HostFacts, Verdict


def read(runs):
    return JUnitXml.fromstring(junit(runs))


def only(runs):
    """The only case of the only suite."""
    (suite,) = read(runs)
    (case,) = suite
    return case


def properties(case):
    return {each.get("name"): each.get("value") for each in case._elem.iter("property")}


def test_an_experiment_on_an_image_is_a_test_case(make_run):
    case = only([make_run()])
    assert (case.classname, case.name, case.time) == ("netns.debian", "full-queue", 3.5)
    assert case.is_passed
    assert case.system_out.startswith("Linux 6.1.0 (image debian), netns lab, IPv4\nDid      full-queue: ")


def test_its_properties_say_what_ran(make_run):
    told = properties(only([make_run()]))
    assert told["server: kernel"] == "linux 6.1.0"
    assert told["parameter: backlog"] == "5"
    assert told["parameter: somaxconn"] == "the kernel's own value"
    assert {told[name] for name in ("lab", "mode", "clock", "folder")} == {
        "netns",
        "quick",
        "real",
        "runs/some-run",
    }
    assert told["server: image"] == "debian"


def test_a_suite_is_an_image_on_a_kernel(make_run):
    newer = HostFacts("linux-6.12", "linux", "6.12.1", 250)
    runs = [
        make_run(),
        make_run(experiment="no-bind"),
        make_run(image="linux-6.12", kernel="6.12.1", lab="vm", hosts={"server": newer}),
    ]
    suites = list(read(runs))
    assert [[(case.classname, case.name) for case in suite] for suite in suites] == [
        [("netns.debian", "full-queue"), ("netns.debian", "no-bind")],
        # A dot would be a package's to Jenkins.
        [("vm.linux-6_12", "full-queue")],
    ]
    assert suites[1].name == "Linux 6.12.1 (image linux-6.12), vm lab, IPv4"


def test_a_failure_has_measured_and_expected(make_run, finding):
    bad = finding(5, "fail", expected=6, expected_text="6")
    late = finding(8.5, "fail", unit="s", expected={"at_least": 7}, expected_text="≥ 7")
    case = only([make_run("fail", findings={"connected": bad, "seconds": late}, why=("min(5, 9) + 1 = 6",))])
    (result,) = case.result
    assert isinstance(result, Failure)
    assert (result.type, result.message) == ("fail", "connected: measured 5, expected 6 (and 1 more)")
    assert result.text.splitlines() == [
        "connected: measured 5, expected 6",
        "seconds: measured 8.5 s, expected ≥ 7 s",
        "min(5, 9) + 1 = 6",
    ]


@pytest.mark.parametrize(
    ("verdict", "kind", "type_"),
    [("error", Error, "error"), ("unknown", Error, "unknown"), ("skip", Skipped, "skip")],
)
def test_what_is_neither_pass_nor_fail_has_its_element(make_run, verdict, kind, type_):
    (result,) = only([make_run(verdict, reason="no socket table\nto see", findings={})]).result
    assert isinstance(result, kind)
    assert (result.type, result.message) == (type_, "no socket table to see")


def test_everything_is_counted(make_run):
    xml = read([make_run(verdict, reason="why", findings={}) for verdict in Verdict])
    counted = {(each.tests, each.failures, each.errors, each.skipped, each.time) for each in (xml, *xml)}
    assert counted == {(5, 1, 2, 1, 17.5)}


def test_what_was_never_started_is_an_error_case(make_run):
    never = make_run(
        "error", reason="no Docker engine", hosts={}, image=None, kernel=None, folder=None, seconds={}
    )
    (suite,) = read([never])
    (case,) = suite
    assert (suite.name, case.classname, case.time) == ("nothing was seen, netns lab", "netns", 0)
    assert "folder" not in properties(case)


def test_one_experiment_twice_makes_two_names(make_run):
    runs = [make_run(), make_run(parameters={"backlog": 6, "somaxconn": None}), make_run()]
    (suite,) = read(runs)
    assert [case.name for case in suite] == [
        "full-queue (backlog=5) #1",
        "full-queue (backlog=6)",
        "full-queue (backlog=5) #2",
    ]


@pytest.mark.parametrize("char", ["\0", "\x0b", "\x1b", "\ufffe", "\uffff", "\ud800", "\x85", "\u202e"])
def test_a_character_that_xml_cannot_hold_or_that_acts_shows_as_its_number(make_run, char):
    document = junit([make_run("fail", title=f"a{char}b", reason=f"a{char}b", findings={})])
    assert char.encode("utf-8", "surrogatepass") not in document
    (failure,) = ET.fromstring(document).iter("failure")  # noqa: S314 (made here)
    assert failure.get("message").startswith("a\\")
