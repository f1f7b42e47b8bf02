"""The JSON Schema of the published result: made from the dataclasses of ``harness.result``, which are that format.

It is strict: it knows every field that this harness writes, and no other. A field that has a default may be
missing: results from before there was such a field are of the same schema number.
"""

from __future__ import annotations

from typing import Any

from harness.result import SCHEMA, RunResult, Verdict

__all__ = ["result_schema"]

_JSON = dict[str, Any]

_WORDS: dict[tuple[str, str], list[Any]] = {
    ("RunResult", "lab"): ["docker", "netns", "vm", "auto", ""],
    ("RunResult", "clock"): ["real", "virtual"],
    ("RunResult", "family"): [4, 6],
    ("RunResult", "mode"): ["quick", "full"],
    ("EvidenceItem", "source"): ["calls", "packets", "socket table", "counters", "setting", "console"],
}
"""Where a field's type says too little. ``lab``: "auto" of a run that got none, "" of one that never began."""
_CAUSE = ["confirmed", "not confirmed", "unknown", "not tried", "no suspect"]
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE = {"type": ["boolean", "null"]}
_ANYTHING: _JSON = {}


def result_schema() -> _JSON:
    """The schema, draft 2020-12; ``#/$defs/RunResult`` is that of a run folder's ``result.json``."""
    from pydantic import TypeAdapter  # noqa: PLC0415 (80 ms that no report needs)

    run = TypeAdapter(RunResult).json_schema(ref_template="#/$defs/{model}")
    definitions = run.pop("$defs")
    definitions["RunResult"] = run
    for name, definition in definitions.items():
        if "description" in definition:  # a docstring, in Python's words
            definition["description"] = definition["description"].replace("``", "`").replace("None", "null")
        if "properties" in definition:
            definition["additionalProperties"] = False
            for field, schema in definition["properties"].items():
                schema.pop("title", None)
                if (name, field) in _WORDS:
                    definition["properties"][field] = {"enum": _WORDS[name, field]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tcp-harness:result:{SCHEMA}",
        "title": "harness: a result, as --json writes it",
        **_object(
            schema={"const": SCHEMA},
            verdict={"$ref": "#/$defs/Verdict"},
            runs=_list({"$ref": "#/$defs/RunResult"}),
            optional={"comparisons": _list(_comparison()), "changes": _list(_changes())},
        ),
        "$defs": dict(sorted(definitions.items())),
    }


def _object(optional: _JSON | None = None, **fields: _JSON) -> _JSON:
    """An object of exactly these fields."""
    return {
        "type": "object",
        "properties": {**fields, **(optional or {})},
        "required": list(fields),
        "additionalProperties": False,
    }


def _list(of: _JSON) -> _JSON:
    return {"type": "array", "items": of}


def _names(of: _JSON) -> _JSON:
    """An object of any names."""
    return {"type": "object", "additionalProperties": of}


def _comparison() -> _JSON:
    column = _object(name=_TEXT, folder=_MAYBE_TEXT, kernels=_list(_TEXT), same_kernel_as=_MAYBE_TEXT)
    finding = _object(
        differs=_MAYBE,
        between_kernels={"type": "boolean"},
        groups=_list(_list(_TEXT)),
        values=_list(_ANYTHING),
        expected=_list(_ANYTHING),
        claims=_names(_ANYTHING),
    )
    return _object(
        experiment=_TEXT,
        columns=_list(column),
        settings=_names(_list(_ANYTHING)),
        causes=_list(_cause()),
        findings=_names(finding),
    )


def _cause() -> _JSON:
    suspect = _object(
        name=_TEXT,
        hosts=_list(_TEXT),
        older=_MAYBE_TEXT,
        newer=_MAYBE_TEXT,
        tried=_MAYBE_TEXT,
        source=_MAYBE_TEXT,
    )
    trial = _object(
        column=_TEXT,
        folder=_MAYBE_TEXT,
        verdict={"enum": [verdict.value for verdict in Verdict]},
        reason=_MAYBE_TEXT,
        sysctls=_names(_names(_TEXT)),
        values=_names(_ANYTHING),
        same=_names(_MAYBE),
    )
    return _object(
        findings=_list(_TEXT),
        older=_list(_TEXT),
        newer=_list(_TEXT),
        verdict={"enum": _CAUSE},
        by=_list(_TEXT),
        together={"type": "boolean"},
        reason=_MAYBE_TEXT,
        suspects=_list(suspect),
        trials=_list(trial),
    )


def _changes() -> _JSON:
    pair = _names({"type": "array", "minItems": 2, "maxItems": 2})
    return _object(
        folder=_MAYBE_TEXT,
        compared={"type": "boolean"},
        changed={"type": "boolean"},
        notes=_list(_TEXT),
        run=pair,
        findings=_names(pair),
        claims=_names(_names(pair)),
    )
