import pytest

from harness.lab.interface import Need
from harness.session import doctor

RECIPE = "image: {0}\nkind: runtime\nruntime: {1}\ndescription: a stack\nbase: debian:bookworm-slim\n"


@pytest.mark.docker
def test_an_image_of_kind_runtime_is_examined_for_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "LABS", {})  # those that come with harness cost seconds
    folder = tmp_path / "images" / "nowhere"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM debian:bookworm-slim\n")
    (folder / "image.yaml").write_text(RECIPE.format("nowhere", "no-such-runtime"))
    found = {checkup.image: checkup for checkup in doctor.examine(print)}
    assert (found["nowhere"].works, found["nowhere"].lab) == (False, "docker")
    assert [need.there for need in found["nowhere"].needs] == [True, False]
    assert "gvisor" in found


@pytest.mark.parametrize(
    ("needs", "whole"),
    [
        ([("a", None, True)], True),
        ([("a", None, True), ("b", None, False)], False),
        ([("a", "process", False), ("b", "process", True), ("c", "docker", True)], True),
        ([("a", "process", False), ("b", "process", True), ("c", "docker", False)], False),
        ([("a", None, False), ("b", "process", True)], False),
    ],
)
def test_of_several_ways_one_is_enough(needs, whole):
    made = tuple(Need(name, there=there, detail="", way=way) for name, way, there in needs)
    assert doctor._whole(made) is whole
