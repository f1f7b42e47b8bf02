"""What the models of the language share: strict reading, the kinds of values, and how each is called."""

from collections.abc import Iterable
from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from harness.spec.document import Scalar

__all__ = [
    "HOST_NAME",
    "Blocking", "Bounded", "Count", "HostName", "KernelBound", "Label", "Literally", "Name", "Number", "Port",
    "Says", "Seconds", "Strict", "Text", "Value", "Words", "choices", "fields", "phrase", "tag",
]  # fmt: skip

LONGEST = 1_000_000.0
"""Seconds: eleven days; nothing in TCP takes longer."""


class Says:
    """How a field's values are called in a message ("a whole number from 0 to 65535")."""

    def __init__(self, phrase: str) -> None:
        self.phrase = phrase


class Words:
    """One of a set of words that stands elsewhere."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


class Strict(BaseModel):
    """A mapping of the language: no other keys than its own, no value made into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    word: ClassVar[str] = ""
    """The key that tells this mapping from its alternatives."""


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise PydanticCustomError("value", "a single value")


def _bounded(value: Any) -> Any:
    # A whole number stays one: at_least 5 is not shown as 5.0.
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return value
    raise PydanticCustomError("number", "a number")


def _literal(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(item) for item in value]
    return _value(value)


def _says(low: int, high: int) -> Says:
    return Says(f"a whole number from {low} to {high}")


HOST_NAME = r"^[a-z][a-z0-9-]{0,30}$"
_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
_BOUND = r"(>=|<=|==|>|<)[0-9]{1,4}(\.[0-9]{1,4}){0,2}"
_ANY: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}

Text = Annotated[str, Field(min_length=1), Says("text")]
Name = Annotated[str, Field(pattern=_NAME), Says("a name: a letter, then letters, digits, - or _")]
Label = Annotated[str, Field(pattern=_NAME), Says("a label: a letter, then letters, digits, - or _")]
HostName = Annotated[
    str,
    Field(pattern=HOST_NAME),
    Says("a host's name: a lower-case letter, then lower-case letters, digits or -"),
]
Port = Annotated[int, Field(ge=0, le=65535), _says(0, 65535)]
Number = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), _says(-(2**31), 2**31 - 1)]
Count = Annotated[int, Field(ge=1, le=1_000_000), _says(1, 1_000_000)]
Seconds = Annotated[
    float,
    Field(gt=0, le=LONGEST, allow_inf_nan=False),
    Says(f"a number of seconds above 0 and at most {LONGEST:.0f}"),
]
Bounded = Annotated[int | float, PlainValidator(_bounded), WithJsonSchema({"type": "number"}), Says("a number")]
KernelBound = Annotated[
    str,
    Field(pattern=rf"^{_BOUND}(,{_BOUND}){{0,3}}$"),
    Says('a kernel bound such as ">=6.8" or ">=5.15,<6.13"'),
]
Blocking = Annotated[
    bool | None,
    Field(
        description="Left out: the call waits inside the agent's event loop. true: a real blocking call in a "
        "thread of its own. false: one non-blocking call that returns what the kernel says at once.",
    ),
    Says("true or false"),
]
Value = Annotated[Scalar, PlainValidator(_value), WithJsonSchema(_ANY), Says("a single value")]
Literally = Annotated[
    Any,
    PlainValidator(_literal),
    WithJsonSchema({"type": ["string", "number", "boolean", "null", "array"], "items": _ANY}),
    Says("a value or a list of values"),
]


def tag(word: str) -> str:
    """A discriminator's tag: in angle brackets, so that no key of a file can be taken for one."""
    return f"<{word}>"


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by the key a file writes."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def phrase(info: FieldInfo) -> str | None:
    """How a field's values are called, or None where pydantic's own words must do."""
    for item in (*info.metadata, *_nested(info.annotation)):
        if isinstance(item, Says):
            return item.phrase
    return None


def _nested(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for item in (*getattr(annotation, "__metadata__", ()), *get_args(annotation)):
        found.append(item)
        found.extend(_nested(item))
    return found


def choices(info: FieldInfo) -> list[str]:
    """The words of a field that takes one of a few."""
    for item in (*info.metadata, info.annotation, *_nested(info.annotation)):
        if isinstance(item, Words):
            return list(item.words)
        if getattr(item, "__origin__", None) is Literal:
            return [word for word in get_args(item) if isinstance(word, str)]
    return []
