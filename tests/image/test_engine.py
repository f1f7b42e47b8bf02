import os
import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from docker.context import ContextAPI

from harness.errors import LabMissing
from harness.image import engine


@pytest.fixture
def listener(tmp_path, monkeypatch):
    """A unix socket that is no engine, and DOCKER_HOST pointing at it."""
    path = str(tmp_path / "e.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        yield server


@contextmanager
def serving(server, answer):
    """Answer every request with the same bytes."""

    def serve():
        with suppress(OSError):  # the listener was shut down
            while True:
                peer, _ = server.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(answer)

    server.listen()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_without_a_socket_an_engine_is_to_be_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(LabMissing, match="there is no socket") as caught:
        engine.connect()
    assert "apt-get install docker.io" in caught.value.hint
    assert not engine.answers()


def test_a_socket_without_a_daemon_is_one_to_start(listener):  # noqa: ARG001 (bound, not listening)
    with pytest.raises(LabMissing, match="is not running") as caught:
        engine.connect()
    assert "systemctl start docker" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use any socket")
def test_no_permission_names_the_group(listener, tmp_path):
    listener.listen()
    os.chmod(tmp_path / "e.sock", 0)  # noqa: PTH101 (a socket)
    answer = engine.look()
    assert not answer.usable
    assert "usermod -aG docker" in answer.mend


def test_a_ping_that_is_not_answered_with_200_is_no_engine(listener):
    with serving(listener, b"HTTP/1.1 500 Internal Server Error\r\n\r\n"):
        answer = engine.look()
    assert not answer.usable
    assert "500" in answer.reason


def test_what_answers_the_ping_alone_is_a_missing_lab(listener):
    # The SDK asks for the engine's version next, and gets something that is not JSON.
    with serving(listener, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"):
        assert engine.answers()
        with pytest.raises(LabMissing, match="does not answer"):
            engine.connect()


def test_an_engine_over_tcp_is_tried_with_a_connect(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        assert engine.answers()
    assert not engine.answers()
    assert "is not running" in engine.look().reason


def test_an_unknown_kind_of_address_is_said_to_be_one(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "carrier-pigeon://loft")
    assert "not an address this program can use" in engine.look().reason


def test_docker_host_goes_before_a_context(monkeypatch):
    monkeypatch.setenv("DOCKER_CONTEXT", "other")
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2375")
    assert engine.endpoint() == "tcp://engine:2375"


@pytest.mark.parametrize("by", ["variable", "file"])
def test_a_context_says_where_the_engine_is(tmp_path, monkeypatch, by):
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    assert engine.endpoint() == engine.DEFAULT_ENDPOINT
    ContextAPI.create_context("far", host="tcp://far:2375")
    if by == "variable":
        monkeypatch.setenv("DOCKER_CONTEXT", "far")
    else:
        (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    assert engine.endpoint() == "https://far:2375"  # as the SDK writes TCP with TLS


@pytest.mark.docker
def test_the_engine_here_gives_a_client_with_the_timeout_asked_for():
    client = engine.connect(timeout=7)
    try:
        assert client.ping()
        assert client.api.timeout == 7
    finally:
        client.close()
