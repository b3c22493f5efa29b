"""What callers say becomes the digits they mean. The cases are in spoken_numbers.yaml."""

from pathlib import Path

import pytest
import yaml

from ivr_service.speech.number_phrases import NUMBER_WORDS, correction_phrases, number_phrases
from ivr_service.speech.spoken_numbers import read_number, readings

CASES = yaml.safe_load((Path(__file__).parent / "spoken_numbers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["say"])
def test_what_is_said_is_what_is_meant(case: dict[str, str]) -> None:
    read = read_number(case["say"].split())
    digits, _, part = case["means"].partition(" as ")
    if read is None:
        assert digits == "nothing"
    else:
        assert (read.digits, read.part.value) == (digits, part or "whole")


def test_an_ambiguous_saying_has_all_its_readings() -> None:
    assert [one.digits for one in readings(["twenty", "one", "fifty"])] == ["2150", "20150"]
    assert [one.digits for one in readings(["one", "hundred", "fifty"])] == ["150", "10050"]


def test_the_phrases_are_made_of_all_number_words_and_no_others() -> None:
    phrases = (*number_phrases(), *correction_phrases())
    assert NUMBER_WORDS.issuperset(word for phrase in phrases for word in phrase.split())
    assert {word for phrase in phrases for word in phrase.split()} | NUMBER_WORDS == NUMBER_WORDS
