"""The expectations: a literal, or one model each, told apart by the first key that says which."""

from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Discriminator, Field, Tag

from harness.spec.fields import Bounded, KernelBound, Literally, Name, Says, Strict, Value, Words, tag
from harness.spec.words import STACKS

__all__ = [
    "EXPECTATION_MODELS",
    "AnyExpectation",
    "Bounds",
    "Case",
    "Cases",
    "FromModel",
    "OneOf",
    "SameAs",
    "WhenEntry",
    "kind_of",
]


class Bounds(Strict):
    """A least value, a greatest value, or both."""

    word: ClassVar[str] = "bounds"
    at_least: Bounded | None = Field(None, description="The least that is expected.")
    at_most: Bounded | None = Field(None, description="The most that is expected.")


class OneOf(Strict):
    """One of several values."""

    word: ClassVar[str] = "one_of"
    one_of: Annotated[list[Value], Says("a list of values")] = Field(min_length=1, description="The values.")


class SameAs(Strict):
    """The same value as another finding measured."""

    word: ClassVar[str] = "same_as"
    same_as: Name = Field(description="The other finding.")


class FromModel(Strict):
    """What a model gives. Every other key is one of the model's arguments."""

    model_config = ConfigDict(extra="allow")

    word: ClassVar[str] = "model"
    model: Name = Field(description="The model's name.")

    @property
    def arguments(self) -> dict[str, Any]:
        """The model's arguments as the file gives them."""
        return dict(self.model_extra or {})


class WhenEntry(Strict):
    """A condition on a host."""

    stack: Annotated[str, Words(STACKS)] | None = Field(None, description="The host's stack.")
    kernel: KernelBound | None = Field(None, description='A bound on the kernel\'s release, such as ">=6.8".')


_KEYS = {"at_least": "bounds", "at_most": "bounds", "one_of": "one_of", "same_as": "same_as", "model": "model",
         "cases": "cases"}  # fmt: skip


def kind_of(data: Any) -> str | None:
    """The tag of an expectation; what is not a mapping is a literal."""
    if isinstance(data, Strict):
        return tag(data.word)
    if not isinstance(data, dict):
        return tag("literal")
    return next((tag(_KEYS[key]) for key in data if key in _KEYS), None)


_Literal = Annotated[Literally, Tag("<literal>")]
_Bounds = Annotated[Bounds, Tag("<bounds>")]
_OneOf = Annotated[OneOf, Tag("<one_of>")]

Plainly = Annotated[_Literal | _Bounds | _OneOf, Discriminator(kind_of)]


class Case(Strict):
    """One case; without `when` it holds for every host not named before."""

    when: WhenEntry | None = Field(None, description="The hosts it holds for.")
    expect: Plainly = Field(description="What is expected there: a value, bounds, or one of several.")


class Cases(Strict):
    """Different values for different stacks or kernels; the first case that holds counts."""

    word: ClassVar[str] = "cases"
    cases: Annotated[list[Case], Says("a list of cases")] = Field(min_length=1, description="The cases, in order.")


EXPECTATION_MODELS: dict[str, type[Strict]] = {
    model.word: model for model in (Bounds, OneOf, SameAs, FromModel, Cases)
}
AnyExpectation = Annotated[
    _Literal
    | _Bounds
    | _OneOf
    | Annotated[SameAs, Tag("<same_as>")]
    | Annotated[FromModel, Tag("<model>")]
    | Annotated[Cases, Tag("<cases>")],
    Discriminator(kind_of),
]
