"""One turn of a call: answers what the dialogue requests, and saves all of it in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from ivr_service.dialogue import machine, moves
from ivr_service.dialogue.actions import (
    Action,
    CheckEntry,
    CheckPin,
    CheckSlot,
    Effect,
    LookUp,
    Record,
    RequestDial,
)
from ivr_service.dialogue.events import (
    Denied,
    EntryAccepted,
    EntryRefused,
    Event,
    Granted,
    MenuRequested,
    PinAccepted,
    PinRefused,
    Recorded,
)
from ivr_service.dialogue.state import CallState, Place, Step
from ivr_service.dialogue.values import DialStatus, RecordingState, RefusalReason
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.options import Recording
from ivr_service.policy.slots import decide_slot
from ivr_service.service.dial_handler import DialHandler, DialRequest
from ivr_service.service.directory import find_mailbox
from ivr_service.service.effects import blacklist_actions, perform
from ivr_service.service.errors import WrongTurnError
from ivr_service.service.knowledge import NumberLookUp
from ivr_service.service.messages import CallReply
from ivr_service.service.observer import CallObserver
from ivr_service.service.pin_handler import PinHandler
from ivr_service.service.rendering import PromptRenderer, render_actions
from ivr_service.service.turn import Turn
from ivr_service.store.database import Database, Unit
from ivr_service.store.dials import DialAttempt

_STATE: TypeAdapter[CallState] = TypeAdapter(CallState)


def read_state(state_json: str) -> CallState:
    """The state as it was stored with a turn."""
    return _STATE.validate_json(state_json)


@dataclass(frozen=True)
class FinishedTurn:
    """What a turn leaves behind: its reply, and both reply and state as they are stored."""

    state: CallState
    effects: tuple[Effect, ...]
    reply: CallReply
    state_json: str
    reply_json: str


Save = Callable[[Unit, FinishedTurn], bool]
"""Writes a turn; False when somebody else has taken it meanwhile."""


class TurnTakenError(Exception):
    """Another worker has taken this turn; what was decided here is rolled back."""


@dataclass(frozen=True)
class RefusedEntry:
    """An entry that was refused in this turn, and why."""

    text: str
    reason: RefusalReason


@dataclass(frozen=True)
class TurnHandler:
    """Finishes a turn. Raises StoreUnavailableError, TurnTakenError, and IvrServiceError without prompts."""

    database: Database
    prompts: PromptRenderer
    dial_handler: DialHandler
    observer: CallObserver
    look_up: NumberLookUp

    def finish(self, turn: Turn, step: Step, save: Save) -> CallReply:
        """Answer the core's requests one after the other, then decide and save in one transaction."""
        refused: RefusedEntry | None = None
        while True:
            match step.outputs[-1]:
                case CheckEntry() as entry:
                    answer = self._decide_entry(turn, entry, step.state)
                    refused = _refused_now(entry, answer, step.state) or refused
                    step = take_step(step.state, answer)
                case CheckPin(pin):
                    step = take_step(step.state, self._check_pin(turn, pin))
                case LookUp(destination):
                    found = self.look_up.known(turn, destination, step.state.language)
                    step = take_step(step.state, found)
                case CheckSlot(slot, number):
                    step = take_step(step.state, decide_slot(slot, number, turn.asker))
                case Record() if not self._has_room(turn):
                    self.observer.recording_ended(RecordingState.DISK_FULL)
                    step = _without_recording(step)
                case RequestDial() as wanted:
                    return self._decide_and_save(turn, step.state, wanted, save)
                case _:
                    return self._save_alone(turn, step, refused, save)

    def _has_room(self, turn: Turn) -> bool:
        """Whether a caller may be recorded now: by the rule that calls are recorded by."""
        return self.dial_handler.has_room(turn.settings.options.recording or Recording())

    def _decide_entry(
        self, turn: Turn, entry: CheckEntry, state: CallState
    ) -> EntryAccepted | MenuRequested | EntryRefused:
        answer = decide_entry(entry.text, replace(turn.asker, kind=entry.kind)).answer
        if isinstance(answer, EntryRefused):
            return EntryRefused(self.look_up.said(answer.refusal, state.language))
        return answer

    def _check_pin(self, turn: Turn, pin: str) -> PinAccepted | PinRefused:
        answer = PinHandler(self.database).check(turn.mailbox, pin, turn.now)
        if isinstance(answer, PinRefused):
            self.observer.pin_refused()
        return answer

    def _decide_and_save(self, turn: Turn, state: CallState, wanted: RequestDial, save: Save) -> CallReply:
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
            if isinstance(decision, Denied):
                decision = Denied(self.look_up.said(decision.refusal, state.language))
            reason = decision.refusal.reason if isinstance(decision, Denied) else None
            finished = self._finished(turn, take_step(state, decision), reason)
            _write(unit, turn, finished, save)
        self._tell(decision)
        return finished.reply

    def _tell(self, decision: Granted | Denied) -> None:
        match decision:
            case Granted(grant):
                self.observer.dial_granted()
                if grant.recording_refused:
                    self.observer.recording_ended(RecordingState.DISK_FULL)
            case Denied(refusal):
                self.observer.dial_refused(refusal.reason)

    def _save_alone(self, turn: Turn, step: Step, refused: RefusedEntry | None, save: Save) -> CallReply:
        """Save a turn that wants no dial. An entry that was refused is an attempt, and goes on record."""
        finished = self._finished(turn, step, None if refused is None else refused.reason)
        with self.database.turn() as unit:
            _write(unit, turn, finished, save)
            if refused is not None:
                unit.dials.record_refusal(_attempt(turn, refused.text), refused.reason)
        if refused is not None:
            self.observer.dial_refused(refused.reason)
        return finished.reply

    def _finished(self, turn: Turn, step: Step, reason: RefusalReason | None) -> FinishedTurn:
        """All that can be done before the store's lock is taken, so that it is held for moments only."""
        actions = [output for output in step.outputs if isinstance(output, Action)]
        effects = tuple(output for output in step.outputs if isinstance(output, Effect))
        rendered = render_actions(actions, step.state, self.prompts, turn.voice)
        reply = CallReply(
            call_id=turn.call_id,
            turn=turn.number,
            actions=(*blacklist_actions(effects, turn), *rendered),
            refusal=reason,
        )
        return FinishedTurn(
            step.state, effects, reply, _STATE.dump_json(step.state).decode(), reply.model_dump_json()
        )


