"""The JSON Schema of the files, for editors."""

from __future__ import annotations

from typing import Any, Literal

from harness.spec.fields import HOST_NAME
from harness.spec.files import ExperimentFile, ReferenceFile
from harness.spec.steps import VERB_MODELS, Step, Wait

__all__ = ["schema"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_PARAMETER = {
    "type": "string",
    "pattern": r"^\$[A-Za-z][A-Za-z0-9_-]*$",
    "description": "A parameter's value: $NAME.",
}


def schema(kind: Literal["experiment", "reference"] = "experiment") -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an experiment file, or of a reference file."""
    if kind == "reference":
        return {"$schema": _DRAFT, **ReferenceFile.model_json_schema(by_alias=True)}
    made = {"$schema": _DRAFT, **ExperimentFile.model_json_schema(by_alias=True)}
    definitions = made["$defs"]
    definitions["Parameter"] = _PARAMETER
    steps: list[type[Step]] = [*VERB_MODELS.values(), Wait]
    for model in steps:
        _with_parameters(definitions[model.__name__]["properties"], model.word)
    _with_parameters(definitions["Bounds"]["properties"], "")
    _steps(made)
    for given in made["properties"].values():
        if "patternProperties" in given:
            given["additionalProperties"] = False
    return made


def _with_parameters(properties: dict[str, Any], label: str) -> None:
    """Where a value may stand, a parameter may."""
    for name, given in properties.items():
        if name == label:
            continue
        kept = {key: given.pop(key) for key in ("title", "description", "default") if key in given}
        properties[name] = {**kept, "anyOf": [dict(given), {"$ref": "#/$defs/Parameter"}]}


def _steps(made: dict[str, Any]) -> None:
    """A step is ``wait`` with its own mapping, or a host's name with a verb's."""
    verbs = [{"$ref": f"#/$defs/{model.__name__}"} for model in VERB_MODELS.values()]
    made["properties"]["steps"]["items"] = {
        "type": "object",
        "description": "A host's name with one verb, or wait.",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {"wait": {"$ref": f"#/$defs/{Wait.__name__}"}},
        "propertyNames": {"pattern": HOST_NAME},
        "additionalProperties": {"oneOf": verbs},
    }
