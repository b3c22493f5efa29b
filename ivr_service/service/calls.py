"""Calls as the front end sees them: start one, take its turns, record its outcome."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from ivr_service.dialogue import machine
from ivr_service.dialogue.actions import Action, CheckEntry, CheckPin, RequestDial
from ivr_service.dialogue.events import (
    CallerEvent,
    Denied,
    DialEnded,
    EntryAccepted,
    EntryRefused,
    Event,
    Granted,
    HungUp,
    Keys,
    MenuRequested,
    PinAccepted,
    PinRefused,
    Words,
)
from ivr_service.dialogue.state import CallState, Place, Step
from ivr_service.dialogue.values import (
    CallKind,
    DialStatus,
    MailboxId,
    Origin,
    RefusalReason,
)
from ivr_service.policy.asker import Asker
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.dial_handler import DialHandler, DialRequest
from ivr_service.service.directory import (
    facts_of,
    find_mailbox,
    mailbox_id,
    mailbox_or_nobody,
)
from ivr_service.service.errors import UnknownCallError, WrongTurnError
from ivr_service.service.messages import (
    CallReply,
    DialAction,
    DialEndedEvent,
    HungUpEvent,
    KeysEvent,
    OutcomeReply,
    PostOutcome,
    PostTurn,
    StartCall,
    WordsEvent,
)
from ivr_service.service.observer import CallObserver, SilentObserver
from ivr_service.service.pin_handler import PinHandler
from ivr_service.service.rendering import PromptRenderer, render_actions
from ivr_service.store.calls import NewCall, StoredCall
from ivr_service.store.database import Database, Unit
from ivr_service.store.dials import DialAttempt
from ivr_service.store.speed_dials import StoredSpeedDial

GRANT_IS_FRESH_FOR = timedelta(seconds=10)
"""How long the answer to a repeated turn may still dial: longer than the front end's retry, and no more."""

_STATE: TypeAdapter[CallState] = TypeAdapter(CallState)

_DIAL_STATUS = {
    "ANSWER": DialStatus.ANSWERED,
    "BUSY": DialStatus.BUSY,
    "NOANSWER": DialStatus.NO_ANSWER,
    "CANCEL": DialStatus.CANCELLED,
    "": DialStatus.UNKNOWN,
}


def dial_status(raw: str) -> DialStatus:
    """Asterisk's DIALSTATUS as one of ours; what is not known there is a failure (app_dial)."""
    return _DIAL_STATUS.get(raw.upper(), DialStatus.FAILED)


class _SomebodyElseAnsweredError(Exception):
    """Another worker has taken this turn; what was decided here must be rolled back."""


@dataclass
class _Turn:
    """What is known while one turn is worked on. `now` is aware, in the site's zone."""

    call_id: str
    number: int
    mailbox: MailboxId
    kind: CallKind
    origin: Origin
    settings: SiteSettings
    now: datetime
    own_slots: dict[int, StoredSpeedDial] = field(default_factory=dict)
    refusals: list[tuple[str, RefusalReason]] = field(default_factory=list)

    @property
    def asker(self) -> Asker:
        """Who is asking, for the policy."""
        return Asker(
            kind=self.kind,
            origin=self.origin,
            mailbox=mailbox_or_nobody(self.settings, self.mailbox),
            settings=self.settings,
            own_slots=self.own_slots,
        )


