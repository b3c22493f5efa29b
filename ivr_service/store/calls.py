"""Call sessions: one row a call, with its turn number and the last reply."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ivr_service.store.tables import calls

_LOAD: Final = select(calls).where(calls.c.call_id == bindparam("wanted"))
_IS_KNOWN: Final = select(calls.c.call_id).where(calls.c.call_id == bindparam("wanted"))
_INSERT: Final = insert(calls)
_ADVANCE: Final = (
    update(calls)
    .where(calls.c.call_id == bindparam("wanted"), calls.c.turn == bindparam("from_turn"))
    .values(
        turn=bindparam("to_turn"),
        state_json=bindparam("new_state"),
        reply_json=bindparam("new_reply"),
        touched_at=bindparam("at"),
    )
)

_FORGOTTEN_AT_ONCE: Final = 20
_FORGET: Final = delete(calls).where(
    calls.c.call_id.in_(
        select(calls.c.call_id)
        .where(calls.c.touched_at < bindparam("before"))
        .order_by(calls.c.touched_at)
        .limit(_FORGOTTEN_AT_ONCE)
    )
)


@dataclass(frozen=True)
class NewCall:
    """A call that has just arrived. `mailbox` is written number@context; `started_at` is aware."""

    call_id: str
    kind: str
    mailbox: str
    origin: str
    phone: str
    extension: str
    started_at: datetime
    state_json: str
    reply_json: str


@dataclass(frozen=True)
class StoredCall:
    """A call as the store knows it. `reply_json` answers turn number `turn`; the moments are in UTC."""

    call_id: str
    kind: str
    mailbox: str
    origin: str
    phone: str
    extension: str
    started_at: datetime
    touched_at: datetime
    turn: int
    state_json: str
    reply_json: str
    ended_at: datetime | None


class Calls:
    """The call sessions, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, call: NewCall) -> bool:
        """Add a call at turn 0. False, and nothing changed, when there is one with this id already."""
        if self._connection.execute(_IS_KNOWN, {"wanted": call.call_id}).first() is not None:
            return False
        self._connection.execute(_INSERT, {**vars(call), "touched_at": call.started_at, "turn": 0})
        return True

    def load(self, call_id: str) -> StoredCall | None:
        """The call, or None when it is unknown."""
        row = self._connection.execute(_LOAD, {"wanted": call_id}).one_or_none()
        return None if row is None else StoredCall(*row)

    def advance(self, call_id: str, from_turn: int, state_json: str, reply_json: str, at: datetime) -> bool:
        """Move on to the turn after `from_turn`. False, and no change, when the call is not at that turn."""
        values = {
            "wanted": call_id,
            "from_turn": from_turn,
            "to_turn": from_turn + 1,
            "new_state": state_json,
            "new_reply": reply_json,
            "at": at,
        }
        return self._connection.execute(_ADVANCE, values).rowcount == 1

    def end(self, call_id: str, at: datetime) -> None:
        """Note that the call is over; the first such note stays."""
        self._connection.execute(
            update(calls).where(calls.c.call_id == call_id, calls.c.ended_at.is_(None)).values(ended_at=at)
        )

    def forget(self, before: datetime) -> int:
        """Delete sessions that nobody touched since `before`; a few at a time, so that it costs no call much.

        Only the audit trail of dials is kept for good. Returns how many there were.
        """
        return self._connection.execute(_FORGET, {"before": before}).rowcount
