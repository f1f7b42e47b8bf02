from pathlib import Path

import jsonschema
import pytest

from harness.spec import schema
from harness.spec.document import parse, read

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = jsonschema.Draft202012Validator(schema())
REFERENCE = jsonschema.Draft202012Validator(schema("reference"))
SHIPPED = (ROOT / "experiments" / "backlog-overflow.yaml").read_text()


@pytest.mark.parametrize("kind", ["experiment", "reference"])
def test_it_is_a_schema_of_its_draft(kind):
    made = schema(kind)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in made
    jsonschema.Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.stem)
def test_it_takes_the_shipped_experiments(path):
    EXPERIMENT.validate(read(path).plain())


@pytest.mark.parametrize("path", sorted((ROOT / "references").glob("*.yaml")), ids=lambda path: path.stem)
def test_it_takes_the_shipped_references(path):
    REFERENCE.validate(read(path).plain())


def test_it_takes_the_documentations_examples():
    text = (ROOT / "docs" / "experiment-language.md").read_text()
    for block in text.split("```yaml\n")[1:]:
        example = parse(block.split("```")[0], "example").plain()
        (REFERENCE if "reference" in example else EXPERIMENT).validate(example)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title:", "titel:"),
        ("listen: door", "lisen: door"),
        ("port: 8000", "port: 80000"),
        ("count: $clients", "count: 0"),
        ("count: $clients", "count: clients"),
        ("until: settled", "until: setled"),
        ("- wait: {", "- client: {"),
        ("take: peak", "take: bytes"),
        ("{same_as: connected}", "{same_a: connected}"),
        ("limit: {quick: 30, full: 200}", "limit: {quick: 30}"),
        ("listen: door, ", "listen: door, connect: x, "),
    ],
)
def test_it_refuses_what_the_loader_refuses(old, new):
    assert old in SHIPPED
    assert not EXPERIMENT.is_valid(parse(SHIPPED.replace(old, new), "x").plain())


def test_every_key_is_described():
    """Editors show the description while a file is written."""
    made = schema()
    without = [
        f"{owner}.{key}"
        for owner, model in {"": made, **made["$defs"]}.items()
        for key, given in model.get("properties", {}).items()
        if not given.get("description")
    ]
    assert without == []
