"""The phrases from which the recogniser learns which word may follow which in a number. Pure.

Vosk's "grammar" is a bigram with back-off, estimated from the phrases it is given: so each allowed pair of
words appears once, and what was heard is checked afterwards (ranking.py).
"""

from ivr_service.speech.spoken_numbers import (
    DIGIT_WORDS,
    FILLERS,
    PART_PHRASES,
    RESTARTS,
    SCALE_WORDS,
    TEEN_WORDS,
    TENS_WORDS,
    TIMES_WORDS,
)

_SMALL = (*DIGIT_WORDS, *TEEN_WORDS, *TENS_WORDS)
_STARTS = (*_SMALL, *TIMES_WORDS)

NUMBER_WORDS: frozenset[str] = frozenset(
    (*_STARTS, *SCALE_WORDS, *FILLERS, *(word for phrase in (*RESTARTS, *PART_PHRASES) for word in phrase))
)
"""Every word that an answer to a number question is made of."""


def number_phrases() -> tuple[str, ...]:
    """Return each pair of words that a number allows, once, in a fixed order."""
    pairs = [(one, other) for one in (*_SMALL, *SCALE_WORDS) for other in _STARTS]
    pairs += [(times, digit) for times in TIMES_WORDS for digit in DIGIT_WORDS]
    pairs += [(small, scale) for small in (*DIGIT_WORDS, *TEEN_WORDS) for scale in SCALE_WORDS]
    pairs += [(restart[-1], start) for restart in RESTARTS for start in _STARTS]
    spoken = [" ".join(pair) for pair in pairs]
    around = ["the number is", "my number is", *sorted(FILLERS)]
    return tuple(dict.fromkeys((*spoken, *around, *(" ".join(restart) for restart in RESTARTS))))


def part_names() -> tuple[str, ...]:
    """What the parts of a number are called, and what stands in front of their digits in a correction."""
    return tuple(" ".join(phrase) for phrase in PART_PHRASES)


def correction_phrases() -> tuple[str, ...]:
    """Return the beginnings of a correction of one part: "the last four are one", "area code two"."""
    return tuple(
        f"{' '.join((*before, *phrase, *after))} {start}"
        for phrase in PART_PHRASES
        for before, after in (((), ()), (("the",), ("are",)), (("the",), ("is",)))
        for start in _STARTS
    )
