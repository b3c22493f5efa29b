"""Whole calls as YAML that anybody can read, run, and add to."""

from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ivr_service.dialogue.values import CallKind, CallResult, Origin, RefusalReason
from ivr_service.errors import IvrServiceError
from ivr_service.phone.call import CallEnd, PhoneCall, ServiceLine
from ivr_service.phone.keying import KeyStream
from ivr_service.phone.spoken import SILENCE, SomethingSaid, Tone, said_unclearly
from ivr_service.service.messages import (
    AskAction,
    ConferAction,
    DialAction,
    HungUpEvent,
    KeysEvent,
    PromptSound,
    RecordAction,
    SetCallerIdAction,
    SpokenEvent,
    StartCall,
    WordsEvent,
)


class TranscriptError(IvrServiceError):
    """A transcript is not well written, or the call did not go as it says."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hears(_Part):
    """The caller hears this, somewhere in what is said since their last answer."""

    hears: str


class Keyed(_Part):
    """The caller presses keys; "," is silence. The terminator is written: "2125551234#"."""

    keys: str


class Said(_Part):
    """The caller says something."""

    says: str


class SaidUnclearly(_Part):
    """The caller says something that sounds like each of these, and no more like one than like another."""

    sounds_like: Annotated[tuple[str, ...], Field(min_length=2, max_length=8)]


class Refused(_Part):
    """Something was refused, for this reason."""

    refused: RefusalReason


class Dials(_Part):
    """The call goes out to `dials`, showing `shows` (number and name), and ends in `then`, a DIALSTATUS.

    `they_hear` is what the called side hears before it is connected, and `caller_hears` what the caller hears
    meanwhile; `recorded` says whether the call is recorded, and `listener` who is rung to listen.
    """

    dials: str
    shows: str | None = None
    they_hear: str = ""
    caller_hears: str = ""
    recorded: bool = False
    listener: str = ""
    then: str = "ANSWER"


class HangsUp(_Part):
    """The caller hangs up."""

    hangs_up: Literal[True]


class Confers(_Part):
    """All of these are rung and talk with each other, and each of their dials ends in `then`."""

    confers: list[str]
    they_hear: str = ""
    caller_hears: str = ""
    listener: str = ""
    then: str = "ANSWER"


class Records(_Part):
    """The caller is to be recorded, and says something, or nothing; or it cannot be written."""

    records: Literal["a voice", "silence", "nothing can be written"]


StepOfCall = Records | Hears | Keyed | Said | SaidUnclearly | Refused | Dials | Confers | HangsUp


class Transcript(_Part):
    """One call: who calls, what happens, and how it ends.

    Whoever runs the transcript on a store of its own sets up what comes before it: the `site` it is written
    for, the mailbox's `pin`, and the site's `local_time` ("21:40"); with `disk_is_full` there is no room for
    a recording. `earlier` is a call that comes first.
    """

    title: str
    mailbox: str
    context: str = "default"
    kind: CallKind
    number: str
    origin: Origin = Origin.INSIDE
    pin: str | None = None
    disk_is_full: bool = False
    site: str = "example"
    local_time: time | None = None
    earlier: "Transcript | None" = None
    steps: tuple[StepOfCall, ...]
    ends: CallResult
    dials_in_all: Annotated[int, Field(ge=0)] | None = None


_TRANSCRIPTS: TypeAdapter[tuple[Transcript, ...]] = TypeAdapter(tuple[Transcript, ...])


def load_transcripts(path: Path) -> tuple[Transcript, ...]:
    """Read a file of transcripts: a list of calls, or one call.

    Raises TranscriptError that says what is wrong, and where.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _TRANSCRIPTS.validate_python(tuple(content) if isinstance(content, list) else (content,))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TranscriptError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        where = ", ".join(".".join(map(str, one["loc"])) + ": " + one["msg"] for one in error.errors()[:3])
        raise TranscriptError(f"{path}: is not a transcript: {where}") from error


