"""Numbers that may not be called any more, nor call: for one mailbox, or for the whole company."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from ivr_service.dialogue.values import MailboxId
from ivr_service.store.tables import blocked_numbers

EVERYBODY = ""
"""Stands in place of a mailbox for the whole company."""


@dataclass(frozen=True)
class BlockedNumber:
    """A number (E.164, with its plus), for whom it is blocked ("103@default", or EVERYBODY), and since when.

    `blocked_by` is the mailbox whose caller did it, in the call `call_id`; both are empty for the admin.
    """

    number: str
    mailbox: str
    blocked_by: str
    call_id: str
    blocked_at: datetime


class BlockedNumbers:
    """The list, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def is_blocked(self, mailbox: MailboxId | None, number: str) -> bool:
        """Whether this mailbox may not call the number; without one, whether nobody may."""
        for_whom = {EVERYBODY, EVERYBODY if mailbox is None else str(mailbox)}
        found = self._connection.execute(
            select(blocked_numbers.c.number)
            .where(blocked_numbers.c.number == number, blocked_numbers.c.mailbox.in_(sorted(for_whom)))
            .limit(1)
        )
        return found.first() is not None

    def add(self, blocked: BlockedNumber) -> bool:
        """Block a number. False, and no change, when it is blocked for them already."""
        here = select(blocked_numbers.c.number).where(_this(blocked.number, blocked.mailbox))
        if self._connection.execute(here).first() is not None:
            return False
        self._connection.execute(
            insert(blocked_numbers).values(
                number=blocked.number,
                mailbox=blocked.mailbox,
                blocked_by=blocked.blocked_by,
                call_id=blocked.call_id,
                blocked_at=blocked.blocked_at,
            )
        )
        return True

    def remove(self, number: str, mailbox: str) -> bool:
        """Unblock a number for a mailbox, or for EVERYBODY. False when it was not blocked for them."""
        changed = self._connection.execute(delete(blocked_numbers).where(_this(number, mailbox)))
        return changed.rowcount == 1

    def undo(self, number: str, mailbox: str, call_id: str) -> bool:
        """Unblock what was blocked in this call. False when it was not; what others blocked stays."""
        mine = and_(_this(number, mailbox), blocked_numbers.c.call_id == call_id)
        return self._connection.execute(delete(blocked_numbers).where(mine)).rowcount == 1

    def list(self) -> tuple[BlockedNumber, ...]:
        """Every entry, by number and then by mailbox."""
        rows = self._connection.execute(
            select(blocked_numbers).order_by(blocked_numbers.c.number, blocked_numbers.c.mailbox)
        )
        return tuple(BlockedNumber(*row) for row in rows)


def _this(number: str, mailbox: str) -> ColumnElement[bool]:
    return and_(blocked_numbers.c.number == number, blocked_numbers.c.mailbox == mailbox)
