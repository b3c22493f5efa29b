"""Calls as the front end sees them: start one, take its turns, record its outcome."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo

from ivr_service.dialogue import machine, questions
from ivr_service.dialogue.events import (
    CallerEvent,
    DialEnded,
    Heard,
    HeardNumber,
    HeardPhrase,
    HungUp,
    Keys,
    Recorded,
    Spoken,
    Words,
)
from ivr_service.dialogue.state import ASKING, CallFacts, CallState, Place
from ivr_service.dialogue.values import CallKind, DialStatus, MailboxId, Origin
from ivr_service.policy.settings import SiteSettings
from ivr_service.policy.slots import offered_own_slots
from ivr_service.service.dial_handler import DialHandler
from ivr_service.service.directory import facts_of, language_of, mailbox_id
from ivr_service.service.errors import UnknownCallError, WrongTurnError
from ivr_service.service.inbound import is_blocked
from ivr_service.service.knowledge import NumberLookUp, WantName, no_name_is_made
from ivr_service.service.last_choices import last_choice
from ivr_service.service.listening import SpokenQuestion
from ivr_service.service.messages import (
    AskInbound,
    CallReply,
    ConferenceEndedEvent,
    DialAction,
    DialEndedEvent,
    HeardNumberMessage,
    HeardPhraseMessage,
    HungUpEvent,
    InboundReply,
    KeysEvent,
    OutcomeReply,
    PostOutcome,
    PostTurn,
    RecordedEvent,
    SpokenEvent,
    StartCall,
    WordsEvent,
)
from ivr_service.service.observer import CallObserver, SilentObserver
from ivr_service.service.rendering import PromptRenderer
from ivr_service.service.surveys import dial_to_survey, survey_facts
from ivr_service.service.turn import Turn
from ivr_service.service.turn_watcher import NobodyWatches, TurnWatcher
from ivr_service.service.turns import FinishedTurn, TurnHandler, TurnTakenError, read_state, take_step
from ivr_service.service.voices import Finished, VoiceFiles, delete_unkept, voice_name
from ivr_service.store.calls import NewCall, StoredCall
from ivr_service.store.database import Database, Unit
from ivr_service.store.dials import StoredDial
from ivr_service.store.errors import StoreUnavailableError
from ivr_service.store.last_choices import StoredChoice
from ivr_service.store.speed_dials import StoredSpeedDial

GRANT_IS_FRESH_FOR = timedelta(seconds=10)
"""How long the answer to a repeated turn may still dial: longer than the front end's retry, and no more."""

SESSION_IS_KEPT_FOR = timedelta(days=7)
"""How long what was said in a call can still be looked at; the audit trail of its dials is kept for good."""

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


def _leave_it(grant_id: str) -> None:
    """See to no recording."""


