"""The Dockerfiles of kernels: alike, and built from the same files by hand and by harness."""

import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import ImageError
from harness.image import build, catalogue, context

ROOT = Path(__file__).parents[2]
KERNELS = ("linux-5.10", "linux-6.1", "linux-6.12", "linux-7.x")


@pytest.mark.parametrize("name", [name for name in KERNELS if name != "linux-6.1"])
def test_the_dockerfiles_differ_in_the_images_name_alone(name):
    first, other = ((ROOT / "images" / each / "Dockerfile").read_text() for each in ("linux-6.1", name))
    assert other == first.replace("linux-6.1", name)


@pytest.mark.parametrize("name", KERNELS)
def test_the_context_is_part_of_the_repository(name):
    """So a build by hand, whose context is the repository, copies the same."""
    files = context.files(catalogue.find(name))
    assert f"images/{name}/image.yaml" in files
    assert "harness/runtime/guest.py" in files
    assert "harness/runtime/observer/recorder.py" in files
    assert {each: (ROOT / each).read_bytes() for each in files} == files


def test_what_the_dockerignore_lets_through_covers_the_context():
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert rules[1:] == ["*", "!harness", "!images", "**/__pycache__"]
    assert all(name.startswith(("harness/", "images/")) for name in context.files(catalogue.find("linux-6.1")))


def test_the_same_context_is_the_same_bytes():
    image = catalogue.find("linux-6.1")
    first, second = (context.tar(context.files(image)).read() for _ in range(2))
    assert first == second
    with tarfile.open(fileobj=context.tar(context.files(image))) as archive:
        assert archive.getnames() == sorted(context.files(image))


def test_an_image_may_lie_elsewhere(tmp_path):
    """As in an installed wheel, or the user's own."""
    image = catalogue.find("linux-6.1")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("Dockerfile", "image.yaml"):
        (folder / name).write_bytes((image.folder / name).read_bytes())
    assert build.reference(replace(image, folder=folder)) == build.reference(image)


def test_the_reference_changes_with_the_recipe(tmp_path):
    image = catalogue.find("linux-6.1")
    for name in ("Dockerfile", "image.yaml"):
        (tmp_path / name).write_bytes((image.folder / name).read_bytes())
    with (tmp_path / "image.yaml").open("a") as file:
        file.write("# another\n")
    assert build.reference(replace(image, folder=tmp_path)) != build.reference(image)


def test_a_dockerfile_that_copies_what_is_not_there_is_refused(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY harness/none.py /\n")
    with pytest.raises(ImageError, match=r"copies 'harness/none\.py'"):
        context.files(replace(catalogue.find("linux-6.1"), folder=tmp_path))


def test_without_a_dockerfile_there_is_no_container_form(tmp_path):
    image = replace(catalogue.find("linux-6.1"), folder=tmp_path)
    assert not context.has(image)
    with pytest.raises(ImageError, match="no container form"):
        context.files(image)


def test_what_is_copied_runs_with_pythons_own_library_alone(tmp_path):
    """Nothing is missing in the image that its programs import, and nothing of PyPI is there."""
    for name, data in context.files(catalogue.find("linux-6.1")).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    programs = "harness.image.inside", "harness.image.kernel", "harness.lab.vm.inside", "harness.lab.vm.state"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import {', '.join(programs)}"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
