"""A person at a terminal: reads what is heard, types keys or words, and sees where the call goes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click
from pydantic import ValidationError

from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import RefusalReason
from ivr_service.phone.keying import KeyStream
from ivr_service.phone.spoken import Recording, SomethingSaid, Tone
from ivr_service.prompting.player import play_sound
from ivr_service.service.messages import (
    AskAction,
    CallLeg,
    ConferAction,
    DialAction,
    HungUpEvent,
    KeysEvent,
    PromptSound,
    RecordAction,
    SetCallerIdAction,
    WordsEvent,
)

RECORDED = "recorded/"
"""How the path of a sound begins that a caller has recorded."""

_KEYS = re.compile(r"[0-9*#]+")
HANG_UP_WORD = "hang up"
NOT_UNDERSTOOD = WordsEvent(words="?")
"""What stands for a typed line that no service could read."""

OTHER_SIDE = {"a": "ANSWER", "b": "BUSY", "n": "NOANSWER", "f": "CHANUNAVAIL"}
"""What the person called may do, by the letter that is typed for it, as Asterisk's DIALSTATUS."""


@dataclass(frozen=True)
class Screen:
    """Shows what happens in a call, and plays it when there is a folder with the sounds."""

    write: Callable[[str], None]
    sounds: Path | None = None
    recordings: Path | None = None

    def hears(self, prompts: tuple[PromptSound, ...]) -> None:
        """Show and play what is said."""
        self._line("hears", " ".join(prompt.text for prompt in prompts if prompt.text))
        if self.sounds is not None:
            all(play_sound(self._file(prompt.sound)) for prompt in prompts)

    def is_told_why(self, reason: RefusalReason) -> None:
        """Show why something was refused."""
        self._line("refused", reason.value)

    def presses(self, shown: str) -> None:
        """Show what the caller does."""
        self._line("presses", shown)

    def says(self, shown: str) -> None:
        """Show what the caller says."""
        self._line("says", shown)

    def records(self, action: RecordAction, what: str) -> None:
        """Show what is recorded."""
        self._line("records", f"{what}, to {action.name}.wav")

    def dials(self, dial: DialAction, shown: SetCallerIdAction | None) -> None:
        """Show the grant."""
        caller_id = f"{shown.number} ({shown.name})" if shown else "the phone's own number"
        self._line("granted", f"{dial.dial_string}, showing {caller_id}, for {dial.ring_s} s of ringing")
        if dial.recording is not None:
            self._line("recorded", f"to {dial.recording.name}.wav")
        if dial.announcement is not None:
            self._line("they hear", dial.announcement.text)
        if dial.announcement_to_caller is not None:
            self._line("hears", dial.announcement_to_caller.text)
        if dial.listener is not None:
            self.listens(dial.listener)

    def confers(self, conference: ConferAction) -> None:
        """Show everybody who is rung."""
        for leg in conference.legs:
            shown = f"{leg.caller_id} ({leg.caller_id_name})" if leg.caller_id else "the phone's own number"
            self._line("granted", f"{leg.dial_string}, showing {shown}, into the conference")
        if conference.recording is not None:
            self._line("recorded", f"to {conference.recording.name}.wav")
        if conference.listener is not None:
            self.listens(conference.listener)

    def listens(self, listener: CallLeg) -> None:
        """Show who listens."""
        self._line("listens", listener.dial_string)

    def outcome(self, dial_status: str) -> None:
        """Show how the other side took it."""
        self._line("outcome", dial_status)

    def _file(self, sound: str) -> Path:
        if self.sounds is not None and self.recordings is not None and sound.startswith(RECORDED):
            return self.recordings / f"{sound.removeprefix(RECORDED)}.wav"
        return (self.sounds or Path()) / f"{sound}.wav"

    def _line(self, what: str, text: str) -> None:
        self.write(f"{what:>9}  {text}")


