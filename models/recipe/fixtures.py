"""Writes the recordings of `tests/fixtures/speech/held_out`: speakers whom the training has not heard."""

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from models.recipe.corpus import Clip
from models.recipe.speakers import Split
from models.recipe.telephone import RATE_HZ, coloured_noise
from models.recipe.trials import LINES, Trial, Trials

_LICENCES = {
    "fsdd": ("Free Spoken Digit Dataset (Zohar Jackson and others)", "CC-BY-SA-4.0"),
    "gsc": ("Speech Commands v0.02 (Google)", "CC-BY-4.0"),
}
_WORDS = ("yes", "no", "stop", "go")
_NOISE_LEVEL = 600.0
_NOISE_ENTRY = """[[recording]]
file = "noise.wav"
text = ""
speaker = ""
source = "made by the recipe"
licence = "Apache-2.0"
"""


@dataclass(frozen=True)
class Fixture:
    """A recording to be kept: its kind ("string", "digit", "word"), its source and what is said."""

    kind: str
    source: str
    trial: Trial

    @property
    def name(self) -> str:
        """The name of the file: kind, words without spaces, speaker."""
        said = "".join(_FIGURES.get(word, word) for word in self.trial.words)
        return f"{self.kind}-{said}-{self.trial.speaker}.wav"

    def entry(self) -> str:
        """The entry of the recording in labels.toml."""
        title, licence = _LICENCES[self.source]
        return (
            f'[[recording]]\nfile = "{self.name}"\ntext = "{" ".join(self.trial.words)}"\n'
            f'speaker = "{self.trial.speaker}"\nset = "{self.kind}"\n'
            f'source = "{title}"\nlicence = "{licence}"\n'
        )


_FIGURES = {
    word: str(figure)
    for figure, word in enumerate("zero one two three four five six seven eight nine".split())
}


def choose(clips: Sequence[Clip]) -> Iterator[Fixture]:
    """Yield the recordings: of several speakers, and the first of each kind in the order of the trials."""
    sets = Trials(clips, Split.TEST).sets()
    for name, count in (
        ("fsdd 10 digits", 3),
        ("gsc 10 digits", 2),
        ("fsdd 7 digits", 2),
        ("gsc 7 digits", 1),
    ):
        yield from (Fixture("string", name[:4].strip(), trial) for trial in islice(sets[name], count))
    for digit in _FIGURES:
        said = (trial for trial in sets["gsc digits"] if trial.words == (digit,))
        yield from (Fixture("digit", "gsc", trial) for trial in islice(said, 1))
    for word in _WORDS:
        yield from (Fixture("word", "gsc", trial) for trial in _of_speakers(sets["gsc menu"], word, 2))


def _of_speakers(trials: Sequence[Trial], word: str, count: int) -> Iterator[Trial]:
    """The word by so many different speakers."""
    by_speaker = {trial.speaker: trial for trial in reversed(trials) if trial.words == (word,)}
    return islice(by_speaker.values(), count)


def write_fixtures(clips: Sequence[Clip], directory: Path) -> None:
    """Write the recordings, G.711 mu-law decoded to 16 bits at 8 kHz, a noise, and `labels.toml`."""
    directory.mkdir(parents=True, exist_ok=True)
    chosen = list(choose(clips))
    heard = Trials(clips, Split.TEST).over(LINES["mu-law"], [fixture.trial for fixture in chosen])
    for fixture, (pcm, _) in zip(chosen, heard, strict=True):
        write_wave(directory / fixture.name, pcm)
    write_wave(directory / "noise.wav", _noise(seconds=3))
    entries = [fixture.entry() for fixture in chosen]
    entries.append(_NOISE_ENTRY)
    (directory / "labels.toml").write_text("\n".join(entries), encoding="utf-8")


def _noise(seconds: int) -> bytes:
    samples = coloured_noise(np.random.default_rng(5), seconds * RATE_HZ, 0.5) * _NOISE_LEVEL
    return samples.astype("<i2").tobytes()


def write_wave(path: Path, pcm: bytes) -> None:
    """Write 16-bit mono samples at 8 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm)
