"""QEMU in a container: the images are the engine's, built from the same recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.image import catalogue, context
from harness.lab.vm import via

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.lab.interface import Order
    from harness.lab.vm.container import Contained

__all__ = ["Engine"]


class Engine:
    """See ``Via``."""

    name = via.DOCKER

    def __init__(self, clock: str) -> None:
        self._clock = clock

    def can(self, image: str) -> bool:
        """Whether the image has a Dockerfile."""
        return context.has(catalogue.find(image))

    def built(self, image: str) -> str | None:
        """See ``Via``."""
        if not self.can(image):
            return None
        from harness.image import status  # noqa: PLC0415 (imports the Docker SDK: 150 ms)

        return status.release(image)

    def ready(self, image: str, say: Callable[[str], None]) -> str:
        """See ``Via``."""
        from harness.image import build  # noqa: PLC0415 (see above)

        return build.ensure(image, say)

    def start(self, image: str, order: Order, say: Callable[[str], None]) -> Contained:
        """See ``Via``."""
        from harness.lab.vm.container import Contained  # noqa: PLC0415 (see above)

        reference = order.references.get(image) or self.ready(image, say)
        return Contained(order.run, reference, {"clock": self._clock, "plan": order.plan.to_json()})
