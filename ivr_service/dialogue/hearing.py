"""What to make of something said: take it, offer two readings of it, or ask again.

Confidences are shares of what the recogniser thought possible (0 to 1), so two of them can be compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ivr_service.dialogue.events import Heard, HeardNumber, HeardPhrase
from ivr_service.dialogue.values import NumberPart

SURE_PHRASE = 0.5
"""A phrase acts at once, so less than this is asked again."""

SURE_NUMBER = 0.05
"""A number is read back before anything is done with it, and a part can be corrected, so much less will do.

Measured on recordings of the speakers kept for tuning: with 0.2 fewer got to the right number.
"""

CLOSE_PHRASES = 0.6
CLOSE_NUMBERS = 0.9
"""Two readings are too close to choose from when the second has at least this share of the first.

Of two numbers the likelier one is read back unless they are nearly alike: a wrong part of it can be
corrected, while a choice of two wrong ones is lost. Measured as above: 71 % got to the right number with one
correction, instead of 63 with 0.6.
"""

LIKELY_PAIR = 0.7
"""Two numbers are offered only when it is this likely that one of them is right. Measured as above: 73 %."""


@dataclass(frozen=True)
class Doubt:
    """Two readings that are too close: the caller chooses."""

    first: Heard
    second: Heard


def judge(heard: Sequence[Heard], rejected: Sequence[str] = ()) -> Heard | Doubt | None:
    """What the caller said, or two readings of it, or None when it was not understood.

    `heard` is best first. A number in `rejected` was read back before, and the caller said no.
    """
    return _judged([one for one in heard if not (isinstance(one, HeardNumber) and one.digits in rejected)])


def judge_part(heard: Sequence[Heard], wrong: str) -> Heard | Doubt | None:
    """The same while one part is corrected: it is not what was read back, unless nothing else was heard."""
    return judge(heard, (wrong,)) or judge(heard)


def merged(heard: Sequence[Heard], does: Callable[[str], object]) -> tuple[Heard, ...]:
    """What was heard, with phrases that do the same taken together: there is nothing to choose from.

    `does` says what a phrase does where it was heard; None when nothing is known of it.
    """
    found: dict[object, Heard] = {}
    for one in heard:
        meant = (does(one.phrase) if isinstance(one, HeardPhrase) else None) or one
        known = found.setdefault(meant, one)
        if known is not one:
            found[meant] = replace(known, confidence=min(1.0, known.confidence + one.confidence))
    return tuple(sorted(found.values(), key=lambda one: -one.confidence))


def _judged(left: Sequence[Heard]) -> Heard | Doubt | None:
    close = [one for one in left[:2] if one.confidence >= _close(left[0]) * left[0].confidence]
    if any(isinstance(one, HeardNumber) for one in close[:1]) and _together(close) < LIKELY_PAIR:
        close = close[:1]
    # Two names that sound the same share what one would have had: that it is one of them is sure enough.
    if not close or _together(close) < _sure(close[0]):
        return None
    return Doubt(*close) if len(close) > 1 else close[0]


def _together(heard: Sequence[Heard]) -> float:
    return sum(one.confidence for one in heard)


def _close(heard: Heard) -> float:
    return CLOSE_NUMBERS if isinstance(heard, HeardNumber) else CLOSE_PHRASES


def _sure(heard: Heard) -> float:
    return SURE_NUMBER if isinstance(heard, HeardNumber) else SURE_PHRASE


_SPAN = {NumberPart.AREA_CODE: slice(0, 3), NumberPart.EXCHANGE: slice(3, 6), NumberPart.LINE: slice(6, 10)}
"""Where each part stands in a number of ten digits."""


def part_length(part: NumberPart) -> int:
    """How many digits a part has: 3, 3 and 4, or all 10."""
    span = _SPAN.get(part, slice(0, 10))
    return int(span.stop - span.start)


def part_of(number: str, part: NumberPart) -> str:
    """The digits of a part of a number of ten digits, or of a one and ten."""
    return number[-10:][_SPAN.get(part, slice(0, 10))]


def with_part(number: str, part: NumberPart, digits: str) -> str | None:
    """The number with one part replaced; None when that makes no number of ten digits."""
    leading, ten = (number[:1], number[1:]) if len(number) == 11 else ("", number)
    if part not in _SPAN or len(ten) != 10 or len(digits) != part_length(part):
        return None
    span = _SPAN[part]
    return f"{leading}{ten[: span.start]}{digits}{ten[span.stop :]}"


def groups_of(digits: str) -> tuple[str, ...]:
    """The groups in which a number is read back: 3-3-4, with a leading one apart, and 3-4 for seven."""
    match len(digits):
        case 11:
            return (digits[:1], *groups_of(digits[1:]))
        case 10:
            return (digits[:3], digits[3:6], digits[6:])
        case 7:
            return (digits[:3], digits[3:])
        case _:
            return (digits,)
