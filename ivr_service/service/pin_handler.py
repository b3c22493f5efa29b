"""The one place where a PIN is checked."""

from dataclasses import dataclass
from datetime import datetime

from ivr_service.dialogue.events import PinAccepted, PinRefused
from ivr_service.dialogue.values import MailboxId
from ivr_service.policy.pins import may_try, verify_pin
from ivr_service.store.database import Database


@dataclass(frozen=True)
class PinHandler:
    """Checks PINs. An unknown mailbox, a locked one and a wrong PIN give the same answer in the same time."""

    database: Database

    def check(self, mailbox: MailboxId, pin: str, now: datetime) -> PinAccepted | PinRefused:
        """Count the attempt as wrong first, look at the PIN outside of any transaction, then forgive."""
        pin_hash, may_pass = self._reserve(mailbox, now)
        if not verify_pin(pin_hash, pin) or not may_pass:
            return PinRefused()
        with self.database.intent() as unit:
            unit.pins.clear_failures(mailbox)
        return PinAccepted()

    def _reserve(self, mailbox: MailboxId, now: datetime) -> tuple[str | None, bool]:
        with self.database.intent() as unit:
            pin_hash = unit.pins.hash_of(mailbox)
            if not may_try(unit.pins.failures(mailbox), now):
                return pin_hash, False
            unit.pins.reserve_attempt(mailbox, now)
            return pin_hash, True
