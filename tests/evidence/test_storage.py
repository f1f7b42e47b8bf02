from __future__ import annotations

import os

import pytest

from harness.errors import StorageError
from harness.evidence.storage import Appender, write_whole


def test_what_was_appended_is_readable_before_the_file_is_closed(tmp_path):
    file = Appender(tmp_path / "events")
    file.append(b"one\n")
    file.append(b"two\n")
    assert (tmp_path / "events").read_bytes() == b"one\ntwo\n"
    file.close()


def test_a_full_disk_is_named_with_its_path(tmp_path):
    (tmp_path / "events").symlink_to("/dev/full")  # every write there gives ENOSPC
    file = Appender(tmp_path / "events")
    with pytest.raises(StorageError, match=r"events: No space left on device\n.*free some space"):
        file.append(b"one\n")
    file.close()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StorageError, match="nowhere/result"):
        write_whole(tmp_path / "nowhere" / "result", "{}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="no permission"):
        write_whole(tmp_path / "result", "{}")


def test_a_whole_file_replaces_the_old_one_and_leaves_nothing_else(tmp_path):
    write_whole(tmp_path / "result", "old")
    write_whole(tmp_path / "result", "new")
    assert (tmp_path / "result").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
