"""Sysctls that a kernel lacks or refuses: the same errors for every lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import SettingAbsent, SettingRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runtime.events import Cannot

__all__ = ["refuse"]


def refuse(cannots: Sequence[Cannot]) -> None:
    """Raise what the first of a lab's refused settings means; nothing for none.

    Raises:
        SettingAbsent: this kernel has no such sysctl.
        SettingRefused: it has, and refused the value.
    """
    refused = [event for event in cannots if event.reason != "absent"]
    if refused:
        text = "; ".join(_sentence(event) for event in refused)
        raise SettingRefused(
            text, "choose a value the kernel takes (man 7 tcp, Documentation/networking/ip-sysctl)"
        )
    if cannots:
        event = cannots[0]
        name = event.need.removeprefix("sysctl ").partition("=")[0]
        raise SettingAbsent(f"{event.host}: this kernel has no sysctl {name}")


def _sentence(event: Cannot) -> str:
    setting = event.need.removeprefix("sysctl ")
    return f"{event.host}: the kernel refused {setting} ({event.reason.removeprefix('refused: ')})"