@dataclass(frozen=True)
class CallService:
    """The service behind the API.

    Every method may raise StoreUnavailableError; then nothing was dialled and nothing was counted.
    `clock` gives aware moments; `settings` gives the settings that are in force now.
    """

    database: Database
    settings: Callable[[], SiteSettings]
    prompts: PromptRenderer
    clock: Callable[[], datetime]
    dial_handler: DialHandler = field(default_factory=DialHandler)
    observer: CallObserver = field(default_factory=SilentObserver)

    def start(self, request: StartCall) -> CallReply:
        """Begin a call; the same call again gets the same answer.

        Raises WrongTurnError when the call has gone on already.
        """
        stored = self._load(request.call_id)
        if stored is not None:
            return self._again(stored, 0)
        mailbox = mailbox_id(request.mailbox, request.context)
        turn = self._turn(request.call_id, 0, mailbox, request.kind, request.origin)
        facts = facts_of(turn.asker, request.extension)
        first = machine.begin(facts, turn.asker.mailbox.first_caller_id)

        def save(unit: Unit, state: CallState, reply: CallReply) -> bool:
            return unit.calls.insert(
                NewCall(
                    call_id=request.call_id,
                    kind=request.kind.value,
                    mailbox=str(mailbox),
                    origin=request.origin.value,
                    phone=request.phone,
                    extension=request.extension,
                    started_at=turn.now,
                    state_json=_STATE.dump_json(state).decode(),
                    reply_json=reply.model_dump_json(),
                )
            )

        reply = self._finish(turn, first, save)
        self.observer.call_started(request.kind)
        return reply

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        """Take a turn; the same turn again gets the same answer, and has no second effect.

        Raises UnknownCallError, and WrongTurnError when it is not this call's next turn.
        """
        stored = self._load(call_id)
        if stored is None:
            raise UnknownCallError(f"there is no call {call_id}")
        number = stored.turn + 1 if request.turn is None else request.turn
        if number == stored.turn or (request.turn is None and stored.ended_at is not None):
            return self._again(stored, stored.turn)
        if number != stored.turn + 1:
            raise WrongTurnError(f"turn {number} was posted where turn {stored.turn + 1} is next")
        state = _STATE.validate_json(stored.state_json)
        event = self._event(request, state)
        box, _, context = stored.mailbox.partition("@")
        turn = self._turn(
            call_id, number, mailbox_id(box, context), CallKind(stored.kind), Origin(stored.origin)
        )
        following = _step(state, event)

        def save(unit: Unit, state: CallState, reply: CallReply) -> bool:
            return unit.calls.advance(
                call_id,
                stored.turn,
                _STATE.dump_json(state).decode(),
                reply.model_dump_json(),
                turn.now,
            )

        reply = self._finish(turn, following, save)
        self.observer.turn_taken(request.event.type)
        return reply

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        """Record how a granted dial ended; a second report changes nothing.

        Raises UnknownCallError when this call has no such grant.
        """
        status = dial_status(request.dial_status)
        with self.database.turn() as unit:
            granted = unit.dials.load(request.grant_id)
            if granted is None or granted.call_id != call_id:
                raise UnknownCallError(f"call {call_id} has no grant {request.grant_id}")
            recorded = unit.dials.record_outcome(
                request.grant_id, status, request.answered_s, request.hangup_cause, self.clock()
            )
        if recorded:
            self.observer.dial_ended(status)
        return OutcomeReply(recorded=recorded)

    # --- one turn

    def _load(self, call_id: str) -> StoredCall | None:
        with self.database.reading() as unit:
            return unit.calls.load(call_id)

    def _turn(self, call_id: str, number: int, mailbox: MailboxId, kind: CallKind, origin: Origin) -> _Turn:
        settings = self.settings()
        zone = ZoneInfo(settings.service.service.time_zone)
        with self.database.reading() as unit:
            stored = unit.speed_dials.list(mailbox)
        own_slots = {dial.slot: dial for dial in stored}
        return _Turn(
            call_id, number, mailbox, kind, origin, settings, self.clock().astimezone(zone), own_slots
        )

    def _event(self, request: PostTurn, state: CallState) -> CallerEvent:
        match request.event:
            case KeysEvent(keys=keys, ended_by=ended_by):
                return Keys(keys, ended_by)
            case WordsEvent(words=words):
                return Words(" ".join(words.lower().split()))
            case DialEndedEvent(grant_id=grant_id, dial_status=raw):
                if grant_id != state.grant_id:
                    raise WrongTurnError("this grant is not the one that the call is dialling with")
                return DialEnded(dial_status(raw))
            case HungUpEvent():
                return HungUp()
            case _:
                assert_never(request.event)

    def _finish(
        self, turn: _Turn, step: Step, save: Callable[[Unit, CallState, CallReply], bool]
    ) -> CallReply:
        """Answer the core's requests, then decide and save in one transaction."""
        try:
            while True:
                match step.outputs[-1]:
                    case CheckEntry() as entry:
                        step = _step(step.state, self._check_entry(turn, step.state, entry))
                    case CheckPin(pin):
                        step = _step(step.state, self._check_pin(turn, pin))
                    case RequestDial() as wanted:
                        return self._decide_and_save(turn, step.state, wanted, save)
                    case _:
                        with self.database.turn() as unit:
                            return self._save(unit, turn, step, save)
        except _SomebodyElseAnsweredError:
            stored = self._load(turn.call_id)
            if stored is None:
                raise UnknownCallError(f"there is no call {turn.call_id}") from None
            return self._again(stored, turn.number)

    def _check_pin(self, turn: _Turn, pin: str) -> PinAccepted | PinRefused:
        answer = PinHandler(self.database).check(turn.mailbox, pin, turn.now)
        if isinstance(answer, PinRefused):
            self.observer.pin_refused()
        return answer

    def _check_entry(
        self, turn: _Turn, state: CallState, entry: CheckEntry
    ) -> EntryAccepted | MenuRequested | EntryRefused:
        answer = decide_entry(entry.text, replace(turn.asker, kind=entry.kind)).answer
        reason = _refused_now(answer, state)
        if reason is not None:
            turn.refusals.append((entry.text, reason))
        return answer

    def _decide_and_save(
        self,
        turn: _Turn,
        state: CallState,
        wanted: RequestDial,
        save: Callable[[Unit, CallState, CallReply], bool],
    ) -> CallReply:
        request = DialRequest(
            call_id=turn.call_id,
            mailbox=turn.mailbox,
            is_known=find_mailbox(turn.settings, turn.mailbox) is not None,
            authorised=state.authorised,
            asker=turn.asker,
            wanted=wanted,
            now=turn.now,
        )
        with self.database.intent() as unit:
            decision = self.dial_handler.decide(unit, request)
            step = _step(state, decision)
            reply = self._save(unit, turn, step, save)
        match decision:
            case Granted():
                self.observer.dial_granted()
            case Denied(refusal):
                self.observer.dial_refused(refusal.reason)
        return reply

    def _save(
        self, unit: Unit, turn: _Turn, step: Step, save: Callable[[Unit, CallState, CallReply], bool]
    ) -> CallReply:
        actions = [output for output in step.outputs if isinstance(output, Action)]
        reply = CallReply(
            call_id=turn.call_id,
            turn=turn.number,
            actions=render_actions(actions, step.state.facts.language, self.prompts),
            refusal=_reason(turn, step.state),
        )
        if not save(unit, step.state, reply):
            raise _SomebodyElseAnsweredError
        for text, reason in turn.refusals:
            unit.dials.record_refusal(_refused_entry(turn, text), reason)
            self.observer.dial_refused(reason)
        if step.state.place is Place.ENDED:
            _close(unit, turn, step.state)
        return reply

    def _again(self, stored: StoredCall, number: int) -> CallReply:
        """The answer that was given before; but a grant in it that is used up or stale never dials again."""
        if number != stored.turn:
            raise WrongTurnError(f"turn {number} was posted where turn {stored.turn + 1} is next")
        reply = CallReply.model_validate_json(stored.reply_json)
        for action in reply.actions:
            if isinstance(action, DialAction) and not self._is_fresh(action.grant_id):
                raise WrongTurnError("the grant of this turn has been used, or is no longer fresh")
        return reply

    def _is_fresh(self, grant_id: str) -> bool:
        with self.database.reading() as unit:
            granted = unit.dials.load(grant_id)
        if granted is None or granted.outcome is not None:
            return False
        return self.clock() - granted.decided_at <= GRANT_IS_FRESH_FOR


