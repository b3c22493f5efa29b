"""An honest caller who says a recording and answers what they are asked: where would the call end?

Everything but the caller is the real thing: the questions, the recogniser, the end of the answer, the ranking
and the dialogue. The caller says yes only to the right number, chooses it when it is one of two, corrects one
part when only that is wrong, by keys and, where there are recordings of it, by voice; and otherwise says the
number again, which is heard as before. What the dialogue then wants to look at is what counts.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr_service.dialogue import machine, questions
from ivr_service.dialogue.actions import Ask, CheckEntry
from ivr_service.dialogue.events import EndedBy, Event, HeardNumber, HeardPhrase, Keys, Spoken
from ivr_service.dialogue.hearing import judge, part_of
from ivr_service.dialogue.state import CallFacts, CallState, Place, Step
from ivr_service.dialogue.values import CallKind, NumberPart
from ivr_service.service.messages import HeardNumberMessage, SpokenEvent
from ivr_service.speech.answers import SpokenAnswer
from ivr_service.speech.evaluation.labels import Kind, Recording
from ivr_service.speech.recogniser import BYTES_PER_MS, Recogniser

_CHUNK_MS = 60
_SILENCE_MS = 8000
"""What follows a recording: longer than any answer is waited for."""

_PARTS = {"3": NumberPart.AREA_CODE, "4": NumberPart.EXCHANGE, "5": NumberPart.LINE}
"""The keys that correct a part, at the read-back."""

_FACTS = CallFacts(
    kind=CallKind.DIAL_OUT,
    arrived_with="0",
    language="en",
    pin_required=False,
    inside_only=False,
    caller_ids=(),
    slots=(),
    hears=True,
)


@dataclass(frozen=True)
class Listening:
    """What one answer came to: the alternatives' reading, and what it took.

    `late_ms` is the time from the end of the recording's speech to the result: audio that was waited for, and
    `compute_ms` of work after its last piece. `cpu` is the share of a core that the whole answer took.
    """

    event: SpokenEvent | None
    late_ms: float
    compute_ms: float
    cpu: float


@dataclass(frozen=True)
class Ending:
    """Where a call ends: the number that went on to be looked at ("" for none), after so many corrections."""

    number: str
    corrections: int


@dataclass(frozen=True)
class Trial:
    """Where a call with this recording ends.

    `first` is what was read back first, or the phrase that was taken; "" when it was asked again. `by_keys`
    is where the call ends when a wrong part is keyed, `by_voice` when it is said: None where nobody says it.
    """

    recording: Recording
    first: str
    by_keys: Ending
    by_voice: Ending | None
    listening: Listening

    @property
    def wanted(self) -> str:
        """The digits that were said, or the phrase."""
        return self.recording.digits or self.recording.text

    @property
    def is_right_at_once(self) -> bool:
        """Whether the first thing that was made of it was right."""
        return self.by_keys == Ending(self.wanted, 0)


NOTHING = Ending("", 0)

PartSaid = Callable[[CallState], Event]
"""What the caller answers when they are asked for one part anew."""


def listen(recogniser: Recogniser, ask: Ask, pcm: bytes, speech_ends_ms: float) -> Listening:
    """Let the recogniser hear the audio after the prompt, as in a call, until the answer is over."""
    answer = SpokenAnswer(recogniser, ask)
    answer.prompt_ended()
    audio = pcm + bytes(_SILENCE_MS * BYTES_PER_MS)
    chunk = _CHUNK_MS * BYTES_PER_MS
    began = time.process_time()
    for start in range(0, len(audio), chunk):
        before = time.perf_counter()
        update = answer.feed(audio[start : start + chunk])
        if update.event is not None or update.nothing:
            heard_ms = min(start + chunk, len(audio)) / BYTES_PER_MS
            return Listening(
                event=update.event,
                late_ms=heard_ms - speech_ends_ms,
                compute_ms=(time.perf_counter() - before) * 1000,
                cpu=(time.process_time() - began) * 1000 / heard_ms,
            )
    answer.close()
    raise AssertionError("an answer ends in any case")


def number_ask() -> Ask:
    """The question for a number, asked for the first time."""
    return questions.ask(the_question())


def phrase_ask(phrases: tuple[str, ...]) -> Ask:
    """A menu's question with these words."""
    return Ask(phrases=(), max_digits=1, first_digit_timeout_ms=questions.FIRST_KEY_MS, words=phrases)


