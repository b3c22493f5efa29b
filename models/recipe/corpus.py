"""Reads the recordings: `human/manifest.csv` and the `manifest.jsonl` of every folder of synthetic speech."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ivr_service.speech.lexicon import Lexicon
from models.recipe.speakers import Split, split_of

Int16Samples = npt.NDArray[np.int16]
DIGITS = frozenset("zero oh one two three four five six seven eight nine".split())

_NOT_A_WORD = re.compile(r"[^a-z' ]")


@dataclass(frozen=True)
class Clip:
    """One recording: mono samples, 8 or 16 kHz, and the words said in it (none for noise)."""

    samples: Int16Samples
    rate_hz: int
    words: tuple[str, ...]
    speaker: str
    source: str
    file: str

    @property
    def is_digit(self) -> bool:
        """Whether the clip is one digit."""
        return len(self.words) == 1 and self.words[0] in DIGITS


def _read_clip(path: Path, words: tuple[str, ...], speaker: str, source: str) -> Clip:
    samples, rate_hz = soundfile.read(path, dtype="int16")
    return Clip(samples, rate_hz, words, speaker, source, path.name)


def read_human(data: Path) -> list[Clip]:
    """Return the clips of `data`/human: columns file, text, speaker, source ("gsc", "fsdd" or "noise")."""
    with (data / "human" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [
            _read_clip(
                data / "human" / row["file"], tuple(row["text"].split()), row["speaker"], row["source"]
            )
            for row in csv.DictReader(file)
        ]


def read_synthetic(directory: Path, source: str, lexicon: Lexicon) -> Iterator[Clip]:
    """Yield the clips of one folder whose every word is in the lexicon; `source` names the folder."""
    for line in (directory / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        words = tuple(_NOT_A_WORD.sub(" ", entry["text"].lower()).split())
        if words and all(word in lexicon for word in words):
            yield _read_clip(directory / entry["f"], words, entry["voice"], source)


def is_test_noise(clip: Clip) -> bool:
    """Whether a noise clip is kept from training: one in five, by the hash that splits speakers."""
    return split_of(clip.file) is Split.TEST


def of_split(clips: Iterable[Clip], split: Split) -> list[Clip]:
    """Return the speech of the speakers of one set, noise left out."""
    return [clip for clip in clips if clip.source != "noise" and split_of(clip.speaker) is split]
