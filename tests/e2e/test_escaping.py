"""What a packet, a file or a stored folder brought is text in every form of the result, and nothing else.

A server really sends a hostile banner, in an experiment with a hostile title and parameter; then the folder's own
result gets hostile names. A new form of the result needs a line in ``FORMS``.
"""

import json
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from importlib import util
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

pytestmark = pytest.mark.netns

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>]]> &lt; \x1b]0;owned\x07 `x` **b** | y ${7*7}"
    " [a](javascript:b) \u202egnp.exe\u2066\n::error::owned\n \u00a0::add-mask::o\n##[error]owned\n# SKIP"
    "\nok 1 fake\r::error::cr \x9b2J \x00 http://a.b"
)
WORDS = "alert(1)"
"""What of it every form must still show."""


def reader(name):
    """A module of tests/report, which reads a form as others do."""
    path = Path(__file__).parents[1] / "report" / f"{name}.py"
    found = util.spec_from_file_location(name, path)
    module = util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


KTAP, RUNNER = reader("ktap_reader"), reader("test_workflow")


def acts(text):
    """The characters that a terminal would obey, or that turn text around."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def text(shown):
    assert acts(shown) == set()
    assert RUNNER.obeyed(shown) == []


def markdown(shown):
    text(shown)
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(shown)
    inlines = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in (*tokens, *inlines)}
    blocks = ("heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td")
    ours = {f"{name}_{end}" for name in (*blocks, "strong") for end in ("open", "close")}
    assert kinds <= ours | {"inline", "text", "text_special", "softbreak"}
    assert [token.tag for token in tokens if token.type == "heading_open"] in ([], ["h2"], ["h2", "h2"])
    strong = [inlines[number + 1].content for number, each in enumerate(inlines) if each.type == "strong_open"]
    assert set(strong) <= {"fail", "Not as it should be", "Note", "Why"}


def junit(shown):
    text(shown)
    (suites,) = [ET.fromstring(shown)]  # noqa: S314 (made here)
    assert {each.tag for each in suites.iter()} == {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "system-out",
    }  # fmt: skip
    assert len(list(suites.iter("testcase"))) == len(list(suites.iter("failure"))) == 1


def ktap(shown):
    text(shown)
    (case,) = KTAP.read(shown)
    assert (case.ok, case.directive) == (False, None)
    assert [(each.ok, each.directive) for each in case.subtests] == [(False, None)]


def as_json(shown):
    assert RUNNER.obeyed(shown) == []
    (run,) = json.loads(shown)["runs"]
    assert EVIL in (run["title"], run["image"])
    assert {char for char in shown if char < " " and char != "\n"} == set()


class Page(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, shown):
        super().__init__()
        self.tags, self.attributes, self.addresses = set(), set(), set()
        self.feed(shown)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.addresses |= {value for name, value in attributes if name in {"href", "src", "action"}}


def html(shown):
    assert acts(shown) == set()
    page = Page(shown)
    assert page.tags & {"script", "img", "iframe", "object", "embed", "form", "base", "link"} == set()
    assert [name for name in page.attributes if name.startswith("on")] == []
    assert all(address.startswith("#") for address in page.addresses)


FORMS = {"markdown": markdown, "junit": junit, "ktap": ktap, "json": as_json, "html": html}


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A folder with an experiment, JSON being YAML."""
    folder = tmp_path_factory.mktemp("evil")
    experiment = {
        "experiment": "evil",
        "title": EVIL,
        "question": EVIL,
        "explanation": EVIL,
        "limit": 20,
        "parameters": {"banner": EVIL},
        "hosts": {"server": {}, "client": {}},
        "steps": [
            {"server": {"listen": "door", "port": 8000, "backlog": 5}},
            {"client": {"connect": "visitor", "to": "door"}},
            {"server": {"accept": "session", "from": "door"}},
            {"server": {"send": "greeting", "on": "session", "data": "$banner"}},
            {"client": {"recv": "heard", "on": "visitor", "size": 1000}},
            {"wait": {"until": "settled", "of": "heard"}},
        ],
        "findings": {
            "heard": {"calls": "recv", "of": "heard", "take": "value"},
            "sent": {"calls": "send", "of": "greeting", "take": "bytes"},
        },
        "expect": {"heard": "something else"},
    }
    (folder / "evil.yaml").write_text(json.dumps(experiment))
    return folder


@pytest.fixture
def performed(start, evil, tmp_path):
    """The run, in GitHub Actions, with every form: what it printed, and the files."""
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    files = [word for name in FORMS for word in (f"--{name}", str(tmp_path / name))]
    done = start("run", str(evil / "evil.yaml"), "--lab", "netns", *files, env=env).end()
    assert done.code == 1, done
    return done, tmp_path


