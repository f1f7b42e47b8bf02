"""docker-compose.yml, as a user plays with it: its own commands, from its own comments."""

import io
import logging
import os
import re
import shlex
import shutil
import subprocess
import uuid
from pathlib import Path

import dpkt
import pytest

from harness.image import build, engine

FILE = Path(__file__).parents[2] / "docker-compose.yml"

pytestmark = pytest.mark.docker


def compose_command():
    for words in (["docker", "compose"], ["docker-compose"]):
        tried = shutil.which(words[0]) and subprocess.run([*words, "version"], capture_output=True, check=False)
        if tried and tried.returncode == 0:
            return words
    if "docker" in os.environ.get("HARNESS_REQUIRE", ""):
        pytest.fail("there is neither docker compose nor docker-compose (HARNESS_REQUIRE asks for docker)")
    return pytest.skip("there is neither docker compose nor docker-compose")


class Compose:
    """docker compose for one project: call it with words for what it says, or start it."""

    def __init__(self):
        self.project = f"harness-test-{uuid.uuid4().hex[:8]}"
        self.label = {"label": f"com.docker.compose.project={self.project}"}
        self.words = [*compose_command(), "--project-name", self.project, "--file", str(FILE)]

    def __call__(self, *words, text=True, error=False):
        done = subprocess.run(
            [*self.words, *words], stdin=subprocess.DEVNULL, capture_output=True, text=text, check=False
        )
        assert done.returncode == 0 or error, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr if error else done.stdout

    def start(self, *words):
        return subprocess.Popen([*self.words, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def compose():
    """The lab, up, its captures running; nothing of it is left at the end."""
    build.build(["debian"], logging.getLogger(__name__).info)
    compose = Compose()
    client = engine.connect()
    try:
        compose("up", "-d")
        for container in client.containers.list(filters=compose.label):
            if container.labels["com.docker.compose.service"].endswith("-observer"):
                while b"listening on" not in container.logs():
                    container.reload()
                    assert container.status == "running", container.logs()
        yield compose
    finally:
        compose("down", "-v")
        containers = client.containers.list(all=True, filters=compose.label)
        networks = client.networks.list(filters=compose.label)
        volumes = client.volumes.list(filters=compose.label)
        client.close()
    assert (containers, networks, volumes) == ([], [], [])


CONNECT = """
import socket
with socket.create_connection(("server", 8001), timeout=5) as peer:
    print(*peer.getsockname(), *peer.getpeername())
"""


def test_a_connection_is_in_both_captures(compose):
    listen = "import socket; s = socket.create_server(('', 8001)); print('up', flush=True); s.accept()[0].recv(1)"
    with compose.start("exec", "-T", "server", "python3", "-c", listen) as server:
        assert server.stdout.readline() == "up\n"
        words = compose("exec", "-T", "client", "python3", "-c", CONNECT).split()
    ends = (words[0], int(words[1])), (words[2], int(words[3]))
    for host in ("server", "client"):
        data = compose("exec", "-T", f"{host}-observer", "cat", f"/captures/{host}.pcap", text=False)
        assert ends in syns(data)


def test_the_commands_of_the_comments_show_what_they_say(compose):
    listen, sockets, clients, counters, packets = commands()[:5]
    compose(*listen)
    while not (row := re.search(r"^LISTEN +(\d+) +(\d+) +\S+:8000 ", compose(*sockets), re.MULTILINE)):
        pass  # until the listener is up; pytest's own limit ends it
    assert row.groups() == ("0", "5")
    said = compose(*clients, error=True)
    # backlog 5 admits six (sk_acceptq_is_full tests with >), and the other SYNs get no answer.
    assert said.count("succeeded!") == 6
    assert said.count("timed out") == 3
    assert int(re.search(r"TcpExtListenOverflows +(\d+)", compose(*counters))[1]) >= 3
    assert ".8000: Flags [S]" in compose(*packets)


def commands():
    """The `docker compose exec` commands of the file's comments, as words."""
    found = re.findall(r"^# +docker compose (exec .*)$", FILE.read_text(), re.MULTILINE)
    return [["exec", "-T", *shlex.split(line)[1:]] for line in found]


def syns(data):
    found = []
    for _, frame in dpkt.pcap.Reader(io.BytesIO(data)):
        packet = dpkt.ethernet.Ethernet(frame).data
        if packet.data.flags == dpkt.tcp.TH_SYN:
            source, target = (dpkt.utils.inet_to_str(side) for side in (packet.src, packet.dst))
            found.append(((source, packet.data.sport), (target, packet.data.dport)))
    return found