def _step(state: CallState, event: Event) -> Step:
    try:
        return machine.step(state, event)
    except machine.UnexpectedEventError as error:
        raise WrongTurnError(str(error)) from error


def _refused_now(
    answer: EntryAccepted | MenuRequested | EntryRefused, state: CallState
) -> RefusalReason | None:
    """Why this entry is refused to the caller in this turn; what waits for a PIN is not refused yet."""
    if isinstance(answer, EntryAccepted) and answer.destination.goes_at_once:
        return None
    refused = answer.refusal.reason if isinstance(answer, EntryRefused) else None
    if refused is RefusalReason.EMERGENCY_FROM_OUTSIDE:
        return refused
    if state.facts.inside_only:
        return RefusalReason.INSIDE_ONLY
    return refused if state.may_continue else None


def _reason(turn: _Turn, state: CallState) -> RefusalReason | None:
    if turn.refusals:
        return turn.refusals[-1][1]
    return None if state.refusal is None else state.refusal.reason


def _close(unit: Unit, turn: _Turn, state: CallState) -> None:
    """Note that the call is over. A dial nobody reported on is over too; a late report still counts."""
    unit.calls.end(turn.call_id, turn.now)
    if state.grant_id is not None:
        unit.dials.record_outcome(state.grant_id, DialStatus.UNKNOWN, 0, 0, turn.now)


def _refused_entry(turn: _Turn, text: str) -> DialAttempt:
    return DialAttempt(
        call_id=turn.call_id,
        mailbox=turn.mailbox,
        number=text,
        number_class=None,
        caller_id=None,
        kind=turn.kind,
        origin=turn.origin,
        decided_at=turn.now,
    )
