"""Speed dials that users made themselves; those of the configuration are not kept here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from ivr_service.dialogue.values import MailboxId
from ivr_service.store.tables import speed_dials

_LIST: Final = (
    select(speed_dials.c.slot, speed_dials.c.name, speed_dials.c.number)
    .where(speed_dials.c.mailbox == bindparam("wanted"))
    .order_by(speed_dials.c.slot)
)


@dataclass(frozen=True)
class StoredSpeedDial:
    """A slot of a mailbox. `number` is as the caller keyed it; the policy decides anew at each use."""

    slot: int
    name: str
    number: str


class SpeedDials:
    """Users' speed dials, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, mailbox: MailboxId, slot: int, name: str, number: str, at: datetime) -> None:
        """Fill a slot, whatever was in it."""
        self.remove(mailbox, slot)
        self._connection.execute(
            insert(speed_dials).values(mailbox=str(mailbox), slot=slot, name=name, number=number, set_at=at)
        )

    def remove(self, mailbox: MailboxId, slot: int) -> bool:
        """Empty a slot. False when it was empty."""
        changed = self._connection.execute(
            delete(speed_dials).where(speed_dials.c.mailbox == str(mailbox), speed_dials.c.slot == slot)
        )
        return changed.rowcount == 1

    def list(self, mailbox: MailboxId) -> tuple[StoredSpeedDial, ...]:
        """The filled slots of a mailbox, in order."""
        rows = self._connection.execute(_LIST, {"wanted": str(mailbox)})
        return tuple(StoredSpeedDial(*row) for row in rows)
