"""The lexicon's file, what is asked of it, and how a damaged one is told."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.policy.pronunciation import PHONES
from ivr_service.speech.lexicon import Lexicon, LexiconError

WAYS = st.lists(st.lists(st.sampled_from(PHONES), min_size=1, max_size=6).map(tuple), min_size=1, max_size=3)
ENTRIES = st.dictionaries(st.text("abcdefgh'", min_size=1, max_size=6), WAYS, max_size=8)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "lexicon.txt.gz"
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return path


@given(entries=ENTRIES)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, list[tuple[str, ...]]]
) -> None:
    lines = [f"{word} {' '.join(way)}" for word, ways in entries.items() for way in ways]
    lexicon = Lexicon.load(written(tmp_path_factory.mktemp("lexicon"), *lines))
    assert {word: lexicon.pronunciations(word) for word in lexicon} == {
        word: tuple(ways) for word, ways in entries.items()
    }
    assert len(lexicon) == len(entries)


def test_a_word_is_found_in_any_case_and_an_unknown_one_has_no_sounds(tmp_path: Path) -> None:
    lexicon = Lexicon.load(written(tmp_path, "data D EY T AH", "data D AE T AH"))
    assert lexicon.pronunciations("Data") == (("D", "EY", "T", "AH"), ("D", "AE", "T", "AH"))
    assert lexicon.pronunciations("zebra") == ()
    assert lexicon.unknown_words("Data Zebra") == ("zebra",)
    assert lexicon.ways_to_say("data zebra") == ()


def test_what_an_admin_writes_comes_after_what_is_known_and_changes_nothing_else(tmp_path: Path) -> None:
    lexicon = Lexicon.load(written(tmp_path, "data D EY T AH", "one W AH N"))
    more = lexicon.with_written({"data": [("D", "AA")], "xqzzt": [("K", "S")]})
    assert more.pronunciations("data") == (("D", "EY", "T", "AH"), ("D", "AA"))
    assert more.pronunciations("xqzzt") == (("K", "S"),)
    assert more.pronunciations("one") == lexicon.pronunciations("one")
    assert "xqzzt" not in lexicon


@pytest.mark.parametrize("wrong", ["two", "two ", "two T QQ", "two T  UW", "two t uw", "", " T UW "])
def test_a_line_that_is_no_word_and_its_phones_is_told_with_its_place(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(LexiconError, match=r"lexicon\.txt\.gz:2: not a word and its phones"):
        Lexicon.load(written(tmp_path, "one W AH N", wrong, "three TH R IY"))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot read the lexicon"):
        Lexicon.load(tmp_path / "lexicon.txt.gz")
    (tmp_path / "lexicon.txt.gz").write_bytes(b"not gzip")
    with pytest.raises(LexiconError, match="cannot read the lexicon"):
        Lexicon.load(tmp_path / "lexicon.txt.gz")
