import threading

import pytest

from harness.image.cache import cache, free, is_own, locked, remove_locks


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "harness"


def silent(_text):
    """Tells nobody."""


def test_a_lock_that_is_held_is_not_free_and_stays(place):
    assert free("a/b:c")
    with locked("a/b:c", silent), locked("other", silent):
        assert not free("a/b:c")
        assert remove_locks() == 0
    assert free("a/b:c")
    assert remove_locks() == 2
    assert list(place.iterdir()) == []


def test_who_waited_for_a_lock_that_was_removed_takes_the_new_one(place):
    """Else two would hold it: the one that waited, and whoever came after."""
    waits, held, done = threading.Event(), threading.Event(), threading.Event()

    def wait():
        with locked("thing", lambda _text: waits.set()):
            held.set()
            done.wait(10)

    with locked("thing", silent):
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(10)
        (place / "thing.lock").unlink()
    assert held.wait(10)
    assert not free("thing")
    done.set()
    thread.join()


def test_a_folder_that_cannot_be_is_not_tidied(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "others.lock").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cache() == tmp_path
    assert not is_own()
    assert remove_locks() == 0
    assert (tmp_path / "others.lock").exists()
