"""How much may be dialled: the counts that the store takes, and the check of them against the settings.

The check is pure. What makes a limit hold under parallel calls is that counting, checking and writing the
grant are one transaction of the store.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr_service.dialogue.values import Refusal, RefusalReason
from ivr_service.policy.moments import local_minute, next_local_minute
from ivr_service.policy.settings import Limits, Policy

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Usage:
    """Granted dials at one moment, as the store counts them. Refused attempts never count.

    The windows count dials to the public network only: not internal calls, emergency numbers or service
    codes. A dial is in a window while `granted_at > now - window`, whatever became of it. The `open` counts
    are dials that have no outcome yet, but for emergency numbers and service codes.

    - `number_is_among_them`: the number asked for is one of the `distinct_numbers_last_day`.
    - `..._frees_at`: the aware moment when the oldest dial leaves that window; None for an empty window.
    - `distinct_frees_at`: when the first *number* leaves the day, 24 hours after its own latest dial.
    """

    calls_last_hour: int = 0
    calls_last_day: int = 0
    distinct_numbers_last_day: int = 0
    number_is_among_them: bool = False
    same_number_last_hour: int = 0
    mailbox_open: int = 0
    system_open: int = 0
    system_last_hour: int = 0
    hour_frees_at: datetime | None = None
    day_frees_at: datetime | None = None
    distinct_frees_at: datetime | None = None
    same_number_frees_at: datetime | None = None
    system_hour_frees_at: datetime | None = None


@dataclass(frozen=True)
class LimitCheck:
    """One limit and what is used of it. `setting` is the key's name in [policy] or [limits]."""

    setting: str
    used: int
    limit: int
    reason: RefusalReason
    frees_at: datetime | None

    @property
    def is_reached(self) -> bool:
        """At the limit is already too much: one more dial would exceed it."""
        return self.used >= self.limit

    @property
    def helps_to_wait_until(self) -> datetime | None:
        """When one more is possible. Unknown when the limit is nil, or was lowered below what is used."""
        return self.frees_at if self.used == self.limit > 0 else None


ONE_CALL_AT_A_TIME = "one call at a time"


def every_limit(usage: Usage, limits: Limits, policy: Policy) -> tuple[LimitCheck, ...]:
    """What one more dial to the public network has to pass; the first that is reached refuses it.

    Order: one call at a time, system calls at once, then the mailbox's windows from the longest wait to the
    shortest (day, distinct numbers, hour, same number), then the system's hour. So a caller who has to wait
    until tomorrow is not sent away for a minute first.
    """
    return (*calls_at_once(usage, policy), *_calls_over_time(usage, limits, policy))


def calls_at_once(usage: Usage, policy: Policy) -> tuple[LimitCheck, ...]:
    """The limits for calls that are up now. They are all that an internal call meets."""
    return (
        LimitCheck(ONE_CALL_AT_A_TIME, usage.mailbox_open, 1, RefusalReason.CALL_IN_PROGRESS, None),
        LimitCheck(
            "system_calls_at_once",
            usage.system_open,
            policy.system_calls_at_once,
            RefusalReason.SYSTEM_BUSY,
            None,
        ),
    )


def _calls_over_time(usage: Usage, limits: Limits, policy: Policy) -> tuple[LimitCheck, ...]:
    """The limits for the last hour and day. A number called within the day is not a further one."""
    distinct = LimitCheck(
        "distinct_numbers_per_day",
        usage.distinct_numbers_last_day,
        limits.distinct_numbers_per_day,
        RefusalReason.DISTINCT_NUMBERS,
        usage.distinct_frees_at,
    )
    return (
        LimitCheck(
            "calls_per_day",
            usage.calls_last_day,
            limits.calls_per_day,
            RefusalReason.DAILY_LIMIT,
            usage.day_frees_at,
        ),
        *(() if usage.number_is_among_them else (distinct,)),
        LimitCheck(
            "calls_per_hour",
            usage.calls_last_hour,
            limits.calls_per_hour,
            RefusalReason.HOURLY_LIMIT,
            usage.hour_frees_at,
        ),
        LimitCheck(
            "same_number_per_hour",
            usage.same_number_last_hour,
            limits.same_number_per_hour,
            RefusalReason.SAME_NUMBER,
            usage.same_number_frees_at,
        ),
        LimitCheck(
            "system_calls_per_hour",
            usage.system_last_hour,
            policy.system_calls_per_hour,
            RefusalReason.SYSTEM_LIMIT,
            usage.system_hour_frees_at,
        ),
    )


def limit_refusal(check: LimitCheck, now: datetime) -> Refusal:
    """The refusal for a limit that is reached, with the minute from which one more is possible.

    `now` is aware, and in the zone in which `until` is said.
    """
    until = check.helps_to_wait_until
    return Refusal(
        check.reason,
        until="" if until is None else next_local_minute(until, now),
        asked_at=local_minute(now),
    )
