"""PINs: which are good enough, how long to wait after wrong ones, and how they are kept.

NIST SP 800-63B: a block list of patterns, a growing wait, a limit on failures in a row, no forced change.
Seven to ten digits are this project's own choice. A PIN is kept only as an argon2id hash; nothing here ever
puts one into a message, a repr or a log.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from ivr_service.dialogue.values import InvalidValueError

LOCK_AFTER = 10
"""Wrong PINs in a row after which only the admin can unlock (NIST SP 800-63B: at most 100)."""

FREE_TRIES = 3
"""Wrong PINs in a row that meet no wait yet: as many as one call has tries."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)

_PIN = re.compile(r"[0-9]{7,10}")
_YEAR = r"(?:19|20)[0-9]{2}"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_DATES = re.compile(
    rf"{_MONTH}{_DAY}{_YEAR}|{_DAY}{_MONTH}{_YEAR}|{_YEAR}{_MONTH}{_DAY}|{_YEAR}{_DAY}{_MONTH}"
    rf"|[1-9]{_DAY}{_YEAR}|[1-9]{_MONTH}{_YEAR}|{_YEAR}{_YEAR}"
)
# The keypad by columns, by lines, along its diagonals, around its edge, and 1-9 wrapped without the zero.
_KEYPAD_PATHS = (
    "147258369",
    "147369258",
    "2580",
    "159357",
    "1593570",
    "123654789",
    "12369874",
    "1478963",
    "789456123",
    "123456789",
    "456123789",
)
# Digits people choose, at the top of every published list of leaked numeric secrets, in whole or in part.
_COMMON = ("123456", "654321", "012345", "543210", "8675309", "5201314", "3141592", "2718281", "112233")


@dataclass(frozen=True)
class PinFailures:
    """Wrong PINs of one mailbox since the last right one. Times are aware."""

    in_a_row: int = 0
    last_failed_at: datetime | None = None
    locked_at: datetime | None = None


def pin_problem(pin: str, mailbox_number: str = "") -> str | None:
    """Say what makes this a bad PIN, in words for the admin that do not repeat it, or None for a good one."""
    if not _PIN.fullmatch(pin):
        return "a PIN is 7 to 10 digits"
    if _has_one_step(pin) or _is_on_path(pin):
        return "the digits follow a line on the keypad or a sequence"
    if len(set(pin)) < 3 or _repeats(pin):
        return "the digits repeat"
    if _DATES.fullmatch(pin):
        return "it is a date"
    if any(common in pin for common in _COMMON):
        return "it is among the first that somebody would try"
    if len(mailbox_number) >= 3 and mailbox_number in pin:
        return "it holds the mailbox number"
    return None


def _has_one_step(pin: str) -> bool:
    """Each digit is the one before plus one fixed step, over nine and zero too: 7777777, 8901234, 1357913."""
    return len({(int(after) - int(before)) % 10 for before, after in pairwise(pin)}) == 1


def _is_on_path(pin: str) -> bool:
    return any(pin in (path * 4) or pin in (path[::-1] * 4) for path in _KEYPAD_PATHS)


def _repeats(pin: str) -> bool:
    """A part said twice or more (1212121, 49254925), doubled digits (44992255), or mirrored (49255294)."""
    has_period = any((pin[:size] * len(pin))[: len(pin)] == pin for size in range(1, (len(pin) + 1) // 2 + 1))
    return has_period or pin[0::2] == pin[1::2] or pin == pin[::-1]


def wait_before_next(failures: PinFailures) -> timedelta:
    """How long after the last wrong PIN the next one is looked at: none, then 30 s doubling up to 30 min."""
    if failures.in_a_row < FREE_TRIES:
        return timedelta(0)
    wait = FIRST_WAIT
    for _ in range(FREE_TRIES, min(failures.in_a_row, LOCK_AFTER)):
        wait *= 2
    return min(wait, LONGEST_WAIT)


def is_locked(failures: PinFailures) -> bool:
    """Whether only the admin can open this mailbox again."""
    return failures.locked_at is not None or failures.in_a_row >= LOCK_AFTER


def may_try(failures: PinFailures, now: datetime) -> bool:
    """Whether a PIN is looked at now. A refused try is answered like a wrong PIN and is not counted."""
    if is_locked(failures):
        return False
    if failures.last_failed_at is None:
        return failures.in_a_row == 0
    return now >= failures.last_failed_at + wait_before_next(failures)


def after_failure(failures: PinFailures, now: datetime) -> PinFailures:
    """The failures once another wrong PIN was keyed at `now`; the tenth in a row locks."""
    in_a_row = failures.in_a_row + 1
    locked_at = failures.locked_at or (now if in_a_row >= LOCK_AFTER else None)
    return PinFailures(in_a_row, now, locked_at)


# OWASP's argon2id setting: about 20 ms and 19 MiB. Stronger ones would miss the turn's deadline when many
# callers key a PIN at once; against guessing by telephone the lock is what counts.
_HASHER = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)

# The hash of a random text that nobody knows, with the settings above.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$Dv2ArGugTNbL1Ipt8GbZMQ$U96isa709nmtzh7nT4F3O3+dmuF2kvoJBkwPTFg4How"
)


def hash_pin(pin: str) -> str:
    """The argon2id hash to store, in PHC form. Raises InvalidValueError when this is no PIN at all."""
    if not _PIN.fullmatch(pin):
        raise InvalidValueError("a PIN is 7 to 10 digits")
    return _HASHER.hash(pin)


def verify_pin(pin_hash: str | None, pin: str) -> bool:
    """Whether this is the PIN. Without a hash (no PIN set, unknown mailbox) it takes as long, and is false.

    A damaged hash is false too.
    """
    try:
        _HASHER.verify(pin_hash or _NOBODYS_HASH, pin)
    except (VerificationError, InvalidHashError):
        return False
    return pin_hash is not None
