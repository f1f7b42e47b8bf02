"""The whole command, as a user starts it: a process of its own in an empty folder."""

import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.evidence.doubts import BUSY

HARNESS = str(Path(sys.executable).parent / "harness")
OVERFLOW = ("run", "backlog-overflow", "--set", "syn_retries=1")
TRIES = 3
SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "docs" / "result.schema.json").read_text("utf-8"))
)


class Done:
    """A command that has ended."""

    def __init__(self, command, code, out, err):
        self.words, self.place = command.words, command.folder
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"{self.words} ended with {self.code}\n{self.err}{self.out}"

    @property
    def result(self):
        """The only run of what ``--json -`` printed."""
        value = json.loads(self.out)
        SCHEMA.validate(value)
        (run,) = value["runs"]
        return run

    @property
    def folder(self):
        """Where its run's folder is."""
        return self.place / self.result["folder"]

    @property
    def values(self):
        return {name: finding["value"] for name, finding in self.result["findings"].items()}

    @property
    def busy(self):
        """Whether all it can say is that the machine was too busy."""
        if not self.out.startswith("{"):
            return False
        return self.code == 4 and any(doubt.endswith(BUSY) for doubt in self.result["doubts"])


class Command:
    """A `harness` command that runs.

    Attributes:
        mark: a value in the environment of it and of every process it starts on this machine.
        folder: where it was started.
    """

    def __init__(self, folder, words, program=(HARNESS,), env=None, **more):
        self.words, self.folder = words, folder
        self.mark = f"HARNESS_TEST={uuid.uuid4()}"
        self.temporary = folder / f"tmp-{self.mark[-12:]}"
        self.temporary.mkdir(mode=0o777)
        name, value = self.mark.split("=")
        environment = {**os.environ, "TMPDIR": str(self.temporary), name: value, **(env or {})}
        self._out = (folder / f"{self.mark[-12:]}.stdout").open("w+", encoding="utf-8")
        self._err = ""
        self.process = subprocess.Popen(
            [*program, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def until(self, text):
        """Read what it says until a line has this text."""
        for line in iter(self.process.stderr.readline, ""):
            self._err += line
            if text in line:
                return self
        pytest.fail(f"it never said {text!r}: {self.end()}")

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self

    def end(self):
        """Wait for its end."""
        if not self.process.stderr.closed:
            self._err += self.process.communicate()[1]
            self._out.seek(0)
            self._said = self._out.read()
            self._out.close()
        return Done(self, self.process.returncode, self._said, self._err)

    @property
    def run_folder(self):
        """Its run folder; it must have been the only one under ``--out`` since."""
        (found,) = (path for path in (self.folder / "runs").iterdir() if not path.is_symlink())
        return found

    @property
    def run(self):
        """Its run's id, which the engine's labels carry."""
        return self.run_folder.name.rpartition("-")[2]

    def processes(self):
        """The processes on this machine that it started, itself included: {id: name}."""
        found = {}
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    if self.mark.encode() in (path / "environ").read_bytes().split(b"\0"):
                        found[int(path.name)] = (path / "comm").read_text().strip()
                except OSError:
                    continue  # it has gone, or is not ours to look at
        return found


@pytest.fixture
def start(tmp_path):
    """Starts commands, each in a folder of its own; none outlives the test."""
    started = []

    def starting(*words, folder=None, **more):
        if folder is None:
            folder = tmp_path / str(len(started))
            folder.mkdir()
        started.append(Command(folder, words, **more))
        return started[-1]

    yield starting
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.end()


@pytest.fixture
def perform(start):
    """Runs commands at once; what a machine that was too busy could not tell is asked again, by itself."""

    def performing(*commands):
        ended = [command.end() for command in [start(*words) for words in commands]]
        for _ in range(TRIES - 1):
            ended = [start(*each.words).end() if each.busy else each for each in ended]
        return ended

    return performing


@pytest.fixture
def overflow():
    """Words for a run of backlog-overflow that takes three seconds, its result as JSON."""

    def words(lab, *more, **parameters):
        setting = [word for name, value in parameters.items() for word in ("--set", f"{name}={value}")]
        return (*OVERFLOW, "--lab", lab, "--json", "-", *setting, *more)

    return words


@pytest.fixture
def engine():
    """A client of the engine's."""
    from harness.image import engine as module  # noqa: PLC0415 (the Docker SDK is for the tests that use an engine)

    client = module.connect()
    yield client
    client.close()


@pytest.fixture
def left(engine):
    """What of a run is on the engine."""

    def find(run):
        only = {"label": f"harness.run={run}"}
        return [*engine.containers.list(all=True, filters=only), *engine.networks.list(filters=only)]

    return find
