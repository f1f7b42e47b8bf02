"""A new experiment: a file that can be run as it is, with a comment at everything that is to be changed."""

from __future__ import annotations

import re
from pathlib import Path

from harness import spec
from harness.errors import StorageError, UsageError
from harness.spec import catalogue

__all__ = ["new"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FOLDER = Path("experiments")

_SKELETON = """\
# The language: docs/experiment-language.md. Check a change with: harness check experiments/{name}.yaml
experiment: {name}
title: One client, one listener                     # what happens, in a few words
question: What does the client see?                 # what a reader wants to know
explanation: >
  What goes on inside the kernel, for somebody who does not know it yet. This skeleton connects one client to a
  listener that nobody accepts from: the kernel answers the handshake and keeps the connection in its queue.
# What a user can set with --set. null: the kernel's own value. In quick mode syn_retries shortens the wait of a
# client that nobody answers; with --full it is left as the kernel has it.
parameters: {{backlog: 5, clients: 1, syn_retries: {{quick: 2}}}}
limit: {{quick: 30, full: 200}}                       # seconds; then it is ended
hosts:
  server: {{}}
  client: {{sysctls: {{net.ipv4.tcp_syn_retries: $syn_retries}}}}
# Each step starts its calls and goes on; only wait waits. door and visitor are labels, names of groups of sockets.
steps:
  - server: {{listen: door, port: 8000, backlog: $backlog}}
  - client: {{connect: visitor, to: door, count: $clients}}
  - wait: {{until: settled, of: visitor}}
# What is measured. Take the same fact from two witnesses where there are two.
findings:
  connected:       {{calls: connect, of: visitor, that: ok, take: count}}
  queued:          {{queue: door, take: value}}
  handshake:       {{packets: any, of: visitor, that: ok, on: client, take: sequence}}
  connect_seconds: {{calls: connect, of: visitor, that: ok, take: seconds}}
# What is expected: a value, at_least/at_most, one_of, same_as another finding, or a model (docs/models.md).
expect:
  connected:       {{model: admitted, of: visitor}}
  queued:          {{same_as: connected}}
  handshake:       [SYN, "SYN,ACK", ACK]
  connect_seconds: {{at_most: 0.5}}
# Commands, each with a comment, that show the same on the reader's own server.
yours:
  - "ss -ltn    # a listener's Recv-Q is its accept queue, Send-Q the queue's limit"
"""


def new(name: str) -> Path:
    """Write ``experiments/NAME.yaml``; the path of the file.

    Raises:
        UsageError: the name cannot be an experiment's, or there is one of that name.
        StorageError: the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be an experiment's name", "letters, digits, - and _, the first one a letter"
        )
    if name in catalogue.names("experiments"):
        path = spec.find("experiments", name)
        raise UsageError(f"there is an experiment {name!r} already: {path}", "choose another name")
    path = _FOLDER / f"{name}.yaml"
    try:
        if not _FOLDER.is_dir():
            _FOLDER.mkdir()
    except OSError as error:
        raise StorageError(f"{_FOLDER}: {error.strerror}") from error
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_SKELETON.format(name=name))
    except FileExistsError:
        raise UsageError(f"{path} exists already", "choose another name") from None
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    return path
