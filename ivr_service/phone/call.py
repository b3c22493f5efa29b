"""Runs one call: does what the service says, and lets a person answer."""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

import click

from ivr_service.dialogue.values import CallResult, RefusalReason
from ivr_service.errors import IvrServiceError
from ivr_service.phone.spoken import Recording, SomethingSaid, said
from ivr_service.service.messages import (
    ActionMessage,
    AskAction,
    CallLeg,
    CallReply,
    ConferAction,
    ConferenceEndedEvent,
    DialAction,
    DialEndedEvent,
    HangUpAction,
    HungUpEvent,
    KeysEvent,
    OutcomeReply,
    PlayAction,
    PostOutcome,
    PostTurn,
    PromptSound,
    RecordAction,
    RecordedEvent,
    RecordOutcomeAction,
    SetBlacklistAction,
    SetCallerIdAction,
    SpokenEvent,
    StartCall,
    WordsEvent,
)
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ

PersonsAnswer = KeysEvent | WordsEvent | SpokenEvent | RecordedEvent | HungUpEvent
"""What a person can do at a question, or when they are to be recorded."""

MOST_TURNS = 200
"""A call with more turns than this is going round in circles."""

_WAYS_TO_GO = (KeyboardInterrupt, EOFError, click.Abort)
"""What Ctrl-C, Ctrl-D and the end of the input become; click makes its own of the last two."""


class PersonGoneError(IvrServiceError):
    """The person went away in the middle of the call; the service has been told."""


class ServiceLine(Protocol):
    """The service API, in this process or over HTTP."""

    def start(self, request: StartCall) -> CallReply:
        """Begin a call."""

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        """Take a turn."""

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        """Report how a dial ended."""


class VoiceLine(Protocol):
    """The way a recording goes to the service."""

    def hear(self, call_id: str, turn: int, recording: Recording) -> SpokenEvent | KeysEvent:
        """Say a recording at the question of this turn; return what was understood, or silence."""


class Person(Protocol):
    """Whoever holds the phone. KeyboardInterrupt, EOFError and click.Abort mean that they went away."""

    def hears(self, prompts: tuple[PromptSound, ...]) -> None:
        """Something is said."""

    def is_told_why(self, reason: RefusalReason) -> None:
        """Something was refused."""

    def answers(self, question: AskAction) -> PersonsAnswer | Recording:
        """A question is asked; its prompts have been heard. A recording is said into the telephone."""

    def records(self, action: RecordAction) -> SomethingSaid | HungUpEvent | None:
        """The tone has sounded. Returns what is said then; None when it cannot be recorded."""

    def is_connected(self, dial: DialAction, shown: SetCallerIdAction | None) -> str:
        """The call goes out now. Returns how it ends, as Asterisk's DIALSTATUS."""

    def confers(self, conference: ConferAction) -> str:
        """Several are rung now. Returns how each of their dials ends, as Asterisk's DIALSTATUS."""


CallGoesOn = DialEndedEvent | ConferenceEndedEvent
"""What the dialogue is told when those who were called are gone."""


@dataclass(frozen=True)
class CallEnd:
    """How a call ended: what the dialplan does next, the dial strings used, and what was refused."""

    result: CallResult
    dialled: tuple[str, ...]
    refused: tuple[RefusalReason, ...]


