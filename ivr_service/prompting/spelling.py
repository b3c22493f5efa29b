"""English: what changes from call to call, as ordered lists of words that each have a clip of their own.

A spoken word is written as it is heard: "four" in the middle, "four," before a pause, "four." at the end,
where the voice falls. The pause itself is the empty word.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import assert_never

from ivr_service.dialogue.phrases import SpokenCount, SpokenKeys, SpokenMoment, SpokenNumber
from ivr_service.errors import IvrServiceError

PAUSE = ""
PAUSE_MS = 300

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_KEYS = {str(value): word for value, word in enumerate(_DIGITS)} | {"*": "star", "#": "pound"}
_HOURS = (*_DIGITS, "ten", "eleven", "twelve")
_TEENS = (
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
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_FIRST_NINE = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_ORDINALS = (
    *_FIRST_NINE,
    "tenth",
    "eleventh",
    "twelfth",
    *(f"{word}th" for word in _TEENS[3:]),
    "twentieth",
    *(f"twenty {word}" for word in _FIRST_NINE),
    "thirtieth",
    "thirty first",
)
_READ_AS_LETTERS = {"a m": "A.M.", "p m": "P.M."}


class SpellingError(IvrServiceError):
    """A phrase holds something that has no spoken form."""


def spell(phrase: SpokenNumber | SpokenKeys | SpokenCount | SpokenMoment) -> tuple[str, ...]:
    """Return the words of a phrase, in order. Each is one of `vocabulary()`.

    Raises SpellingError for characters that are no keys, for moments that are not ISO 8601 and for counts
    above 59.
    """
    match phrase:
        case SpokenNumber():
            return _number(phrase.groups)
        case SpokenKeys():
            return _final([_key(key) for key in phrase.keys])
        case SpokenCount():
            return _count(phrase.count)
        case SpokenMoment():
            return _moment(phrase.moment, phrase.now)
        case _:
            assert_never(phrase)


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """Return every word that `spell` can answer with."""
    middle = dict.fromkeys((*_KEYS.values(), *_HOURS, *_TEENS, *_TENS[2:], "oh"))
    days = ("tomorrow", "yesterday", *(f"on {day}" for day in _WEEKDAYS), *_ORDINALS)
    at_the_end = dict.fromkeys((*_KEYS.values(), "a m", "p m", "noon", "midnight", *days))
    before_a_pause = dict.fromkeys((*_DIGITS, "a m", "p m", "noon", "midnight"))
    return (
        PAUSE,
        *middle,
        *(f"on {month}" for month in _MONTHS),
        *(f"{word}," for word in before_a_pause),
        *(f"{word}." for word in at_the_end),
    )


def carrier(word: str) -> str:
    """Return what an engine is given for a word, so that its voice stays up inside and falls at the end."""
    stem = word.rstrip(".,")
    ending = "." if word.endswith(".") else ","
    return _READ_AS_LETTERS.get(stem, stem) + ending


def _number(groups: tuple[str, ...]) -> tuple[str, ...]:
    words: list[str] = []
    for group in filter(None, groups):
        if words:
            words[-1] += ","
            words.append(PAUSE)
        words.extend(_digit(digit) for digit in group)
    return _final(words)


def _digit(digit: str) -> str:
    if digit not in "0123456789":
        raise SpellingError("a spoken number may hold only the digits 0 to 9")
    return _KEYS[digit]


def _key(key: str) -> str:
    if key not in _KEYS:
        raise SpellingError("only the keys 0 to 9, * and # can be spoken")
    return _KEYS[key]


def _final(words: list[str]) -> tuple[str, ...]:
    return (*words[:-1], *(f"{word}." for word in words[-1:]))


def _moment(moment_text: str, now_text: str) -> tuple[str, ...]:
    moment, now = _local(moment_text), _local(now_text)
    words = list(_time_of_day(moment.time()))
    day = list(_day(moment.date(), now.date()))
    if day:
        words[-1] += ","
    return _final([*words, *day])


def _local(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise SpellingError("a moment is spoken from ISO 8601, like 2026-05-04T08:00") from error


def _time_of_day(moment: time) -> Iterator[str]:
    if (moment.hour, moment.minute) in {(0, 0), (12, 0)}:
        yield "noon" if moment.hour else "midnight"
        return
    yield _HOURS[moment.hour % 12 or 12]
    yield from _minutes(moment.minute)
    yield "a m" if moment.hour < 12 else "p m"


def _count(count: int) -> tuple[str, ...]:
    if not 0 <= count < 60:
        raise SpellingError("a count is spoken from 0 to 59")
    tens, ones = divmod(count, 10)
    if tens == 1:
        return (_TEENS[ones],)
    return tuple(filter(None, (_TENS[tens], _DIGITS[ones] if ones or not tens else "")))


def _minutes(minute: int) -> Iterator[str]:
    tens, ones = divmod(minute, 10)
    if minute == 0:
        return
    if tens == 1:
        yield _TEENS[ones]
        return
    yield _TENS[tens] if tens else "oh"
    if ones:
        yield _DIGITS[ones]


def _day(day: date, today: date) -> Iterator[str]:
    ahead = day - today
    if not ahead:
        return
    if ahead == timedelta(days=1):
        yield "tomorrow"
    elif ahead == timedelta(days=-1):
        yield "yesterday"
    elif timedelta(days=1) < ahead <= timedelta(days=6):
        yield f"on {_WEEKDAYS[day.weekday()]}"
    else:
        yield f"on {_MONTHS[day.month - 1]}"
        yield _ORDINALS[day.day - 1]
