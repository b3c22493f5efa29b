"""An honest caller who says a recording and answers what they are asked: where would the call end?

Everything but the caller is the real thing: the questions, the recogniser, the end of the answer, the ranking
and the dialogue. The caller says yes only to the right number, chooses it when it is one of two, corrects one
part by its keys when only that part is wrong, and otherwise says the number again.
"""

import time
from dataclasses import dataclass

from ivr_service.dialogue import machine, questions
from ivr_service.dialogue.actions import Ask, CheckEntry
from ivr_service.dialogue.events import EndedBy, HeardNumber, HeardPhrase, Keys, Spoken
from ivr_service.dialogue.hearing import judge, part_length
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
class Trial:
    """Where a call with this recording ends.

    `first` is what was read back first, or the phrase that was taken; "" when it was asked again.
    `corrections` counts what it took to get to the right number: None when it did not get there with one.
    """

    recording: Recording
    first: str
    corrections: int | None
    listening: Listening

    @property
    def is_right_at_once(self) -> bool:
        """Whether the first thing that was made of it was right."""
        return self.corrections == 0


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


def try_out(recogniser: Recogniser, recording: Recording, pcm: bytes, speech_ends_ms: float) -> Trial:
    """Say the recording where it belongs, and see what comes of it.

    Noise is heard where a number is asked.
    """
    if recording.kind in (Kind.NUMBER, Kind.NOISE):
        listening = listen(recogniser, number_ask(), pcm, speech_ends_ms)
        return _number_trial(recording, listening)
    listening = listen(recogniser, phrase_ask(recording.phrases), pcm, speech_ends_ms)
    heard = as_spoken(listening.event)
    taken = judge(heard.heard) if heard.heard else None
    first = taken.phrase if isinstance(taken, HeardPhrase) else ""
    return Trial(recording, first, 0 if first == recording.text else None, listening)


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


def _number_trial(recording: Recording, listening: Listening) -> Trial:
    said = as_spoken(listening.event)
    if not said.heard:
        return Trial(recording, "", None, listening)
    step = machine.step(the_question(), said)
    first = step.state.said if step.state.place is Place.CONFIRMING_NUMBER else ""
    return Trial(recording, first, corrections_to(recording.digits, step, said), listening)


def corrections_to(wanted: str, step: Step, said: Spoken) -> int | None:
    """How many corrections lead to the right number being confirmed: none, one, or None for more."""
    if _is_confirmed(step, wanted):
        return 0
    return 1 if _is_confirmed(_correct_once(step, wanted, said), wanted) else None


def _is_confirmed(step: Step, wanted: str) -> bool:
    """Whether the caller, asked now, says yes; only then is the number looked at."""
    state = step.state
    if state.place is not Place.CONFIRMING_NUMBER or state.said != wanted:
        return False
    checked = machine.step(state, Keys("1", EndedBy.FULL)).outputs[-1]
    return isinstance(checked, CheckEntry) and checked.text == wanted


def _correct_once(step: Step, wanted: str, said: Spoken) -> Step:
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
            return _correct_what_was_read_back(state, wanted, said)
        case Place.ENTERING_REST if wanted.startswith(state.said):
            return machine.step(state, Keys(wanted[len(state.said) :], EndedBy.FULL))
        case Place.ENTERING_NUMBER:
            return machine.step(state, said)
        case _:
            return step


def _correct_what_was_read_back(state: CallState, wanted: str, said: Spoken) -> Step:
    key = _wrong_part(state.said, wanted)
    if key is None:
        return machine.step(machine.step(state, Keys("2", EndedBy.FULL)).state, said)
    asked = machine.step(state, Keys(key, EndedBy.FULL)).state
    return machine.step(asked, Keys(_part_of(wanted, _PARTS[key]), EndedBy.FULL))


def _wrong_part(heard: str, wanted: str) -> str | None:
    """The key of the only part that differs, when there is one."""
    if len(heard) != len(wanted) or len(wanted) not in questions.FULL_NUMBER_LENGTHS:
        return None
    differing = [key for key, part in _PARTS.items() if _part_of(heard, part) != _part_of(wanted, part)]
    return differing[0] if len(differing) == 1 and heard[:-10] == wanted[:-10] else None


def _part_of(number: str, part: NumberPart) -> str:
    ten = number[-10:]
    start = {NumberPart.AREA_CODE: 0, NumberPart.EXCHANGE: 3, NumberPart.LINE: 6}[part]
    return ten[start : start + part_length(part)]
