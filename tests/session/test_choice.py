import pytest

from harness.errors import ExitCode, LabMissing, UnknownName, UsageError
from harness.session.choice import LABS, candidates

NO_ENGINE = "unix:///nowhere/docker.sock"


@pytest.fixture
def no_engine(monkeypatch):
    """A machine whose engine does not answer."""
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)


def names(found):
    return [(lab.name, image) for lab, image in found]


def test_an_unknown_lab_is_wrong_use_and_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'netns'") as caught:
        candidates("nets", None)
    assert caught.value.code is ExitCode.USAGE


def test_an_unknown_image_too():
    with pytest.raises(UnknownName, match="no image named 'debain'\n  did you mean 'debian'"):
        candidates("auto", "debain")


@pytest.mark.parametrize(("lab", "image", "right"), [("netns", "debian", "docker"), ("docker", "host", "netns")])
def test_an_image_decides_which_lab_can_use_it(lab, image, right):
    with pytest.raises(UsageError, match=f"runs in the {right} lab, not in {lab}"):
        candidates(lab, image)


def test_docker_is_the_first_choice():
    assert next(iter(LABS)) == "docker"


@pytest.mark.docker
@pytest.mark.netns
def test_auto_offers_what_works_in_order():
    assert names(candidates("auto", None)) == [("docker", "debian"), ("netns", "host")]


@pytest.mark.netns
@pytest.mark.usefixtures("no_engine")
def test_auto_goes_on_where_no_engine_answers():
    assert names(candidates("auto", None)) == [("netns", "host")]
    assert names(candidates("auto", "host")) == [("netns", "host")]


@pytest.mark.usefixtures("no_engine")
def test_a_lab_that_cannot_be_made_says_why_and_what_mends_it():
    with pytest.raises(LabMissing, match="the docker lab cannot be made here") as caught:
        candidates("docker", None)
    assert caught.value.code is ExitCode.COULD_NOT_RUN
    assert caught.value.hint


def test_via_is_for_images_that_bring_their_kernel(monkeypatch, tmp_path):
    with pytest.raises(UsageError, match="--via is for the vm lab"):
        candidates("auto", None, via="process")
    monkeypatch.setenv("PATH", str(tmp_path))  # no QEMU
    with pytest.raises(LabMissing, match="qemu-system-x86_64 is not installed") as caught:
        candidates("auto", "linux-6.1", via="process")
    assert caught.value.hint == "sudo apt-get install qemu-system-x86"


@pytest.mark.usefixtures("no_engine")
def test_via_docker_needs_an_engine():
    with pytest.raises(LabMissing, match="no Docker engine"):
        candidates("vm", "linux-6.1", via="docker")
