"""Makes `lexicon.txt.gz` from the CMU dictionary inside the pocketsphinx wheel."""

import gzip
import importlib.util
import re
from pathlib import Path

from ivr_service.speech.lexicon import Pronunciation, parse_pronunciation

_VARIANT = re.compile(r"\(\d+\)")
# Words of this project that the dictionary lacks, or whose entry misses how people say them in a number.
_ADDED = {
    "mailbox": ("M EY L B AA K S",),
    "oh": ("OW",),
    "redial": ("R IY D AY AH L",),
    "uh": ("AH",),
    "unblock": ("AH N B L AA K",),
    "unmute": ("AH N M Y UW T",),
    "voicemail": ("V OY S M EY L",),
    "zero": ("Z IH R OW", "Z IY R OW"),
}


def dictionary_path() -> Path:
    """Return the dictionary of the installed pocketsphinx package. Raises FileNotFoundError without it."""
    package = importlib.util.find_spec("pocketsphinx")
    if package is None or package.origin is None:
        raise FileNotFoundError("the package pocketsphinx is not installed")
    return Path(package.origin).parent / "model" / "en-us" / "cmudict-en-us.dict"


def read_dictionary(text: str) -> dict[str, list[Pronunciation]]:
    """Return the pronunciations of every word, variants such as "zero(2)" folded in, our additions last."""
    entries: dict[str, list[Pronunciation]] = {}
    for line in text.splitlines():
        word, _, phones = line.partition(" ")
        entries.setdefault(_VARIANT.sub("", word), []).append(parse_pronunciation(phones))
    for word, ways in _ADDED.items():
        entries[word] = [parse_pronunciation(way) for way in ways]
    return entries


def write_lexicon(entries: dict[str, list[Pronunciation]], path: Path) -> None:
    """Write the gzip file that `Lexicon.load` reads; the same entries always give the same bytes."""
    lines = [f"{word} {' '.join(way)}\n" for word, ways in sorted(entries.items()) for way in ways]
    path.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0))


def make_lexicon(path: Path) -> None:
    """Write the lexicon of the installed dictionary to `path`."""
    write_lexicon(read_dictionary(dictionary_path().read_text(encoding="utf-8")), path)
