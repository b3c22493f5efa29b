"""A number said in any usual way is read back, and no words do harm."""

from hypothesis import given
from hypothesis import strategies as st

from ivr_service.speech.number_phrases import NUMBER_WORDS
from ivr_service.speech.spoken_numbers import read_number, readings, sayings

words = st.lists(st.one_of(st.sampled_from(sorted(NUMBER_WORDS)), st.just("[unk]"), st.text(max_size=5)))


@given(st.text("0123456789", min_size=1, max_size=15))
def test_every_way_to_say_a_number_is_read_back(digits: str) -> None:
    said = list(sayings(digits))
    assert len(said[0]) == len(digits)
    for way in said:
        read = read_number(way)
        assert read is not None
        assert read.digits == digits


@given(words)
def test_any_words_give_digits_or_nothing(said: list[str]) -> None:
    found = readings(said)
    assert len(found) <= 8
    assert all(one.digits and set(one.digits) <= set("0123456789") for one in found)
