"""Which lab, and which image: what the user said, and what this machine can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import LabMissing, UnknownName, UsageError
from harness.lab.docker import Docker
from harness.lab.netns import Netns
from harness.lab.vm import Vm
from harness.lab.vm.words import VIRTUAL

if TYPE_CHECKING:
    from harness.lab.interface import Lab

__all__ = ["AUTO", "LABS", "candidates"]

AUTO = "auto"

LABS: dict[str, type[Docker | Netns | Vm]] = {"docker": Docker, "netns": Netns, "vm": Vm}
"""Every kind of lab, in the order in which ``auto`` tries them; ``vm`` only for an image that asks for it."""

_LAB_OF_KIND = {"container": "docker", "runtime": "docker", "host": "netns", "kernel": "vm"}


def candidates(
    lab: str, image: str | None, clock: str | None = None, via: str | None = None
) -> list[tuple[Lab, str]]:
    """The labs that can be used, the first choice first, each with its image.

    More than one only where the user left both lab and image open. ``clock`` (``virtual``, ``real``) and ``via``
    (``process``, ``docker``): None for the lab's own choice. Of several images those that have their own kernel
    heed ``via``.

    Raises:
        UnknownName: no such lab or image.
        UsageError: the image cannot be used in that lab, or the lab has no such clock.
        LabMissing: this machine cannot make any such lab; the hint says what mends that.
    """
    if lab != AUTO and lab not in LABS:
        raise UnknownName("lab", lab, [AUTO, *LABS])
    runtime = None
    if image is not None:
        lab, runtime = _lab_of(image, lab)
    if clock == VIRTUAL and lab != Vm.name:
        raise UsageError("only the vm lab has a virtual clock", "choose one of its images: harness images")
    if via is not None and image is None and lab != Vm.name:
        raise UsageError("--via is for the vm lab", "choose one of its images: harness images")
    names = [name for name in LABS if name != Vm.name] if lab == AUTO else [lab]
    found, missing = [], []
    for name in names:
        made = Vm(clock or VIRTUAL, via) if name == Vm.name else _shared(name, runtime)
        probe = made.probe()
        if probe.usable:
            found.append((made, image or made.default_image))
        else:
            missing.append((name, probe))
    if not found:
        reasons = "\n".join(f"the {name} lab cannot be made here: {probe.reason}" for name, probe in missing)
        mends = " or ".join(probe.mend for _, probe in missing if probe.mend)
        raise LabMissing(reasons, mends or None)
    return found  # type: ignore[return-value]  # they have what the protocol asks for


def _shared(name: str, runtime: str | None) -> Docker | Netns:
    """A lab whose hosts share one kernel that is there already."""
    return Docker(runtime) if name == Docker.name else Netns()


def _lab_of(image: str, lab: str) -> tuple[str, str | None]:
    """The lab that an image runs in, and the runtime that starts it there."""
    from harness.image import catalogue  # noqa: PLC0415 (costs 20 ms that a run without --image saves)

    found = catalogue.find(image)
    wanted = _LAB_OF_KIND[found.kind]
    if lab not in {AUTO, wanted}:
        raise UsageError(f"image {image!r} is of kind {found.kind}: it runs in the {wanted} lab, not in {lab}")
    return wanted, found.runtime
