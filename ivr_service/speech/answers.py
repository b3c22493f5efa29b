"""Listens to one answer: from audio to the event that says what was understood.

Time is counted in audio, so a call, a recording and a test take the same decisions.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ivr_service.dialogue.actions import Ask
from ivr_service.service.listening import ListenerUpdate, SpokenQuestion
from ivr_service.service.messages import HeardNumberMessage, HeardPhraseMessage, SpokenEvent
from ivr_service.speech.activity import Activity
from ivr_service.speech.comfort_noise import ComfortNoise
from ivr_service.speech.echo_gate import EchoGate
from ivr_service.speech.endpointing import Decision, Endpointer, EndpointLimits
from ivr_service.speech.number_phrases import correction_phrases, number_phrases, part_names
from ivr_service.speech.ranking import NumberCandidate, NumberPlan, PhraseCandidate, rank
from ivr_service.speech.recogniser import BYTES_PER_MS, Hearing, Recogniser, RecogniserError, SpeechStream
from ivr_service.speech.spoken_numbers import DIGIT_WORDS, UNKNOWN_WORD

SCORE_SCALE = 0.5
"""How far the recogniser's scores are trusted; CTC networks are surer of themselves than they should be."""

MOST_HEARD = 8
"""What an event can carry."""

_DIGITS_ARE_LIKELIER = 20
"""How often each pair of digits is told, beside once for other pairs: most numbers are said digit by digit.

Measured on ten-digit strings of a speaker that the network had not heard: with 1 the number was among the
alternatives in 37 of 60, with 20 in 44, with digits alone in 45.
"""

_DIGIT_PAIRS = tuple(f"{one} {other}" for one in DIGIT_WORDS for other in DIGIT_WORDS)
_MOST_DIGITS = 20
_WHOLE_NUMBER = 10


def listened_for(ask: Ask) -> tuple[str, ...]:
    """The phrases that the recogniser is given: the question's words, and numbers where they are asked."""
    if not ask.spoken_lengths:
        return (*ask.words, UNKNOWN_WORD)
    corrections = correction_phrases() if _WHOLE_NUMBER in ask.spoken_lengths else ()
    return (*ask.words, *number_phrases(), *corrections, *_DIGIT_PAIRS * _DIGITS_ARE_LIKELIER)


def understood(alternatives: tuple[Hearing, ...], ask: Ask) -> SpokenEvent:
    """What a question makes of the recogniser's alternatives; nothing when none of them fits."""
    plan = NumberPlan(frozenset(ask.spoken_lengths), SCORE_SCALE) if ask.spoken_lengths else None
    candidates = rank(alternatives, ask.words, plan)
    messages = (_message(one) for one in candidates if _fits(one))
    return SpokenEvent(heard=tuple(messages)[:MOST_HEARD])


def _fits(candidate: NumberCandidate | PhraseCandidate) -> bool:
    return isinstance(candidate, PhraseCandidate) or 0 < len(candidate.digits) <= _MOST_DIGITS


def _message(candidate: NumberCandidate | PhraseCandidate) -> HeardNumberMessage | HeardPhraseMessage:
    confidence = round(min(1.0, max(0.0, candidate.confidence)), 4)
    match candidate:
        case NumberCandidate(digits=digits, part=part):
            return HeardNumberMessage(digits=digits, part=part, confidence=confidence)
        case PhraseCandidate(phrase=phrase):
            return HeardPhraseMessage(phrase=phrase, confidence=confidence)


class SpokenAnswer:
    """One answer that is being listened to. Raises RecogniserError when the recogniser fails.

    `longest_s` is how much audio it takes at most once the prompt is over.
    """

    def __init__(self, recogniser: Recogniser, ask: Ask) -> None:
        self._ask = ask
        self._stream: SpeechStream | None = recogniser.listen(listened_for(ask))
        limits = EndpointLimits(
            phrases=ask.words,
            before_digits=part_names() if _WHOLE_NUMBER in ask.spoken_lengths else (),
            complete_numbers=ask.spoken_complete,
            first_word_ms=ask.first_digit_timeout_ms,
        )
        self.longest_s = limits.longest_ms / 1000
        self._endpointer = Endpointer(limits)
        self._gate: EchoGate | None = EchoGate()
        self._held_back = b""
        self._noise = ComfortNoise()
        self._activity = Activity()
        self._heard_ms = 0
        self._has_begun = False

    def feed(self, pcm: bytes) -> ListenerUpdate:
        """Take audio."""
        stream = self._open()
        self._heard_ms += len(pcm) // BYTES_PER_MS
        partial = stream.feed(self._noise.under(self._without_echo(pcm))).partial
        began = bool(partial) and not self._has_begun
        self._has_begun = self._has_begun or began
        decision = self._endpointer.observe(
            self._heard_ms,
            partial,
            is_number=self._may_be_number(partial),
            is_sounding=self._activity.is_heard(pcm),
        )
        match decision:
            case Decision.KEEP_LISTENING:
                return ListenerUpdate(speech_began=began)
            case Decision.SILENCE:
                self.close()
                return ListenerUpdate(nothing=True)
            case Decision.DONE | Decision.TOO_LONG:
                return ListenerUpdate(speech_began=began, event=self._finish(stream))

    def prompt_ended(self) -> ListenerUpdate:
        """From here on there is no echo, and the time for the first word runs."""
        if self._gate is not None:
            self._held_back, self._gate = self._gate.rest(), None
        self._endpointer.prompt_ended(self._heard_ms)
        return ListenerUpdate()

    def close(self) -> None:
        """Listen no more."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _without_echo(self, pcm: bytes) -> bytes:
        if self._gate is not None:
            return self._gate.pass_on(pcm)
        held_back, self._held_back = self._held_back, b""
        return held_back + pcm

    def _may_be_number(self, partial: tuple[str, ...]) -> bool:
        return bool(self._ask.spoken_lengths) and " ".join(partial) not in self._ask.words

    def _finish(self, stream: SpeechStream) -> SpokenEvent:
        self._stream = None
        return understood(stream.alternatives(), self._ask)

    def _open(self) -> SpeechStream:
        if self._stream is None:
            raise RecogniserError("this answer is over")
        return self._stream


@dataclass(frozen=True)
class SpokenAnswers:
    """Makes a listener for the question a call is at.

    `question` finds it by call id and turn; `recogniser` gives the one that hears a language, or raises
    RecogniserError.
    """

    question: Callable[[str, int], SpokenQuestion]
    recogniser: Callable[[str], Recogniser]

    def listen(self, call_id: str, turn: int) -> SpokenAnswer:
        """Listen to the answer to this turn's question. Raises IvrServiceError when that cannot be done."""
        asked = self.question(call_id, turn)
        return SpokenAnswer(self.recogniser(asked.language), asked.ask)
