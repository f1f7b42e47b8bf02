import copy
import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from harness import result
from harness.report.result_schema import _CAUSE, _WORDS, result_schema
from harness.result import RunResult, results_json
from harness.session.cause import Word

ROOT = Path(__file__).parents[2]
STORED = sorted([*(ROOT / "docs" / "examples").glob("*.json"), *(ROOT / "tests" / "data").glob("*/result.json")])
ANEW = "write it anew: harness schema result > docs/result.schema.json"
MADE = json.loads((ROOT / "docs" / "result.schema.json").read_text("utf-8"))


def test_the_published_file_is_up_to_date():
    assert result_schema() == MADE, ANEW


def test_it_is_a_schema_of_its_draft_and_names_its_version():
    jsonschema.Draft202012Validator.check_schema(MADE)
    assert MADE["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert MADE["$id"] == f"urn:tcp-harness:result:{result.SCHEMA}"
    assert MADE["properties"]["schema"] == {"const": result.SCHEMA}


def test_it_knows_every_field_of_the_result():
    for name in ("RunResult", "HostFacts", "FindingResult", "EvidenceItem", "ClaimResult"):
        assert set(MADE["$defs"][name]["properties"]) == {each.name for each in fields(getattr(result, name))}
    for name, field in _WORDS:
        assert "enum" in MADE["$defs"][name]["properties"][field]
    assert [word.value for word in Word] == _CAUSE


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name + "-" + path.stem)
def test_every_stored_result_is_valid(path, published):
    run = json.loads(path.read_text("utf-8"))
    published({"schema": 1, "verdict": run["verdict"], "runs": [run]})
    published(json.loads(json.dumps(results_json([RunResult.from_json(run)]))))


def paths(value, at=()):
    """Every object in a value, by its path."""
    if isinstance(value, dict):
        yield at
        for key, each in value.items():
            yield from paths(each, (*at, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from paths(each, (*at, number))


OPEN = {"parameters", "hosts", "seconds", "findings", "claims", "packets", "sysctls"}
"""Objects whose names are the experiment's."""
FREE = {"value", "expected", "inputs", "witnesses", "claim"}
"""Fields that hold any value, or any names."""


def test_a_field_that_nobody_knows_is_refused_wherever_it_stands(published):
    run = json.loads(STORED[-1].read_text("utf-8"))
    whole = {"schema": 1, "verdict": run["verdict"], "runs": [run]}
    tried = 0
    for path in paths(whole):
        if (
            FREE & set(path)
            or (path and path[-1] in OPEN)
            or (len(path) > 2 and path[-2] in {"claims", "packets"})
        ):
            continue
        changed = copy.deepcopy(whole)
        there = changed
        for key in path:
            there = there[key]
        there["verdickt"] = "pass"
        with pytest.raises(jsonschema.ValidationError, match="verdickt"):
            published(changed)
        tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "passed"},
        {"clock": "fast"},
        {"family": 5},
        {"lab": "cloud"},
        {"mode": None},
        {"hosts": []},
        {"title": 5},
        {"why": "because"},
        {"seconds": {"wall": "7"}},
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(published, change):
    run = json.loads(STORED[-1].read_text("utf-8"))
    published({"schema": 1, "verdict": "pass", "runs": [run]})
    with pytest.raises(jsonschema.ValidationError):
        published({"schema": 1, "verdict": "pass", "runs": [{**run, **change}]})
    with pytest.raises(jsonschema.ValidationError):
        published({"schema": 2, "verdict": "pass", "runs": [run]})
