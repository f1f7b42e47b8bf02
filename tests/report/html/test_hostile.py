"""Whatever a host, a packet, a log or a file brought: it is text, and nothing else."""

import json
import shutil
import unicodedata

import pytest

pytestmark = pytest.mark.browser

MARKUP = (
    "</title></style><script>window.owned=1</script><img src=x onerror='window.owned=1'>"
    "<a href='http://example.invalid/'>x</a><svg onload='window.owned=1'/><!--"
)
CONTROL = "\x1b[2J\x07\u202e\u2066\ud800\x00"
FREE = {
    "title",
    "reason",
    "because",
    "formula",
    "says",
    "place",
    "differs",
    "image",
    "kernel",
    "expected_text",
    "digest",
}
FREE_LISTS = {"notes", "why", "yours", "doubts"}
COUNT = (
    "() => Object.fromEntries([...document.querySelectorAll('*')].map(each => each.localName).reduce("
    "(found, name) => found.set(name, (found.get(name) || 0) + 1), new Map()))"
)


def poisoned(value):
    """A result in which every free text is hostile, and each name of a witness too."""
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, each in value.items():
        if key in FREE and isinstance(each, str):
            found[key] = each + MARKUP + CONTROL
        elif key in FREE_LISTS:
            found[key] = [text + MARKUP for text in each]
        elif key == "witnesses":
            found[key] = {name + MARKUP: seen for name, seen in each.items()}
        else:
            found[key] = poisoned(each)
    return found


def event(data):
    """An event with hostile facts, data, addresses, sysctls and counters."""
    if data["event"] == "started":
        data["facts"] = {
            key: (text + MARKUP if isinstance(text, str) and key != "stack" else text)
            for key, text in data["facts"].items()
        }
    elif data["event"] == "setting" and data.get("value"):
        data["value"] += MARKUP
    elif data["event"] == "counters":
        data["values"] = {**data["values"], f"TcpExt.{MARKUP}": 1 if data["when"] == "before" else 2}
    elif data["event"] == "call" and data["verb"] == "connect" and data["result"] == "failed":
        data["errno"] = MARKUP
    return data


@pytest.fixture
def folder(stored, tmp_path):
    path = tmp_path / "run"
    shutil.copytree(stored, path)
    result = json.loads((path / "result.json").read_text("utf-8"))
    result = poisoned(result)
    result["experiment"] += MARKUP
    result["findings"][f"name{MARKUP}"] = result["findings"]["connected"]
    result["findings"]["connected"]["value"] = MARKUP
    result["claims"][f"reference{MARKUP}"] = result["claims"]["xnu"]
    result["parameters"] = {f"name{MARKUP}": MARKUP, "backlog": 5}
    (path / "result.json").write_text(json.dumps(result))
    criteria = json.loads((path / "criteria.json").read_text("utf-8"))
    criteria["question"] += MARKUP + CONTROL
    (path / "criteria.json").write_text(json.dumps(criteria))
    plan = json.loads((path / "plan.json").read_text("utf-8"))
    for host in plan["hosts"]:
        host["sysctls"] = {**host["sysctls"], f"net.{MARKUP}": MARKUP}
    for step in plan["steps"]:
        step["arguments"] = {key: (MARKUP if key == "drop" else value) for key, value in step["arguments"].items()}
    (path / "plan.json").write_text(json.dumps(plan))
    lines = [json.loads(line) for line in (path / "events.jsonl").read_text("utf-8").splitlines()]
    heard = {
        "event": "call", "host": "client", "mono": lines[-1]["mono"], "step": 2, "label": "visitor", "index": 0,
        "verb": "recv", "began": lines[-1]["mono"], "result": "ok", "value": 24, "data": MARKUP[:24],
    }  # fmt: skip
    text = "\n".join(json.dumps(event(line)) for line in [*lines, heard]) + "\n"
    (path / "events.jsonl").write_text(text)
    return path


def test_nothing_hostile_makes_an_element_or_acts(opened, folder, alone, report):
    text = report(folder)
    with opened(alone) as harmless:
        usual = harmless.page.evaluate(COUNT)
    with opened(text) as shown:
        made = shown.page.evaluate(COUNT)
        links = shown.page.locator("a").evaluate_all("each => each.map(one => one.getAttribute('href'))")
        handlers = shown.page.evaluate(
            "[...document.querySelectorAll('*')].flatMap(each => [...each.attributes])"
            ".filter(each => each.name.startsWith('on') || each.name === 'style').length"
        )
        assert set(made) == set(usual)
        assert made["svg"] == 2 * made["figure"]
        assert all(link.startswith("#") for link in links)
        assert handlers == 0
        assert shown.page.evaluate("window.owned") is None
        assert [url for url in shown.requests if not url.startswith("file:")] == []
        assert shown.complaints == []
        assert "<script>window.owned=1</script>" in shown.page.inner_text("main")


def test_no_control_character_is_left(folder, report):
    text = report(folder)
    assert {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs"}} <= {"\n"}
    assert "\\x1b[2J\\x07\\u202e" in text


def test_several_hostile_runs_are_compared_without_harm(opened, folder, report):
    with opened(report(folder, folder)) as shown:
        assert shown.page.locator("script, img, iframe, object, embed, link, base, form").count() == 0
        assert shown.page.evaluate("window.owned") is None
        assert shown.page.locator(".compared").count() == 1
        assert shown.complaints == []


def test_were_a_script_in_the_page_it_would_not_run(opened, alone):
    """The policy is a second wall: it holds even where the first has a hole."""
    hole = "<script>window.owned=1</script><img src='http://example.invalid/x.png'></main>"
    with opened(alone.replace("</main>", hole)) as shown:
        assert shown.page.evaluate("window.owned") is None
        assert len(shown.complaints) >= 2
        assert all("Content Security Policy" in each for each in shown.complaints)
