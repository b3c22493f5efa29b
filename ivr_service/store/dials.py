"""The audit trail of dials: every attempt is one row, and the limits are counted in the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, insert, or_, select, update

from ivr_service.dialogue.values import (
    CallKind,
    DialStatus,
    MailboxId,
    NumberClass,
    Origin,
    RecordingState,
    RefusalReason,
    SurveyAsked,
)
from ivr_service.policy.limits import DAY, HOUR, Usage
from ivr_service.store.tables import calls, dials

_NEVER_HELD_UP: Final = (NumberClass.EMERGENCY, NumberClass.SERVICE_CODE)
_NOT_COUNTED: Final = (NumberClass.INTERNAL, *_NEVER_HELD_UP)


def _granted_but(kinds: tuple[NumberClass, ...]) -> ColumnElement[bool]:
    return and_(dials.c.allowed, dials.c.number_class.not_in([kind.value for kind in kinds]))


_HOLDS_A_LINE: Final = _granted_but(_NEVER_HELD_UP)
_COUNTED: Final = _granted_but(_NOT_COUNTED)


@dataclass(frozen=True)
class DialAttempt:
    """Somebody wants to dial. `number` is as it would be dialled, or as entered when it was not understood.

    `caller_id` is the number that would be shown, None for the phone's own. `decided_at` is aware.
    """

    call_id: str
    mailbox: MailboxId
    number: str
    number_class: NumberClass | None
    caller_id: str | None
    kind: CallKind
    origin: Origin
    decided_at: datetime


@dataclass(frozen=True)
class DialRecording:
    """What the audit trail keeps of a recording: the file's name, its state, and whether notice is given.

    The name is None for one that was refused.
    """

    name: str | None
    state: RecordingState
    has_notice: bool


@dataclass(frozen=True)
class StoredDial:
    """A row of the audit trail. `reason` is set for a refusal, `grant_id` and `expires_at` for a grant.

    `recording` is the name of the file it is recorded to. At `announced_at` the called side had heard all
    that it must hear before it is connected: a disclaimer, and with `has_notice` the notice that the call is
    recorded. `recording_state` is a RecordingState, and None when no recording was wanted.
    `survey` is whom the survey afterwards asks (a SurveyAsked), None for no survey; that of the called side
    has begun at `surveyed_at`.
    """

    id: int
    call_id: str
    mailbox: str
    number: str
    number_class: str | None
    caller_id: str | None
    kind: str
    origin: str
    decided_at: datetime
    allowed: bool
    reason: str | None
    grant_id: str | None
    expires_at: datetime | None
    outcome: str | None
    answered_s: int | None
    hangup_cause: int | None
    ended_at: datetime | None
    recording: str | None
    announced_at: datetime | None
    recording_state: str | None
    has_notice: bool | None
    recording_deleted_at: datetime | None
    survey: str | None
    surveyed_at: datetime | None


@dataclass(frozen=True)
class LastCalls:
    """The newest call to a number whose end is known: from one mailbox, and from any."""

    own: StoredDial | None
    anybody: StoredDial | None


class Dials:
    """The audit trail, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def usage(self, mailbox: MailboxId, number: str, now: datetime) -> Usage:
        """Count what was granted, as `Usage` says. Only in `Database.intent` do the counts hold.

        A dial is open while it has no outcome and its time has not run out.
        """
        own = self._own_windows(mailbox, number, now)
        distinct = self._distinct_numbers(mailbox, number, now)
        system = self._system_hour(now)
        system_open, mailbox_open = self._open(mailbox, now)
        return Usage(
            calls_last_hour=own.hour,
            calls_last_day=own.day,
            distinct_numbers_last_day=distinct.numbers,
            number_is_among_them=distinct.among > 0,
            same_number_last_hour=own.same,
            mailbox_open=mailbox_open,
            system_open=system_open,
            system_last_hour=system.hour,
            hour_frees_at=_after(own.hour_oldest, HOUR),
            day_frees_at=_after(own.day_oldest, DAY),
            distinct_frees_at=_after(distinct.oldest, DAY),
            same_number_frees_at=_after(own.same_oldest, HOUR),
            system_hour_frees_at=_after(system.oldest, HOUR),
        )

    def last_dialled(self, mailbox: MailboxId) -> str | None:
        """The number this mailbox was last allowed to call, as it was dialled; None when there is none.

        Of several that were called together it is the first: the others joined it. Numbers that meet no
        limit (emergency numbers, service codes) are not repeated by accident.
        """
        rows = self._connection.execute(
            select(dials.c.number)
            .where(dials.c.mailbox == str(mailbox), _HOLDS_A_LINE)
            .order_by(dials.c.decided_at.desc(), dials.c.id)
            .limit(1)
        )
        return rows.scalar()

    def record_refusal(self, attempt: DialAttempt, reason: RefusalReason) -> None:
        """Add the row of an attempt that was refused."""
        self._record(attempt, {"allowed": False, "reason": reason.value})

    def record_grant(
        self,
        attempt: DialAttempt,
        grant_id: str,
        expires_at: datetime,
        recording: DialRecording | None = None,
        survey: SurveyAsked | None = None,
    ) -> None:
        """Add the row of an attempt that was granted. At `expires_at` the dial is over at the latest."""
        decision: dict[str, object] = {"allowed": True, "grant_id": grant_id, "expires_at": expires_at}
        if survey is not None:
            decision["survey"] = survey.value
        if recording is not None:
            decision |= {
                "recording": recording.name,
                "recording_state": recording.state.value,
                "has_notice": recording.has_notice,
            }
        self._record(attempt, decision)

    def record_announcement(self, grant_id: str, at: datetime) -> None:
        """Note when the called side had heard its announcement to the end; the first report counts."""
        self._connection.execute(
            update(dials)
            .where(dials.c.grant_id == grant_id, dials.c.announced_at.is_(None))
            .values(announced_at=at)
        )

    def begin_survey(self, grant_id: str, at: datetime) -> bool:
        """Note that the called side is asked now. False, and no change, when it was asked already."""
        changed = self._connection.execute(
            update(dials)
            .where(dials.c.grant_id == grant_id, dials.c.surveyed_at.is_(None))
            .values(surveyed_at=at)
        )
        return changed.rowcount == 1

    def load(self, grant_id: str) -> StoredDial | None:
        """The granted dial, or None when there is none."""
        row = self._connection.execute(select(dials).where(dials.c.grant_id == grant_id)).one_or_none()
        return None if row is None else StoredDial(*row)

    def of_call(self, call_id: str) -> tuple[StoredDial, ...]:
        """Every attempt of a call, in order."""
        rows = self._connection.execute(select(dials).where(dials.c.call_id == call_id).order_by(dials.c.id))
        return tuple(StoredDial(*row) for row in rows)

    def latest(self, most: int, mailbox: str | None) -> tuple[StoredDial, ...]:
        """The newest attempts, of all mailboxes or of one ("103@default"); the newest is the last."""
        query = select(dials).order_by(dials.c.id.desc()).limit(most)
        if mailbox is not None:
            query = query.where(dials.c.mailbox == mailbox)
        return tuple(StoredDial(*row) for row in self._connection.execute(query))[::-1]

    def last_calls(self, mailbox: MailboxId, number: str) -> LastCalls:
        """When this number (as it is dialled) was last called, and how that ended."""
        query = (
            select(dials)
            .where(dials.c.number == number, dials.c.allowed, dials.c.outcome.is_not(None))
            .order_by(dials.c.decided_at.desc(), dials.c.id.desc())
            .limit(1)
        )
        own, anybody = (
            self._connection.execute(wanted).one_or_none()
            for wanted in (query.where(dials.c.mailbox == str(mailbox)), query)
        )
        return LastCalls(*(None if row is None else StoredDial(*row) for row in (own, anybody)))

    def record_outcome(
        self, grant_id: str, status: DialStatus, answered_s: int, hangup_cause: int, at: datetime
    ) -> bool:
        """Note how a granted dial ended. False, and no change, when that is known or there is no such grant.

        A real outcome that arrives late replaces the "unknown" of `reconcile`.
        """
        is_open = dials.c.outcome.is_(None)
        is_guess = dials.c.outcome == DialStatus.UNKNOWN.value
        changed = self._connection.execute(
            update(dials)
            .where(
                dials.c.grant_id == grant_id,
                is_open if status is DialStatus.UNKNOWN else or_(is_open, is_guess),
            )
            .values(outcome=status.value, answered_s=answered_s, hangup_cause=hangup_cause, ended_at=at)
        )
        return changed.rowcount == 1

    def reconcile(self, now: datetime, grace: timedelta) -> int:
        """Give the outcome "unknown" to grants nobody will report on any more; returns how many.

        Those are grants whose time ran out, or whose call ended, more than `grace` ago.
        """
        before = now - grace
        call_is_over = exists().where(calls.c.call_id == dials.c.call_id, calls.c.ended_at <= before)
        changed = self._connection.execute(
            update(dials)
            .where(
                dials.c.allowed,
                dials.c.outcome.is_(None),
                or_(dials.c.expires_at <= before, call_is_over),
            )
            .values(outcome=DialStatus.UNKNOWN.value, ended_at=now)
        )
        return changed.rowcount

    def _own_windows(self, mailbox: MailboxId, number: str, now: datetime) -> Row[*tuple[Any, ...]]:
        in_hour = dials.c.decided_at > now - HOUR
        same = and_(in_hour, dials.c.number == number)
        return self._connection.execute(
            select(
                func.count().label("day"),
                func.min(dials.c.decided_at).label("day_oldest"),
                func.count(case((in_hour, 1))).label("hour"),
                func.min(case((in_hour, dials.c.decided_at))).label("hour_oldest"),
                func.count(case((same, 1))).label("same"),
                func.min(case((same, dials.c.decided_at))).label("same_oldest"),
            ).where(_of_the_day(mailbox, now))
        ).one()

    def _distinct_numbers(self, mailbox: MailboxId, number: str, now: datetime) -> Row[*tuple[Any, ...]]:
        latest = (
            select(dials.c.number, func.max(dials.c.decided_at).label("dialled_at"))
            .where(_of_the_day(mailbox, now))
            .group_by(dials.c.number)
            .subquery()
        )
        return self._connection.execute(
            select(
                func.count().label("numbers"),
                func.min(latest.c.dialled_at).label("oldest"),
                func.count(case((latest.c.number == number, 1))).label("among"),
            ).select_from(latest)
        ).one()

    def _system_hour(self, now: datetime) -> Row[*tuple[Any, ...]]:
        return self._connection.execute(
            select(func.count().label("hour"), func.min(dials.c.decided_at).label("oldest")).where(
                _COUNTED, dials.c.decided_at > now - HOUR
            )
        ).one()

    def _open(self, mailbox: MailboxId, now: datetime) -> tuple[int, int]:
        system, own = self._connection.execute(
            select(func.count(), func.count(case((dials.c.mailbox == str(mailbox), 1)))).where(
                _HOLDS_A_LINE, dials.c.outcome.is_(None), dials.c.expires_at > now
            )
        ).one()
        return system, own

    def _record(self, attempt: DialAttempt, decision: Mapping[str, object]) -> None:
        number_class = attempt.number_class
        self._connection.execute(
            insert(dials).values(
                call_id=attempt.call_id,
                mailbox=str(attempt.mailbox),
                number=attempt.number,
                number_class=None if number_class is None else number_class.value,
                caller_id=attempt.caller_id,
                kind=attempt.kind.value,
                origin=attempt.origin.value,
                decided_at=attempt.decided_at,
                **decision,
            )
        )


def _after(moment: datetime | None, window: timedelta) -> datetime | None:
    return None if moment is None else moment + window


def _of_the_day(mailbox: MailboxId, now: datetime) -> ColumnElement[bool]:
    return and_(_COUNTED, dials.c.mailbox == str(mailbox), dials.c.decided_at > now - DAY)
