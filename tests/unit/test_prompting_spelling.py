"""Numbers, keys and moments are spelled into words that each have a clip."""

import pytest

from ivr_service.dialogue.phrases import SpokenCount, SpokenKeys, SpokenMoment, SpokenNumber
from ivr_service.prompting.spelling import PAUSE, SpellingError, carrier, spell, spelled_languages, vocabulary


def said(phrase: SpokenNumber | SpokenKeys | SpokenCount | SpokenMoment, language: str = "en") -> str:
    return " ".join(word or "|" for word in spell(phrase, language))


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
        spell(phrase, "en")


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        (SpokenNumber(("212", "555", "0142")), "dos uno dos, | cinco cinco cinco, | cero uno cuatro dos."),
        (SpokenKeys("3*#"), "tres asterisco numeral."),
        (SpokenCount(0), "cero"),
        (SpokenCount(16), "dieciséis"),
        (SpokenCount(22), "veintidós"),
        (SpokenCount(30), "treinta"),
        (SpokenCount(51), "cincuenta y un"),
        (SpokenCount(21), "veintiún"),
    ],
)
def test_numbers_and_keys_in_spanish(phrase: SpokenNumber | SpokenKeys | SpokenCount, words: str) -> None:
    assert said(phrase, "es") == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-05-04T08:00", "las ocho de la mañana."),
        ("2026-05-04T13:05", "la una y cinco de la tarde."),
        ("2026-05-04T20:45", "las ocho y cuarenta y cinco de la noche."),
        ("2026-05-04T00:15", "las doce y quince de la mañana."),
        ("2026-05-04T12:00", "mediodía."),
        ("2026-05-05T00:00", "medianoche, mañana."),
        ("2026-05-06T08:00", "las ocho de la mañana, el miércoles."),
        ("2026-05-11T08:00", "las ocho de la mañana, el once de mayo."),
        ("2026-12-31T08:00", "las ocho de la mañana, el treinta y uno de diciembre."),
        ("2026-06-01T08:00", "las ocho de la mañana, el primero de junio."),
        ("2026-05-03T08:00", "las ocho de la mañana, ayer."),
    ],
)
def test_a_moment_in_spanish(moment: str, words: str) -> None:
    assert said(SpokenMoment(moment, "2026-05-04T07:15"), "es") == words


def test_a_language_without_words_is_named() -> None:
    with pytest.raises(SpellingError, match='"fr", only in en, es'):
        spell(SpokenKeys("1"), "fr")


@pytest.mark.parametrize("language", spelled_languages())
def test_no_word_is_in_the_vocabulary_twice(language: str) -> None:
    assert len(vocabulary(language)) == len(set(vocabulary(language)))


@pytest.mark.parametrize(
    ("word", "text"),
    [("two", "two,"), ("two,", "two,"), ("two.", "two."), ("a m", "A.M.,"), ("p m.", "P.M..")],
)
def test_the_voice_falls_only_at_the_end(word: str, text: str) -> None:
    assert carrier(word, "en") == text


def test_only_the_pause_is_silent() -> None:
    assert [word for word in vocabulary("en") if not word.strip(".,")] == [PAUSE]
