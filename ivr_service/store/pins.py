"""PIN hashes, and the attempts at them that were not right."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from ivr_service.dialogue.values import MailboxId
from ivr_service.policy.pins import PinFailures, after_failure
from ivr_service.store.tables import pin_failures, pins

_FAILURES: Final = select(
    pin_failures.c.in_a_row, pin_failures.c.last_failed_at, pin_failures.c.locked_at
).with_for_update()


class Pins:
    """PIN hashes and failures, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hash_of(self, mailbox: MailboxId) -> str | None:
        """The stored hash, or None when the mailbox has no PIN."""
        return self._connection.execute(
            select(pins.c.hash).where(pins.c.mailbox == str(mailbox))
        ).scalar_one_or_none()

    def set_hash(self, mailbox: MailboxId, pin_hash: str, at: datetime) -> None:
        """Set or replace the PIN."""
        self.remove(mailbox)
        self._connection.execute(insert(pins).values(mailbox=str(mailbox), hash=pin_hash, set_at=at))

    def remove(self, mailbox: MailboxId) -> bool:
        """Remove the PIN. False when there was none."""
        return self._connection.execute(delete(pins).where(pins.c.mailbox == str(mailbox))).rowcount == 1

    def failures(self, mailbox: MailboxId) -> PinFailures:
        """What went wrong since the last right PIN."""
        row = self._connection.execute(_FAILURES.where(pin_failures.c.mailbox == str(mailbox))).one_or_none()
        return PinFailures() if row is None else PinFailures(*row)

    def reserve_attempt(self, mailbox: MailboxId, now: datetime) -> PinFailures:
        """Count an attempt as wrong *before* the PIN is looked at: parallel guesses cannot exceed a limit.

        To be used in `Database.intent`, after `failures` has allowed the attempt in the same unit. The
        mailbox need not exist. Returns the failures with this one; `clear_failures` follows a right PIN.
        """
        failures = after_failure(self.failures(mailbox), now)
        self._put(mailbox, failures)
        return failures

    def clear_failures(self, mailbox: MailboxId) -> None:
        """The PIN was right: forget the failures, and the lock this attempt may have set."""
        self._connection.execute(delete(pin_failures).where(pin_failures.c.mailbox == str(mailbox)))

    def lock(self, mailbox: MailboxId, at: datetime) -> None:
        """Accept no PIN until `unlock`."""
        failures = self.failures(mailbox)
        self._put(mailbox, PinFailures(failures.in_a_row, failures.last_failed_at, failures.locked_at or at))

    def unlock(self, mailbox: MailboxId) -> bool:
        """Start again with no failures. False when there were none."""
        changed = self._connection.execute(delete(pin_failures).where(pin_failures.c.mailbox == str(mailbox)))
        return changed.rowcount == 1

    def _put(self, mailbox: MailboxId, failures: PinFailures) -> None:
        changed = self._connection.execute(
            update(pin_failures).where(pin_failures.c.mailbox == str(mailbox)).values(**vars(failures))
        )
        if changed.rowcount == 0:
            self._connection.execute(insert(pin_failures).values(mailbox=str(mailbox), **vars(failures)))
