"""What every test may need: the labs this machine can make and the tools it has, and the rule for those it lacks.

A test marked ``docker``, ``netns``, ``vm``, ``gvisor``, ``tshark`` or ``browser`` is skipped where that lab cannot
be made or the tool is missing, and fails there when the environment's HARNESS_REQUIRE names it
(``HARNESS_REQUIRE=docker,netns``).
"""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from harness.image.engine import look
from harness.lab.vm.words import needs

HARNESS = str(Path(sys.executable).parent / "harness")
REQUIRE = "HARNESS_REQUIRE"

# A busy machine is no failure.
settings.register_profile("harness", deadline=None)
settings.load_profile("harness")


@cache
def docker_missing():
    answer = look()
    return None if answer.usable else answer.reason


@cache
def netns_missing():
    if shutil.which("unshare") is None:
        return "there is no unshare command"
    options = "-n" if os.geteuid() == 0 else "-rn"
    tried = subprocess.run(["unshare", options, "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"no network namespaces here: {tried.stderr.strip()}"


@cache
def vm_missing():
    from harness.image.kernel_packages import missing_tools  # noqa: PLC0415 (for the tests that boot a kernel)

    missing = [need.detail for need in needs() if not need.there]
    tools = missing_tools()
    return "; ".join([*missing, *(f"{name} is not installed" for name in tools)]) or None


@cache
def gvisor_missing():
    missing = docker_missing()
    if missing:
        return missing
    with tempfile.TemporaryDirectory() as folder:
        words = [HARNESS, "run", "no-bind", "--image", "gvisor", "--json", "-", "--out", folder]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if not done.stdout:
        return done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    return run["reason"] if run["verdict"] in ("skip", "error") else None


@cache
def tshark_missing():
    return None if shutil.which("tshark") else "tshark is not installed"


@cache
def chromium_missing():
    return None if shutil.which("chromium") else "chromium is not installed"


NEEDS = {
    "docker": docker_missing,
    "netns": netns_missing,
    "vm": vm_missing,
    "gvisor": gvisor_missing,
    "tshark": tshark_missing,
    "browser": chromium_missing,
}


def required():
    return {name for name in os.environ.get(REQUIRE, "").split(",") if name}


def pytest_configure():
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):  # what a test's run leaves there says nothing of ours
        os.environ.pop(name, None)
    unknown = required() - set(NEEDS)
    if unknown:
        raise pytest.UsageError(f"{REQUIRE}: unknown: {', '.join(sorted(unknown))}; known: {', '.join(NEEDS)}")


def pytest_runtest_setup(item):
    for name, missing in NEEDS.items():
        reason = missing() if item.get_closest_marker(name) else None
        if reason and name in required():
            pytest.fail(f"{reason} ({REQUIRE} asks for it)", pytrace=False)
        if reason:
            pytest.skip(reason)


@pytest.fixture(scope="session")
def debian():
    """The engine's reference of the image ``debian``, built if need be."""
    from harness.image import build  # noqa: PLC0415 (the Docker SDK is for the tests that use an engine)

    return build.ensure("debian", logging.getLogger(__name__).info)


@pytest.fixture(scope="session")
def published():
    """Holds a result's JSON against the schema in docs/; gives the value back."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 (for the tests that look at JSON)

    path = Path(__file__).parents[1] / "docs" / "result.schema.json"
    schema = Draft202012Validator(json.loads(path.read_text("utf-8")))

    def check(value):
        schema.validate(value)
        return value

    return check


@pytest.fixture(scope="session")
def members():
    """Reads a cpio archive's files (newc: Documentation/driver-api/early-userspace/buffer-format.rst)."""

    def read(archive):
        at = 0
        while archive[at : at + 6] == b"070701":
            size, length = (int(archive[at + field : at + field + 8], 16) for field in (54, 94))
            begin = at + 110 + length + (-(110 + length) % 4)
            yield archive[at + 110 : at + 109 + length].decode(), archive[begin : begin + size]
            at = begin + size + (-size % 4)

    return read
