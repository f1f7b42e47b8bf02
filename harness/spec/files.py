"""The two kinds of files: an experiment and a reference."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from harness.spec.expectations import AnyExpectation, WhenEntry
from harness.spec.fields import Bounded, HostName, Literally, Name, Says, Seconds, Strict, Text, Value, tag
from harness.spec.findings import AnyFinding
from harness.spec.steps import StepEntry

__all__ = ["ClaimEntry", "ExperimentFile", "HostEntry", "Limits", "Modes", "ReferenceFile"]


class Modes(Strict):
    """A parameter's value in each mode; a mode left out leaves the kernel's own value."""

    word = "modes"
    quick: Value = Field(None, description="The value in quick mode.")
    full: Value = Field(None, description="The value in full mode.")


class Limits(Strict):
    """The limit in each mode."""

    word = "limits"
    quick: Seconds = Field(description="Seconds in quick mode.")
    full: Seconds = Field(description="Seconds in full mode.")


class HostEntry(Strict):
    """One network endpoint."""

    sysctls: Annotated[dict[Text, Value], Says("a mapping of sysctls")] = Field(
        default_factory=dict, description="Sysctls to set; null leaves the kernel's own value."
    )


def _plain_or(word: str) -> Discriminator:
    return Discriminator(lambda data: tag(word if isinstance(data, dict | Strict) else "plain"))


_Parameter = Annotated[
    Annotated[Value, Tag("<plain>")] | Annotated[Modes, Tag("<modes>")],
    _plain_or("modes"),
    Says("a value, or a mapping with quick and full"),
]
_Limit = Annotated[
    Annotated[Seconds, Tag("<plain>")] | Annotated[Limits, Tag("<limits>")],
    _plain_or("limits"),
]


class ExperimentFile(Strict):
    """A question about the TCP stack: parameters, hosts, steps, findings, expectations."""

    experiment: Name = Field(description="The experiment's name, the same as the file's.")
    title: Text = Field(description="What happens, in a few words.")
    question: Text = Field(description="The question that the experiment answers.")
    explanation: Text = Field("", description="What happens and why, for a reader who does not know it yet.")
    article: Name | None = Field(None, description="The article's statement that this experiment carries.")
    parameters: dict[Name, _Parameter] = Field(
        default_factory=dict, description="Values that a user can set; $NAME stands for one elsewhere in the file."
    )
    limit: _Limit = Field(description="Seconds after which the experiment is ended.")
    hosts: dict[HostName, HostEntry | None] = Field(description="The hosts by name.")
    steps: list[StepEntry] = Field(description="What is done, in order. A step starts its calls and goes on.")
    findings: dict[Name, AnyFinding] = Field(description="What is measured, by name.")
    expect: dict[Name, AnyExpectation] = Field(
        default_factory=dict, description="What is expected of a finding, by its name."
    )
    yours: list[Text] = Field(
        default_factory=list, description="Commands that show the same on the reader's own server."
    )


class ClaimEntry(Strict):
    """One statement: what it says of a finding, or why no finding can check it."""

    experiment: Name = Field(description="The experiment it speaks of.")
    finding: Name | None = Field(None, description="The finding it speaks of.")
    says: Text = Field(description="The claim in one plain sentence.")
    claim: Literally = Field(None, description="The claimed value.")
    at_least: Bounded | None = Field(None, description="The least it claims.")
    at_most: Bounded | None = Field(None, description="The most it claims.")
    one_of: Annotated[list[Value], Says("a list of values")] | None = Field(None, description="One of these.")
    place: Text = Field(description="Where it is written.")
    differs: Text | None = Field(None, description="In one sentence, why Linux differs where it does.")
    when: WhenEntry | None = Field(None, description="The hosts it speaks of; left out: its own system only.")
    parameters: dict[Name, Value] = Field(
        default_factory=dict,
        description="The parameters it speaks of; of a run with other values it says nothing.",
    )
    uncheckable: Text | None = Field(None, description="Why no finding can check it.")

    def given(self) -> dict[str, Any]:
        """Which of the claim's ways of giving a value the file uses, and what it says."""
        ways = ("claim", "at_least", "at_most", "one_of", "uncheckable")
        return {way: getattr(self, way) for way in ways if way in self.model_fields_set}


class ReferenceFile(Strict):
    """What somebody else says about TCP stacks, statement by statement."""

    reference: Name = Field(description="The reference's name, the same as the file's.")
    title: Text = Field(description="What it is.")
    source: Text = Field(description="Where it was published, and what it rests on.")
    system: Text = Field(description="The system it speaks of.")
    claims: list[ClaimEntry] = Field(description="What it says.")