def test_a_run_in_actions(performed):
    done, files = performed
    value = json.loads((files / "json").read_text("utf-8"))["runs"][0]["findings"]["heard"]["value"]
    assert value == EVIL  # it really came over the wire
    for name, check in FORMS.items():
        shown = (files / name).read_bytes().decode("utf-8")
        assert WORDS in shown
        check(shown)
    assert WORDS in done.out
    text(done.out)
    markdown((files / "summary.md").read_text("utf-8"))
    # The only command is harness's own.
    (annotation,) = RUNNER.obeyed(done.err)
    assert annotation[:2] == ("error", {"title": "evil on host: fail"})
    assert annotation[2].startswith("heard: measured <script>alert(1)")
    assert acts(annotation[2]) == set()
    assert acts(done.err) == set()


FACTS = {"image": EVIL, "kernel": EVIL}
CLAIM = {"claim": EVIL, "agrees": False, "says": EVIL, "place": EVIL, "differs": EVIL}
TEXTS = ("value", "unit", "expected", "reason", "expected_text", "because", "formula")
FINDING = {**dict.fromkeys(TEXTS, EVIL), "verdict": "fail", "inputs": {EVIL: EVIL}, "witnesses": {EVIL: EVIL}}
HOSTILE = {
    **dict.fromkeys(("experiment", "title", "image", "kernel", "reason"), EVIL),
    **{name: [EVIL] for name in ("why", "notes", "yours", "doubts")},
    "hosts": {EVIL: FACTS},
    "parameters": {EVIL: EVIL},
    "sysctls": {EVIL: {EVIL: EVIL}},
    "packets": {EVIL: {"captured": 1, "lost": 0}},
    "claims": {EVIL: {EVIL: CLAIM}},
    "findings": {EVIL: {**FINDING, "evidence": []}},
}


def test_a_stored_result_with_hostile_names(performed, start, published):
    """A folder may come from anywhere."""
    done, files = performed
    (folder,) = (path for path in (done.place / "runs").iterdir() if not path.is_symlink())
    stored = json.loads((folder / "result.json").read_text("utf-8"))
    (folder / "result.json").write_text(json.dumps({**stored, **HOSTILE}))
    env = {"GITHUB_ACTIONS": "true"}
    for name, check in FORMS.items():
        again = start("report", str(folder), f"--{name}", str(files / name), env=env).end()
        assert (again.code, again.out, RUNNER.obeyed(again.err)) == (0, "", []), again
        shown = (files / name).read_bytes().decode("utf-8")
        assert WORDS in shown
        check(shown)
    published(json.loads((files / "json").read_text("utf-8")))
    for words in (
        ("show", str(folder)),
        ("report", str(folder), str(folder)),
        ("compare", str(folder), str(folder)),
    ):
        again = start(*words, env=env).end()
        assert WORDS in again.out
        text(again.out)
        assert acts(again.err) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("run", EVIL.replace("\0", "")),
        ("run", "backlog-overflow", "--image", EVIL.replace("\0", "")),
        ("run", "backlog-overflow", "--set", EVIL.replace("\0", "")),
        ("run", "backlog-overflow", "--set", "=" + EVIL.replace("\0", "")),
        ("run", "backlog-overflow", "--sysctl", EVIL.replace("\0", "")),
        ("run", "backlog-overflow", "--junit", EVIL.replace("\0", "") + "/x"),
        (EVIL.replace("\0", ""),),
        ("show", EVIL.replace("\0", "")),
        ("check", EVIL.replace("\0", "")),
    ],
    ids=lambda words: " ".join(words)[:30].partition("<")[0].strip("\0= ") or "word",
)
def test_a_hostile_word_on_the_command_line(start, words):
    """In a workflow it may come from a pull request's title."""
    done = start(*words, env={"GITHUB_ACTIONS": "true"}).end()
    assert done.code == 2, done
    assert done.out == ""
    assert all(name == "error" and more.get("title") == "harness" for name, more, _ in RUNNER.obeyed(done.err))
    assert acts(done.err) == set()


def test_a_hostile_file_is_told_of_as_text(start, tmp_path):
    file = tmp_path / "evil.yaml"
    file.write_text(json.dumps({"experiment": EVIL, EVIL: EVIL, "steps": [{"server": {EVIL: EVIL}}]}))
    done = start("check", str(file), env={"GITHUB_ACTIONS": "true"}).end()
    assert (done.code, done.out) == (2, "")
    assert WORDS in done.err
    assert RUNNER.obeyed(done.err) == []
    assert acts(done.err) == set()
