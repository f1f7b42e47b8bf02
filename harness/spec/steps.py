"""The verbs: one model each, told apart by the verb's key. See ``runtime.plan`` for what each does."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from harness.spec.fields import Blocking, Count, HostName, Label, Number, Port, Says, Seconds, Strict, Words, tag
from harness.spec.words import OPTIONS, VERBS

__all__ = ["VERB_MODELS", "AnyVerb", "Step", "Verb", "Wait", "verb_of"]

Size = Annotated[int, Field(ge=1, le=1 << 30), Says(f"a whole number from 1 to {1 << 30}")]
Option = Annotated[str, Words(OPTIONS), Field(description="The option's name in C.")]
_ON = "Label of the sockets; then the verb's own label names these calls. Left out: the verb's label names them."


class Step(Strict):
    """What every step may carry."""

    within: Seconds | None = Field(None, description="Seconds the step may take; left out: the plan's limit.")

    def arguments(self) -> dict[str, Any]:
        """The plan's arguments: what the file gives, under the keys it gives them."""
        return self.model_dump(by_alias=True, exclude_unset=True, exclude_none=True, exclude={"within", self.word})


class Verb(Step):
    """A step of a host's agent: the verb's key holds a label."""

    @property
    def label(self) -> str:
        """The label that the verb's key holds."""
        return str(getattr(self, self.word))

    @property
    def sockets(self) -> str:
        """The label of the sockets that the step uses or makes."""
        return getattr(self, "on", None) or self.label

    def arguments(self) -> dict[str, Any]:
        """The plan's arguments: what the file gives, and always whose sockets."""
        given = super().arguments()
        return {**given, "on": self.sockets} if "on" in type(self).model_fields else given


class Socket(Verb):
    """Make a TCP socket."""

    word: ClassVar[str] = "socket"
    socket: Label = Field(description="Label of the new socket.")


class Bind(Verb):
    """Bind a socket to a port on every address of its host; makes the socket if the label is new."""

    word: ClassVar[str] = "bind"
    bind: Label = Field(description="Label of the socket.")
    port: Port = Field(0, description="The port; 0: the system picks one.")


class Listen(Verb):
    """Listen; makes the socket if the label is new."""

    word: ClassVar[str] = "listen"
    listen: Label = Field(description="Label of the listener.")
    backlog: Number = Field(description="The second argument of listen(2).")
    port: Port | None = Field(None, description="Bind to this port first.")


class Connect(Verb):
    """Connect new sockets."""

    word: ClassVar[str] = "connect"
    connect: Label = Field(description="Label of the new sockets.")
    to: Label = Field(description="Label of a socket on another host, or a host's name together with `port`.")
    port: Port | None = Field(None, description="The port, where `to` is a host's name.")
    count: Count = Field(1, description="How many sockets connect, one after another without waiting.")
    at_once: bool = Field(False, description="Start the calls from several threads at the same moment.")
    blocking: Blocking = None


class Accept(Verb):
    """Take connections out of a listener's accept queue."""

    word: ClassVar[str] = "accept"
    accept: Label = Field(description="Label of the accepted sockets.")
    from_: Label = Field(alias="from", description="Label of the listener.")
    count: Count = Field(1, description="How many connections to take.")
    blocking: Blocking = None


class Send(Verb):
    """Send text or a number of bytes."""

    word: ClassVar[str] = "send"
    send: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)
    data: Annotated[str, Field(max_length=65536), Says("text")] | None = Field(
        None, description="The text to send."
    )
    size: Size | None = Field(None, description="Send this many bytes.")
    blocking: Blocking = None


class Recv(Verb):
    """Receive once."""

    word: ClassVar[str] = "recv"
    recv: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)
    size: Size = Field(65536, description="Bytes to ask for.")
    blocking: Blocking = None


class Shutdown(Verb):
    """Shut one or both ways of a connection."""

    word: ClassVar[str] = "shutdown"
    shutdown: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)
    how: Literal["read", "write", "both"] = Field(description="Which way: SHUT_RD, SHUT_WR or SHUT_RDWR.")


class Close(Verb):
    """Close sockets."""

    word: ClassVar[str] = "close"
    close: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)
    abort: bool = Field(False, description="Close with RST, through SO_LINGER with 0 seconds.")


class Kill(Verb):
    """Kill a process that owns the sockets: the kernel then closes them, as after a crash."""

    word: ClassVar[str] = "kill"
    kill: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)


class SetOption(Verb):
    """Set a socket option."""

    word: ClassVar[str] = "option"
    option: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)
    name: Option
    value: Number = Field(description="The option's value.")


class Filter(Verb):
    """Attach a socket filter that drops what arrives, or detach it."""

    word: ClassVar[str] = "filter"
    filter: Label = Field(description="Label of the calls, or of the sockets where `on` is left out.")
    on: Label | None = Field(None, description=_ON)
    drop: Literal["all", "without-syn", "none"] = Field(
        description="`all` segments, those `without-syn`, or `none`: detach the filter."
    )


class Wait(Step):
    """Wait: the only step that does."""

    word: ClassVar[str] = "wait"
    until: Literal["settled"] | None = Field(
        None, description="`settled`: every call of the label `of` has ended."
    )
    of: Label | None = Field(None, description="Label of the calls that `until` speaks of.")
    for_: Seconds | None = Field(None, alias="for", description="Seconds to wait.")


VERB_MODELS: dict[str, type[Verb]] = {
    model.word: model
    for model in (Socket, Bind, Listen, Connect, Accept, Send, Recv, Shutdown, Close, Kill, SetOption, Filter)
}


def verb_of(data: Any) -> str | None:
    """The tag of a step's mapping: its first key that is a verb, or the conductor's."""
    if isinstance(data, Step):
        return tag(data.word)
    if not isinstance(data, dict):
        return None
    for key in data:
        if key in VERBS:
            return tag(key)
    return tag("wait") if "until" in data or "for" in data else None


AnyVerb = Annotated[
    Annotated[Socket, Tag("<socket>")]
    | Annotated[Bind, Tag("<bind>")]
    | Annotated[Listen, Tag("<listen>")]
    | Annotated[Connect, Tag("<connect>")]
    | Annotated[Accept, Tag("<accept>")]
    | Annotated[Send, Tag("<send>")]
    | Annotated[Recv, Tag("<recv>")]
    | Annotated[Shutdown, Tag("<shutdown>")]
    | Annotated[Close, Tag("<close>")]
    | Annotated[Kill, Tag("<kill>")]
    | Annotated[SetOption, Tag("<option>")]
    | Annotated[Filter, Tag("<filter>")]
    | Annotated[Wait, Tag("<wait>")],
    Discriminator(verb_of),
]

StepEntry = Annotated[
    dict[Annotated[HostName, Says("a host's name or wait")], AnyVerb],
    Field(min_length=1, max_length=1),
    Says("one host with its verb, or wait"),
]
