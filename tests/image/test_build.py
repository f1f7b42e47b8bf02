import shutil
import threading

import docker
import docker.errors
import pytest

from harness.errors import ImageError, LabMissing
from harness.image import base, build, catalogue, engine, status
from harness.image.recipe import Packages

RECIPE = "image: small\nkind: container\ndescription: a test's image\nbase: {}\n"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """An image in ./images of an empty place; its Dockerfile's last line is the test's to add."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "images" / "small"
    folder.mkdir(parents=True)
    (folder / "image.yaml").write_text(RECIPE.format("scratch:none"))
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    return folder


@pytest.fixture
def client():
    client = engine.connect()
    yield client
    client.close()


@pytest.fixture
def ready(small, debian, client, tmp_path):
    """The small image upon the debian one, with something that makes it this test's own; removed at the end."""
    (small / "image.yaml").write_text(RECIPE.format(debian))
    with (small / "Dockerfile").open("a") as file:
        file.write(f"LABEL test={tmp_path}\n")
    yield small
    for image in client.images.list(filters={"label": f"test={tmp_path}"}):
        client.images.remove(image.id, force=True)


def silent(line):
    assert line


def add(folder, line):
    with (folder / "Dockerfile").open("a") as file:
        file.write(f"{line}\n")


def test_the_reference_changes_with_every_input(small):
    def reference():
        return build.reference(catalogue.find("small"))

    seen = [reference()]
    assert seen[0] == reference()
    assert seen[0].startswith("harness/small:")
    assert len(seen[0]) == len("harness/small:") + 12
    add(small, "CMD true")
    seen.append(reference())
    (small / "extra").write_text("")
    seen.append(reference())
    (small / "extra").chmod(0o755)
    seen.append(reference())
    (small / "extra").rename(small / "other")
    seen.append(reference())
    (small / "image.yaml").write_text(RECIPE.format("scratch:other"))
    seen.append(reference())
    assert len(set(seen)) == len(seen)


def test_the_reference_does_not_depend_on_the_place(small, tmp_path):
    before = build.reference(catalogue.find("small"))
    shutil.copytree(small, tmp_path / "elsewhere" / "small")
    assert build.reference(catalogue.find("./elsewhere/small")) == before


def test_without_an_engine_the_images_are_still_listed(small, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{small}/none.sock")
    found = {row.name: row for row in status.status()}
    assert (found["host"].built, found["small"].built) == (True, False)
    assert found["host"].kernel
    assert found["small"].kernel is None
    with pytest.raises(LabMissing):
        build.ensure("small", silent)


def test_the_built_in_image_has_no_reference():
    with pytest.raises(ImageError, match="'host' is not one that an engine can have"):
        build.reference(catalogue.HOST)


@pytest.mark.docker
def test_an_image_is_built_once(ready, client):  # noqa: ARG001 (the image's folder)
    lines = []
    reference = build.ensure("small", lines.append, client)
    assert any(line.startswith("Step 1/") for line in lines)
    made = client.images.get(reference)
    assert made.labels["harness.image"] == "small"
    assert f"{reference.partition(':')[0]}:latest" in made.tags

    lines.clear()
    assert build.ensure("small", lines.append, client) == reference
    assert lines == []
    (row,) = [row for row in status.status() if row.name == "small"]
    assert (row.built, row.digest, row.reference) == (True, made.id, reference)
    assert row.kernel == client.version()["KernelVersion"]


@pytest.mark.docker
def test_a_change_builds_anew_and_going_back_does_not(ready, client):
    first = build.ensure("small", silent, client)
    text = (ready / "Dockerfile").read_text()
    add(ready, "ENV CHANGED=1")
    assert build.ensure("small", silent, client) != first
    (ready / "Dockerfile").write_text(text)
    lines = []
    assert build.build(["small"], lines.append) == [first]
    assert lines == [f"{first} is ready"]
    # `latest`, which docker-compose.yml uses, is what was built last by name.
    assert client.images.get("harness/small:latest").id == client.images.get(first).id


@pytest.mark.docker
def test_a_failed_step_shows_the_end_of_its_log_and_leaves_no_container(ready, client):
    add(ready, "RUN echo before-the-end >&2 && exit 7")
    label = f"test={ready.parent.parent}"
    with pytest.raises(ImageError, match=r"(?s)returned a non-zero code: 7.*\n  before-the-end\n") as caught:
        build.ensure("small", silent, client)
    assert "\x1b" not in str(caught.value)
    assert client.containers.list(all=True, filters={"label": label}) == []
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get(build.reference(catalogue.find("small")))


@pytest.mark.docker
def test_two_at_once_build_once(ready):
    # The second waits for the first one's lock, then finds the image.
    add(ready, "RUN true")
    logs = [[], []]
    threads = [threading.Thread(target=build.ensure, args=("small", log.append)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(any(line.startswith("Step 1/") for line in log) for log in logs) == 1


@pytest.mark.docker
def test_a_base_from_nowhere_says_how_to_bring_it(small, client):
    (small / "image.yaml").write_text(RECIPE.format("localhost:1/none:1"))
    with pytest.raises(ImageError, match="localhost:1/none:1 is not here and cannot be pulled") as caught:
        build.ensure("small", silent, client)
    assert "docker save localhost:1/none:1 | docker load" in caught.value.hint


@pytest.mark.docker
def test_without_mmdebstrap_the_base_asks_for_it(small, client, monkeypatch, tmp_path):
    packages = "packages: {suite: bookworm-of-no-use}\n"
    (small / "image.yaml").write_text(RECIPE.format("localhost:1/none:1") + packages)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match="mmdebstrap is not installed") as caught:
        build.ensure("small", silent, client)
    assert "apt-get install mmdebstrap" in caught.value.hint


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="there is no mmdebstrap")
def test_a_base_whose_making_fails_never_reaches_the_engine(small, client, monkeypatch, tmp_path):
    # A failed mmdebstrap leaves an archive, and importing it would succeed.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(base.tempfile, "tempdir", None)
    packages = Packages(suite="no-such-suite")
    (small / "image.yaml").write_text(RECIPE.format("localhost:1/none:1") + "packages: {suite: no-such-suite}\n")
    with pytest.raises(ImageError, match=r"(?s)mmdebstrap failed with status \d+:.*no-such-suite"):
        build.ensure("small", silent, client)
    made = f"harness/base:{base._hash(packages)}"
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get(made)
    assert list(tmp_path.glob("harness-base-*")) == []
    assert list(tmp_path.glob("mmdebstrap*")) == []
