"""When an answer is over: told from the partial words and their times. Pure; reads no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ivr_service.dialogue.values import NumberPart
from ivr_service.policy.written import matches_extension
from ivr_service.speech.spoken_numbers import read_number


class Decision(StrEnum):
    """What to do with the audio that follows."""

    KEEP_LISTENING = "keep_listening"
    DONE = "done"
    SILENCE = "silence"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class EndpointLimits:
    """The phrases of the question, its complete numbers (patterns), and its pauses, in milliseconds.

    `sound_ms` is how long sounds without a new word may hold up the end of a number. `hard_ms` counts from
    the first word.
    """

    phrases: tuple[str, ...] = ()
    complete_numbers: tuple[str, ...] = ()
    first_word_ms: int = 6000
    number_complete_ms: int = 150
    number_ms: int = 1500
    sound_ms: int = 3000
    phrase_complete_ms: int = 100
    phrase_ms: int = 800
    hard_ms: int = 20_000

    @property
    def longest_ms(self) -> int:
        """After this much audio since the end of the prompt an answer is over in any case."""
        return self.first_word_ms + self.hard_ms


class Endpointer:
    """Follows one answer. A pause is the time since the partial words last changed, so noise adds nothing."""

    def __init__(self, limits: EndpointLimits) -> None:
        self._limits = limits
        self._words: tuple[str, ...] = ()
        self._changed_ms = 0
        self._sounded_ms = 0
        self._started_ms: int | None = None
        self._prompt_ended_ms: int | None = None

    def prompt_ended(self, now_ms: int) -> None:
        """The question has been asked: the caller's time for a first word counts from here."""
        self._prompt_ended_ms = now_ms

    def observe(
        self,
        now_ms: int,
        partial_words: Sequence[str],
        *,
        is_number: bool,
        is_sounding: bool = False,
    ) -> Decision:
        """Take the partial words at a time (milliseconds of any clock that never goes back) and decide.

        `is_sounding` is true while something stands out from the noise: the recogniser may not know yet what
        to make of it. It holds up the end of a number that is not complete, and for a while only.
        """
        self._note(now_ms, tuple(partial_words))
        if is_sounding:
            self._sounded_ms = now_ms
        if self._started_ms is not None and now_ms - self._started_ms >= self._limits.hard_ms:
            return Decision.TOO_LONG
        if not self._words:
            return self._without_words(now_ms)
        if not is_number:
            return self._after(now_ms - self._changed_ms, self._phrase_pause_ms())
        if self._is_complete_number():
            return self._after(now_ms - self._changed_ms, self._limits.number_complete_ms)
        held_up_ms = min(self._sounded_ms, self._changed_ms + self._limits.sound_ms)
        return self._after(now_ms - max(self._changed_ms, held_up_ms), self._limits.number_ms)

    @staticmethod
    def _after(pause_ms: int, needed_ms: int) -> Decision:
        return Decision.DONE if pause_ms >= needed_ms else Decision.KEEP_LISTENING

    def _note(self, now_ms: int, words: tuple[str, ...]) -> None:
        if self._started_ms is None and words:
            self._started_ms = now_ms
        if words != self._words:
            self._words, self._changed_ms = words, now_ms

    def _without_words(self, now_ms: int) -> Decision:
        if self._prompt_ended_ms is None:
            return Decision.KEEP_LISTENING
        waited_ms = now_ms - self._prompt_ended_ms
        return Decision.SILENCE if waited_ms >= self._limits.first_word_ms else Decision.KEEP_LISTENING

    def _is_complete_number(self) -> bool:
        read = read_number(self._words)
        digits = "" if read is None else read.digits
        if read is not None and read.part in (NumberPart.EXCHANGE, NumberPart.LINE):
            return True
        return _is_complete(digits, self._limits.complete_numbers)

    def _phrase_pause_ms(self) -> int:
        said = " ".join(self._words)
        may_go_on = any(phrase.startswith(f"{said} ") for phrase in self._limits.phrases)
        is_complete = said in self._limits.phrases and not may_go_on
        return self._limits.phrase_complete_ms if is_complete else self._limits.phrase_ms


def _is_complete(digits: str, patterns: Sequence[str]) -> bool:
    """Whether the digits are a number that cannot go on: 212 is an extension, or an area code and a pause."""
    is_known = any(matches_extension(pattern, digits) for pattern in patterns)
    return is_known and not any(_begins(digits, pattern) for pattern in patterns)


def _begins(digits: str, pattern: str) -> bool:
    return len(pattern) > len(digits) and matches_extension(pattern[: len(digits)], digits)
