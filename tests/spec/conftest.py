from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shipped() -> Path:
    return ROOT / "experiments" / "backlog-overflow.yaml"


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """A working directory of its own, without ./experiments and ./references."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