@dataclass
class TranscriptPerson:
    """Does and expects what the transcript says, in its order."""

    steps: list[StepOfCall]
    heard: str = ""
    log: list[str] = field(default_factory=list)
    refusals: list[RefusalReason] = field(default_factory=list)

    def hears(self, prompts: tuple[PromptSound, ...]) -> None:
        """Remember what was said."""
        text = " ".join(prompt.text for prompt in prompts if prompt.text)
        self.heard = f"{self.heard} {text}".strip()
        self.log.append(f"heard: {text}")

    def is_told_why(self, reason: RefusalReason) -> None:
        """Remember why."""
        self.refusals.append(reason)
        self.log.append(f"refused: {reason}")

    def answers(self, question: AskAction) -> KeysEvent | WordsEvent | SpokenEvent | HungUpEvent:
        """Check what was heard, then take the next thing the caller does."""
        self._check_expectations()
        step = self._next()
        self.log.append(f"answers: {step!r}")
        match step:
            case Keyed(keys=keys):
                stream = KeyStream(keys)
                event = stream.answer(question)
                if stream.left:
                    self.steps.insert(0, Keyed(keys=stream.left))
                return event
            case Said(says=words):
                return WordsEvent(words=words)
            case SaidUnclearly(sounds_like=phrases):
                return said_unclearly(phrases)
            case HangsUp():
                return HungUpEvent()
            case _:
                raise self._error(f"the service asks, but the transcript goes on with {step!r}")

    def records(self, action: RecordAction) -> SomethingSaid | HungUpEvent | None:
        """Say what the transcript says."""
        self._check_expectations()
        step = self._next()
        self.log.append(f"is recorded to {action.name}: {step!r}")
        match step:
            case HangsUp():
                return HungUpEvent()
            case Records(records="a voice"):
                return Tone()
            case Records(records="silence"):
                return SILENCE
            case Records():
                return None
            case _:
                raise self._error(f"the service records, but the transcript goes on with {step!r}")

    def is_connected(self, dial: DialAction, shown: SetCallerIdAction | None) -> str:
        """Check where the call goes and what it shows."""
        self._check_expectations()
        step = self._next()
        if not isinstance(step, Dials):
            raise self._error(
                f"the service dials {dial.dial_string}, but the transcript goes on with {step!r}"
            )
        shows = None if shown is None else f"{shown.number} {shown.name}"
        if (dial.dial_string, shows) != (step.dials, step.shows):
            raise self._error(f"the call went to {dial.dial_string} and showed {shows}, not as in {step!r}")
        announced = tuple(map(_text, (dial.announcement, dial.announcement_to_caller)))
        if (*announced, dial.recording is not None) != (step.they_hear, step.caller_hears, step.recorded):
            raise self._error(
                f"it was announced {announced} and recorded to {dial.recording!r}, not as in {step!r}"
            )
        listener = "" if dial.listener is None else dial.listener.dial_string
        if listener != step.listener:
            raise self._error(f"{listener or 'nobody'} was rung to listen, not as in {step!r}")
        self.log.append(f"dialled: {dial.dial_string} showing {shows}")
        return step.then

    def confers(self, conference: ConferAction) -> str:
        """Check who is rung, and what they and the caller hear first."""
        self._check_expectations()
        step = self._next()
        rung = [leg.dial_string for leg in conference.legs]
        if not isinstance(step, Confers):
            raise self._error(f"{rung} are rung, but the transcript goes on with {step!r}")
        listener = "" if conference.listener is None else conference.listener.dial_string
        heard = [
            *{_text(leg.announcement) for leg in conference.legs},
            _text(conference.announcement_to_caller),
        ]
        if (rung, listener, heard) != (step.confers, step.listener, [step.they_hear, step.caller_hears]):
            raise self._error(f"{rung} are rung, {listener} listens, {heard} is heard, not as in {step!r}")
        self.log.append(f"conference of: {', '.join(rung)}")
        return step.then

    def is_done(self) -> None:
        """Check that nothing is left. Raises TranscriptError."""
        self._check_expectations()
        if self.steps:
            raise self._error(f"the call is over, but the transcript goes on with {self.steps[0]!r}")

    def _next(self) -> StepOfCall:
        if not self.steps:
            raise self._error("the call goes on after the end of the transcript")
        return self.steps.pop(0)

    def _check_expectations(self) -> None:
        while self.steps and isinstance(self.steps[0], Hears | Refused):
            expected = self.steps.pop(0)
            if isinstance(expected, Hears) and expected.hears.lower() not in self.heard.lower():
                raise self._error(f'"{expected.hears}" was not heard, but "{self.heard}"')
            if isinstance(expected, Refused) and expected.refused not in self.refusals:
                raise self._error(f"{expected.refused} was not the reason, but {self.refusals}")
        self.heard, self.refusals = "", []

    def _error(self, problem: str) -> TranscriptError:
        return TranscriptError("\n  ".join([problem, "The call so far:", *self.log]))


def run_transcript(line: ServiceLine, transcript: Transcript, call_id: str, recordings: Path) -> CallEnd:
    """Run a transcript, in which what is recorded goes into the folder `recordings`.

    Raises TranscriptError, with the call so far, when it goes another way.
    """
    if transcript.earlier is not None:
        run_transcript(line, transcript.earlier, token_hex(16), recordings)
    person = TranscriptPerson(list(transcript.steps))
    request = StartCall(
        call_id=call_id,
        kind=transcript.kind,
        extension=transcript.number,
        mailbox=transcript.mailbox,
        context=transcript.context,
        origin=transcript.origin,
    )
    end = PhoneCall(line, person, request, recordings=recordings).run()
    person.is_done()
    if end.result is not transcript.ends:
        raise TranscriptError(f"the call ended in {end.result}, not {transcript.ends}")
    if transcript.dials_in_all not in (None, len(end.dialled)):
        raise TranscriptError(f"{len(end.dialled)} calls went out: {end.dialled}")
    return end


def _text(sound: PromptSound | None) -> str:
    return "" if sound is None else sound.text
