"""What each mailbox chose for its last call: the caller ID, and the options of the call."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from ivr_service.dialogue.values import MailboxId
from ivr_service.store.tables import last_choices


@dataclass(frozen=True)
class StoredChoice:
    """The id of the caller ID, and the options as JSON: what they are may change from version to version."""

    caller_id: str
    options_json: str


class LastChoices:
    """The last choice of each mailbox, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, mailbox: MailboxId, choice: StoredChoice, at: datetime) -> None:
        """Keep it in place of the one before."""
        self._connection.execute(delete(last_choices).where(last_choices.c.mailbox == str(mailbox)))
        self._connection.execute(
            insert(last_choices).values(
                mailbox=str(mailbox),
                caller_id=choice.caller_id,
                options_json=choice.options_json,
                chosen_at=at,
            )
        )

    def load(self, mailbox: MailboxId) -> StoredChoice | None:
        """The last one, or None when there was none."""
        row = self._connection.execute(
            select(last_choices.c.caller_id, last_choices.c.options_json).where(
                last_choices.c.mailbox == str(mailbox)
            )
        ).one_or_none()
        return None if row is None else StoredChoice(*row)
