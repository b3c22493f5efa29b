"""The Spanish catalogue says what the English one says, names the same keys, and has a voice."""

import re

import numpy as np
import pytest

from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.policy.places import fixed_names
from ivr_service.prompting.catalogue import load_catalogue, shipped_catalogue, unspeakable
from ivr_service.prompting.engines import choose_engine
from ivr_service.prompting.espeak import VOICES, EspeakEngine, EspeakError
from ivr_service.prompting.local_names import name_as_said
from ivr_service.prompting.spanish_places import PLACES

ENGLISH = load_catalogue(shipped_catalogue("en")).entries
SPANISH = load_catalogue(shipped_catalogue("es")).entries
KEYS = {
    "zero": "cero",
    "one": "uno",
    "two": "dos",
    "three": "tres",
    "four": "cuatro",
    "five": "cinco",
    "six": "seis",
    "seven": "siete",
    "eight": "ocho",
    "nine": "nueve",
    "star": "asterisco",
    "pound": "numeral",
    "any key": "cualquier tecla",
}
ENGLISH_WORDS = re.compile(
    r"\b(the|press|your?|for|to|this|that|call|number|it|was|and|is|not)\b", re.IGNORECASE
)


@pytest.mark.parametrize("prompt", PromptId)
def test_both_languages_name_the_same_keys(prompt: PromptId) -> None:
    named = re.findall(rf"press ({'|'.join(KEYS)})", ENGLISH[prompt].text)
    assert re.findall(rf"oprima ({'|'.join(KEYS.values())})", SPANISH[prompt].text) == [
        KEYS[key] for key in named
    ]


@pytest.mark.parametrize("prompt", PromptId)
def test_no_english_is_left(prompt: PromptId) -> None:
    assert not ENGLISH_WORDS.search(SPANISH[prompt].text)
    assert SPANISH[prompt].text != ENGLISH[prompt].text


def test_places_have_their_spanish_names() -> None:
    assert name_as_said("the United States", "es") == "Estados Unidos"
    assert name_as_said("New York", "es") == "Nueva York"
    assert name_as_said("Chicago", "es") == "Chicago"
    assert name_as_said("the United States", "en") == "the United States"


def test_only_places_that_can_be_said_are_translated_and_all_can_be_spoken() -> None:
    assert set(PLACES) <= set(fixed_names())
    assert not [name for name in PLACES.values() if unspeakable(name) or not name]


def test_spanish_is_spoken_without_being_installed_on_the_side() -> None:
    engine = choose_engine("es")
    samples, rate_hz = engine.synthesise("Para llamar ahora, oprima uno.")
    assert engine.name == "espeak-ng"
    assert 1.0 < len(samples) / rate_hz < 4.0
    assert 0.1 < np.abs(samples).max() <= 1.0


def test_the_voice_knows_spanish_words_from_english_ones() -> None:
    engine, other = EspeakEngine("es"), EspeakEngine("en")
    spanish, _ = engine.synthesise("jueves,")
    english, _ = other.synthesise("jueves,")
    again, _ = engine.synthesise("jueves,")
    assert abs(len(spanish) - len(again)) < 400
    assert abs(len(spanish) - len(english)) > 400


def test_each_text_is_spoken_whole_whatever_came_before() -> None:
    engine = EspeakEngine("es")
    lengths = [len(engine.synthesise("de la mañana.")[0]) for _ in range(5)]
    assert max(lengths) - min(lengths) < 400
    assert min(lengths) > 8000


def test_a_language_without_a_voice_is_named() -> None:
    with pytest.raises(EspeakError, match=f'"fr", only for {", ".join(VOICES)}'):
        EspeakEngine("fr")
