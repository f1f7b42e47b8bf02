"""What each stack should do: pure functions, one formula each, with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.closing import FIN_WAIT_2
from harness.model.defaults import DOCUMENTED, longest, own_value, with_setting
from harness.model.document import document
from harness.model.expectation import Between, Duration, Either, Equal, Moment, Nothing, OneOf, Times, plain
from harness.model.interface import Expectation, Matcher, Model, NoModel, Situation
from harness.model.kernel import bound_is_valid, satisfies
from harness.model.ports import EPHEMERAL_PORT
from harness.model.queue import ACCEPT_QUEUE_LIMIT, ADMITTED, QUEUE_CAPACITY
from harness.model.syn import CONNECT_TIMEOUT, DROPPED_SYNS, RETRANSMISSION_MOMENT, SYN_SCHEDULE
from harness.model.timers import RESOLUTION, SLACK, granule

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DOCUMENTED",
    "MODELS",
    "RESOLUTION",
    "SLACK",
    "Between",
    "Duration",
    "Either",
    "Equal",
    "Expectation",
    "Matcher",
    "Model",
    "Moment",
    "NoModel",
    "Nothing",
    "OneOf",
    "Situation",
    "Times",
    "bound_is_valid",
    "document",
    "granule",
    "longest",
    "own_value",
    "plain",
    "satisfies",
    "with_setting",
]

MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        ACCEPT_QUEUE_LIMIT,
        QUEUE_CAPACITY,
        ADMITTED,
        CONNECT_TIMEOUT,
        SYN_SCHEDULE,
        RETRANSMISSION_MOMENT,
        DROPPED_SYNS,
        FIN_WAIT_2,
        EPHEMERAL_PORT,
    )
}
"""Every model by the name that experiment files use."""
