"""The engine's frames, made by hand and cut in every place (Docker Engine API, "Attach to a container")."""

import socket
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.docker.stream import AttachStream

STDOUT, STDERR = 1, 2


def frame(stream, data):
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


class Api:
    """The engine's end of one attach stream: a socket pair, and an exit status."""

    def __init__(self, status=0):
        self.ours, self.theirs = socket.socketpair()
        self.status = status

    def attach_socket(self, container, params):
        assert (container, params) == ("c", {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        return self.ours

    def wait(self, container, timeout):
        assert (container, timeout > 0) == ("c", True)
        return {"StatusCode": self.status}


@contextmanager
def engine():
    made = Api()
    try:
        yield made
    finally:
        made.ours.close()
        made.theirs.close()


@pytest.fixture
def api():
    with engine() as made:
        yield made


def read_all(stream):
    """Everything until there is nothing now, and whether the end was seen."""
    pieces = []
    while (piece := stream.read()) is not None:
        if not piece:
            return b"".join(pieces), True
        pieces.append(piece)
    return b"".join(pieces), False


def test_output_and_log_are_kept_apart(api):
    stream = AttachStream(api, "c")
    api.theirs.sendall(
        frame(STDOUT, b'{"a"') + frame(STDERR, b"oh ") + frame(STDOUT, b":1}\n") + frame(STDERR, b"no")
    )
    assert read_all(stream) == (b'{"a":1}\n', False)
    assert stream.log() == "oh no"


def test_nothing_now_is_not_the_end(api):
    stream = AttachStream(api, "c")
    assert stream.read() is None
    api.theirs.sendall(frame(STDERR, b"only a complaint"))
    assert stream.read() is None
    api.theirs.close()
    assert stream.read() == b""


frames = st.lists(st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary(max_size=40)), max_size=8)


@given(frames, st.lists(st.integers(0, 400), max_size=6))
def test_frames_may_be_cut_anywhere(pieces, cuts):
    sent = b"".join(frame(*piece) for piece in pieces)
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    got = b""
    with engine() as api:
        stream = AttachStream(api, "c")
        for start, end in pairwise(places):
            api.theirs.sendall(sent[start:end])
            got += read_all(stream)[0]
        api.theirs.close()
        assert read_all(stream) == (b"", True)
    assert got == b"".join(content for kind, content in pieces if kind == STDOUT)
    assert stream.log() == b"".join(content for kind, content in pieces if kind == STDERR).decode(
        "utf-8", "replace"
    )


def test_output_and_end_that_come_together_are_told_one_after_the_other(api):
    stream = AttachStream(api, "c")
    api.theirs.sendall(frame(STDOUT, b"last words\n"))
    api.theirs.close()
    assert read_all(stream) == (b"last words\n", True)


def test_a_frame_cut_off_by_the_end_is_no_output(api):
    stream = AttachStream(api, "c")
    api.theirs.sendall(frame(STDOUT, b"whole") + frame(STDOUT, b"torn")[:-1])
    api.theirs.close()
    assert read_all(stream) == (b"whole", True)


def test_of_a_long_log_the_end_is_kept(api):
    stream = AttachStream(api, "c")
    for _ in range(3):
        api.theirs.sendall(frame(STDERR, b"x" * 40000))
        read_all(stream)
    api.theirs.sendall(frame(STDERR, b"the end"))
    read_all(stream)
    assert len(stream.log()) == 65536
    assert stream.log().endswith("xthe end")


@pytest.mark.parametrize(("code", "status"), [(0, 0), (1, 1), (137, -9), (143, -15)])
def test_a_status_above_128_is_a_signal(api, code, status):
    api.status = code
    assert AttachStream(api, "c").status() == status


def test_what_the_container_does_not_read_is_a_timeout(api):
    stream = AttachStream(api, "c")
    with pytest.raises(TimeoutError, match="does not read"):
        stream.feed(b"x" * 10_000_000, 0)
