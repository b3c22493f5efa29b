"""Counts what was understood. Pure, and without the packages of the training."""

from collections.abc import Sequence
from dataclasses import dataclass

Words = tuple[str, ...]


def canonical(words: Sequence[str]) -> Words:
    """Return the words with "oh" as "zero" and without [unk]."""
    return tuple("zero" if word == "oh" else word for word in words if word != "[unk]")


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Return the fewest substitutions, insertions and deletions that turn `said` into `heard`."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(said, start=1):
        diagonal, row[0] = row[0], index
        for column, other in enumerate(heard, start=1):
            best = min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
            diagonal, row[column] = row[column], best
    return row[-1]


@dataclass(frozen=True)
class Outcome:
    """One trial: what was said and the alternatives that were heard, best first, both canonical."""

    said: Words
    heard: tuple[Words, ...]

    @property
    def best(self) -> Words:
        """The first alternative; () when nothing was heard."""
        return self.heard[0] if self.heard else ()

    @property
    def first_of_length(self) -> Words:
        """The first alternative with as many words as were said."""
        return next((words for words in self.heard if len(words) == len(self.said)), ())


@dataclass(frozen=True)
class Score:
    """Percentages over a set: words of the best path; utterances by best path, by length, and anywhere."""

    trials: int
    words: float
    best: float
    of_length: float
    anywhere: float


def score(outcomes: Sequence[Outcome]) -> Score:
    """Return the score of at least one outcome. Word accuracy is 1 - errors / words said."""
    said = sum(len(outcome.said) for outcome in outcomes)
    errors = sum(word_errors(outcome.said, outcome.best) for outcome in outcomes)
    return Score(
        trials=len(outcomes),
        words=100 * (1 - errors / said),
        best=_percent([outcome.best == outcome.said for outcome in outcomes]),
        of_length=_percent([outcome.first_of_length == outcome.said for outcome in outcomes]),
        anywhere=_percent([outcome.said in outcome.heard for outcome in outcomes]),
    )


def rejected(outcomes: Sequence[Outcome]) -> float:
    """Return the percentage of utterances of which nothing was heard but [unk]."""
    return _percent([not outcome.best for outcome in outcomes])


def _percent(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / len(hits)
