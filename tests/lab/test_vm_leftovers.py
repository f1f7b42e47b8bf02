"""What guests leave behind, and what of it may go."""

import pytest

from harness.image import catalogue, kernel
from harness.image.cache import cache, locked
from harness.lab.vm import leftovers


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def silent(_text):
    """Tells nobody."""


def folder(*parts, size=1 << 20):
    made = cache().joinpath(*parts)
    made.mkdir(parents=True)
    (made / "memory").write_bytes(b"x" * size)
    return made


def test_nothing_is_nothing():
    assert leftovers.begun() == leftovers.old_images() == leftovers.states() == []


def test_what_was_begun_goes_unless_its_maker_lives():
    dead = folder("states", ".linux-6.1-virtual-0123456789ab-k3x_9abc", size=3 << 20)
    live = folder("states", ".linux-6.1-virtual-ffffffffffff-k3x_9abc")
    whole = folder("states", "linux-6.1-virtual-0123456789ab")
    image = folder("images", ".linux-6.1-34dfaffa76a7-a1b2c3d4")
    with locked("linux-6.1-virtual-ffffffffffff", silent), locked("kernels", silent):
        assert leftovers.begun() == ["removed what was begun and never ended: 1, 3 MB"]
        assert [path.exists() for path in (dead, live, whole, image)] == [False, True, True, True]
    said = leftovers.begun()
    assert said == ["removed what was begun and never ended: 2, 2 MB", "removed 2 locks that nobody held"]
    assert [path.exists() for path in (live, whole, image)] == [False, True, False]


def test_what_was_begun_of_an_own_image_goes():
    made = catalogue.own_place() / "mine" / ".mine-0123456789ab-k3x_9abc"
    made.mkdir(parents=True)
    (made.parent / "image.yaml").touch()
    assert leftovers.begun() == ["removed what was begun and never ended: 1, 0 MB"]
    assert [path.name for path in made.parent.iterdir()] == ["image.yaml"]


def test_states_go_on_request_but_not_one_that_is_being_made():
    one, other = (folder("states", f"linux-6.1-virtual-{name * 12}") for name in "ab")
    with locked(other.name, silent):
        assert leftovers.states() == ["removed prepared states: 1, 1 MB"]
    assert [path.exists() for path in (one, other)] == [False, True]


def test_images_of_old_recipes_go_and_those_of_today_stay():
    image = catalogue.find("linux-6.1")
    today = folder("images", kernel._folder(image).name)
    root = folder("images", kernel._root_folder().name)
    old = folder("images", "linux-6.1-0123456789ab")
    gone = folder("states", "linux-4.9-virtual-0123456789ab")
    state = folder("states", "linux-6.1-real-0123456789ab")
    with locked("kernels", silent):
        assert leftovers.old_images() == ["the kernels' images are left alone: one is being built"]
    assert leftovers.old_images() == [
        "removed images of old recipes: 1, 1 MB",
        "removed prepared states of images that are gone: 1, 1 MB",
    ]
    assert [path.exists() for path in (today, root, old, gone, state)] == [True, True, False, False, True]
