"""Handing a socket over: the agent asks the observer to set a filter where it may not do so itself.

Some kernels (6.18 among them) want CAP_NET_ADMIN for SO_ATTACH_FILTER. An agent has no capability and keeps
none; the observer of a plan that filters has this one. Both share the network namespace, and abstract unix
sockets live in it, so the socket itself can be handed over (man 7 unix, SCM_RIGHTS), and nothing else.
"""

from __future__ import annotations

import errno
import json
import os
import socket

from harness.runtime.filters import set_filter

__all__ = ["ask_for_filter", "open_desk", "serve"]

_NAME = "\0harness-filter"
_SECONDS = 5.0


def open_desk() -> socket.socket:
    """The observer's end, to be waited on."""
    desk = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    desk.bind(_NAME)
    desk.listen(8)
    return desk


def serve(desk: socket.socket) -> None:
    """Answer one request: set the filter on the socket that comes with it, and say how that went."""
    peer, _ = desk.accept()
    with peer:
        peer.settimeout(_SECONDS)
        data, descriptors, _, _ = socket.recv_fds(peer, 4096, 4)
        number = 0
        for descriptor in descriptors:
            with socket.socket(fileno=descriptor) as handed:
                try:
                    set_filter(handed, json.loads(data)["drop"])
                except OSError as error:
                    number = error.errno or errno.EIO
        peer.send(json.dumps({"errno": number}).encode())


def ask_for_filter(sock: socket.socket, drop: str) -> None:
    """Set a filter oneself, else have the observer do it; OSError where neither may."""
    try:
        set_filter(sock, drop)
    except PermissionError:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as desk:
            desk.settimeout(_SECONDS)
            try:
                desk.connect(_NAME)
            except OSError:
                raise PermissionError(errno.EPERM, "the kernel wants CAP_NET_ADMIN for a socket filter") from None
            socket.send_fds(desk, [json.dumps({"drop": drop}).encode()], [sock.fileno()])
            number = json.loads(desk.recv(4096))["errno"]
        if number:
            raise OSError(number, os.strerror(number)) from None
