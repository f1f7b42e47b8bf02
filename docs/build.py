"""Writes docs/experiments/ from the experiments, the references and the stored runs in docs/examples/.

python docs/build.py          write the pages
python docs/build.py --run    run every experiment first (netns lab, quick), and store the runs
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import spec
from harness.report.page import page
from harness.result import RunResult
from harness.session.prepare import Request, plan_for

DOCS = Path(__file__).parent
EXAMPLES = DOCS / "examples"
PAGES = DOCS / "experiments"


def pages() -> dict[str, str]:
    """Every page's text by its file's name; the index is ``README.md``."""
    made = {f"{listed.name}.md": _page(listed.name) for listed in spec.experiments()}
    lines = [f"- [{listed.name}]({listed.name}.md): {listed.title}" for listed in spec.experiments()]
    head = "# Experiments\n\nEach page is made from the experiment's file, the references and an example run.\n\n"
    return {"README.md": head + "\n".join(lines) + "\n", **made}


def _page(name: str) -> str:
    experiment = spec.load(name)
    _, criteria = plan_for(Request(name, mode="quick"), "host")
    text = experiment.path.read_text("utf-8")
    steps = re.search(r"^steps:\n(?:(?:  .*|\s*#.*)?\n)+", text, re.MULTILINE)
    run = RunResult.from_json(json.loads((EXAMPLES / f"{name}.json").read_text("utf-8")))
    ladder = EXAMPLES / f"{name}.txt"
    return page(
        criteria,
        experiment.parameters,
        steps[0] if steps else "",
        run,
        ladder.read_text("utf-8") if ladder.exists() else None,
    )


def store_examples() -> None:
    """Run every experiment in the netns lab, and keep the results and the packets of the main connection."""
    command = [sys.executable, "-m", "harness"]
    EXAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as out:
        for listed in spec.experiments():
            subprocess.run(
                [*command, "run", listed.name, "--lab", "netns", "--quick", "--out", out],
                check=True,
                capture_output=True,
            )
            folder = (Path(out) / "latest").resolve()
            data = json.loads((folder / "result.json").read_text("utf-8"))
            data["folder"] = None
            (EXAMPLES / f"{listed.name}.json").write_text(
                json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8"
            )
            shown = subprocess.run(
                [*command, "show", str(folder), "--packets"],
                check=True,
                capture_output=True,
                text=True,
                env={"COLUMNS": "100"},
            )
            (EXAMPLES / f"{listed.name}.txt").write_text(shown.stdout, "utf-8")


def main() -> None:
    """Write the pages."""
    if "--run" in sys.argv[1:]:
        store_examples()
    PAGES.mkdir(exist_ok=True)
    for name, text in pages().items():
        (PAGES / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
