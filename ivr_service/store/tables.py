"""The tables. `migrations` builds the same ones; a test compares the two.

Moments are whole milliseconds since 1970 in UTC in the database, and aware datetimes in Python.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
    TypeDecorator,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as milliseconds since 1970 in UTC. A naive one is refused with an exception."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Milliseconds for the database; what is finer is cut off."""
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment in UTC."""
        return None if value is None else _EPOCH + value * _MILLISECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class CallColumns(TypedColumns):
    """A call session. `touched_at` is the moment of its last turn."""

    call_id: Named[str] = Column(String(32), primary_key=True)
    kind: Named[str] = Column(String(16))
    mailbox: Named[str] = Column(String(65))
    origin: Named[str] = Column(String(16))
    phone: Named[str] = Column(String(128))
    extension: Named[str] = Column(String(128))
    started_at: Named[datetime] = Column(Moment)
    touched_at: Named[datetime] = Column(Moment)
    turn: Named[int] = Column(Integer)
    state_json: Named[str] = Column(Text)
    reply_json: Named[str] = Column(Text)
    ended_at: Named[datetime | None] = Column(Moment)


calls = Table("calls", metadata, CallColumns, Index(None, "touched_at"))


class DialColumns(TypedColumns):
    """The audit trail: one row for each attempt, allowed or refused. No row is ever deleted or made milder.

    There is no foreign key to `calls`: the trail outlives the sessions.
    """

    id: Named[int] = Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    call_id: Named[str] = Column(String(32), index=True)
    mailbox: Named[str] = Column(String(65))
    number: Named[str] = Column(String(128))
    number_class: Named[str | None] = Column(String(16))
    caller_id: Named[str | None] = Column(String(32))
    kind: Named[str] = Column(String(16))
    origin: Named[str] = Column(String(16))
    decided_at: Named[datetime] = Column(Moment, index=True)
    allowed: Named[bool]
    reason: Named[str | None] = Column(String(32))
    grant_id: Named[str | None] = Column(String(64), unique=True)
    expires_at: Named[datetime | None] = Column(Moment)
    outcome: Named[str | None] = Column(String(16))
    answered_s: Named[int | None] = Column(Integer)
    hangup_cause: Named[int | None] = Column(Integer)
    ended_at: Named[datetime | None] = Column(Moment)
    recording: Named[str | None] = Column(String(48))
    announced_at: Named[datetime | None] = Column(Moment)
    recording_state: Named[str | None] = Column(String(16))
    has_notice: Named[bool | None]
    recording_deleted_at: Named[datetime | None] = Column(Moment)
    survey: Named[str | None] = Column(String(16))
    surveyed_at: Named[datetime | None] = Column(Moment)


dials = Table(
    "dials",
    metadata,
    DialColumns,
    Index(None, "mailbox", "decided_at"),
    Index(None, "outcome", "expires_at"),
    Index(None, "number", "decided_at"),
)


class QuotaLockColumns(TypedColumns):
    """One row. Whoever counts dials holds it, where the database has row locks."""

    id: Named[int] = Column(Integer, primary_key=True, autoincrement=False)


quota_lock = Table("quota_lock", metadata, QuotaLockColumns)


class PinColumns(TypedColumns):
    """The argon2 hash of a mailbox's PIN."""

    mailbox: Named[str] = Column(String(65), primary_key=True)
    hash: Named[str] = Column(String(255))
    set_at: Named[datetime] = Column(Moment)


pins = Table("pins", metadata, PinColumns)


class PinFailureColumns(TypedColumns):
    """Attempts at a PIN since the last right one; also for mailboxes that do not exist."""

    mailbox: Named[str] = Column(String(65), primary_key=True)
    in_a_row: Named[int] = Column(Integer)
    last_failed_at: Named[datetime | None] = Column(Moment)
    locked_at: Named[datetime | None] = Column(Moment)


pin_failures = Table("pin_failures", metadata, PinFailureColumns)


class SpeedDialColumns(TypedColumns):
    """Slots that users made themselves."""

    mailbox: Named[str] = Column(String(65), primary_key=True)
    slot: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    name: Named[str] = Column(String(40))
    number: Named[str] = Column(String(32))
    set_at: Named[datetime] = Column(Moment)
    recording: Named[str | None] = Column(String(48))


speed_dials = Table("speed_dials", metadata, SpeedDialColumns)


class LastChoiceColumns(TypedColumns):
    """What each mailbox chose for its last call."""

    mailbox: Named[str] = Column(String(65), primary_key=True)
    caller_id: Named[str] = Column(String(32))
    options_json: Named[str] = Column(Text)
    chosen_at: Named[datetime] = Column(Moment)


last_choices = Table("last_choices", metadata, LastChoiceColumns)


class BlockedNumberColumns(TypedColumns):
    """Numbers that may not be called any more. An empty mailbox stands for the whole company."""

    number: Named[str] = Column(String(32), primary_key=True)
    mailbox: Named[str] = Column(String(65), primary_key=True)
    blocked_by: Named[str] = Column(String(65))
    call_id: Named[str] = Column(String(32))
    blocked_at: Named[datetime] = Column(Moment)


blocked_numbers = Table("blocked_numbers", metadata, BlockedNumberColumns)


class SurveyAnswerColumns(TypedColumns):
    """What was answered after a call, one row for each question. The dial is in the audit trail."""

    grant_id: Named[str] = Column(String(64), primary_key=True)
    question: Named[str] = Column(String(64), primary_key=True)
    call_id: Named[str] = Column(String(32))
    mailbox: Named[str] = Column(String(65))
    asked_of: Named[str] = Column(String(16))
    kind: Named[str] = Column(String(16))
    answer: Named[str] = Column(String(16))
    recording: Named[str | None] = Column(String(48))
    answered_at: Named[datetime] = Column(Moment, index=True)
    recording_deleted_at: Named[datetime | None] = Column(Moment)


survey_answers = Table("survey_answers", metadata, SurveyAnswerColumns)
