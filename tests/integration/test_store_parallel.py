"""A limit holds when processes reach for it at once, and the same test catches the obvious mistake."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from ivr_service.policy.pins import FREE_TRIES
from ivr_service.store import Database

WORKER = Path(__file__).with_name("store_worker.py")
PROCESSES = 6
LIMIT = 3


def url_of(directory: Path) -> str:
    return f"sqlite:///{directory / 'ivr.sqlite'}"


def run_at_once(what: str, directory: Path, attempts: int) -> int:
    """Start the workers, and add up what each of them was allowed."""
    url = url_of(directory)
    database = Database(url)
    database.migrate()
    database.close()
    barrier = directory / uuid.uuid4().hex
    barrier.mkdir()
    command = [sys.executable, str(WORKER), what, url, str(barrier), str(PROCESSES), str(attempts)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    answers = [worker.communicate(timeout=90)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * PROCESSES
    return sum(int(answer) for answer in answers)


@pytest.mark.parametrize("attempts", [1, 2])
def test_processes_at_once_get_exactly_as_many_dials_as_the_limit(tmp_path: Path, attempts: int) -> None:
    assert run_at_once("safe", tmp_path, attempts) == LIMIT


def test_counting_in_one_transaction_and_granting_in_another_exceeds_the_limit(tmp_path: Path) -> None:
    assert run_at_once("naive", tmp_path, 1) > LIMIT


def test_guesses_at_a_pin_at_once_are_no_more_than_one_after_the_other(tmp_path: Path) -> None:
    assert run_at_once("pin", tmp_path, 1) == FREE_TRIES


def test_several_processes_may_make_the_database_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from ivr_service.store import Database\n"
        "database = Database(sys.argv[1]); database.migrate(); database.close()"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", code, url_of(tmp_path)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [start.communicate(timeout=60)[1] for start in starts] == [""] * 4
