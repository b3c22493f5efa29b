"""Numbers, keys and moments are spelled into words that each have a clip."""

import pytest

from ivr_service.dialogue.phrases import SpokenKeys, SpokenMoment, SpokenNumber
from ivr_service.prompting.spelling import PAUSE, SpellingError, carrier, spell, vocabulary


def said(phrase: SpokenNumber | SpokenKeys | SpokenMoment) -> str:
    return " ".join(word or "|" for word in spell(phrase))


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (("212", "555", "0142"), "two one two, | five five five, | zero one four two."),
        (("5", "0"), "five, | zero."),
        (("911",), "nine one one."),
        ((), ""),
        (("", "12", ""), "one two."),
    ],
)
def test_a_number_is_read_digit_by_digit_in_groups(groups: tuple[str, ...], words: str) -> None:
    assert said(SpokenNumber(groups)) == words


@pytest.mark.parametrize(
    ("keys", "words"), [("3*", "three star."), ("#", "pound."), ("", ""), ("190", "one nine zero.")]
)
def test_keys_are_read_one_by_one(keys: str, words: str) -> None:
    assert said(SpokenKeys(keys)) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-05-04T08:00", "eight a m."),
        ("2026-05-04T20:05", "eight oh five p m."),
        ("2026-05-04T11:10", "eleven ten a m."),
        ("2026-05-04T13:19", "one nineteen p m."),
        ("2026-05-04T12:30", "twelve thirty p m."),
        ("2026-05-04T00:47", "twelve forty seven a m."),
        ("2026-05-04T12:00", "noon."),
        ("2026-05-04T00:00", "midnight."),
        ("2026-05-05T08:00", "eight a m, tomorrow."),
        ("2026-05-05T00:00", "midnight, tomorrow."),
        ("2026-05-06T12:00", "noon, on Wednesday."),
        ("2026-05-10T17:59", "five fifty nine p m, on Sunday."),
        ("2026-05-11T08:00", "eight a m, on May eleventh."),
        ("2026-12-31T08:00", "eight a m, on December thirty first."),
        ("2026-05-03T08:00", "eight a m, yesterday."),
        ("2026-05-02T08:00", "eight a m, on May second."),
    ],
)
def test_a_moment_is_as_short_as_it_can_be(moment: str, words: str) -> None:
    assert said(SpokenMoment(moment, "2026-05-04T07:15")) == words


@pytest.mark.parametrize(
    "phrase",
    [
        SpokenNumber(("212-555",)),
        SpokenNumber(("\u0661",)),
        SpokenNumber(("1*",)),
        SpokenKeys("3A"),
        SpokenKeys("\u00b2"),
        SpokenMoment("soon", "2026-05-04T07:15"),
        SpokenMoment("2026-05-04T07:15", ""),
    ],
)
def test_what_has_no_spoken_form_is_refused(phrase: SpokenNumber | SpokenKeys | SpokenMoment) -> None:
    with pytest.raises(SpellingError):
        spell(phrase)


def test_no_word_is_in_the_vocabulary_twice() -> None:
    assert len(vocabulary()) == len(set(vocabulary()))


@pytest.mark.parametrize(
    ("word", "text"),
    [("two", "two,"), ("two,", "two,"), ("two.", "two."), ("a m", "A.M.,"), ("p m.", "P.M..")],
)
def test_the_voice_falls_only_at_the_end(word: str, text: str) -> None:
    assert carrier(word) == text


def test_only_the_pause_is_silent() -> None:
    assert [word for word in vocabulary() if not word.strip(".,")] == [PAUSE]
