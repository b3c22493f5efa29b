"""One of several processes that want to dial at the same moment; run by test_store_parallel.

Arguments: what to do, the database's URL, a directory for the barrier, how many processes, attempts of each.
Prints how many attempts were allowed.
"""

import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr_service.dialogue.values import CallKind, MailboxId, NumberClass, Origin
from ivr_service.policy.pins import may_try
from ivr_service.store import Database, DialAttempt, Unit

LIMIT = 3
NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
MAILBOX = MailboxId("103")
NUMBER = "+12125551234"

Pause = Callable[[], None]


def grant_in_one_transaction(database: Database, pause: Pause) -> bool:
    with database.intent() as unit:
        is_allowed = may_dial(unit)
        pause()
        if is_allowed:
            grant(unit)
    return is_allowed


def grant_in_two_transactions(database: Database, pause: Pause) -> bool:
    """The mistake: what was counted may have changed by the time the grant is written."""
    with database.reading() as unit:
        is_allowed = may_dial(unit)
    pause()
    if is_allowed:
        with database.intent() as unit:
            grant(unit)
    return is_allowed


def try_a_pin(database: Database, pause: Pause) -> bool:
    with database.intent() as unit:
        is_allowed = may_try(unit.pins.failures(MAILBOX), NOW)
        pause()
        if is_allowed:
            unit.pins.reserve_attempt(MAILBOX, NOW)
    return is_allowed


def may_dial(unit: Unit) -> bool:
    return unit.dials.usage(MAILBOX, NUMBER, NOW).calls_last_hour < LIMIT


def grant(unit: Unit) -> None:
    attempt = DialAttempt(
        call_id=uuid.uuid4().hex,
        mailbox=MAILBOX,
        number=NUMBER,
        number_class=NumberClass.NATIONAL,
        caller_id="+12025550100",
        kind=CallKind.CALLBACK,
        origin=Origin.INSIDE,
        decided_at=NOW,
    )
    unit.dials.record_grant(attempt, uuid.uuid4().hex, NOW + timedelta(hours=1))


def meet(directory: Path, name: str, count: int, limit_s: float) -> None:
    """Wait until `count` processes are here, or `limit_s` seconds."""
    (directory / f"{name}-{uuid.uuid4().hex}").touch()
    ends = time.monotonic() + limit_s
    while len(list(directory.glob(f"{name}-*"))) < count and time.monotonic() < ends:
        time.sleep(0.005)


def main() -> None:
    what, url, place, count, attempts = sys.argv[1:]
    act = {"safe": grant_in_one_transaction, "naive": grant_in_two_transactions, "pin": try_a_pin}[what]
    directory, processes = Path(place), int(count)
    database = Database(url, wait_s=30.0)
    meet(directory, "started", processes, 60.0)
    allowed = 0
    for number in range(int(attempts)):
        allowed += act(database, lambda: meet(directory, f"counted{number}", processes, 0.2))  # noqa: B023
    database.close()
    print(allowed)


if __name__ == "__main__":
    main()
