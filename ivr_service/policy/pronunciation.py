"""How a word is said, as an admin may write it: in the phones of the CMU Pronouncing Dictionary. Pure.

There are 39 phones; here they are written without stress marks (http://www.speech.cs.cmu.edu/cgi-bin/cmudict).
"""

import re
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

_STRESSED_PHONE = re.compile(r"([A-Z]{1,2})[0-2]?")
_BETWEEN_WORDS = ","


class PronunciationError(IvrServiceError):
    """A written pronunciation is none; the text names the part that is wrong."""


def parse_pronunciation(text: str) -> Pronunciation:
    """Read a pronunciation as the CMU dictionary writes it, stressed or not: "AE1 L IH0 S", "AE L IH S".

    Raises PronunciationError, naming the part that is not a phone, or saying that the text is empty.
    """
    phones = tuple(_parse_phone(part) for part in text.upper().split())
    if not phones:
        raise PronunciationError("a word has no phones")
    return phones


def parse_name(text: str) -> tuple[Pronunciation, ...]:
    """Read the pronunciations of a name's words, with commas between them: "AE1 N, L IY1".

    Raises PronunciationError.
    """
    return tuple(map(parse_pronunciation, text.split(_BETWEEN_WORDS)))


def _parse_phone(part: str) -> str:
    match = _STRESSED_PHONE.fullmatch(part)
    if match is None or match[1] not in PHONES:
        raise PronunciationError(f'"{part[:20]}" is not a phone')
    return match[1]
