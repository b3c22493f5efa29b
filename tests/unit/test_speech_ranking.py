"""The alternative that fits the numbering plan wins, and only listed phrases count."""

import pytest

from ivr_service.speech.ranking import NumberPlan, rank, rank_numbers, rank_phrases
from ivr_service.speech.recogniser import Hearing

WHOLE = "two one two five five five one two three four"


def heard(*said: tuple[str, float]) -> list[Hearing]:
    return [Hearing(tuple(words.split()), weight) for words, weight in said]


def test_a_dropped_digit_loses_to_an_allowed_length() -> None:
    ranked = rank_numbers(
        heard((WHOLE.replace("five five five", "five five"), 0.0), (WHOLE, -2.0)), NumberPlan()
    )
    assert ranked[0].digits == "2125551234"
    assert sum(one.confidence for one in ranked) <= 1


def test_alternatives_with_the_same_digits_are_merged() -> None:
    ranked = rank_numbers(heard((WHOLE, 0.0), (f"um {WHOLE}", 0.0)), NumberPlan())
    assert [one.digits for one in ranked] == ["2125551234"]


def test_a_short_number_counts_where_it_is_expected() -> None:
    slot = rank_numbers(heard(("seven", 0.0)), NumberPlan(frozenset({1, 2})))
    assert slot[0].confidence > 0.5 > rank_numbers(heard(("seven", 0.0)), NumberPlan())[0].confidence


def test_an_impossible_area_code_is_unlikely() -> None:
    other = WHOLE.replace("two one two", "one one two", 1)
    assert rank_numbers(heard((other, 0.0), (WHOLE, -1.0)), NumberPlan())[0].digits == "2125551234"


@pytest.mark.parametrize("said", ["call", "call now now", "[unk] call now", "call [unk]", ""])
def test_only_a_listed_phrase_counts(said: str) -> None:
    assert rank_phrases(heard((said, 0.0)), ["call now", "help"]) == ()


@pytest.mark.parametrize("said", ["call now", "um call now please"])
def test_polite_words_around_a_phrase_do_not_count(said: str) -> None:
    assert rank_phrases(heard((said, 0.0)), ["call now"])[0].phrase == "call now"


def test_nothing_heard_gives_nothing() -> None:
    assert rank([], ["help"], NumberPlan()) == ()
