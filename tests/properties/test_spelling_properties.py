"""Whatever can be spelled is spelled in words that have a clip."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ivr_service.dialogue.phrases import SpokenKeys, SpokenMoment, SpokenNumber
from ivr_service.prompting.spelling import PAUSE, spell, vocabulary

VOCABULARY = frozenset(vocabulary())
DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
digit_groups = st.lists(st.text("0123456789", min_size=1, max_size=6), max_size=6).map(tuple)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001


@given(digit_groups)
def test_every_number_is_said_digit_for_digit(groups: tuple[str, ...]) -> None:
    words = spell(SpokenNumber(groups))
    assert VOCABULARY.issuperset(words)
    heard = [str(DIGIT_WORDS.index(word.rstrip(".,"))) for word in words if word != PAUSE]
    assert "".join(heard) == "".join(groups)


@given(digit_groups.filter(bool))
def test_the_voice_falls_once_and_rests_between_groups(groups: tuple[str, ...]) -> None:
    words = spell(SpokenNumber(groups))
    assert [word for word in words if word.endswith(".")] == [words[-1]]
    assert words.count(PAUSE) == len(groups) - 1


@given(st.text("0123456789*#"))
def test_every_key_has_a_word(keys: str) -> None:
    words = spell(SpokenKeys(keys))
    assert len(words) == len(keys)
    assert VOCABULARY.issuperset(words)


def test_every_minute_of_a_leap_year_can_be_said() -> None:
    start = datetime(2028, 1, 1)  # noqa: DTZ001 - local time, as the phrase has it
    now = start.isoformat()
    for minute in range(366 * 24 * 60):
        moment = (start + timedelta(minutes=minute)).isoformat(timespec="minutes")
        assert VOCABULARY.issuperset(spell(SpokenMoment(moment, now)))


@given(moments, moments)
def test_every_moment_can_be_said_at_any_time(moment: datetime, now: datetime) -> None:
    words = spell(SpokenMoment(moment.isoformat(), now.isoformat()))
    assert VOCABULARY.issuperset(words)
    assert words[-1].endswith(".")


@given(moments)
def test_two_minutes_of_a_day_never_sound_the_same(moment: datetime) -> None:
    now = moment.isoformat()
    other = moment.replace(hour=(moment.hour + 12) % 24).isoformat()
    assert spell(SpokenMoment(moment.isoformat(), now)) != spell(SpokenMoment(other, now))


def test_every_word_of_the_vocabulary_is_needed() -> None:
    year = [datetime(2028, 1, 1) + timedelta(days=day) for day in range(366)]  # noqa: DTZ001
    day = [datetime(2028, 1, 1) + timedelta(minutes=minute) for minute in range(1440)]  # noqa: DTZ001
    texts = [moment.isoformat() for moment in (*year, *day)]
    phrases = [SpokenMoment(text, now) for text in texts for now in texts[:3]]
    needed = {word for phrase in phrases for word in spell(phrase)}
    needed |= {word for key in "0123456789*#" for word in spell(SpokenKeys(key + key))}
    needed |= {word for key in "0123456789" for word in spell(SpokenNumber((key, key)))}
    assert needed >= VOCABULARY
