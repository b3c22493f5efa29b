"""What changes from call to call, as ordered lists of words that each have a clip of their own.

A spoken word is written as it is heard: "four" in the middle, "four," before a pause, "four." at the end,
where the voice falls. The pause itself is the empty word. What is the same in every language is here; the
words are in `english` and `spanish`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import assert_never

from ivr_service.dialogue.phrases import SpokenCount, SpokenKeys, SpokenMoment, SpokenNumber
from ivr_service.errors import IvrServiceError
from ivr_service.prompting import english, spanish

PAUSE = ""
PAUSE_MS = 300

Spelled = SpokenNumber | SpokenKeys | SpokenCount | SpokenMoment
"""The phrases that are spelled into words."""


class SpellingError(IvrServiceError):
    """A phrase holds something that has no spoken form, or its language has none."""


@dataclass(frozen=True)
class _Words:
    """The words of a language. `at_the_end` and `before_a_pause` are those that can be there."""

    keys: Mapping[str, str]
    count: Callable[[int], tuple[str, ...]]
    time_of_day: Callable[[time], Iterable[str]]
    day: Callable[[date, date], Iterable[str]]
    middle: tuple[str, ...]
    before_a_pause: tuple[str, ...]
    at_the_end: tuple[str, ...]
    read_as: Mapping[str, str] = field(default_factory=dict)


_LANGUAGES = {
    "en": _Words(
        english.KEYS,
        english.count,
        english.time_of_day,
        english.day,
        english.MIDDLE,
        english.BEFORE_A_PAUSE,
        english.AT_THE_END,
        english.READ_AS,
    ),
    "es": _Words(
        spanish.KEYS,
        spanish.count,
        spanish.time_of_day,
        spanish.day,
        spanish.MIDDLE,
        spanish.BEFORE_A_PAUSE,
        spanish.AT_THE_END,
    ),
}


def spelled_languages() -> tuple[str, ...]:
    """The languages in which numbers and times can be said."""
    return tuple(_LANGUAGES)


def spell(phrase: Spelled, language: str) -> tuple[str, ...]:
    """Return the words of a phrase, in order. Each is one of `vocabulary(language)`.

    Raises SpellingError for characters that are no keys, for moments that are not ISO 8601, for counts
    above 59, and for a language that has no words.
    """
    words = _words(language)
    match phrase:
        case SpokenNumber():
            return _number(phrase.groups, words)
        case SpokenKeys():
            return _final([_key(key, words) for key in phrase.keys])
        case SpokenCount(count):
            if not 0 <= count < 60:
                raise SpellingError("a count is spoken from 0 to 59")
            return words.count(count)
        case SpokenMoment():
            return _moment(phrase.moment, phrase.now, words)
        case _:
            assert_never(phrase)


@lru_cache
def vocabulary(language: str) -> tuple[str, ...]:
    """Return every word that `spell` can answer with in this language. Raises SpellingError."""
    words = _words(language)
    return (
        PAUSE,
        *words.middle,
        *(f"{word}," for word in words.before_a_pause),
        *(f"{word}." for word in words.at_the_end),
    )


def carrier(word: str, language: str) -> str:
    """Return what an engine is given for a word, so that its voice stays up inside and falls at the end."""
    stem = word.rstrip(".,")
    ending = "." if word.endswith(".") else ","
    return _words(language).read_as.get(stem, stem) + ending


def _words(language: str) -> _Words:
    words = _LANGUAGES.get(language)
    if words is None:
        known = ", ".join(_LANGUAGES)
        raise SpellingError(f'numbers and times have no words in the language "{language}", only in {known}')
    return words


def _number(groups: tuple[str, ...], language: _Words) -> tuple[str, ...]:
    words: list[str] = []
    for group in filter(None, groups):
        if words:
            words[-1] += ","
            words.append(PAUSE)
        words.extend(_digit(digit, language) for digit in group)
    return _final(words)


def _digit(digit: str, language: _Words) -> str:
    if digit not in "0123456789":
        raise SpellingError("a spoken number may hold only the digits 0 to 9")
    return language.keys[digit]


def _key(key: str, language: _Words) -> str:
    if key not in language.keys:
        raise SpellingError("only the keys 0 to 9, * and # can be spoken")
    return language.keys[key]


def _final(words: list[str]) -> tuple[str, ...]:
    return (*words[:-1], *(f"{word}." for word in words[-1:]))


def _moment(moment_text: str, now_text: str, language: _Words) -> tuple[str, ...]:
    moment, now = _local(moment_text), _local(now_text)
    words = list(language.time_of_day(moment.time()))
    day = list(language.day(moment.date(), now.date()))
    if day:
        words[-1] += ","
    return _final([*words, *day])


def _local(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise SpellingError("a moment is spoken from ISO 8601, like 2026-05-04T08:00") from error
