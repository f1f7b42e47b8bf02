import re
from pathlib import Path

import pytest

from harness.errors import SpecError, UnknownName
from harness.image import catalogue

GOOD = """\
image: small
kind: container
description: a test's image
base: debian:bookworm-slim
packages: {suite: bookworm}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An image's folder in ./images of an empty place."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "images" / "small"
    folder.mkdir(parents=True)
    (folder / "image.yaml").write_text(GOOD)
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    return folder


def mistakes(folder, text):
    (folder / "image.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        catalogue.find("small")
    return [(mistake.line, mistake.column, mistake.message) for mistake in caught.value.mistakes]


def test_from_anywhere_the_packages_own_images_are_known(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert {"debian", "host"} <= set(catalogue.names())
    image = catalogue.find("debian")
    assert (image.kind, image.base) == ("container", "debian:bookworm-slim")
    assert (image.folder / "Dockerfile").is_file()


def test_host_is_built_in_and_has_no_folder():
    assert catalogue.find("host") is catalogue.HOST
    assert (catalogue.HOST.kind, catalogue.HOST.folder) == ("host", None)


def test_images_here_stand_beside_those_of_the_package(folder):
    assert {"debian", "host", "small"} <= set(catalogue.names())
    assert catalogue.find("small").folder.resolve() == folder


def test_an_image_here_goes_before_one_of_the_same_name_in_the_package(folder):
    mine = folder.rename(folder.parent / "debian")
    (mine / "image.yaml").write_text(GOOD.replace("small", "debian"))
    assert catalogue.find("debian").description == "a test's image"


def test_a_folder_is_a_name_too(folder):
    there = folder.rename(folder.parent.parent / "small")
    assert catalogue.find("./small").name == "small"
    assert catalogue.find(str(there)).name == "small"


@pytest.mark.parametrize(
    ("name", "hint"), [("debain", "did you mean 'debian'"), ("./none", "known: debian, gvisor, host, linux-")]
)
def test_an_unknown_name_is_told_the_nearest(tmp_path, monkeypatch, name, hint):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownName, match=re.escape(f"no image named {name!r}")) as caught:
        catalogue.find(name)
    assert hint in caught.value.hint


def test_every_mistake_has_its_place(folder):
    text = "image: small\nkind: container\ndescripton: x\nbase: 7\npackages:\n  suit: bookworm\n"
    assert mistakes(folder, text) == [
        (1, 1, "the key 'description' is missing"),
        (3, 1, "unknown key 'descripton'; did you mean 'description'?"),
        (4, 1, "base: Input should be a valid string"),
        (5, 1, "the key 'suite' is missing"),
        (6, 3, "unknown key 'suit'; did you mean 'suite'?"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("kind: container", "kind: virtual", (2, 1), "should be 'container'"),
        ("suite: bookworm", "suite: --hook", (5, 12), "should match pattern"),
        ("image: small", "image: other", (1, 1), "'other' stands in a folder of another name"),
        ("{suite: bookworm}", "{suite: bookworm", (6, 1), "not YAML"),
        (GOOD, "- a\n", (1, 1), "Input should be"),
        (GOOD, "", (1, 1), "Input should be"),
    ],
)
def test_a_mistake_is_explained(folder, old, new, place, message):
    ((line, column, found),) = mistakes(folder, GOOD.replace(old, new))
    assert (line, column) == place
    assert message in found


def test_an_image_without_dockerfile_is_a_mistake(folder):
    (folder / "Dockerfile").unlink()
    assert mistakes(folder, GOOD) == [(1, 1, "there is no Dockerfile beside it")]


KERNEL = """\
image: small
kind: kernel
description: a test's kernel
kernel: {suite: bookworm-security, package: linux-image-6.1.*-cloud-amd64}
"""


def test_a_kernel_image_says_which_kernel_and_needs_no_dockerfile(folder):
    (folder / "Dockerfile").unlink()
    (folder / "image.yaml").write_text(KERNEL)
    image = catalogue.find("small")
    assert (image.kind, image.kernel.suite, image.base) == ("kernel", "bookworm-security", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (KERNEL.replace("suite", "suit"), "unknown key 'suit'; did you mean 'suite'?"),
        (KERNEL.replace("linux-image-6.1.*", "--option"), "should match pattern"),
        (KERNEL[: KERNEL.index("kernel: {")], "the key 'kernel' is missing"),
        (GOOD.replace("base: debian:bookworm-slim\n", ""), "the key 'base' is missing"),
    ],
)
def test_what_an_image_of_a_kind_must_say(folder, text, message):
    assert any(message in found for _, _, found in mistakes(folder, text))


def test_the_name_host_is_taken(folder):
    mine = folder.rename(Path("images/host"))
    (mine / "image.yaml").write_text(GOOD.replace("small", "host"))
    assert catalogue.find("host") is catalogue.HOST
    with pytest.raises(SpecError, match="taken by the built-in image"):
        catalogue.find("./images/host")