@dataclass
class PhoneCall:
    """One call from start to end."""

    line: ServiceLine
    person: Person
    request: StartCall
    voice: VoiceLine | None = None
    recordings: Path | None = None
    """Where what is recorded is kept, in the place of a PBX; None for nowhere."""

    def __post_init__(self) -> None:
        self._dialled: list[str] = []
        self._refused: list[RefusalReason] = []
        self._shown: SetCallerIdAction | None = None
        self._dial_status = ""
        self._unreported: str | None = None
        self._turn = 0

    def run(self) -> CallEnd:
        """Run the call.

        Raises PersonGoneError when the person goes away, and RuntimeError when the call does not end.
        """
        try:
            return self._run()
        except _WAYS_TO_GO as error:
            self._leave()
            raise PersonGoneError("hung up") from error

    def _run(self) -> CallEnd:
        reply = self.line.start(self.request)
        for number in range(1, MOST_TURNS):
            self._turn = reply.turn
            event = self._carry_out(reply)
            if isinstance(event, CallResult):
                return CallEnd(event, tuple(self._dialled), tuple(self._refused))
            reply = self.line.turn(self.request.call_id, PostTurn(turn=number, event=event))
        raise RuntimeError(f"the call did not end in {MOST_TURNS} turns")

    def _leave(self) -> None:
        """Hang up; a dial that nobody reports would keep the mailbox from calling until it expires."""
        call_id = self.request.call_id
        try:
            if self._unreported is not None:
                self.line.outcome(call_id, PostOutcome(grant_id=self._unreported, dial_status="CANCEL"))
        finally:
            self.line.turn(call_id, PostTurn(turn=None, event=HungUpEvent()))

    def _carry_out(self, reply: CallReply) -> PersonsAnswer | CallGoesOn | CallResult:
        for action in reply.actions:
            if isinstance(action, DialAction):
                self._unreported = action.grant_id
        if reply.refusal is not None:
            self._refused.append(reply.refusal)
            self.person.is_told_why(reply.refusal)
        for action in reply.actions:
            event = self._do(action)
            if event is not None:
                return event
        raise RuntimeError("the service did not say what to do next")

    def _do(self, action: ActionMessage) -> PersonsAnswer | CallGoesOn | CallResult | None:
        match action:
            case PlayAction(prompts=prompts):
                self.person.hears(prompts)
                return None
            case AskAction() | RecordAction():
                return self._react(action)
            case SetCallerIdAction():
                self._shown = action
                return None
            case SetBlacklistAction():
                return None  # there is no Asterisk here whose database could be told
            case DialAction():
                self._dialled.append(action.dial_string)
                self._dial_status = self.person.is_connected(action, self._shown)
                self._shown = None
                if action.listener is not None:
                    self._report_leg(action.listener, "ANSWER")
                return None
            case ConferAction():
                return self._confer(action)
            case RecordOutcomeAction(grant_id=grant_id):
                return self._report(grant_id)
            case HangUpAction(result=result):
                return result
            case _:
                assert_never(action)

    def _react(self, action: AskAction | RecordAction) -> PersonsAnswer:
        if isinstance(action, RecordAction):
            return self._record(action)
        self.person.hears(action.prompts)
        return self._answer(action)

    def _answer(self, question: AskAction) -> PersonsAnswer:
        answer = self.person.answers(question)
        match answer:
            case Recording():
                if self.voice is None:
                    raise RuntimeError("this line carries no voice")
                return self.voice.hear(self.request.call_id, self._turn, answer)
            case WordsEvent(words=words):
                return said(words, question)
            case _:
                return answer

    def _record(self, action: RecordAction) -> RecordedEvent | HungUpEvent:
        said = self.person.records(action)
        if isinstance(said, HungUpEvent):
            return said
        if said is None or self.recordings is None:
            return RecordedEvent(is_written=False)
        audio = b"".join(said.chunks())
        self.recordings.mkdir(parents=True, exist_ok=True)
        with wave.open(str(self.recordings / f"{action.name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(audio)
        return RecordedEvent(is_written=True, length_ms=len(audio) * 1000 // (2 * SAMPLE_RATE_HZ))

    def _confer(self, action: ConferAction) -> ConferenceEndedEvent:
        """Every leg of a conference is answered, or ends as the person says."""
        status = self.person.confers(action)
        for leg in action.legs:
            self._report_leg(leg, status)
        if action.listener is not None:
            self._report_leg(action.listener, "ANSWER")
        return ConferenceEndedEvent()

    def _report_leg(self, leg: CallLeg, status: str) -> None:
        """On a PBX the leg's own channel does this."""
        self._dialled.append(leg.dial_string)
        self.line.outcome(self.request.call_id, PostOutcome(grant_id=leg.grant_id, dial_status=status))

    def _report(self, grant_id: str) -> DialEndedEvent:
        report = PostOutcome(grant_id=grant_id, dial_status=self._dial_status)
        self.line.outcome(self.request.call_id, report)
        self._unreported = None
        return DialEndedEvent(grant_id=grant_id, dial_status=self._dial_status)
