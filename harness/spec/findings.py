"""The extractors: one model each, told apart by the source's key. ``criteria.FindingSpec`` says what they mean."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from harness.spec.fields import HostName, Label, Says, Strict, Text, Words, tag
from harness.spec.words import STATES, VERBS

__all__ = ["SOURCE_MODELS", "AnyFinding", "FindingEntry", "source_of"]

That = Literal["ok", "failed", "pending"]


class FindingEntry(Strict):
    """What every finding has."""

    def get(self, name: str) -> Any:
        """A selector's value, or None where this source has no such selector or the file leaves it out."""
        return getattr(self, name, None)

    @property
    def what(self) -> str:
        """What the source's key holds."""
        return str(getattr(self, self.word))


class Windowed(FindingEntry):
    """Selectors of time."""

    after: Label | None = Field(None, description="Only what came after this label's first step began.")
    before: Label | None = Field(None, description="Only what came before this label's first step began.")


class Calls(Windowed):
    """Socket calls as the agent reported them."""

    word: ClassVar[str] = "calls"
    calls: Annotated[str, Words(VERBS)] = Field(description="The verb.")
    of: Label = Field(description="Label of the calls, or of the sockets they were made on.")
    that: That | None = Field(None, description="Only calls that went that way.")
    take: Literal["count", "errno", "seconds", "times", "bytes", "value", "port", "sequence", "order"] = Field(
        description="How many; the error's name; how long; when each began, after the first; bytes moved; what was"
        " received; the caller's own port; outcomes in order; clients' indices in order."
    )


class Packets(Windowed):
    """Packets as captured on a host."""

    word: ClassVar[str] = "packets"
    packets: Annotated[str, Says("any, or TCP flags such as SYN or SYN,ACK")] = Field(
        description='`any`, or exactly these flags, separated by commas: SYN, "SYN,ACK", RST ... PSH, URG, ECE and'
        " CWR count only where they are named."
    )
    of: Label | None = Field(None, description="Label of the sockets whose connections are meant; left out: all.")
    that: That | None = Field(None, description="Only connections whose connect went that way.")
    on: HostName = Field(description="Host whose capture is read.")
    from_: HostName | None = Field(None, alias="from", description="Only packets that this host sent.")
    take: Literal["count", "seconds", "times", "bytes", "sequence"] = Field(
        description="How many; from first to last; when, after the flow's first packet; payload; flags in order."
    )


class States(Windowed):
    """States in a host's socket table."""

    word: ClassVar[str] = "states"
    states: Annotated[str, Words(("any", *STATES))] = Field(description="`any`, or one state.")
    of: Label | None = Field(None, description="Label of the sockets that are meant; left out: all.")
    that: That | None = Field(None, description="Only sockets whose connect went that way.")
    on: HostName = Field(description="Host whose socket table is read.")
    take: Literal["count", "peak", "value", "seconds", "times", "sequence"] = Field(
        description="How many were in the state; the most at one moment; how many at the end; how long; when,"
        " after the first row; states in order."
    )


class AcceptQueue(Windowed):
    """A listener's accept queue."""

    word: ClassVar[str] = "queue"
    queue: Label = Field(description="Label of the listener.")
    take: Literal["limit", "peak", "value", "sequence"] = Field(
        description="Its limit; the most it ever held; what it held last; what it held, in order."
    )


class Counter(FindingEntry):
    """How much a counter grew from before the first step to after the last."""

    word: ClassVar[str] = "counter"
    counter: Text = Field(description="TcpExt.NAME, Tcp.NAME or IpExt.NAME.")
    on: HostName = Field(description="Host whose counters are read.")
    take: Literal["count"] = Field("count", description="By how much it grew.")


class HostSetting(FindingEntry):
    """A sysctl as read on a host before the first step."""

    word: ClassVar[str] = "setting"
    setting: Text = Field(description="The sysctl's name.")
    on: HostName = Field(description="Host where it is read.")
    take: Literal["value"] = Field("value", description="Its value.")


SOURCE_MODELS: dict[str, type[FindingEntry]] = {
    model.word: model for model in (Calls, Packets, States, AcceptQueue, Counter, HostSetting)
}


def source_of(data: Any) -> str | None:
    """The tag of a finding's mapping: its first key that is a source."""
    if isinstance(data, FindingEntry):
        return tag(data.word)
    if not isinstance(data, dict):
        return None
    return next((tag(key) for key in data if key in SOURCE_MODELS), None)


AnyFinding = Annotated[
    Annotated[Calls, Tag("<calls>")]
    | Annotated[Packets, Tag("<packets>")]
    | Annotated[States, Tag("<states>")]
    | Annotated[AcceptQueue, Tag("<queue>")]
    | Annotated[Counter, Tag("<counter>")]
    | Annotated[HostSetting, Tag("<setting>")],
    Discriminator(source_of),
]
