"""docs/architecture.md and docs/result.md, compared with the program they speak of."""

import ast
import re
import tomllib
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.result import ClaimResult, EvidenceItem, FindingResult, HostFacts, RunResult, results_json

ROOT = Path(__file__).parents[1]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
RESULT = (ROOT / "docs" / "result.md").read_text("utf-8")

PACKAGES = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "harness").rglob("__init__.py")} - {
    "harness"
}
NAMED = set(re.findall(r"`(harness(?:\.\w+)+)`", ARCHITECTURE))


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_is_named_exists(name):
    assert find_spec(name) is not None


def test_every_package_has_its_room():
    rooms = set(re.findall(r"^\| `(harness[\w.]+)` \|", ARCHITECTURE, re.MULTILINE))
    assert rooms == PACKAGES


def may_import():
    """What pyproject's layers allow: package to the packages it may import, the same layer left out."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    found, below = {}, set()
    for layer in reversed([layer.split(" | ") for layer in layers]):
        found.update(dict.fromkeys(layer, frozenset(below)))
        below |= set(layer)
    return found


def imported(package):
    """The packages of harness that a package's modules import."""
    found = set()
    for path in (ROOT / Path(*package.split("."))).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found |= {".".join(name.split(".")[:2]) for name in names if name.startswith("harness.")}
    return found - {package}


def test_the_column_of_imports_is_what_the_linter_enforces():
    rows = re.findall(r"^\| `harness\.(\w+)` \|[^|]*\|([^|]*)\|", ARCHITECTURE, re.MULTILINE)
    allowed = may_import()
    for room, words in rows:
        package = f"harness.{room}"
        if package not in allowed:
            assert (room, words.strip()) == ("runtime", "nothing")
            continue
        listed = {f"harness.{word}" for word in re.findall(r"\b[a-z]+\b", words)} & set(allowed)
        for name in words.split(" and below")[0].split(",") if "and below" in words else ():
            listed |= allowed[f"harness.{name.strip()}"]
        assert listed | {package} >= allowed[package] or words.strip() == "everything", room
        assert listed <= allowed[package], room


def test_what_travels_imports_nothing_else():
    assert imported("harness.runtime") == set()


KINDS = {
    "A run": RunResult,
    "A host": HostFacts,
    "A finding": FindingResult,
    "Evidence": EvidenceItem,
    "A claim": ClaimResult,
}


def described(heading):
    """The fields in the first table below a heading of docs/result.md."""
    section = re.search(rf"^## {heading}\n\n((?:\|.*\n)+)", RESULT, re.MULTILINE)[1]
    cells = [line.split("|")[1] for line in section.splitlines()[2:]]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


@pytest.mark.parametrize(("heading", "kind"), KINDS.items())
def test_every_field_of_the_result_is_described(heading, kind):
    assert sorted(described(heading)) == sorted(field.name for field in fields(kind))


def test_the_object_itself_is_described():
    assert described("The object") == list(results_json([]))