@dataclass
class UnattendedPerson:
    """Says the given recordings, presses the given keys, and hangs up; who is called does always the same."""

    screen: Screen
    keys: KeyStream
    other_side: str
    recordings: list[Recording] = field(default_factory=list)

    def hears(self, prompts: tuple[PromptSound, ...]) -> None:
        """Show what is said."""
        self.screen.hears(prompts)

    def is_told_why(self, reason: RefusalReason) -> None:
        """Show why."""
        self.screen.is_told_why(reason)

    def answers(self, question: AskAction) -> KeysEvent | HungUpEvent | Recording:
        """Say a recording where a number is asked, else press what this question takes."""
        if self.recordings and question.listen and question.max_digits > 1:
            recording = self.recordings.pop(0)
            self.screen.says(str(recording.path))
            return recording
        event = self.keys.answer(question)
        self.screen.presses(_shown(event, question))
        return event

    def records(self, action: RecordAction) -> SomethingSaid:
        """Say the next recording, or a tone."""
        recording = self.recordings.pop(0) if self.recordings else None
        self.screen.records(action, "a tone" if recording is None else str(recording.path))
        return recording or Tone()

    def is_connected(self, dial: DialAction, shown: SetCallerIdAction | None) -> str:
        """Show where the call goes."""
        self.screen.dials(dial, shown)
        self.screen.outcome(self.other_side)
        return self.other_side

    def confers(self, conference: ConferAction) -> str:
        """Show who is rung; all do the same."""
        self.screen.confers(conference)
        self.screen.outcome(self.other_side)
        return self.other_side


@dataclass
class TypingPerson:
    """Types keys or words at each question, and says what the other side does."""

    screen: Screen

    def hears(self, prompts: tuple[PromptSound, ...]) -> None:
        """Show what is said."""
        self.screen.hears(prompts)

    def is_told_why(self, reason: RefusalReason) -> None:
        """Show why."""
        self.screen.is_told_why(reason)

    def answers(self, question: AskAction) -> KeysEvent | WordsEvent | HungUpEvent:
        """Ask for keys or words; nothing is silence."""
        hint = "keys, then #" if question.terminator else "a key"
        try:
            typed: str = click.prompt(
                f"{'you':>9}  ({hint}, or words; nothing is silence; {HANG_UP_WORD})",
                default="",
                show_default=False,
                hide_input=question.secret,
                prompt_suffix=" ",
            )
        except UnicodeDecodeError:
            return NOT_UNDERSTOOD
        return typed_answer(typed, question)

    def records(self, action: RecordAction) -> SomethingSaid:
        """There is no microphone here: a tone is recorded."""
        self.screen.records(action, "a tone")
        return Tone()

    def is_connected(self, dial: DialAction, shown: SetCallerIdAction | None) -> str:
        """Show where the call goes, and ask how it ends."""
        self.screen.dials(dial, shown)
        return self._asked_outcome()

    def confers(self, conference: ConferAction) -> str:
        """Show who is rung, and ask how that ends."""
        self.screen.confers(conference)
        return self._asked_outcome()

    def _asked_outcome(self) -> str:
        status = OTHER_SIDE[_typed_letter()]
        self.screen.outcome(status)
        return status


def _typed_letter() -> str:
    while True:
        try:
            letter: str = click.prompt(
                f"{'they':>9}  (a)nswer, are (b)usy, do (n)ot answer, or it (f)ails",
                type=click.Choice(list(OTHER_SIDE)),
                default="a",
                show_choices=False,
            )
        except UnicodeDecodeError:
            click.echo("Error: this is none of the letters.")
        else:
            return letter


def typed_answer(typed: str, question: AskAction) -> KeysEvent | WordsEvent | HungUpEvent:
    """What a typed line means at a question."""
    text = typed.strip()
    if text.lower() == HANG_UP_WORD:
        return HungUpEvent()
    if not text:
        return KeysEvent(keys="", ended_by=EndedBy.TIMEOUT)
    if _KEYS.fullmatch(text):
        return KeyStream(text).answer(question)
    try:
        return WordsEvent(words=text)
    except ValidationError:  # too long, or bytes that are no text
        return NOT_UNDERSTOOD


def _shown(event: KeysEvent | HungUpEvent, question: AskAction) -> str:
    if isinstance(event, HungUpEvent):
        return "(hangs up)"
    end = question.terminator if event.ended_by is EndedBy.TERMINATOR else ""
    if question.secret:
        return "(a secret)"
    return f"{event.keys}{end}" or "(nothing)"
