"""An image that brings a kernel, whether it was made by a recipe or of the user's own file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.image import kernel, own_kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.image.catalogue import Image
    from harness.image.kernel import Built

__all__ = ["built", "ensure"]


def built(image: Image) -> Built | None:
    """The image as it was built; None where it was not, or not whole."""
    return own_kernel.built(image) if image.own is not None else kernel.built(image)


def ensure(image: Image, progress: Callable[[str], None]) -> Built:
    """The image, built first where that is needed; ImageError where it cannot be."""
    return own_kernel.ensure(image, progress) if image.own is not None else kernel.ensure(image, progress)
