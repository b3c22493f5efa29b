"""The one dial handler. Every dial of every feature is decided here, and nowhere else.

The check, the count and the audit row are one transaction; only what comes out of it can become a dial.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.events import Denied, Granted
from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.values import (
    CallKind,
    Destination,
    DialGrant,
    GrantedRecording,
    MailboxId,
    NumberClass,
    RecordingState,
    Refusal,
    RefusalReason,
    SurveyAsked,
)
from ivr_service.policy.asker import Asker
from ivr_service.policy.dialling import Permit, decide_dial
from ivr_service.policy.numbers import classify
from ivr_service.policy.options import Listener, Recording
from ivr_service.service.surveys import survey_id
from ivr_service.store.database import Unit
from ivr_service.store.dials import DialAttempt, DialRecording

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


def plenty() -> int:
    """As if no disk were ever full."""
    return sys.maxsize


@dataclass(frozen=True)
class DialHandler:
    """Grants or denies, and writes the one audit row of the attempt.

    `free_mb` gives the megabytes that are free for recordings, of calls and of what callers say alone.
    """

    make_grant_id: Callable[[], str] = new_grant_id
    free_mb: Callable[[], int] = plenty

    def decide(self, unit: Unit, request: DialRequest) -> Granted | Denied:
        """Decide within the caller's transaction, which must be one of `Database.intent`.

        Whoever is to join, and a listener, is decided after the number that is called, each on their own.
        """
        permit = self._permitted(unit, request)
        if isinstance(permit, Refusal):
            return self._deny(unit, request, permit)
        if request.wanted.people:  # the survey follows a call between two
            permit = replace(permit, survey=None)
        first = self._grant(unit, request, permit)
        return self._with_the_others(unit, request, permit, first)

    def _with_the_others(self, unit: Unit, request: DialRequest, permit: Permit, first: DialGrant) -> Granted:
        people: list[DialGrant] = []
        denied: list[tuple[Destination, Refusal]] = []
        for person in request.wanted.people:
            joining = self._joining(unit, request, person, first.announcement)
            if isinstance(joining, Refusal):
                denied.append((person, joining))
            else:
                people.append(joining)
        return Granted(first, tuple(people), tuple(denied), self._listening(unit, request, permit.listener))

    def _listening(self, unit: Unit, request: DialRequest, listener: Listener | None) -> DialGrant | None:
        """A listener is an extension; whatever else is written there is denied, and the call goes on."""
        if listener is None:
            return None
        extension = classify(listener.extension, request.asker.settings).outcome
        if not isinstance(extension, Destination) or extension.number_class is not NumberClass.INTERNAL:
            return None
        introduction = (Prompt(PromptId.LISTENER_INTRODUCTION),)
        granted = self._joining(unit, request, extension, introduction)
        return None if isinstance(granted, Refusal) else granted

    def _joining(
        self, unit: Unit, request: DialRequest, who: Destination, announcement: tuple[Phrase, ...]
    ) -> DialGrant | Refusal:
        """One more for a call that is granted: no call of its own, but every other limit counts it."""
        own = replace(request, wanted=RequestDial(who, request.wanted.caller_id))
        permit = self._permitted(unit, own, joins=True)
        if isinstance(permit, Refusal):
            self._deny(unit, own, permit)
            return permit
        plain = replace(permit, recording=None, disclaimer=None, listener=None, survey=None)
        return replace(self._grant(unit, own, plain), announcement=announcement)

    def _permitted(self, unit: Unit, request: DialRequest, *, joins: bool = False) -> Permit | Refusal:
        refusal = self._not_authorised(request)
        if refusal is not None:
            return refusal
        usage = unit.dials.usage(request.mailbox, request.wanted.destination.number, request.now)
        if joins:
            usage = replace(usage, mailbox_open=0)
        # What was blocked since the number was entered is known in this transaction only.
        asker = replace(
            request.asker, is_blocked=lambda number: unit.blocked_numbers.is_blocked(request.mailbox, number)
        )
        decision = decide_dial(request.wanted, asker, usage, request.now)
        return decision.permit or decision.refusal or Refusal(RefusalReason.UNAVAILABLE)

    def _not_authorised(self, request: DialRequest) -> Refusal | None:
        if request.asker.kind is CallKind.SURVEY:
            return Refusal(RefusalReason.NOT_AUTHORISED)  # a stranger is on the line, and nothing is dialled
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

    def _grant(self, unit: Unit, request: DialRequest, wanted: Permit) -> DialGrant:
        """Grant the dial, without the recording when there is no room for one."""
        grant_id = self.make_grant_id()
        has_room = wanted.recording is None or self.has_room(wanted.recording.settings)
        permit = wanted if has_room else replace(wanted, recording=None)
        grant = DialGrant(
            grant_id=grant_id,
            dial_string=permit.dial_string,
            ring_s=permit.ring_s,
            max_length_s=_longest_s(permit),
            caller_id_number=permit.caller_id_number,
            caller_id_name=permit.caller_id_name,
            recording=_granted_recording(permit, recording_name(request.call_id, grant_id)),
            recording_refused=permit is not wanted,
            announcement=_announcement(permit, to_caller=False),
            announcement_to_caller=_announcement(permit, to_caller=True),
            survey=survey_id(request.call_id, grant_id) if permit.survey is SurveyAsked.CALLED else None,
        )
        over_at = request.now + timedelta(seconds=grant.ring_s + grant.max_length_s) + SLACK
        attempt = self._attempt(request, permit.caller_id_number)
        unit.dials.record_grant(attempt, grant_id, over_at, _for_the_audit(grant, permit), permit.survey)
        return grant

    def has_room(self, rule: Recording) -> bool:
        """Whether the disk has room for a recording by this rule, of a call or of a caller alone."""
        return self.free_mb() >= rule.min_free_mb

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


def _granted_recording(permit: Permit, name: str) -> GrantedRecording | None:
    if permit.recording is None:
        return None
    settings = permit.recording.settings
    ends_the_call = settings.max_length_s < permit.max_length_s
    return GrantedRecording(name, settings.layout, settings.beep_s, ends_the_call)


def _longest_s(permit: Permit) -> int:
    if permit.recording is None:
        return permit.max_length_s
    return min(permit.max_length_s, permit.recording.settings.max_length_s)


def _for_the_audit(grant: DialGrant, permit: Permit) -> DialRecording | None:
    if grant.recording_refused:
        return DialRecording(None, RecordingState.DISK_FULL, has_notice=False)
    if grant.recording is None or permit.recording is None:
        return None
    return DialRecording(
        grant.recording.name, RecordingState.RECORDING, has_notice=permit.recording.has_notice
    )


def _announcement(permit: Permit, *, to_caller: bool) -> tuple[Phrase, ...]:
    """What one side hears before the two are connected: the disclaimer, then who else records or listens."""
    phrases: list[Phrase] = []
    if permit.disclaimer is not None and (permit.disclaimer.to_caller or not to_caller):
        phrases.append(SpokenName(permit.disclaimer.text))
    if permit.recording is not None and permit.recording.has_notice:
        phrases.append(Prompt(PromptId.RECORDING_NOTICE))
    if permit.listener is not None:
        phrases.append(Prompt(PromptId.LISTENING_NOTICE))
    return tuple(phrases)
