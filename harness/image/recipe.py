"""The typed model of ``image.yaml``, and its loader: every mistake with file, line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from harness.errors import Mistake, SpecError, nearest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Kernel", "Packages", "Recipe", "load"]

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]*$")]
Pattern = Annotated[str, StringConstraints(pattern=r"^linux-[a-z0-9.+*-]*$")]


class Packages(BaseModel):
    """How the base image is made from Debian packages.

    Attributes:
        suite: the Debian release's name.
        variant: mmdebstrap's: ``minbase`` (configured, apt included) or ``extract`` (unpacked only; faster).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    suite: Word
    variant: Literal["minbase", "extract"] = "minbase"


class Kernel(BaseModel):
    """Which kernel an image brings.

    Attributes:
        suite: the Debian suite that has it, as in a sources.list: ``trixie``, ``bookworm-security`` ...
        package: a pattern for the names of its packages (``linux-image-6.1.*-cloud-amd64``): the newest counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    suite: Word
    package: Pattern


class Recipe(BaseModel):
    """What ``image.yaml`` says.

    Attributes:
        image: the image's name, that of its folder.
        kind: what sort of image it is: ``container``, ``runtime`` or ``kernel``.
        description: one line for `harness images`.
        base: of a container image, the reference that the Dockerfile's ``ARG BASE`` defaults to.
        packages: how to make the base where no registry has it, or None.
        kernel: of a kernel image, which one.
        runtime: of a runtime image, the name under which the engine knows the runtime (``runsc``).
        own: of an image made of the user's own kernel, the folder beside the file that holds it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    image: Word
    kind: Literal["container", "runtime", "kernel"]
    description: str
    base: str | None = None
    packages: Packages | None = None
    kernel: Kernel | None = None
    runtime: Word | None = None
    own: Word | None = None


_PARTS: dict[int | str, type[BaseModel]] = {"packages": Packages, "kernel": Kernel}


def load(path: Path) -> Recipe:
    """The recipe in a file.

    Raises:
        SpecError: the file cannot be read or has mistakes; all of them.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Mistake(str(path), 1, 1, f"cannot be read: {error}")]) from None
    except yaml.MarkedYAMLError as error:
        raise SpecError([_broken(path, error)]) from None
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise SpecError([_mistake(path, node, dict(item)) for item in error.errors()]) from None


def _broken(path: Path, error: yaml.MarkedYAMLError) -> Mistake:
    mark = error.problem_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Mistake(str(path), line, column, f"not YAML: {error.problem or error.context}")


def _mistake(path: Path, node: yaml.Node | None, item: dict[str, Any]) -> Mistake:
    line, column, model = _place(node, item["loc"])
    name = str(item["loc"][-1]) if item["loc"] else ""
    message = f"{name}: {item['msg']}" if name else str(item["msg"])
    if item["type"] == "extra_forbidden":
        near = nearest(name, model.model_fields)
        message = f"unknown key {name!r}; " + (f"did you mean {near!r}?" if near else _known(model))
    elif item["type"] == "missing":
        message = f"the key {name!r} is missing"
    return Mistake(str(path), line, column, message)


def _known(model: type[BaseModel]) -> str:
    return "known: " + ", ".join(model.model_fields)


def _place(node: yaml.Node | None, keys: tuple[int | str, ...]) -> tuple[int, int, type[BaseModel]]:
    """Line and column (from 1) of what the keys lead to or of what is around it, and the model it belongs to."""
    found, mark = node, node.start_mark if node else None
    for key in keys:
        pairs = found.value if isinstance(found, yaml.MappingNode) else []
        pair = next((pair for pair in pairs if pair[0].value == key), None)
        if pair is None:
            break
        found, mark = pair[1], pair[0].start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return line, column, _PARTS.get(keys[0], Recipe) if len(keys) > 1 else Recipe
