"""How words are pronounced: the dictionary that comes with the model, and how alike two words sound.

The phones are the 39 of the CMU Pronouncing Dictionary, written without stress marks.
"""

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ivr_service.errors import IvrServiceError

Pronunciation: TypeAlias = tuple[str, ...]

PHONES: tuple[str, ...] = (
    "AA",
    "AE",
    "AH",
    "AO",
    "AW",
    "AY",
    "B",
    "CH",
    "D",
    "DH",
    "EH",
    "ER",
    "EY",
    "F",
    "G",
    "HH",
    "IH",
    "IY",
    "JH",
    "K",
    "L",
    "M",
    "N",
    "NG",
    "OW",
    "OY",
    "P",
    "R",
    "S",
    "SH",
    "T",
    "TH",
    "UH",
    "UW",
    "V",
    "W",
    "Y",
    "Z",
    "ZH",
)
LEXICON_FILE = "lexicon.txt.gz"

_KNOWN_PHONES = frozenset(PHONES)
_STRESSED_PHONE = re.compile(r"([A-Z]{1,2})[0-2]?")
_SIMILAR_COST = 0.4
# Phones that a telephone line makes hard to tell apart: 3.4 kHz cuts off what separates F from S and TH.
_SIMILAR_PHONES: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "AA AO AH",
        "AE EH",
        "IH IY",
        "IH EH",
        "UH UW",
        "OW AO",
        "AH UH",
        "AY OY",
        "EY EH",
        "ER R",
        "B P",
        "D T",
        "G K",
        "B D",
        "P T K",
        "F S TH",
        "V DH Z",
        "F V",
        "S Z",
        "SH CH ZH JH",
        "S SH",
        "M N NG",
        "L W",
        "B V",
        "D DH",
        "T TH",
    )
)


class LexiconError(IvrServiceError):
    """A lexicon file or a written pronunciation cannot be used; the text says which and why."""


class Lexicon:
    """Words and their pronunciations; words are lower-case as in the CMU dictionary ("o'clock")."""

    def __init__(self, entries: Mapping[str, Sequence[Pronunciation]]) -> None:
        self._entries = {word: tuple(ways) for word, ways in entries.items()}

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Read a gzip file with one pronunciation a line: the word, then its phones, divided by spaces.

        Raises LexiconError when the file cannot be read or a line is not of that form.
        """
        try:
            text = gzip.decompress(path.read_bytes()).decode("utf-8")
        except (OSError, EOFError, ValueError) as error:
            raise LexiconError(f"{path}: cannot read the lexicon: {error}") from error
        return cls(_parse_entries(text, path))

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, word: object) -> bool:
        return word in self._entries

    def pronunciations(self, word: str) -> tuple[Pronunciation, ...]:
        """Return every known way to say a word, in any case; () when it is not in the lexicon."""
        return self._entries.get(word.lower(), ())


def _parse_entries(text: str, path: Path) -> dict[str, list[Pronunciation]]:
    entries: dict[str, list[Pronunciation]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        word, *phones = line.split(" ")
        # One set operation a line instead of a parser: 135,000 lines load in a quarter of a second.
        if not phones or not _KNOWN_PHONES.issuperset(phones):
            raise LexiconError(f"{path}:{number}: not a word and its phones: {line!r}")
        entries.setdefault(word, []).append(tuple(phones))
    return entries


def parse_pronunciation(text: str) -> Pronunciation:
    """Read a pronunciation as the CMU dictionary writes it, stressed or not: "AE1 L IH0 S", "AE L IH S".

    Raises LexiconError, naming the part that is not a phone, or saying that the text is empty.
    """
    phones = tuple(_parse_phone(part) for part in text.upper().split())
    if not phones:
        raise LexiconError("a pronunciation is empty: write phones, such as AE1 L IH0 S for Alice")
    return phones


def _parse_phone(part: str) -> str:
    match = _STRESSED_PHONE.fullmatch(part)
    if match is None or match[1] not in _KNOWN_PHONES:
        raise LexiconError(f"{part!r} is not a phone; the phones are {' '.join(PHONES)}")
    return match[1]


def _substitution_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if any(one in group and other in group for group in _SIMILAR_PHONES):
        return _SIMILAR_COST
    return 1.0


def pronunciation_distance(one: Pronunciation, other: Pronunciation) -> float:
    """Return the phone edit distance; 1 for a phone more, less or other, 0.4 for one that sounds similar.

    0 means the same sounds. Two names less than about 1 apart will be taken for each other on a telephone.
    """
    previous = [float(column) for column in range(len(other) + 1)]
    for row, phone in enumerate(one, start=1):
        current = [float(row)]
        for column, candidate in enumerate(other, start=1):
            substituted = previous[column - 1] + _substitution_cost(phone, candidate)
            current.append(min(previous[column] + 1.0, current[-1] + 1.0, substituted))
        previous = current
    return previous[-1]