@dataclass(frozen=True)
class CallService:
    """The service behind the API.

    Every method may raise StoreUnavailableError; then nothing was dialled and nothing was counted.
    `clock` gives aware moments; `settings` gives the settings that are in force now; `hears` says of
    a language whether what callers say in it can be understood now. `settle_recording` is given each dial
    that is over, to see what became of its recording; it must not wait. `want_name` is told of names that
    should have a sound the next time. `voices` is where is kept what callers record: names for speed dials,
    and comments.
    """

    database: Database
    settings: Callable[[], SiteSettings]
    prompts: PromptRenderer
    clock: Callable[[], datetime]
    dial_handler: DialHandler = field(default_factory=DialHandler)
    observer: CallObserver = field(default_factory=SilentObserver)
    hears: Callable[[str], bool] = lambda _: False
    watcher: TurnWatcher = field(default_factory=NobodyWatches)
    settle_recording: Callable[[str], None] = _leave_it
    want_name: WantName = no_name_is_made
    voices: VoiceFiles = field(default_factory=lambda: VoiceFiles(Path(os.devnull)))

    def start(self, request: StartCall) -> CallReply:
        """Begin a call; the same call again gets the same answer.

        Raises WrongTurnError when the call has gone on already.
        """
        stored = self._load(request.call_id)
        if stored is not None:
            return self._again(stored, 0)
        dial = self._dial_to_survey(request) if request.kind is CallKind.SURVEY else None
        mailbox = _mailbox_of(request, dial)
        turn = self._turn(request.call_id, 0, mailbox, request.kind, request.origin)
        facts = self._facts(turn, request.extension, dial)
        first = machine.begin(facts, turn.asker.default_caller_id, offered_own_slots(turn.asker))

        def save(unit: Unit, finished: FinishedTurn) -> bool:
            unit.calls.forget(turn.now - SESSION_IS_KEPT_FOR)
            asked = facts.surveyed_grant
            if asked is not None and not unit.dials.begin_survey(asked, turn.now):
                return False
            return unit.calls.insert(
                NewCall(
                    call_id=request.call_id,
                    kind=request.kind.value,
                    mailbox=str(mailbox),
                    origin=request.origin.value,
                    phone=request.phone,
                    extension=request.extension,
                    started_at=turn.now,
                    state_json=finished.state_json,
                    reply_json=finished.reply_json,
                )
            )

        self.observer.call_started(request.kind)
        try:
            return self._handler.finish(turn, first, save)
        except TurnTakenError:
            return self._again(self._known(request.call_id), 0)

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        """Take a turn; the same turn again gets the same answer, and has no second effect.

        Raises UnknownCallError, and WrongTurnError when it is not this call's next turn.
        """
        stored = self._known(call_id)
        number = stored.turn + 1 if request.turn is None else request.turn
        if number == stored.turn or (request.turn is None and stored.ended_at is not None):
            return self._again(stored, stored.turn)
        if number != stored.turn + 1:
            raise WrongTurnError(f"turn {number} was posted where turn {stored.turn + 1} is next")
        try:
            reply = self._take(stored, request)
        except TurnTakenError:
            # A hang-up without a number is for whatever turn is next now; any other turn has its answer.
            return self.turn(call_id, request)
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
            if request.announced_at:
                unit.dials.record_announcement(
                    request.grant_id, datetime.fromtimestamp(request.announced_at, UTC)
                )
        if recorded:
            self.observer.dial_ended(status)
            self.settle_recording(request.grant_id)
        return OutcomeReply(recorded=recorded)

    def inbound(self, request: AskInbound) -> InboundReply:
        """Say whether somebody who calls in is blocked."""
        blocked = is_blocked(request, self.settings(), self.database)
        if blocked:
            self.observer.inbound_refused()
        return InboundReply(blocked=blocked)

    def question(self, call_id: str, number: int) -> SpokenQuestion:
        """What is asked in this turn of the call, and in which language it is answered.

        Raises UnknownCallError, and WrongTurnError when the call is at another turn or nothing is asked.
        """
        stored = self._known(call_id)
        state = read_state(stored.state_json)
        if stored.turn != number or state.place not in ASKING:
            raise WrongTurnError(f"nothing is asked in turn {number}")
        return SpokenQuestion(questions.ask(state), state.language)

    @property
    def _handler(self) -> TurnHandler:
        look_up = NumberLookUp(self.database, self.prompts, self.want_name)
        return TurnHandler(self.database, self.prompts, self.dial_handler, self.observer, look_up)

    def _take(self, stored: StoredCall, request: PostTurn) -> CallReply:
        state = read_state(stored.state_json)
        event = self._event(stored, request, state)
        following = take_step(state, event)
        reached = [following.state]
        mailbox, _, context = stored.mailbox.partition("@")
        turn = self._turn(
            stored.call_id,
            stored.turn + 1,
            mailbox_id(mailbox, context),
            CallKind(stored.kind),
            Origin(stored.origin),
        )

        def save(unit: Unit, finished: FinishedTurn) -> bool:
            reached.append(finished.state)
            return unit.calls.advance(
                stored.call_id, stored.turn, finished.state_json, finished.reply_json, turn.now
            )

        reply = self._handler.finish(turn, following, save)
        self.watcher.turn_was_taken(stored.call_id, stored.turn, state, event, reached[-1])
        if reached[-1].place is Place.ENDED:
            self._delete_unkept(stored.call_id)
        return reply

    def _delete_unkept(self, call_id: str) -> None:
        """What was recorded in a call, and is no slot's name and no comment, is deleted with its end."""
        try:
            delete_unkept(self.voices, self.voices.of_call(call_id), self._kept_voices)
        except (OSError, StoreUnavailableError):  # the purge finds them later; this turn is taken
            return

    def _kept_voices(self) -> frozenset[str]:
        with self.database.reading() as unit:
            return unit.speed_dials.voices() | unit.survey_answers.voices()

    def _turn(self, call_id: str, number: int, mailbox: MailboxId, kind: CallKind, origin: Origin) -> Turn:
        settings = self.settings()
        now = self.clock().astimezone(ZoneInfo(settings.service.service.time_zone))
        return Turn(
            call_id=call_id,
            number=number,
            mailbox=mailbox,
            kind=kind,
            origin=origin,
            settings=settings,
            now=now,
            read_own_slots=lambda: self._own_slots(mailbox),
            last_dialled=lambda: self._last_dialled(mailbox),
            is_blocked=lambda telephone_number: self._is_blocked(mailbox, telephone_number),
        )

    def _dial_to_survey(self, request: StartCall) -> StoredDial | None:
        with self.database.reading() as unit:
            return dial_to_survey(unit, request.survey, self.clock())

    def _facts(self, turn: Turn, arrived_with: str, dial: StoredDial | None) -> CallFacts:
        if turn.kind is CallKind.SURVEY:
            return survey_facts(turn.asker, dial, hears=self.hears(language_of(turn.asker)))
        facts = facts_of(turn.asker, arrived_with, hears=self.hears)

        def load() -> StoredChoice | None:
            with self.database.reading() as unit:
                return unit.last_choices.load(turn.mailbox)

        return replace(facts, last=last_choice(load, facts, turn.asker.default_caller_id))

    def _own_slots(self, mailbox: MailboxId) -> dict[int, StoredSpeedDial]:
        with self.database.reading() as unit:
            dials = unit.speed_dials.list(mailbox)
        return {dial.slot: self._with_a_voice_that_is_there(dial) for dial in dials}

    def _with_a_voice_that_is_there(self, dial: StoredSpeedDial) -> StoredSpeedDial:
        """A recording may be on another host, or deleted: then the number is read."""
        if dial.recording is None or self.voices.has(dial.recording):
            return dial
        return replace(dial, recording=None)

    def _last_dialled(self, mailbox: MailboxId) -> str | None:
        with self.database.reading() as unit:
            return unit.dials.last_dialled(mailbox)

    def _is_blocked(self, mailbox: MailboxId, number: str) -> bool:
        with self.database.reading() as unit:
            return unit.blocked_numbers.is_blocked(mailbox, number)

    def _event(self, stored: StoredCall, request: PostTurn, state: CallState) -> CallerEvent:
        if isinstance(request.event, RecordedEvent):
            return _recorded(request.event, voice_name(stored.call_id, stored.turn), self.voices.finish)
        if isinstance(request.event, HungUpEvent) and state.place is Place.SURVEY_COMMENT:
            return self._comment_of_the_gone(voice_name(stored.call_id, stored.turn))
        return _event(request.event, state, lambda: self._conference_status(stored.call_id))

    def _comment_of_the_gone(self, voice: str) -> Recorded | HungUp:
        """Many end a comment by hanging up: what was recorded until then is kept, and the survey is over."""
        is_kept = self.voices.has(voice) and self.voices.finish(voice) is Finished.KEPT
        return Recorded(voice, key=questions.BACK_KEY) if is_kept else HungUp()

    def _conference_status(self, call_id: str) -> DialStatus:
        """How a conference ended: its legs report for themselves, and before the caller is alone.

        One that has not reported yet was still talking when the caller left.
        """
        with self.database.reading() as unit:
            outcomes = [dial.outcome for dial in unit.dials.of_call(call_id) if dial.allowed]
        if None in outcomes or DialStatus.ANSWERED.value in outcomes:
            return DialStatus.ANSWERED
        return DialStatus(outcomes[0]) if outcomes and outcomes[0] else DialStatus.FAILED

    def _load(self, call_id: str) -> StoredCall | None:
        with self.database.reading() as unit:
            return unit.calls.load(call_id)

    def _known(self, call_id: str) -> StoredCall:
        stored = self._load(call_id)
        if stored is None:
            raise UnknownCallError(f"there is no call {call_id}")
        return stored

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