def take_step(state: CallState, event: Event) -> Step:
    """Step the dialogue. Raises WrongTurnError for an event that does not fit."""
    try:
        return machine.step(state, event)
    except machine.UnexpectedEventError as error:
        raise WrongTurnError(str(error)) from error


def _without_recording(step: Step) -> Step:
    """Go on as if nothing could be recorded, without asking for it first; what is to be written stays."""
    effects = (output for output in step.outputs if isinstance(output, Effect))
    return moves.with_effects(take_step(step.state, Recorded(None, has_failed=True)), *effects)


def _refused_now(
    entry: CheckEntry, answer: EntryAccepted | MenuRequested | EntryRefused, state: CallState
) -> RefusedEntry | None:
    """Whether this entry is refused to the caller in this turn; what waits for a PIN is not refused yet."""
    if isinstance(answer, EntryAccepted) and answer.destination.goes_at_once:
        return None
    reason = answer.refusal.reason if isinstance(answer, EntryRefused) else None
    if reason is RefusalReason.EMERGENCY_FROM_OUTSIDE:
        return RefusedEntry(entry.text, reason)
    if state.facts.inside_only:
        return RefusedEntry(entry.text, RefusalReason.INSIDE_ONLY)
    return RefusedEntry(entry.text, reason) if reason is not None and state.may_continue else None


def _write(unit: Unit, turn: Turn, finished: FinishedTurn, save: Save) -> None:
    if not save(unit, finished):
        raise TurnTakenError
    for effect in finished.effects:
        perform(effect, turn, unit)
    if finished.state.place is Place.ENDED:
        _close(unit, turn, finished.state)


def _close(unit: Unit, turn: Turn, state: CallState) -> None:
    """Note that the call is over. A dial nobody reported on is over too; a late report still counts."""
    unit.calls.end(turn.call_id, turn.now)
    if state.grant_id is not None:
        unit.dials.record_outcome(state.grant_id, DialStatus.UNKNOWN, 0, 0, turn.now)


def _attempt(turn: Turn, text: str) -> DialAttempt:
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
