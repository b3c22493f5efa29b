"""The texts with which phrases of several words are measured."""

import pytest

from ivr_service.dialogue.speed_dial_names import CALL_WORD
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.site_model import embedded_model
from models.recipe.menu_texts import NAMES, listened_for, menu_texts


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(embedded_model() / LEXICON_FILE)


def test_what_is_said_is_listened_for_but_for_the_other_words(lexicon: Lexicon) -> None:
    texts = menu_texts(lexicon)
    phrases, names, others = texts["menu phrases"], texts["call and a name"], texts["other words"]
    assert {*phrases, *names} <= set(listened_for())
    assert "call now" in phrases
    assert names == tuple(f"{CALL_WORD} {name.lower()}" for name in NAMES)
    assert others
    assert not set(others) & set(listened_for())


def test_every_text_can_be_pronounced_and_is_the_same_each_time(lexicon: Lexicon) -> None:
    texts = menu_texts(lexicon)
    assert [text for said in texts.values() for text in said if lexicon.unknown_words(text)] == []
    assert texts == menu_texts(lexicon)
