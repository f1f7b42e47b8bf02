"""Pages of real runs, in a real browser: Debian's Chromium, without a screen."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harness.evidence.folder import RunFolder
from harness.report.html import recorded, render
from harness.session.compare import compare

STORED = next((Path(__file__).parents[2] / "data").glob("*-backlog-overflow-*"))
LAPTOP, PHONE = 1280, 390
TEXTS = (Path(__file__).parent / "texts.js").read_text("utf-8")
"""A function that gives every text of the page that can be seen, with its rectangle."""


@dataclass
class Opened:
    """A page that a browser shows, and all that the page asked for or complained of."""

    page: object
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def texts(self):
        """Every visible piece of text: what it says, and left, top, right, bottom in pixels."""
        return self.page.evaluate(TEXTS)


@pytest.fixture(scope="session")
def chromium():
    """A browser for the whole session."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (the other tests need no browser)

    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens a page: ``with opened(text, width=…, scheme=…, script=…) as page``."""

    @contextmanager
    def open_page(text, *, width=LAPTOP, scheme="light", script=True):
        path = tmp_path / "report.html"
        path.write_text(text, "utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        shown = Opened(context.new_page())
        shown.page.on("request", lambda request: shown.requests.append(request.url))
        shown.page.on("console", lambda message: shown.complaints.append(message.text))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        shown.page.goto(path.as_uri())
        yield shown
        context.close()

    return open_page


def page_of(*folders):
    """The page of stored runs, as ``harness report`` makes it."""
    results = [replace(RunFolder.open(folder).result, folder=str(folder)) for folder in folders]
    names = [result.experiment for result in results]
    compared = compare(result for result in results if names.count(result.experiment) > 1)
    return render([recorded(result) for result in results], compared)


@pytest.fixture(scope="session")
def stored():
    """The folder of a run as it came from the netns lab."""
    return STORED


@pytest.fixture
def report():
    """Makes the page of stored runs: ``report(FOLDER…)``."""
    return page_of


@pytest.fixture(scope="session")
def alone():
    """The page of the stored run."""
    return page_of(STORED)


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Runs made here and now: a reset, a timeout, ghosts, a whole life; and an overflow to compare with."""
    import subprocess  # noqa: PLC0415 (only where a lab can be made)
    import sys  # noqa: PLC0415

    out = tmp_path_factory.mktemp("runs")
    names = ["bound-not-listening", "connect-timeout", "ghost-connections", "lifecycle", "backlog-overflow"]
    command = Path(sys.executable).with_name("harness")
    words = [command, "run", *names, "--lab", "netns", "--jobs", "5", "--out", out, "--json", out / "all.json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    found = sorted(path for path in out.glob("2*") if path.is_dir() and not path.is_symlink())
    assert len(found) == len(names), done.stderr
    return found


@pytest.fixture(scope="session")
def several(runs):
    """The page of those runs and of the stored one, which the overflow is compared with."""
    return page_of(*runs, STORED)
