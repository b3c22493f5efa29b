"""Whole calls of many processes at once get exactly what the limits leave, and not one dial more."""

import subprocess
import sys
from pathlib import Path

import pytest

from ivr_service.store.database import Database
from tests.fakes.clock import FakeClock

CALLER = Path(__file__).with_name("parallel_caller.py")
PROCESSES = 6
MOST_S = 90


def granted_at_once(
    which: str, directory: Path, setting: str, limit: int, mailboxes: list[list[str]], what_then: str
) -> int:
    """Let each process call from its list of mailboxes, and add up what they were granted."""
    database = Database(f"sqlite:///{directory}/ivr.sqlite")
    database.migrate()
    database.close()
    shared = [which, str(directory), str(len(mailboxes)), setting, str(limit)]
    workers = [
        subprocess.Popen(
            [sys.executable, str(CALLER), *shared, ",".join(own), what_then],
            stdout=subprocess.PIPE,
            text=True,
        )
        for own in mailboxes
    ]
    try:
        answers = [worker.communicate(timeout=MOST_S)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return sum(int(answer) for answer in answers)


def dials_on_record(directory: Path) -> tuple[int, int]:
    """How many grants there are, and how many of them are open."""
    database = Database(f"sqlite:///{directory}/ivr.sqlite")
    with database.reading() as unit:
        rows = [row for row in unit.dials.latest(10_000, None) if row.allowed]
    database.close()
    now = FakeClock().now
    return len(rows), sum(
        row.outcome is None and row.expires_at is not None and row.expires_at > now for row in rows
    )


@pytest.mark.parametrize("setting", ["calls_per_hour", "system_calls_per_hour"])
def test_one_mailbox_gets_exactly_as_many_dials_as_its_limit(tmp_path: Path, setting: str) -> None:
    calls = [["103"] * 3] * PROCESSES
    assert granted_at_once("whole", tmp_path, setting, 3, calls, "report") == 3
    assert dials_on_record(tmp_path) == (3, 0)


def test_many_mailboxes_have_exactly_as_many_calls_up_as_the_site_may(tmp_path: Path) -> None:
    calls = [[f"2{process}{call}" for call in range(2)] for process in range(PROCESSES)]
    assert granted_at_once("whole", tmp_path, "system_calls_at_once", 4, calls, "stay") == 4
    assert dials_on_record(tmp_path) == (4, 4)


def test_counting_and_granting_in_separate_transactions_exceeds_the_limit(tmp_path: Path) -> None:
    calls = [["103"]] * PROCESSES
    assert granted_at_once("hasty", tmp_path, "calls_per_hour", 3, calls, "report") > 3


def test_counting_and_granting_in_separate_transactions_exceeds_the_calls_of_the_site(tmp_path: Path) -> None:
    calls = [[f"2{process}0"] for process in range(PROCESSES)]
    assert granted_at_once("hasty", tmp_path, "system_calls_at_once", 3, calls, "stay") > 3