def _mailbox_of(request: StartCall, dial: StoredDial | None) -> MailboxId:
    """A survey is of the mailbox that has dialled; one that belongs to no dial, of none."""
    if request.kind is not CallKind.SURVEY:
        return mailbox_id(request.mailbox, request.context)
    number, _, context = ("" if dial is None else dial.mailbox).partition("@")
    return mailbox_id(number, context)


SimpleEvent = KeysEvent | WordsEvent | SpokenEvent | ConferenceEndedEvent | DialEndedEvent | HungUpEvent
"""What a caller does that leaves no file."""


def _heard(message: HeardPhraseMessage | HeardNumberMessage) -> Heard:
    match message:
        case HeardPhraseMessage(phrase=phrase, confidence=confidence):
            return HeardPhrase(phrase, confidence)
        case HeardNumberMessage(digits=digits, part=part, confidence=confidence):
            return HeardNumber(digits, part, confidence)


def _recorded(event: RecordedEvent, voice: str, finish: Callable[[str], Finished]) -> Recorded:
    """What was recorded. A key during the beep leaves no file, and is no failure."""
    if not event.is_written:
        return Recorded(None, has_failed=not event.key, key=event.key)
    finished = finish(voice)
    return Recorded(
        voice if finished is Finished.KEPT else None, has_failed=finished is Finished.LOST, key=event.key
    )


def _event(event: SimpleEvent, state: CallState, conference_status: Callable[[], DialStatus]) -> CallerEvent:
    match event:
        case KeysEvent(keys=keys, ended_by=ended_by):
            return Keys(keys, ended_by)
        case WordsEvent(words=words):
            return Words(" ".join(words.lower().split()))
        case SpokenEvent(heard=heard):
            return Spoken(tuple(map(_heard, heard)))
        case ConferenceEndedEvent():
            return DialEnded(conference_status())
        case DialEndedEvent(grant_id=grant_id, dial_status=raw):
            if grant_id != state.grant_id:
                raise WrongTurnError("this grant is not the one that the call is dialling with")
            return DialEnded(dial_status(raw))
        case HungUpEvent():
            return HungUp()
        case _:
            assert_never(event)
