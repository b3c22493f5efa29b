"""Digits from words, the way people say telephone numbers in English. Pure.

A restart ("no", "sorry", "scratch that") takes back the digits said before it, but not which part of a number
they are. Telephone readings come first: "twenty one fifty" is 2150, "eight hundred five five five" is 800555,
"one hundred fifty" is 150, "five thousand two hundred" is 5200.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivr_service.dialogue.values import NumberPart

UNKNOWN_WORD = "[unk]"
"""What the recogniser reports for a sound that is none of its words."""

MOST_READINGS = 8
_MOST_WORDS = 60
_BEAM = 64
"""Readings kept while reading on; many more than are returned, because the length decides only at the end."""

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

DIGIT_WORDS: dict[str, str] = {word: str(value) for value, word in enumerate(_DIGITS)} | {"oh": "0"}
TEEN_WORDS: dict[str, str] = {
    word: str(value)
    for value, word in enumerate(
        [
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        start=10,
    )
}
TENS_WORDS: dict[str, str] = {word: str(value) for value, word in enumerate(_TENS, start=2)}
TIMES_WORDS: dict[str, int] = {"double": 2, "triple": 3}
SCALE_WORDS: dict[str, str] = {"hundred": "00", "thousand": "000"}
POLITE_WORDS = frozenset(("um", "uh", "er", "please", "thanks"))
"""What may stand around anything that is said, and changes nothing."""

FILLERS = POLITE_WORDS | frozenset(
    [
        "the",
        "my",
        "number",
        "is",
        "are",
        "it's",
        "call",
        "dial",
        "and",
        "yes",
        "okay",
    ]
)
RESTARTS: tuple[tuple[str, ...], ...] = (
    ("no",),
    ("sorry",),
    ("scratch", "that"),
    ("start", "over"),
    ("i", "mean"),
)
PART_PHRASES: dict[tuple[str, ...], NumberPart] = {
    ("area", "code"): NumberPart.AREA_CODE,
    ("first", "three"): NumberPart.AREA_CODE,
    ("middle", "three"): NumberPart.EXCHANGE,
    ("last", "four"): NumberPart.LINE,
}
_AFTER_PART = frozenset({"digits", "numbers"})
_PART_LENGTH = {NumberPart.AREA_CODE: 3, NumberPart.EXCHANGE: 3, NumberPart.LINE: 4}


@dataclass(frozen=True)
class SpokenDigits:
    """ASCII digits that were said, and which part of a number they are."""

    digits: str
    part: NumberPart = NumberPart.WHOLE


@dataclass(frozen=True)
class _Piece:
    """One way to read the words from here: how many words, their digits, and how unusual that is."""

    words: int
    digits: str
    cost: int = 0


def read_number(words: Sequence[str]) -> SpokenDigits | None:
    """The most natural reading of the words, or None when they are not a number and nothing else."""
    found = readings(words)
    return found[0] if found else None


def readings(words: Sequence[str]) -> tuple[SpokenDigits, ...]:
    """All plausible readings, the most natural first, at most 8; none when any word is not of a number.

    A reading with the length of a North American number (10, or 1 and 10) is more natural than others.
    An unknown sound is ignored before the first and after the last word only.
    """
    *taken_back, latest = _between_restarts(words)
    part, said = _split_part(latest)
    if not said or len(said) > _MOST_WORDS:
        return ()
    named_before = _part_named_in(taken_back) if part is NumberPart.WHOLE else NumberPart.WHOLE
    found = (_as_part(digits, part, named_before) for digits in _readings_of(said))
    return tuple(dict.fromkeys(one for one in found if one is not None))[:MOST_READINGS]


def sayings(digits: str) -> Iterator[tuple[str, ...]]:
    """Ways to say the digits that are read back as the same digits: one by one, "oh", doubled, in pairs."""
    ways = dict.fromkeys(
        (
            _one_by_one(digits, "zero"),
            _one_by_one(digits, "oh"),
            _doubled(digits),
            _in_pairs(digits),
            _round(digits),
            _in_thousands(digits),
        )
    )
    for way in ways:
        read = read_number(way)
        if read is not None and read.digits == digits:
            yield way


# --- what is said around a number


def _between_restarts(words: Sequence[str]) -> list[tuple[str, ...]]:
    """What was said before, between and after the restarts, each without what stands around it."""
    said: list[tuple[str, ...]] = []
    start = position = 0
    while position < len(words):
        length = _restart_length(words, position)
        if length:
            said.append(tuple(words[start:position]))
            start = position + length
        position += length or 1
    return [_without_edges(one) for one in (*said, tuple(words[start:]))]


def _restart_length(words: Sequence[str], position: int) -> int:
    found = (len(phrase) for phrase in RESTARTS if tuple(words[position : position + len(phrase)]) == phrase)
    return next(found, 0)


def _without_edges(words: tuple[str, ...]) -> tuple[str, ...]:
    said = [word for word in words if word not in FILLERS]
    while said and said[0] == UNKNOWN_WORD:
        said.pop(0)
    while said and said[-1] == UNKNOWN_WORD:
        said.pop()
    return tuple(said)


def _split_part(words: tuple[str, ...]) -> tuple[NumberPart, tuple[str, ...]]:
    for position in (0, 1):
        part = PART_PHRASES.get(words[position : position + 2])
        if part is not None and (position == 0 or words[0] == "one"):
            rest = words[position + 2 :]
            rest = rest[1:] if rest and rest[0] in _AFTER_PART else rest
            return part, (*words[:position], *rest)
    return NumberPart.WHOLE, words


def _part_named_in(said: Sequence[tuple[str, ...]]) -> NumberPart:
    """The part named last in what was taken back: "the last four are one, no, two" still means it."""
    named = (part for part, _ in map(_split_part, reversed(said)) if part is not NumberPart.WHOLE)
    return next(named, NumberPart.WHOLE)


def _as_part(digits: str, part: NumberPart, named_before: NumberPart) -> SpokenDigits | None:
    meant = named_before if part is NumberPart.WHOLE else part
    if meant is NumberPart.WHOLE or len(digits) == _PART_LENGTH[meant]:
        return SpokenDigits(digits, meant)
    # "Area code 212 555 1234" begins like a correction and is a whole number, and so is one after a restart.
    if _is_usual_length(digits) and (part is NumberPart.WHOLE or part is NumberPart.AREA_CODE):
        return SpokenDigits(digits)
    return None


# --- words to digits


def _readings_of(words: tuple[str, ...]) -> list[str]:
    reached: list[dict[str, int]] = [{"": 0}, *({} for _ in words)]
    for position in range(len(words)):
        likeliest = sorted(reached[position].items(), key=lambda item: item[1])[:_BEAM]
        for piece in _pieces(words[position:]):
            after = reached[position + piece.words]
            for digits, cost in likeliest:
                longer = digits + piece.digits
                after[longer] = min(cost + piece.cost, after.get(longer, cost + piece.cost))
    return sorted(reached[-1], key=lambda digits: (not _is_usual_length(digits), reached[-1][digits], digits))


def _is_usual_length(digits: str) -> bool:
    return len(digits) == 10 or (len(digits) == 11 and digits.startswith("1"))


def _pieces(words: tuple[str, ...]) -> Iterator[_Piece]:
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in TIMES_WORDS and second in DIGIT_WORDS:
        yield _Piece(2, DIGIT_WORDS[second] * TIMES_WORDS[first])
    for piece in _small(words):
        scale = words[piece.words] if len(words) > piece.words else ""
        if scale in SCALE_WORDS and not piece.digits.startswith("0"):
            yield from _scaled(piece, scale, words[piece.words + 1 :])
        else:
            yield piece


def _small(words: tuple[str, ...]) -> Iterator[_Piece]:
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in DIGIT_WORDS:
        yield _Piece(1, DIGIT_WORDS[first])
    if first in TEEN_WORDS:
        yield _Piece(1, TEEN_WORDS[first])
    if first in TENS_WORDS:
        unit = DIGIT_WORDS.get(second, "0")
        yield _Piece(1, f"{TENS_WORDS[first]}0", 0 if unit == "0" else 1)
        if unit != "0":
            yield _Piece(2, f"{TENS_WORDS[first]}{unit}")


def _scaled(head: _Piece, scale: str, rest: tuple[str, ...]) -> Iterator[_Piece]:
    """ "Eight hundred", and with what follows joined to it: "one hundred fifty" as 150."""
    zeros = SCALE_WORDS[scale]
    joined = [piece for piece in _joinable(scale, rest) if not piece.digits.startswith("0")]
    is_joined_usual = any(_is_joined_usually(piece, scale, rest) for piece in joined)
    # Nobody means 5000 and 200 by "five thousand two hundred", however well the length would fit.
    if not any(len(piece.digits) > 2 for piece in joined):
        yield _Piece(head.words + 1, head.digits + zeros, head.cost + int(is_joined_usual))
    for piece in joined:
        digits = head.digits + piece.digits.rjust(len(zeros), "0")
        cost = head.cost + piece.cost + int(not is_joined_usual)
        yield _Piece(head.words + 1 + piece.words, digits, cost)


def _joinable(scale: str, rest: tuple[str, ...]) -> Iterator[_Piece]:
    """Tens and units, and after "thousand" hundreds too."""
    for piece in _small(rest) if rest else ():
        after = rest[piece.words :]
        is_hundreds = scale == "thousand" and len(piece.digits) == 1 and after[:1] == ("hundred",)
        yield from _scaled(piece, "hundred", after[1:]) if is_hundreds else (piece,)


def _is_joined_usually(piece: _Piece, scale: str, rest: tuple[str, ...]) -> bool:
    """A single digit goes on by itself ("eight hundred five five five"), but after "thousand" as the last."""
    return len(piece.digits) > 1 or (scale == "thousand" and len(rest) == 1)


# --- digits to words


_WORD_OF = {value: word for word, value in reversed((DIGIT_WORDS | TEEN_WORDS).items())}
_TENS_OF = {value: word for word, value in TENS_WORDS.items()}


def _digit(digit: str, zero: str = "zero") -> str:
    return zero if digit == "0" else _WORD_OF[digit]


def _one_by_one(digits: str, zero: str) -> tuple[str, ...]:
    return tuple(_digit(digit, zero) for digit in digits)


def _doubled(digits: str) -> tuple[str, ...]:
    words: list[str] = []
    position = 0
    while position < len(digits):
        is_double = digits[position] == digits[position + 1 : position + 2]
        words += ["double"] * is_double + [_digit(digits[position])]
        position += 1 + is_double
    return tuple(words)


def _in_pairs(digits: str) -> tuple[str, ...]:
    odd = len(digits) % 2
    words = [_digit(digit) for digit in digits[:odd]]
    for position in range(odd, len(digits), 2):
        words += _pair(digits[position : position + 2])
    return tuple(words)


def _pair(pair: str) -> list[str]:
    if pair in _WORD_OF:
        return [_WORD_OF[pair]]
    if pair[0] not in _TENS_OF:
        return [_digit(pair[0], "oh"), _digit(pair[1], "oh")]
    return [_TENS_OF[pair[0]]] + ([] if pair[1] == "0" else [_digit(pair[1])])


def _round(digits: str) -> tuple[str, ...]:
    for scale, zeros in reversed(SCALE_WORDS.items()):
        if len(digits) > len(zeros) and digits.endswith(zeros) and digits[-len(zeros) - 1] != "0":
            return (*_one_by_one(digits[: -len(zeros)], "zero"), scale)
    return _one_by_one(digits, "zero")


def _in_thousands(digits: str) -> tuple[str, ...]:
    """The last four as "five thousand", "five thousand two hundred", "five thousand two hundred thirty"."""
    first, last = digits[:-4], digits[-4:]
    if len(last) != 4 or last.startswith("0"):
        return _one_by_one(digits, "zero")
    hundreds, below = last[1], last[2:].lstrip("0")
    return (
        *(*_one_by_one(first, "zero"), _digit(last[0]), "thousand"),
        *(() if hundreds == "0" else (_digit(hundreds), "hundred")),
        *(_pair(below) if len(below) == 2 else map(_digit, below)),
    )
