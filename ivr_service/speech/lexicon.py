"""How words are pronounced: the dictionary that comes with the model, and how alike two words sound.

The phones are the 39 of the CMU Pronouncing Dictionary, written without stress marks.
"""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from pathlib import Path

from ivr_service.errors import IvrServiceError
from ivr_service.policy.pronunciation import PHONES, Pronunciation, parse_pronunciation

__all__ = [
    "LEXICON_FILE",
    "PHONES",
    "SOUNDS_ALIKE",
    "Lexicon",
    "LexiconError",
    "Pronunciation",
    "parse_pronunciation",
    "pronunciation_distance",
    "sound_alike",
]

LEXICON_FILE = "lexicon.txt.gz"

_KNOWN_PHONES = frozenset(PHONES)
_MOST_WAYS = 32
"""A name of several words has many ways to be said; what is rare among them changes nothing."""

SOUNDS_ALIKE = 1.0
"""Two phrases that are less apart than this will be taken for each other on a telephone."""

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
    """A lexicon file cannot be used; the text says which and why."""


class Lexicon:
    """Words and their pronunciations; words are lower-case as in the CMU dictionary ("o'clock")."""

    def __init__(self, entries: Mapping[str, Sequence[str]]) -> None:
        """`entries` has for each word the ways to say it, each as its phones divided by spaces."""
        self._entries = entries

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
        return tuple(tuple(way.split(" ")) for way in self._entries.get(word.lower(), ()))

    def with_written(self, written: Mapping[str, Sequence[Pronunciation]]) -> "Lexicon":
        """This lexicon and more words, or more ways to say its own."""
        more = {
            word: (*self._entries.get(word.lower(), ()), *map(" ".join, ways))
            for word, ways in written.items()
        }
        return Lexicon({**self._entries, **more})

    def unknown_words(self, phrase: str) -> tuple[str, ...]:
        """The words of a phrase that nobody can be heard saying, in small letters."""
        return tuple(word for word in phrase.lower().split() if word not in self)

    def ways_to_say(self, phrase: str) -> tuple[Pronunciation, ...]:
        """The usual ways to say a phrase, as the sounds of all its words; () when a word is unknown."""
        ways = product(*map(self.pronunciations, phrase.split()))
        return tuple(sum(way, ()) for way in islice(ways, _MOST_WAYS))


def _parse_entries(text: str, path: Path) -> dict[str, list[str]]:
    """The ways to say each word, as they are written: whoever asks for a word has its phones divided."""
    entries: dict[str, list[str]] = {}
    lines = text.splitlines()
    for line in lines:
        word, _, phones = line.partition(" ")
        entries.setdefault(word, []).append(phones)
    # One look at the phones of all lines: 135,000 lines load in less than half a second.
    phones_of_all = " ".join(" ".join(ways) for ways in entries.values())
    if entries and not _are_phones(phones_of_all):
        number = next(at for at, line in enumerate(lines, start=1) if not _are_phones(line.partition(" ")[2]))
        raise LexiconError(f"{path}:{number}: not a word and its phones: {lines[number - 1]!r}")
    return entries


def _are_phones(text: str) -> bool:
    """Whether it is phones, each divided from the next by one space."""
    return _KNOWN_PHONES.issuperset(text.split(" "))


def _substitution_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if any(one in group and other in group for group in _SIMILAR_PHONES):
        return _SIMILAR_COST
    return 1.0


def pronunciation_distance(one: Pronunciation, other: Pronunciation) -> float:
    """Return the phone edit distance; 1 for a phone more, less or other, 0.4 for one that sounds similar.

    0 means the same sounds. See SOUNDS_ALIKE for what is too little.
    """
    previous = [float(column) for column in range(len(other) + 1)]
    for row, phone in enumerate(one, start=1):
        current = [float(row)]
        for column, candidate in enumerate(other, start=1):
            substituted = previous[column - 1] + _substitution_cost(phone, candidate)
            current.append(min(previous[column] + 1.0, current[-1] + 1.0, substituted))
        previous = current
    return previous[-1]


def sound_alike(one: Sequence[Pronunciation], other: Sequence[Pronunciation]) -> bool:
    """Whether two phrases, each with its ways to be said, are less than SOUNDS_ALIKE apart."""
    # A phone more or less costs as much, so only ways of the same length need a look.
    pairs = ((way, like) for way in one for like in other if len(way) == len(like))
    return any(pronunciation_distance(way, like) < SOUNDS_ALIKE for way, like in pairs)
