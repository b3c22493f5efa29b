"""What each part of the store keeps, and what it counts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import StatementError

from ivr_service.dialogue.values import (
    CallKind,
    DialStatus,
    MailboxId,
    NumberClass,
    Origin,
    RefusalReason,
)
from ivr_service.policy.limits import Usage
from ivr_service.policy.pins import LOCK_AFTER, PinFailures
from ivr_service.store import Database, DialAttempt, NewCall, StoredSpeedDial, StoreUnavailableError, Unit

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MAILBOX = MailboxId("103")
CALL = NewCall(
    call_id="c" * 32,
    kind="callback",
    mailbox="103@default",
    origin="inside",
    phone="201",
    extension="2125551234",
    started_at=NOW,
    state_json="{}",
    reply_json='{"turn":0}',
)
ATTEMPT = DialAttempt(
    call_id=CALL.call_id,
    mailbox=MAILBOX,
    number="+12125551234",
    number_class=NumberClass.NATIONAL,
    caller_id="+12025550100",
    kind=CallKind.CALLBACK,
    origin=Origin.INSIDE,
    decided_at=NOW,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    store = Database(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    yield store
    store.close()


def granted(unit: Unit, *, ago: timedelta, serial: int = 0, **changes: object) -> str:
    """Record a grant made `ago`, that runs for two hours; returns its id."""
    grant_id = f"{serial:032x}"
    moment = NOW - ago
    unit.dials.record_grant(
        replace(ATTEMPT, decided_at=moment, **changes),  # type: ignore[arg-type]
        grant_id,
        moment + 2 * HOUR,
    )
    return grant_id


def test_a_call_is_kept_as_it_came(database: Database) -> None:
    with database.turn() as unit:
        assert unit.calls.insert(CALL)
    with database.reading() as unit:
        stored = unit.calls.load(CALL.call_id)
    assert stored is not None
    assert (stored.turn, stored.started_at, stored.touched_at, stored.ended_at) == (0, NOW, NOW, None)
    assert {**vars(CALL)}.items() <= vars(stored).items()


def test_an_unknown_call_is_none(database: Database) -> None:
    with database.reading() as unit:
        assert unit.calls.load("d" * 32) is None


def test_a_call_that_started_twice_is_one_call(database: Database) -> None:
    with database.turn() as unit:
        unit.calls.insert(CALL)
        assert not unit.calls.insert(replace(CALL, state_json="other"))
        assert unit.calls.advance(CALL.call_id, 0, "s", "r", NOW)
    with database.reading() as unit:
        stored = unit.calls.load(CALL.call_id)
    assert stored is not None
    assert stored.state_json == "s"


def test_a_turn_moves_on_once(database: Database) -> None:
    with database.turn() as unit:
        unit.calls.insert(CALL)
        assert unit.calls.advance(CALL.call_id, 0, "one", "r1", NOW + MINUTE)
    with database.turn() as unit:
        assert not unit.calls.advance(CALL.call_id, 0, "again", "r2", NOW)
        stored = unit.calls.load(CALL.call_id)
    assert stored is not None
    assert (stored.turn, stored.state_json, stored.reply_json) == (1, "one", "r1")
    assert stored.touched_at == NOW + MINUTE


def test_the_first_end_of_a_call_stays(database: Database) -> None:
    with database.turn() as unit:
        unit.calls.insert(CALL)
        unit.calls.end(CALL.call_id, NOW)
        unit.calls.end(CALL.call_id, NOW + HOUR)
        stored = unit.calls.load(CALL.call_id)
    assert stored is not None
    assert stored.ended_at == NOW


def test_sessions_that_nobody_touched_for_long_are_forgotten_a_few_at_a_time(database: Database) -> None:
    with database.turn() as unit:
        for number in range(25):
            unit.calls.insert(replace(CALL, call_id=f"{number:032x}", started_at=NOW - 3 * HOUR))
        unit.calls.insert(replace(CALL, call_id="f" * 32, started_at=NOW - HOUR))
        unit.calls.advance("0" * 32, 0, "", "", NOW)
        assert [unit.calls.forget(NOW - 2 * HOUR) for _ in range(3)] == [20, 4, 0]
        assert unit.calls.load("f" * 32) is not None
        assert unit.calls.load("0" * 32) is not None


def insert_and_fail(database: Database) -> None:
    with database.turn() as unit:
        unit.calls.insert(CALL)
        raise ZeroDivisionError


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(database)
    with database.reading() as unit:
        assert unit.calls.load(CALL.call_id) is None


def test_a_unit_inside_a_unit_sees_what_is_committed(database: Database) -> None:
    with database.turn() as outer:
        outer.calls.insert(CALL)
        with database.reading() as inner:
            assert inner.calls.load(CALL.call_id) is None
    with database.reading() as unit:
        assert unit.calls.load(CALL.call_id) is not None


def test_an_empty_store_counts_nothing(database: Database) -> None:
    with database.intent() as unit:
        assert unit.dials.usage(MAILBOX, ATTEMPT.number, NOW) == Usage()


def test_every_window_is_counted_and_says_when_it_frees(database: Database) -> None:
    other_mailbox = MailboxId("104")
    with database.intent() as unit:
        granted(unit, serial=1, ago=25 * HOUR)
        granted(unit, serial=2, ago=23 * HOUR)
        granted(unit, serial=3, ago=20 * HOUR, number="+12125550000")
        granted(unit, serial=4, ago=50 * MINUTE)
        granted(unit, serial=5, ago=40 * MINUTE, number="+12125550001")
        granted(unit, serial=6, ago=55 * MINUTE, mailbox=other_mailbox)
        usage = unit.dials.usage(MAILBOX, ATTEMPT.number, NOW)
    assert usage == Usage(
        calls_last_hour=2,
        calls_last_day=4,
        distinct_numbers_last_day=3,
        number_is_among_them=True,
        same_number_last_hour=1,
        mailbox_open=2,
        system_open=3,
        system_last_hour=3,
        hour_frees_at=NOW + 10 * MINUTE,
        day_frees_at=NOW + HOUR,
        distinct_frees_at=NOW + 4 * HOUR,
        same_number_frees_at=NOW + 10 * MINUTE,
        system_hour_frees_at=NOW + 5 * MINUTE,
    )


def test_a_number_not_called_in_the_day_is_a_new_one(database: Database) -> None:
    with database.intent() as unit:
        granted(unit, ago=MINUTE)
        usage = unit.dials.usage(MAILBOX, "+12125559999", NOW)
    assert (usage.distinct_numbers_last_day, usage.number_is_among_them) == (1, False)
    assert usage.same_number_last_hour == 0


def test_a_dial_leaves_its_window_at_the_moment_that_was_said(database: Database) -> None:
    with database.intent() as unit:
        granted(unit, ago=timedelta(minutes=30, microseconds=400))
        frees_at = unit.dials.usage(MAILBOX, ATTEMPT.number, NOW).hour_frees_at
        assert frees_at is not None
        before, after = frees_at - timedelta(milliseconds=1), frees_at
        assert unit.dials.usage(MAILBOX, ATTEMPT.number, before).calls_last_hour == 1
        assert unit.dials.usage(MAILBOX, ATTEMPT.number, after).calls_last_hour == 0


@pytest.mark.parametrize(
    ("number_class", "counted", "is_open"),
    [
        (NumberClass.NATIONAL, 1, 1),
        (NumberClass.TOLL_FREE, 1, 1),
        (NumberClass.PREMIUM, 1, 1),
        (NumberClass.OTHER_NANP, 1, 1),
        (NumberClass.INTERNATIONAL, 1, 1),
        (NumberClass.INTERNAL, 0, 1),
        (NumberClass.EMERGENCY, 0, 0),
        (NumberClass.SERVICE_CODE, 0, 0),
    ],
)
def test_windows_count_the_public_network_and_open_dials_all_but_what_goes_at_once(
    database: Database, number_class: NumberClass, counted: int, is_open: int
) -> None:
    with database.intent() as unit:
        granted(unit, ago=MINUTE, number_class=number_class)
        usage = unit.dials.usage(MAILBOX, ATTEMPT.number, NOW)
    assert (usage.calls_last_hour, usage.system_last_hour) == (counted, counted)
    assert (usage.mailbox_open, usage.system_open) == (is_open, is_open)


def test_a_refused_attempt_is_on_record_and_does_not_count(database: Database) -> None:
    with database.intent() as unit:
        unit.dials.record_refusal(
            replace(ATTEMPT, number="sip:x@evil", number_class=None, caller_id=None), RefusalReason.INVALID
        )
        assert unit.dials.usage(MAILBOX, ATTEMPT.number, NOW) == Usage()
        (row,) = unit.dials.of_call(CALL.call_id)
    assert (row.number, row.allowed, row.reason, row.grant_id) == ("sip:x@evil", False, "invalid", None)


def test_a_grant_is_on_record_with_all_that_was_decided(database: Database) -> None:
    with database.intent() as unit:
        grant_id = granted(unit, ago=timedelta(0), serial=7)
        row = unit.dials.load(grant_id)
    assert row is not None
    assert (row.call_id, row.mailbox, row.number) == (CALL.call_id, "103@default", "+12125551234")
    assert (row.number_class, row.caller_id, row.kind) == ("national", "+12025550100", "callback")
    assert (row.origin, row.decided_at, row.allowed, row.reason) == ("inside", NOW, True, None)
    assert (row.expires_at, row.outcome, row.ended_at) == (NOW + 2 * HOUR, None, None)


def test_the_same_grant_cannot_be_recorded_twice(database: Database) -> None:
    with database.intent() as unit:
        granted(unit, ago=MINUTE)
    with pytest.raises(StoreUnavailableError), database.intent() as unit:
        granted(unit, ago=MINUTE)


def test_an_outcome_is_recorded_once(database: Database) -> None:
    with database.intent() as unit:
        grant_id = granted(unit, ago=MINUTE)
        assert unit.dials.record_outcome(grant_id, DialStatus.ANSWERED, 12, 16, NOW)
        assert not unit.dials.record_outcome(grant_id, DialStatus.BUSY, 0, 17, NOW + HOUR)
        row = unit.dials.load(grant_id)
        assert unit.dials.usage(MAILBOX, ATTEMPT.number, NOW).mailbox_open == 0
    assert row is not None
    assert (row.outcome, row.answered_s, row.hangup_cause, row.ended_at) == ("answered", 12, 16, NOW)


def test_the_outcome_of_no_grant_is_not_recorded(database: Database) -> None:
    with database.turn() as unit:
        assert not unit.dials.record_outcome("f" * 32, DialStatus.ANSWERED, 1, 16, NOW)


def test_a_dial_whose_time_ran_out_does_not_block_the_mailbox(database: Database) -> None:
    with database.intent() as unit:
        granted(unit, ago=2 * HOUR)
        assert unit.dials.usage(MAILBOX, ATTEMPT.number, NOW).mailbox_open == 0


def test_grants_nobody_will_report_on_get_the_outcome_unknown(database: Database) -> None:
    over = replace(CALL, call_id="e" * 32)
    with database.intent() as unit:
        unit.calls.insert(over)
        unit.calls.end(over.call_id, NOW - 2 * MINUTE)
        run_out = granted(unit, serial=1, ago=3 * HOUR)
        of_ended_call = granted(unit, serial=2, ago=10 * MINUTE, call_id=over.call_id)
        still_up = granted(unit, serial=3, ago=MINUTE)
        reported = granted(unit, serial=4, ago=3 * HOUR)
        unit.dials.record_outcome(reported, DialStatus.BUSY, 0, 17, NOW)
        assert unit.dials.reconcile(NOW, 5 * MINUTE) == 1
        assert unit.dials.reconcile(NOW, MINUTE) == 1
        assert unit.dials.reconcile(NOW, MINUTE) == 0
        rows = [unit.dials.load(grant) for grant in (run_out, of_ended_call, still_up, reported)]
    assert [row and row.outcome for row in rows] == ["unknown", "unknown", None, "busy"]


def test_a_real_outcome_replaces_unknown_once(database: Database) -> None:
    with database.intent() as unit:
        grant_id = granted(unit, ago=3 * HOUR)
        unit.dials.reconcile(NOW, MINUTE)
        assert not unit.dials.record_outcome(grant_id, DialStatus.UNKNOWN, 0, 0, NOW)
        assert unit.dials.record_outcome(grant_id, DialStatus.ANSWERED, 60, 16, NOW)
        assert not unit.dials.record_outcome(grant_id, DialStatus.ANSWERED, 60, 16, NOW)


def test_a_pin_is_set_replaced_and_removed(database: Database) -> None:
    with database.turn() as unit:
        assert unit.pins.hash_of(MAILBOX) is None
        unit.pins.set_hash(MAILBOX, "first", NOW)
        unit.pins.set_hash(MAILBOX, "second", NOW)
        assert unit.pins.hash_of(MAILBOX) == "second"
        assert unit.pins.hash_of(MailboxId("103", "sales")) is None
        assert unit.pins.remove(MAILBOX)
        assert not unit.pins.remove(MAILBOX)
        assert unit.pins.hash_of(MAILBOX) is None


def test_attempts_count_before_the_pin_is_looked_at_and_the_tenth_locks(database: Database) -> None:
    nobody = MailboxId("999")
    for attempt in range(1, LOCK_AFTER + 1):
        with database.intent() as unit:
            failures = unit.pins.reserve_attempt(nobody, NOW)
        locked_at = NOW if attempt == LOCK_AFTER else None
        assert failures == PinFailures(attempt, NOW, locked_at)
        with database.reading() as unit:
            assert unit.pins.failures(nobody) == failures


def test_a_right_pin_clears_the_failures(database: Database) -> None:
    with database.intent() as unit:
        unit.pins.reserve_attempt(MAILBOX, NOW)
        unit.pins.clear_failures(MAILBOX)
        assert unit.pins.failures(MAILBOX) == PinFailures()


def test_a_lock_stays_until_it_is_unlocked(database: Database) -> None:
    with database.turn() as unit:
        unit.pins.lock(MAILBOX, NOW)
        unit.pins.lock(MAILBOX, NOW + HOUR)
        assert unit.pins.failures(MAILBOX).locked_at == NOW
        assert unit.pins.unlock(MAILBOX)
        assert not unit.pins.unlock(MAILBOX)
        assert unit.pins.failures(MAILBOX) == PinFailures()


def test_the_last_number_is_the_one_this_mailbox_was_last_allowed_to_call(database: Database) -> None:
    with database.intent() as unit:
        assert unit.dials.last_dialled(MAILBOX) is None
        granted(unit, ago=HOUR, serial=1)
        granted(unit, ago=MINUTE, serial=2, number="+13125550000")
        granted(unit, ago=MINUTE, serial=3, number="104", number_class=NumberClass.INTERNAL)  # who joined it
        granted(unit, ago=MINUTE, serial=4, mailbox=MailboxId("104"), number="+16175551234")
        granted(unit, ago=timedelta(), serial=5, number="911", number_class=NumberClass.EMERGENCY)
        unit.dials.record_refusal(replace(ATTEMPT, number="+18765551234"), RefusalReason.BANNED_AREA)
        assert unit.dials.last_dialled(MAILBOX) == "+13125550000"
        granted(unit, ago=timedelta(), serial=6, number="105", number_class=NumberClass.INTERNAL)
        assert unit.dials.last_dialled(MAILBOX) == "105"


def test_speed_dials_are_kept_by_mailbox_in_order(database: Database) -> None:
    with database.turn() as unit:
        unit.speed_dials.set(MAILBOX, StoredSpeedDial(7, "Home", "+12125551234"), NOW)
        unit.speed_dials.set(MAILBOX, StoredSpeedDial(2, "Office", "501"), NOW)
        unit.speed_dials.set(MAILBOX, StoredSpeedDial(7, "Mobile", "+12125550000"), NOW)
        unit.speed_dials.set(MailboxId("104"), StoredSpeedDial(1, "Other", "502"), NOW)
        assert unit.speed_dials.list(MAILBOX) == (
            StoredSpeedDial(2, "Office", "501"),
            StoredSpeedDial(7, "Mobile", "+12125550000"),
        )
        assert unit.speed_dials.remove(MAILBOX, 7)
        assert not unit.speed_dials.remove(MAILBOX, 7)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.turn() as unit:
        unit.calls.end(CALL.call_id, datetime(2026, 5, 4, 8, 0))  # noqa: DTZ001
