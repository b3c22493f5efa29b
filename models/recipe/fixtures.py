"""Writes the recordings of `tests/fixtures/speech/held_out`: speakers whom the training has not heard."""

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from models.recipe.corpus import Clip
from models.recipe.speakers import Split
from models.recipe.telephone import RATE_HZ, coloured_noise, unit_power
from models.recipe.trials import LINES, Floats, Trial, Trials

_LICENCES = {
    "fsdd": ("Free Spoken Digit Dataset (Zohar Jackson and others)", "CC-BY-SA-4.0"),
    "gsc": ("Speech Commands v0.02 (Google)", "CC-BY-4.0"),
}
_WORDS = ("yes", "no", "stop", "go")
_NAMES = ("marvin", "sheila", "house", "happy")
"""Words that can be the names of speed dials."""

_NOISE_LEVEL = 600.0
_RECORDED_NOISES = 6
_NOISE_ENTRIES = """[[recording]]
file = "noise.wav"
text = ""
speaker = ""
source = "made by the recipe"
licence = "Apache-2.0"

[[recording]]
file = "noise-recorded.wav"
text = ""
speaker = ""
source = "Speech Commands v0.02 (Google)"
licence = "CC-BY-4.0"
"""


@dataclass(frozen=True)
class Fixture:
    """A recording to be kept: its kind ("string", "part", "digit", "word", "name"), source and what is said.

    `parts` are the recordings of the groups of a number.
    """

    kind: str
    source: str
    trial: Trial
    parts: tuple["Fixture", ...] = ()

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
            f'source = "{title}"\nlicence = "{licence}"\n{self._parts_line()}'
        )

    def _parts_line(self) -> str:
        names = ", ".join(f'"{part.name}"' for part in self.parts)
        return f"parts = [{names}]\n" if names else ""


_FIGURES = {
    word: str(figure)
    for figure, word in enumerate("zero one two three four five six seven eight nine".split())
}


def choose(clips: Sequence[Clip]) -> Iterator[Fixture]:
    """Yield the recordings: of several speakers, and the first of each kind in the order of the trials."""
    sets = Trials(clips, Split.TEST).sets()
    with_parts = [
        Fixture("string", "fsdd", trial, tuple(_parts(trial))) for trial in sets["fsdd 10 digits"][:3]
    ]
    yield from with_parts
    for name, count in (
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
    for name in _NAMES:
        yield from (Fixture("name", "gsc", trial) for trial in _of_speakers(sets["gsc foreign"], name, 2))
    for fixture in with_parts:
        yield from fixture.parts


def _parts(trial: Trial) -> Iterator[Fixture]:
    """The groups of a number of ten digits, said once more."""
    for samples, begin, end in zip(trial.parts, (0, 3, 6), (3, 6, 10), strict=True):
        yield Fixture("part", "fsdd", Trial(samples, trial.words[begin:end], trial.speaker))


def _of_speakers(trials: Sequence[Trial], word: str, count: int) -> Iterator[Trial]:
    """The word by so many different speakers."""
    by_speaker = {trial.speaker: trial for trial in reversed(trials) if trial.words == (word,)}
    return islice(by_speaker.values(), count)


def write_fixtures(clips: Sequence[Clip], directory: Path) -> None:
    """Write the recordings, G.711 mu-law decoded to 16 bits at 8 kHz, two noises, and `labels.toml`."""
    directory.mkdir(parents=True, exist_ok=True)
    chosen = list(choose(clips))
    trials = Trials(clips, Split.TEST)
    heard = trials.over(LINES["mu-law"], [fixture.trial for fixture in chosen])
    for fixture, (pcm, _) in zip(chosen, heard, strict=True):
        write_wave(directory / fixture.name, pcm)
    write_wave(directory / "noise.wav", _noise(seconds=3))
    write_wave(directory / "noise-recorded.wav", _joined(trials.noises()[:_RECORDED_NOISES]))
    entries = [fixture.entry() for fixture in chosen]
    entries.append(_NOISE_ENTRIES)
    (directory / "labels.toml").write_text("\n".join(entries), encoding="utf-8")


def _noise(seconds: int) -> bytes:
    samples = coloured_noise(np.random.default_rng(5), seconds * RATE_HZ, 0.5) * _NOISE_LEVEL
    return samples.astype("<i2").tobytes()


def _joined(noises: Sequence[Trial]) -> bytes:
    """Return recorded noises one after the other, without pauses, each at the same level."""
    alone = [_unpaused(noise.samples) for noise in noises]
    return (np.concatenate([unit_power(noise) for noise in alone]) * _NOISE_LEVEL).astype("<i2").tobytes()


def _unpaused(samples: Floats) -> Floats:
    sounding = np.flatnonzero(samples)
    return samples[sounding[0] : sounding[-1] + 1]


def write_wave(path: Path, pcm: bytes) -> None:
    """Write 16-bit mono samples at 8 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm)
