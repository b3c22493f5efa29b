"""When an answer is over: told from the partial words, their times, and the silence. Pure; reads no clock.

Words come late: the network looks 290 ms ahead and works through 120 ms at a time, so the last word may come
0.4 s after it was said. To wait on from there would be to wait twice. So words that cannot go on are an
answer once it has been silent for a moment, however new they are: the recogniser looks at the rest of the
audio when it is asked for its alternatives. Where nothing falls silent, as on a noisy line, words that stay
the same are an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ivr_service.dialogue.values import NumberPart
from ivr_service.policy.written import matches_extension
from ivr_service.speech.spoken_numbers import SpokenDigits, read_number

_FEWEST_OF_A_NUMBER = 7
"""Who has said so many digits has said a number, and no phrase that sounds like them."""


class Decision(StrEnum):
    """What to do with the audio that follows."""

    KEEP_LISTENING = "keep_listening"
    DONE = "done"
    SILENCE = "silence"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class EndpointLimits:
    """The phrases of the question, its complete numbers (patterns), and its pauses, in milliseconds.

    `silent_ms` counts from the last sound, and is enough for words that cannot go on; a word is known
    `words_behind_ms` after its last sound at the latest. The other pauses count from the last change of the
    words. `sound_ms` is how long sounds without a new word may hold up the end of a number, and
    `phrase_sound_ms` that of a phrase that may go on. `going_on_ms` is the pause of a phrase or a few digits
    that cannot go on while somebody still sounds: they may be the beginning of something else, heard wrongly.
    `hard_ms` counts from the first word.

    `before_digits` are the phrases that digits may follow: "last four" is a choice, and "last four one two
    three four" a correction.
    """

    phrases: tuple[str, ...] = ()
    before_digits: tuple[str, ...] = ()
    complete_numbers: tuple[str, ...] = ()
    first_word_ms: int = 6000
    silent_ms: int = 180
    words_behind_ms: int = 600
    number_complete_ms: int = 240
    number_ms: int = 1500
    sound_ms: int = 3000
    phrase_complete_ms: int = 180
    going_on_ms: int = 500
    phrase_ms: int = 800
    phrase_sound_ms: int = 1000
    hard_ms: int = 20_000

    @property
    def longest_ms(self) -> int:
        """After this much audio since the end of the prompt an answer is over in any case."""
        return self.first_word_ms + self.hard_ms


class Endpointer:
    """Follows one answer. Noise can only hold up its end, and no longer than the limits say."""

    def __init__(self, limits: EndpointLimits) -> None:
        self._limits = limits
        self._words: tuple[str, ...] = ()
        self._changed_ms = 0
        self._sounded_ms: int | None = None
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
        to make of it. It holds up the end of a number that is not complete, and for a while only; and where
        it was true, silence ends what is complete.
        """
        self._note(now_ms, tuple(partial_words))
        if is_sounding:
            self._sounded_ms = now_ms
        if self._started_ms is not None and now_ms - self._started_ms >= self._limits.hard_ms:
            return Decision.TOO_LONG
        if not self._words:
            return self._without_words(now_ms)
        is_over = self._is_number_over(now_ms) if is_number else self._is_phrase_over(now_ms)
        return Decision.DONE if is_over else Decision.KEEP_LISTENING

    def _is_number_over(self, now_ms: int) -> bool:
        read = read_number(self._words)
        if read is not None and self._is_complete_number(read):
            pause_ms = self._limits.number_complete_ms
            return self._is_complete_over(now_ms, pause_ms, is_short=len(read.digits) < _FEWEST_OF_A_NUMBER)
        return now_ms - self._last_heard_ms(self._limits.sound_ms) >= self._limits.number_ms

    def _is_phrase_over(self, now_ms: int) -> bool:
        if self._is_complete_phrase():
            return self._is_complete_over(now_ms, self._limits.phrase_complete_ms, is_short=True)
        return now_ms - self._last_heard_ms(self._limits.phrase_sound_ms) >= self._limits.phrase_ms

    def _last_heard_ms(self, longest_ms: int) -> int:
        """When a word was last new, or something sounded; of sounds, as long as they may hold up the end."""
        return max(self._changed_ms, min(self._sounded_ms or 0, self._changed_ms + longest_ms))

    def _is_complete_over(self, now_ms: int, pause_ms: int, *, is_short: bool) -> bool:
        """Whether words that cannot go on are the answer: it fell silent, or they have stayed the same."""
        if is_short and self._is_going_on(now_ms):
            pause_ms = max(pause_ms, self._limits.going_on_ms)
        return self._is_silent(now_ms) or now_ms - self._changed_ms >= pause_ms

    def _is_going_on(self, now_ms: int) -> bool:
        return self._sounded_ms is not None and now_ms - self._sounded_ms < self._limits.silent_ms

    def _is_silent(self, now_ms: int) -> bool:
        """Whether it has been silent for long enough, since a sound that can have been the last word.

        Where words are heard in no sound at all, the voice does not stand out from the noise, and that
        nothing does now means nothing.
        """
        if self._sounded_ms is None or self._sounded_ms < self._changed_ms - self._limits.words_behind_ms:
            return False
        return now_ms - self._sounded_ms >= self._limits.silent_ms

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

    def _is_complete_number(self, read: SpokenDigits) -> bool:
        is_part = read.part in (NumberPart.EXCHANGE, NumberPart.LINE)
        return is_part or _is_complete(read.digits, self._limits.complete_numbers)

    def _is_complete_phrase(self) -> bool:
        said = " ".join(self._words)
        begins_longer = any(phrase.startswith(f"{said} ") for phrase in self._limits.phrases)
        may_go_on = begins_longer or said in self._limits.before_digits
        return said in self._limits.phrases and not may_go_on


def _is_complete(digits: str, patterns: Sequence[str]) -> bool:
    """Whether the digits are a number that cannot go on: 212 is an extension, or an area code and a pause."""
    is_known = any(matches_extension(pattern, digits) for pattern in patterns)
    return is_known and not any(_begins(digits, pattern) for pattern in patterns)


def _begins(digits: str, pattern: str) -> bool:
    return len(pattern) > len(digits) and matches_extension(pattern[: len(digits)], digits)
