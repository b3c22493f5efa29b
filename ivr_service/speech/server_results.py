"""Reads the results of a vosk-server, and puts together an answer that it cut into several. Pure."""

import json
from collections.abc import Sequence
from itertools import islice, product

from ivr_service.speech.recogniser import Hearing, RecogniserError

_MOST = 20
"""Alternatives of a whole answer."""

_OF_EACH_PART = 5
"""Of an answer of several parts, the alternatives of each that are put together."""

_MOST_PARTS = 3
"""Of more parts only the last ones keep their alternatives: there would be too many to put together."""


_MOST_WORDS = 200
"""Nobody says more in an answer of twenty seconds."""

_LARGEST_WEIGHT = 1e9

_NOT_UNDERSTOOD = "its answer is not understood"


class Utterance:
    """One answer: the parts that are finished, and the words of the one that goes on."""

    def __init__(self) -> None:
        self._parts: list[tuple[Hearing, ...]] = []
        self._partial: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words so far."""
        finished = (word for part in self._parts for word in part[0].words)
        return (*finished, *self._partial)

    def take(self, message: str | bytes) -> None:
        """Take a message. Raises RecogniserError when it is not understood."""
        told = _object(message)
        match told:
            case {"partial": str(text)}:
                self._partial = _words(text)
                return
            case {"alternatives": list(rows)}:
                heard = tuple(_hearing(row) for row in rows)
            case {"text": str(text)}:
                heard = (Hearing(_words(text), 0.0),)
            case _:
                raise RecogniserError(_NOT_UNDERSTOOD)
        self._partial = ()
        said = tuple(one for one in heard if one.words)
        if said:
            self._parts.append(said)
        if len(self.words) > _MOST_WORDS:
            raise RecogniserError(_NOT_UNDERSTOOD)

    def alternatives(self) -> tuple[Hearing, ...]:
        """What may have been said in all, best first."""
        if not self._parts:
            return ()
        if len(self._parts) == 1:
            return self._parts[0][:_MOST]
        certain = [part[:1] for part in self._parts[:-_MOST_PARTS]]
        open_parts = [part[:_OF_EACH_PART] for part in self._parts[-_MOST_PARTS:]]
        joined = [_joined(parts) for parts in product(*certain, *open_parts)]
        return tuple(islice(sorted(joined, key=lambda one: -one.score), _MOST))


def _joined(parts: Sequence[Hearing]) -> Hearing:
    return Hearing(tuple(word for part in parts for word in part.words), sum(part.score for part in parts))


def _hearing(row: object) -> Hearing:
    match row:
        case {"text": str(text), "confidence": float() | int() as score} if _is_weight(score):
            return Hearing(_words(text), float(score))
        case _:
            raise RecogniserError(_NOT_UNDERSTOOD)


def _is_weight(score: float) -> bool:
    return -_LARGEST_WEIGHT < score < _LARGEST_WEIGHT


def _words(text: str) -> tuple[str, ...]:
    words = tuple(text.split())
    if len(words) > _MOST_WORDS:
        raise RecogniserError(_NOT_UNDERSTOOD)
    return words


def _object(message: str | bytes) -> object:
    try:
        return json.loads(message)
    except (ValueError, RecursionError) as error:
        raise RecogniserError(_NOT_UNDERSTOOD) from error
