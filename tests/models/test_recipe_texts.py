import json
from pathlib import Path
from random import Random

import pytest

from ivr_service.dialogue.menu import every_phrase
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.site_model import embedded_model
from models.recipe.lexicon_file import read_dictionary, write_lexicon
from models.recipe.texts import make_text


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(embedded_model() / LEXICON_FILE)


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not to be secret


def test_every_word_of_a_text_can_be_pronounced(lexicon: Lexicon) -> None:
    random = chance(1)
    texts = [make_text(random, ["bird", "house"], every_phrase()) for _ in range(3_000)]
    words = {word for text in texts for word in text.replace(",", " ").split()}
    assert sorted(word for word in words if not lexicon.pronunciations(word)) == []


def test_the_same_seed_says_the_same(lexicon: Lexicon) -> None:
    texts = [
        [make_text(random, ["bird"], every_phrase()) for _ in range(50)] for random in map(chance, (7, 7, 8))
    ]
    assert texts[0] == texts[1]
    assert json.dumps(texts[0]) != json.dumps(texts[2])


def test_variants_of_the_dictionary_become_pronunciations_of_one_word(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.txt.gz"
    write_lexicon(read_dictionary("read R EH D\nread(2) R IY D\n"), path)
    assert Lexicon.load(path).pronunciations("read") == (("R", "EH", "D"), ("R", "IY", "D"))
