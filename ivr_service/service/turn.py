"""What is known while one turn of a call is worked on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ivr_service.dialogue.values import CallKind, MailboxId, Origin
from ivr_service.policy.asker import Asker
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.directory import mailbox_or_nobody
from ivr_service.service.voices import voice_name
from ivr_service.store.speed_dials import StoredSpeedDial


@dataclass(frozen=True)
class Turn:
    """What is known while one turn is worked on. `now` is aware, in the site's zone.

    `settings` are those in force when the turn began; one set decides the whole turn. `read_own_slots`,
    `is_blocked` and `last_dialled` ask the store, which most turns need not do.
    """

    call_id: str
    number: int
    mailbox: MailboxId
    kind: CallKind
    origin: Origin
    settings: SiteSettings
    now: datetime
    read_own_slots: Callable[[], Mapping[int, StoredSpeedDial]]
    is_blocked: Callable[[str], bool]
    last_dialled: Callable[[], str | None]

    @property
    def voice(self) -> str:
        """The name for what the caller records at the end of this turn."""
        return voice_name(self.call_id, self.number)

    @cached_property
    def asker(self) -> Asker:
        """Who is asking, for the policy."""
        return Asker(
            kind=self.kind,
            origin=self.origin,
            mailbox=mailbox_or_nobody(self.settings, self.mailbox),
            settings=self.settings,
            own_slots=self.read_own_slots(),
            is_blocked=self.is_blocked,
            last_dialled=self.last_dialled,
        )
