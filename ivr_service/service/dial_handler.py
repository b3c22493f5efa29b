"""The one dial handler. Every dial of every feature is decided here, and nowhere else.

The check, the count and the audit row are one transaction; only what comes out of it can become a dial.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.events import Denied, Granted
from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.values import (
    DialGrant,
    MailboxId,
    NumberClass,
    Refusal,
    RefusalReason,
)
from ivr_service.policy.asker import Asker
from ivr_service.policy.dialling import Permit, decide_dial
from ivr_service.store.database import Unit
from ivr_service.store.dials import DialAttempt

SLACK = timedelta(seconds=60)
"""How much longer than its ring and talk time a dial may look open before it counts as over."""


def new_grant_id() -> str:
    """A grant id that nobody can guess."""
    return token_hex(16)


@dataclass(frozen=True)
class DialRequest:
    """Who wants to dial what. `authorised` is true when the caller has shown all their mailbox asks for.

    `now` is aware, in the site's zone.
    """

    call_id: str
    mailbox: MailboxId
    is_known: bool
    authorised: bool
    asker: Asker
    wanted: RequestDial
    now: datetime


@dataclass(frozen=True)
class DialHandler:
    """Grants or denies, and writes the one audit row of the attempt."""

    make_grant_id: Callable[[], str] = new_grant_id

    def decide(self, unit: Unit, request: DialRequest) -> Granted | Denied:
        """Decide within the caller's transaction, which must be one of `Database.intent`."""
        refusal = self._not_authorised(request)
        if refusal is not None:
            return self._deny(unit, request, refusal)
        usage = unit.dials.usage(request.mailbox, request.wanted.destination.number, request.now)
        # What was blocked since the number was entered is known in this transaction only.
        asker = replace(
            request.asker, is_blocked=lambda number: unit.blocked_numbers.is_blocked(request.mailbox, number)
        )
        decision = decide_dial(request.wanted, asker, usage, request.now)
        if decision.permit is None:
            return self._deny(unit, request, decision.refusal or Refusal(RefusalReason.UNAVAILABLE))
        return self._grant(unit, request, decision.permit)

    def _not_authorised(self, request: DialRequest) -> Refusal | None:
        destination = request.wanted.destination
        if destination.number_class is NumberClass.EMERGENCY:
            return None
        if not request.is_known:
            return Refusal(RefusalReason.NOT_AUTHORISED)
        if request.authorised or request.asker.mailbox.pin == "not-required" or destination.goes_at_once:
            return None
        return Refusal(RefusalReason.NOT_AUTHORISED)

    def _deny(self, unit: Unit, request: DialRequest, refusal: Refusal) -> Denied:
        unit.dials.record_refusal(self._attempt(request, None), refusal.reason)
        return Denied(refusal)

    def _grant(self, unit: Unit, request: DialRequest, permit: Permit) -> Granted:
        grant_id = self.make_grant_id()
        grant = DialGrant(
            grant_id=grant_id,
            dial_string=permit.dial_string,
            ring_s=permit.ring_s,
            max_length_s=permit.max_length_s,
            caller_id_number=permit.caller_id_number,
            caller_id_name=permit.caller_id_name,
            recording=recording_name(request.call_id, grant_id) if permit.recorded else None,
            announcement=_announcement(permit, to_caller=False),
            announcement_to_caller=_announcement(permit, to_caller=True),
        )
        over_at = request.now + timedelta(seconds=permit.ring_s + permit.max_length_s) + SLACK
        attempt = self._attempt(request, permit.caller_id_number)
        unit.dials.record_grant(attempt, grant.grant_id, over_at, grant.recording)
        return Granted(grant)

    def _attempt(self, request: DialRequest, caller_id: str | None) -> DialAttempt:
        return DialAttempt(
            call_id=request.call_id,
            mailbox=request.mailbox,
            number=request.wanted.destination.number,
            number_class=request.wanted.destination.number_class,
            caller_id=caller_id,
            kind=request.asker.kind,
            origin=request.asker.origin,
            decided_at=request.now,
        )


def recording_name(call_id: str, grant_id: str) -> str:
    """The name of a recording: the call's id, and enough of the grant's to tell its dials apart."""
    return f"{call_id}-{grant_id[:8]}"


def _announcement(permit: Permit, *, to_caller: bool) -> tuple[Phrase, ...]:
    """What one side hears before the two are connected: the disclaimer, then that the call is recorded."""
    phrases: list[Phrase] = []
    if permit.disclaimer is not None and (permit.disclaimer.to_caller or not to_caller):
        phrases.append(SpokenName(permit.disclaimer.text))
    if permit.recorded:
        phrases.append(Prompt(PromptId.RECORDING_NOTICE))
    return tuple(phrases)
