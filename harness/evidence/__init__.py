"""Evidence: the run folder, clocks, packets, flows, and what casts doubt on them."""

from __future__ import annotations

from harness.evidence.doubts import Doubt
from harness.evidence.environment import environment
from harness.evidence.evidence import Evidence, gather
from harness.evidence.flows import Flow, Flows, group
from harness.evidence.folder import RunFolder
from harness.evidence.packets import Capture, Packet, flag_names, read_capture

__all__ = [
    "Capture",
    "Doubt",
    "Evidence",
    "Flow",
    "Flows",
    "Packet",
    "RunFolder",
    "environment",
    "flag_names",
    "gather",
    "group",
    "read_capture",
]
