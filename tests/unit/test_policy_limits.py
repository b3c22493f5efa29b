"""Limits: in which order they are looked at, and what a refusal says about waiting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr_service.dialogue.values import Refusal, RefusalReason
from ivr_service.policy.limits import Usage, calls_at_once, every_limit, limit_refusal
from ivr_service.policy.settings import Limits, Policy

NOW = datetime(2026, 5, 4, 12, 0, 30, tzinfo=ZoneInfo("America/New_York"))
LIMITS = Limits(calls_per_hour=4, calls_per_day=9, distinct_numbers_per_day=3, same_number_per_hour=2)
POLICY = Policy(system_calls_at_once=5, system_calls_per_hour=50)
FULL = Usage(
    calls_last_hour=4,
    calls_last_day=9,
    distinct_numbers_last_day=3,
    same_number_last_hour=2,
    mailbox_open=1,
    system_open=5,
    system_last_hour=50,
)


def check_limits(usage: Usage, limits: Limits = LIMITS) -> Refusal | None:
    reached = [check for check in every_limit(usage, limits, POLICY) if check.is_reached]
    return limit_refusal(reached[0], NOW) if reached else None


@pytest.mark.parametrize(
    ("no_longer_full", "reason"),
    [
        ({}, RefusalReason.CALL_IN_PROGRESS),
        ({"mailbox_open": 0}, RefusalReason.SYSTEM_BUSY),
        ({"system_open": 4}, RefusalReason.DAILY_LIMIT),
        ({"calls_last_day": 8}, RefusalReason.DISTINCT_NUMBERS),
        ({"distinct_numbers_last_day": 2}, RefusalReason.HOURLY_LIMIT),
        ({"calls_last_hour": 3}, RefusalReason.SAME_NUMBER),
        ({"same_number_last_hour": 1}, RefusalReason.SYSTEM_LIMIT),
        ({"system_last_hour": 49}, None),
    ],
)
def test_limits_are_looked_at_in_the_order_that_is_promised(
    no_longer_full: dict[str, int], reason: RefusalReason | None
) -> None:
    order = ["mailbox_open", "system_open", "calls_last_day", "distinct_numbers_last_day"]
    order += ["calls_last_hour", "same_number_last_hour", "system_last_hour"]
    last = next(iter(no_longer_full), None)
    freed = order[: order.index(last) + 1] if last else []
    usage = replace(FULL, **{name: getattr(FULL, name) - 1 for name in freed})
    refusal = check_limits(usage)
    assert (refusal and refusal.reason) == reason


def test_a_number_called_today_is_not_one_more_distinct_number() -> None:
    usage = Usage(distinct_numbers_last_day=3, number_is_among_them=True)
    assert check_limits(usage) is None


@pytest.mark.parametrize(
    ("frees_at", "until"),
    [
        (NOW + timedelta(minutes=10), "2026-05-04T12:11"),
        (NOW.replace(second=0) + timedelta(minutes=10), "2026-05-04T12:10"),
        (datetime(2026, 5, 4, 16, 30, tzinfo=UTC), "2026-05-04T12:30"),
        (None, ""),
    ],
)
def test_the_time_to_wait_for_is_local_and_never_too_early(frees_at: datetime | None, until: str) -> None:
    usage = Usage(calls_last_hour=4, hour_frees_at=frees_at)
    refusal = check_limits(usage)
    assert refusal is not None
    assert (refusal.until, refusal.asked_at) == (until, "2026-05-04T12:00")


@pytest.mark.parametrize(("limit", "used"), [(0, 0), (2, 3)])
def test_no_time_is_promised_when_one_free_place_would_not_do(limit: int, used: int) -> None:
    usage = Usage(calls_last_hour=used, hour_frees_at=NOW + timedelta(minutes=1))
    refusal = check_limits(usage, Limits(calls_per_hour=limit))
    assert refusal is not None
    assert refusal.until == ""


def test_a_limit_of_nil_allows_nothing() -> None:
    refusal = check_limits(Usage(), Limits(calls_per_day=0))
    assert refusal is not None
    assert refusal.reason is RefusalReason.DAILY_LIMIT


def test_internal_calls_meet_only_the_calls_that_are_up() -> None:
    usage = replace(FULL, mailbox_open=0, system_open=4)
    assert [check.is_reached for check in calls_at_once(usage, POLICY)] == [False, False]
    assert [check.is_reached for check in calls_at_once(FULL, POLICY)] == [True, True]
