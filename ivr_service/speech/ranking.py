"""Which of the recogniser's alternatives was said: the sound weighed by what the numbering plan allows. Pure.

The recogniser drops or doubles a digit far more often than people say a number of the wrong length, so a
reading of an allowed length wins over one of another length that sounds up to 50 times likelier.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import phonenumbers

from ivr_service.dialogue.values import NumberPart
from ivr_service.policy import area_codes
from ivr_service.speech.recogniser import Hearing
from ivr_service.speech.spoken_numbers import POLITE_WORDS, UNKNOWN_WORD, SpokenDigits, readings

WRONG_LENGTH = 0.02
"""How likely a length is that was not asked for, beside 1 for one that was. Judged, not measured."""

WRONG_FORM = 0.1
"""The same for an area code or exchange that begins with 0 or 1."""

UNKNOWN_AREA = 0.4
"""The same for a number that the numbering plan's tables do not know; they may be older than the number."""

LESS_NATURAL = 0.5
"""Each further reading of the same words, beside the one before it."""

NOTHING_ALLOWED = 0.1
"""The share, beside the best sound, of the thought that nothing allowed was said."""

_NANP_LENGTHS = frozenset({10, 11})


@dataclass(frozen=True)
class NumberPlan:
    """What the question allows: lengths of a whole answer in digits, and how far log weights are trusted."""

    expected: frozenset[int] = _NANP_LENGTHS
    scale: float = 1.0


@dataclass(frozen=True)
class NumberCandidate:
    """Digits that may have been said, and their share of what was possible (0 to 1)."""

    digits: str
    part: NumberPart
    confidence: float


@dataclass(frozen=True)
class PhraseCandidate:
    """A listed phrase that may have been said, and its share of what was possible (0 to 1)."""

    phrase: str
    confidence: float


Candidate = NumberCandidate | PhraseCandidate
_Reading = SpokenDigits | str
_Weighed = dict[_Reading, float]
_Reader = Callable[[tuple[str, ...]], _Weighed]


def rank_numbers(alternatives: Sequence[Hearing], plan: NumberPlan) -> tuple[NumberCandidate, ...]:
    """Return the numbers that may have been said, best first; their confidences sum to at most 1."""
    ranked = rank(alternatives, (), plan)
    return tuple(one for one in ranked if isinstance(one, NumberCandidate))


def rank_phrases(alternatives: Sequence[Hearing], phrases: Sequence[str]) -> tuple[PhraseCandidate, ...]:
    """Return the listed phrases that were said word for word, best first; polite words aside."""
    ranked = rank(alternatives, phrases, None)
    return tuple(one for one in ranked if isinstance(one, PhraseCandidate))


def rank(
    alternatives: Sequence[Hearing], phrases: Sequence[str], plan: NumberPlan | None
) -> tuple[Candidate, ...]:
    """Return numbers and phrases together, best first; no numbers when there is no plan.

    An alternative with an unknown sound, or that is neither, keeps its share and gives no candidate.
    """

    def read(words: tuple[str, ...]) -> _Weighed:
        if UNKNOWN_WORD in words:
            return {}
        return _read_phrase(words, phrases) or ({} if plan is None else _read_number(words, plan))

    shares = _shares(alternatives, 1.0 if plan is None else plan.scale, read)
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return tuple(_candidate(reading, share) for reading, share in ordered)


def _shares(alternatives: Sequence[Hearing], scale: float, read: _Reader) -> _Weighed:
    shares: _Weighed = {}
    best = max((one.score for one in alternatives), default=0.0)
    total = NOTHING_ALLOWED
    for one in alternatives:
        sound = math.exp(scale * (one.score - best))
        found = read(one.words)
        total += sum(found.values()) * sound if found else sound
        for reading, prior in found.items():
            shares[reading] = shares.get(reading, 0.0) + sound * prior
    return {reading: share / total for reading, share in shares.items()}


def _candidate(reading: _Reading, share: float) -> Candidate:
    if isinstance(reading, str):
        return PhraseCandidate(reading, share)
    return NumberCandidate(reading.digits, reading.part, share)


def _read_phrase(words: tuple[str, ...], phrases: Sequence[str]) -> _Weighed:
    # A filler may be part of a phrase ("thanks"), so the words as they are come first.
    for said in (words, _without_fillers(words)):
        if " ".join(said) in phrases:
            return {" ".join(said): 1.0}
    return {}


def _without_fillers(words: tuple[str, ...]) -> tuple[str, ...]:
    start, end = 0, len(words)
    while start < end and words[start] in POLITE_WORDS:
        start += 1
    while end > start and words[end - 1] in POLITE_WORDS:
        end -= 1
    return words[start:end]


def _read_number(words: tuple[str, ...], plan: NumberPlan) -> _Weighed:
    found = readings(words)
    return {one: _prior(one, plan) * LESS_NATURAL**place for place, one in enumerate(found)}


def _prior(said: SpokenDigits, plan: NumberPlan) -> float:
    digits = said.digits
    if said.part is not NumberPart.WHOLE:
        return 1.0
    if len(digits) not in plan.expected or (len(digits) == 11 and not digits.startswith("1")):
        return WRONG_LENGTH
    return _plan_prior(digits[-10:]) if len(digits) in _NANP_LENGTHS else 1.0


def _plan_prior(ten: str) -> float:
    if ten[0] in "01" or ten[3] in "01":
        return WRONG_FORM
    return 1.0 if _is_known(ten) else UNKNOWN_AREA


def _is_known(ten: str) -> bool:
    area = ten[:3]
    if area in area_codes.AREAS_ABROAD or area in area_codes.TOLL_FREE or area == area_codes.PREMIUM_AREA:
        return True
    return phonenumbers.is_valid_number(phonenumbers.parse(f"+1{ten}", None)) is True
