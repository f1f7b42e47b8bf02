import os
import stat
import subprocess
import sys

import pytest

from harness.errors import StorageError, UsageError
from harness.session.destination import Destination

FULL = "/dev/full"
"""A device on which every write says that no space is left (full(4))."""


def test_a_new_file_is_there_whole_and_nothing_else(tmp_path):
    place = Destination("--json", str(tmp_path / "out.json"))
    place.check()
    assert list(tmp_path.iterdir()) == []
    place.put(b"all of it")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.json", b"all of it")]


def test_permissions_are_those_of_the_file_that_was_there_or_of_any_new_one(tmp_path):
    secret, new, other = (tmp_path / name for name in ("secret", "new", "other"))
    secret.touch(0o600)
    other.write_text("")
    for path in (secret, new):
        Destination("--json", str(path)).put(b"")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert new.stat().st_mode == other.stat().st_mode


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    Destination("--json", str(tmp_path / "link")).put(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.parametrize("name", ["", ".", "nowhere/out.json", "file/out.json"])
def test_a_place_that_is_none_is_wrong_use(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--json"):
        Destination("--json", name).check()


def test_a_folder_that_cannot_be_written_is_found_out_by_trying():
    # Not even root makes files in sysfs (fs/sysfs has no create), whatever its permissions say.
    with pytest.raises(StorageError, match=r"^--json /sys/kernel/out\.json: "):
        Destination("--json", "/sys/kernel/out.json").check()


def test_a_pipe_and_a_device_are_written_as_they_are(tmp_path):
    place = tmp_path / "pipe"
    os.mkfifo(place)
    with subprocess.Popen(["cat", place], stdout=subprocess.PIPE) as reader:
        destination = Destination("--json", str(place))
        destination.check()
        destination.put(b"through")
        assert reader.communicate()[0] == b"through"
    assert stat.S_ISFIFO(place.stat().st_mode)


def test_a_full_disk_is_told():
    full = Destination("--json", FULL)
    full.check()
    with pytest.raises(StorageError, match="No space left"):
        full.put(b"x")


def test_what_cannot_be_written_whole_leaves_the_old_file(tmp_path):
    """A process may make no file larger than its limit: setrlimit(2), RLIMIT_FSIZE."""
    (tmp_path / "out.json").write_text("old")
    program = (
        "import resource, signal; from harness.errors import StorageError;"
        "from harness.session.destination import Destination as D;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: D('--json', 'out.json').put(bytes(10_000))\n"
        "except StorageError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("--json out.json: File too large")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out.json", "old")]