def try_out(
    recogniser: Recogniser, recording: Recording, line: Callable[[Path], bytes], speech_ends_ms: float
) -> Trial:
    """Say the recording where it belongs, and see what comes of it; `line` is what arrives of a wav file.

    Noise is heard where a number is asked.
    """
    pcm = line(recording.path)
    if recording.kind in (Kind.NUMBER, Kind.NOISE):
        listening = listen(recogniser, number_ask(), pcm, speech_ends_ms)
        return _number_trial(recording, listening, _sayer(recogniser, recording, line))
    listening = listen(recogniser, phrase_ask(recording.phrases), pcm, speech_ends_ms)
    heard = as_spoken(listening.event)
    taken = judge(heard.heard) if heard.heard else None
    first = taken.phrase if isinstance(taken, HeardPhrase) else ""
    return Trial(recording, first, Ending(first, 0), None, listening)


def the_question() -> CallState:
    """A call at the question for a number, asked for the first time."""
    return CallState(_FACTS, place=Place.ENTERING_NUMBER, authorised=True)


def as_spoken(event: SpokenEvent | None) -> Spoken:
    """The service's message as the dialogue has it."""
    if event is None:
        return Spoken(())
    return Spoken(
        tuple(
            HeardNumber(one.digits, one.part, one.confidence)
            if isinstance(one, HeardNumberMessage)
            else HeardPhrase(one.phrase, one.confidence)
            for one in event.heard
        )
    )


def _number_trial(recording: Recording, listening: Listening, say_part: PartSaid | None) -> Trial:
    said = as_spoken(listening.event)
    if not said.heard:
        return Trial(recording, "", NOTHING, None if say_part is None else NOTHING, listening)
    step = machine.step(the_question(), said)
    first = step.state.said if step.state.place is Place.CONFIRMING_NUMBER else ""
    wanted = recording.digits
    by_voice = None if say_part is None else converse(step, wanted, said, say_part)
    return Trial(recording, first, converse(step, wanted, said, key_part(wanted)), by_voice, listening)


def converse(step: Step, wanted: str, said: Spoken, part_said: PartSaid) -> Ending:
    """Answer what the dialogue asks, with one correction at most, until it has a number to look at."""
    for corrections in (0, 1):
        if corrections:
            step = _correct_once(step, wanted, said, part_said)
        if step.state.place is Place.CONFIRMING_NUMBER and step.state.said == wanted:
            step = machine.step(step.state, Keys("1", EndedBy.FULL))
        looked_at = step.outputs[-1]
        if isinstance(looked_at, CheckEntry):
            # Three keys that end in 11 are a service, and no part: no real number has such a part.
            parts = {part_of(wanted, part) for part in _PARTS.values()} - {wanted}
            return NOTHING if looked_at.text in parts else Ending(looked_at.text, corrections)
    return NOTHING


def key_part(wanted: str) -> PartSaid:
    """A caller who keys the part that they are asked for."""
    return lambda state: Keys(part_of(wanted, state.part), EndedBy.FULL)


def _sayer(recogniser: Recogniser, recording: Recording, line: Callable[[Path], bytes]) -> PartSaid | None:
    """A caller who says the part that they are asked for, where there are recordings of it."""
    if not recording.parts:
        return None

    def say(state: CallState) -> Event:
        pcm = line(recording.parts[list(_PARTS.values()).index(state.part)])
        return as_spoken(listen(recogniser, questions.ask(state), pcm, 0).event)

    return say


def _correct_once(step: Step, wanted: str, said: Spoken, part_said: PartSaid) -> Step:
    state = step.state
    match state.place:
        case Place.CHOOSING_HEARD:
            keys = ("1", "2")
            right = [
                key
                for key, heard in zip(keys, state.doubt, strict=True)
                if isinstance(heard, HeardNumber) and heard.digits == wanted
            ]
            return machine.step(state, Keys(right[0] if right else "*", EndedBy.FULL))
        case Place.CONFIRMING_NUMBER:
            return _correct_what_was_read_back(state, wanted, said, part_said)
        case Place.ENTERING_REST if wanted.startswith(state.said):
            return machine.step(state, Keys(wanted[len(state.said) :], EndedBy.FULL))
        case Place.ENTERING_NUMBER:
            return machine.step(state, said)
        case _:
            return step


def _correct_what_was_read_back(state: CallState, wanted: str, said: Spoken, part_said: PartSaid) -> Step:
    key = _wrong_part(state.said, wanted)
    if key is None:
        return machine.step(machine.step(state, Keys("2", EndedBy.FULL)).state, said)
    asked = machine.step(state, Keys(key, EndedBy.FULL)).state
    return machine.step(asked, part_said(asked))


def _wrong_part(heard: str, wanted: str) -> str | None:
    """The key of the only part that differs, when there is one."""
    if len(heard) != len(wanted) or len(wanted) not in questions.FULL_NUMBER_LENGTHS:
        return None
    differing = [key for key, part in _PARTS.items() if part_of(heard, part) != part_of(wanted, part)]
    return differing[0] if len(differing) == 1 and heard[:-10] == wanted[:-10] else None
