"""The HTML page of 10,000 connections: seconds to make it on one core, its bytes, and how fast a browser opens it.

A real run in the netns lab: 10,000 clients against a queue of 4096, some 90,000 packets in both captures. Making
the page includes Python's start and reading the folder. The limits are 3 s, 3 MB, and 2 s to open.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from measuring import HARNESS, arguments, harness_run, middle, timed
from tabulate import tabulate

_SETTINGS = {"backlog": 4096, "clients": 10_000}


def opening(page: Path, rounds: int) -> list[float]:
    """Seconds until Chromium has loaded and laid out the page, each time in a new window; none without it."""
    path = shutil.which("chromium")
    if path is None:
        return []
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only where there is a browser)

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(rounds):
            window = browser.new_page()
            began = time.perf_counter()
            window.goto(page.as_uri())
            window.evaluate("document.documentElement.scrollHeight")
            found.append(time.perf_counter() - began)
            window.close()
        browser.close()
    return found


def main() -> None:
    """Print the table."""
    rounds = arguments(__doc__ or "", rounds=5).rounds
    with tempfile.TemporaryDirectory() as folder:
        ran = harness_run("netns", Path(folder), _SETTINGS)
        page = Path(folder) / "report.html"
        made = [timed([HARNESS, "report", str(ran.folder), "--html", str(page)]) for _ in range(rounds)]
        opened = opening(page, rounds)
        packets = sum(host["captured"] for host in ran.result["packets"].values())
        row = (
            packets,
            middle(made),
            f"{page.stat().st_size / 1e6:.2f}",
            middle(opened) if opened else "no Chromium",
        )
    print(tabulate([row], ("packets", "made, s", "MB", "opened, s"), disable_numparse=True))


if __name__ == "__main__":
    main()
