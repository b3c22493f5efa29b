"""A running service for each test, ended with everything it started."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.running_service import RunningService

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built prompts: those of `make test` where they are, else made once for all tests here."""
    ready = ROOT / "var" / "prompts"
    if (ready / "manifest.json").exists():
        return ready
    state = tmp_path_factory.mktemp("prompts")
    command = [sys.executable, "-m", "ivr_service", "prompts", "build", "--state", str(state)]
    subprocess.run(command, check=True, capture_output=True, timeout=90)
    return state / "prompts"


@pytest.fixture
def service(tmp_path: Path, prompts: Path) -> Iterator[RunningService]:
    running = RunningService(tmp_path, prompts)
    try:
        running.start()
        yield running
    finally:
        running.end_all()
