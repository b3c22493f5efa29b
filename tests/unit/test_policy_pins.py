"""PINs: which are taken, how long wrong ones make a caller wait, and that none is ever shown."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import extract_parameters

from ivr_service.dialogue.values import InvalidValueError
from ivr_service.policy import pins
from ivr_service.policy.pins import (
    LOCK_AFTER,
    PinFailures,
    after_failure,
    hash_pin,
    is_locked,
    may_try,
    pin_problem,
    verify_pin,
    wait_before_next,
)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("pin", ["4951730", "83920174", "740281956", "9174620385", "60718294"])
def test_a_pin_without_a_pattern_is_taken(pin: str) -> None:
    assert pin_problem(pin, "103") is None


@pytest.mark.parametrize(
    ("pin", "problem"),
    [
        ("", "digits"),
        ("495173", "7 to 10 digits"),
        ("49517304951", "7 to 10 digits"),
        ("495173a", "7 to 10 digits"),
        ("4951730\n", "7 to 10 digits"),
        ("\u0664951730", "7 to 10 digits"),
        ("7777777", "sequence"),
        ("1234567", "sequence"),
        ("7890123", "sequence"),
        ("3210987", "sequence"),
        ("1357913", "sequence"),
        ("8642086", "sequence"),
        ("7891234", "keypad"),
        ("1472583", "keypad"),
        ("3692581", "keypad"),
        ("147258369", "keypad"),
        ("963852741", "keypad"),
        ("2580258", "keypad"),
        ("7894561", "keypad"),
        ("1593571", "keypad"),
        ("1236987", "keypad"),
        ("1212121", "repeat"),
        ("49254925", "repeat"),
        ("4925492", "repeat"),
        ("44992255", "repeat"),
        ("4925294", "repeat"),
        ("7727277", "repeat"),
        ("05041984", "date"),
        ("31121999", "date"),
        ("19840504", "date"),
        ("5041984", "date"),
        ("19842015", "date"),
        ("1234569", "first that somebody would try"),
        ("8675309", "first that somebody would try"),
        ("9103047", "mailbox number"),
    ],
)
def test_a_pin_with_a_pattern_is_refused_in_words_that_do_not_repeat_it(pin: str, problem: str) -> None:
    said = pin_problem(pin, "103")
    assert said is not None
    assert problem in said
    assert not re.search(r"[0-9]{3}", said)


@pytest.mark.parametrize(
    ("in_a_row", "seconds"),
    [(0, 0), (2, 0), (3, 30), (4, 60), (5, 120), (6, 240), (7, 480), (8, 960), (9, 1800), (10**9, 1800)],
)
def test_the_wait_doubles_up_to_half_an_hour(in_a_row: int, seconds: int) -> None:
    assert wait_before_next(PinFailures(in_a_row, NOW)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("failures", "after_s"),
    [
        (PinFailures(), 0),
        (PinFailures(2, NOW), 0),
        (PinFailures(3, NOW), 30),
        (PinFailures(9, NOW), 1800),
    ],
)
def test_a_pin_is_looked_at_once_the_wait_is_over(failures: PinFailures, after_s: int) -> None:
    assert may_try(failures, NOW + timedelta(seconds=after_s))


@pytest.mark.parametrize(
    ("failures", "after_s"),
    [
        (PinFailures(3, NOW), 29),
        (PinFailures(3, NOW), -60),
        (PinFailures(3, None), 10**6),
        (PinFailures(9, NOW), 1799),
        (PinFailures(10, NOW), 10**6),
        (PinFailures(4, NOW, NOW), 10**6),
    ],
)
def test_no_pin_is_looked_at_during_the_wait_or_when_locked(failures: PinFailures, after_s: int) -> None:
    assert not may_try(failures, NOW + timedelta(seconds=after_s))


def test_the_tenth_wrong_pin_in_a_row_locks_and_no_later_one_moves_the_moment() -> None:
    failures = PinFailures()
    for minute in range(LOCK_AFTER):
        assert not is_locked(failures)
        failures = after_failure(failures, NOW + timedelta(minutes=minute))
    assert is_locked(failures)
    assert failures.locked_at == NOW + timedelta(minutes=9)
    assert after_failure(failures, NOW + timedelta(days=1)).locked_at == failures.locked_at


def test_only_the_right_pin_verifies() -> None:
    stored = hash_pin("4951730")
    assert verify_pin(stored, "4951730")
    assert not verify_pin(stored, "4951731")
    assert not verify_pin(stored, "")


def test_a_hash_is_argon2id_salted_and_does_not_hold_the_pin() -> None:
    first, second = hash_pin("4951730"), hash_pin("4951730")
    assert first.startswith("$argon2id$")
    assert first != second
    assert "4951730" not in first


@pytest.mark.parametrize("stored", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
def test_without_a_usable_hash_no_pin_is_right(stored: str | None) -> None:
    assert not verify_pin(stored, "4951730")


def test_an_unknown_mailbox_costs_as_much_work_as_a_known_one() -> None:
    assert extract_parameters(pins._NOBODYS_HASH) == extract_parameters(hash_pin("4951730"))


def test_a_text_that_is_no_pin_is_not_hashed_and_not_repeated() -> None:
    with pytest.raises(InvalidValueError) as refused:
        hash_pin("49517")
    assert "49517" not in str(refused.value)
