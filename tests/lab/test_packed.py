import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.vm.packed import empty, pack, unpack

BLOCK = 1 << 16


@given(blocks=st.lists(st.sampled_from([0, 1, 255]), max_size=12), tail=st.integers(0, 100))
def test_what_is_packed_is_unpacked(tmp_path_factory, blocks, tail):
    folder = tmp_path_factory.mktemp("packed")
    whole = b"".join(bytes([block]) * BLOCK for block in blocks) + b"\1" * tail
    (folder / "memory").write_bytes(whole)
    extents = pack(folder / "memory", folder / "packed")
    made = empty(len(whole))
    unpack(folder / "packed", extents, made)
    assert os.pread(made, len(whole) + 1, 0) == whole
    os.close(made)
    assert (folder / "packed").stat().st_size == BLOCK * sum(map(bool, blocks)) + tail


def test_what_is_cut_short_is_seen(tmp_path):
    (tmp_path / "memory").write_bytes(b"\1" * BLOCK)
    extents = pack(tmp_path / "memory", tmp_path / "packed")
    os.truncate(tmp_path / "packed", 100)
    made = empty(BLOCK)
    with pytest.raises(EOFError):
        unpack(tmp_path / "packed", extents, made)
    os.close(made)
