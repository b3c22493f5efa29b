"""Speed dials that users made themselves; those of the configuration are not kept here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from ivr_service.dialogue.values import MailboxId
from ivr_service.store.tables import speed_dials

_LIST: Final = (
    select(speed_dials.c.slot, speed_dials.c.name, speed_dials.c.number, speed_dials.c.recording)
    .where(speed_dials.c.mailbox == bindparam("wanted"))
    .order_by(speed_dials.c.slot)
)


@dataclass(frozen=True)
class StoredSpeedDial:
    """A slot of a mailbox. `number` is as it is dialled; the policy decides anew at each use.

    `name` is empty for a slot that was made by telephone. `recording` is what its owner calls it, by the name
    of the file; None when nothing was recorded.
    """

    slot: int
    name: str
    number: str
    recording: str | None = None


class SpeedDials:
    """Users' speed dials, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, mailbox: MailboxId, dial: StoredSpeedDial, at: datetime) -> None:
        """Fill a slot, whatever was in it."""
        self.remove(mailbox, dial.slot)
        self._connection.execute(
            insert(speed_dials).values(
                mailbox=str(mailbox),
                slot=dial.slot,
                name=dial.name,
                number=dial.number,
                recording=dial.recording,
                set_at=at,
            )
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

    def voices(self) -> frozenset[str]:
        """Every recording that is the name of a slot."""
        rows = self._connection.execute(
            select(speed_dials.c.recording).where(speed_dials.c.recording.is_not(None))
        )
        return frozenset(row.recording for row in rows if row.recording is not None)
