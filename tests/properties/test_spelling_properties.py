"""Whatever can be spelled is spelled in words that have a clip, in every language."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.dialogue.phrases import SpokenCount, SpokenKeys, SpokenMoment, SpokenNumber
from ivr_service.prompting.spelling import PAUSE, spell, spelled_languages, vocabulary

DIGIT_WORDS = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
}
VOCABULARY = {language: frozenset(vocabulary(language)) for language in spelled_languages()}
languages = st.sampled_from(spelled_languages())
every_language = pytest.mark.parametrize("language", spelled_languages())
digit_groups = st.lists(st.text("0123456789", min_size=1, max_size=6), max_size=6).map(tuple)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001


@given(digit_groups, languages)
def test_every_number_is_said_digit_for_digit(groups: tuple[str, ...], language: str) -> None:
    words = spell(SpokenNumber(groups), language)
    assert VOCABULARY[language].issuperset(words)
    heard = [str(DIGIT_WORDS[language].index(word.rstrip(".,"))) for word in words if word != PAUSE]
    assert "".join(heard) == "".join(groups)


@given(digit_groups.filter(bool), languages)
def test_the_voice_falls_once_and_rests_between_groups(groups: tuple[str, ...], language: str) -> None:
    words = spell(SpokenNumber(groups), language)
    assert [word for word in words if word.endswith(".")] == [words[-1]]
    assert words.count(PAUSE) == len(groups) - 1


@given(st.text("0123456789*#"), languages)
def test_every_key_has_a_word(keys: str, language: str) -> None:
    words = spell(SpokenKeys(keys), language)
    assert len(words) == len(keys)
    assert VOCABULARY[language].issuperset(words)


@every_language
def test_every_count_is_said_in_its_own_way(language: str) -> None:
    said = [spell(SpokenCount(count), language) for count in range(60)]
    assert len(set(said)) == 60
    assert VOCABULARY[language].issuperset(word for words in said for word in words)


@every_language
def test_every_minute_of_a_leap_year_can_be_said(language: str) -> None:
    start = datetime(2028, 1, 1)  # noqa: DTZ001 - local time, as the phrase has it
    now = start.isoformat()
    for minute in range(366 * 24 * 60):
        moment = (start + timedelta(minutes=minute)).isoformat(timespec="minutes")
        assert VOCABULARY[language].issuperset(spell(SpokenMoment(moment, now), language))


@given(moments, moments, languages)
def test_every_moment_can_be_said_at_any_time(moment: datetime, now: datetime, language: str) -> None:
    words = spell(SpokenMoment(moment.isoformat(), now.isoformat()), language)
    assert VOCABULARY[language].issuperset(words)
    assert words[-1].endswith(".")


@every_language
def test_no_two_minutes_of_a_day_sound_the_same(language: str) -> None:
    day = [datetime(2028, 1, 1) + timedelta(minutes=minute) for minute in range(1440)]  # noqa: DTZ001
    said = {spell(SpokenMoment(moment.isoformat(), day[0].isoformat()), language) for moment in day}
    assert len(said) == 1440


@every_language
def test_no_two_days_of_a_year_sound_the_same(language: str) -> None:
    days = [datetime(2028, 1, 1) + timedelta(days=day) for day in range(366)]  # noqa: DTZ001
    said = {spell(SpokenMoment(moment.isoformat(), days[40].isoformat()), language) for moment in days}
    assert len(said) == 366


@every_language
def test_every_word_of_the_vocabulary_is_needed(language: str) -> None:
    year = [datetime(2028, 1, 1) + timedelta(days=day) for day in range(366)]  # noqa: DTZ001
    day = [datetime(2028, 1, 1) + timedelta(minutes=minute) for minute in range(1440)]  # noqa: DTZ001
    texts = [moment.isoformat() for moment in (*year, *day)]
    phrases = [SpokenMoment(text, now) for text in texts for now in texts[:3]]
    needed = {word for phrase in phrases for word in spell(phrase, language)}
    needed |= {word for key in "0123456789*#" for word in spell(SpokenKeys(key + key), language)}
    needed |= {word for key in "0123456789" for word in spell(SpokenNumber((key, key)), language)}
    needed |= {word for count in range(60) for word in spell(SpokenCount(count), language)}
    assert needed >= VOCABULARY[language]
