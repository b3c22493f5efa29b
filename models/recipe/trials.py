"""The tests of a model: what is said, by whom, over which line. The same data gives the same trials."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import phonenumbers
from scipy.signal import resample_poly

from models.recipe.corpus import Clip, is_test_noise, of_split
from models.recipe.speakers import Split
from models.recipe.telephone import RATE_HZ, coloured_noise, speech_power, through_codec, unit_power
from models.recipe.texts import DIGIT_WORDS
from models.recipe.utterances import join, trim

Floats: TypeAlias = npt.NDArray[np.float32]
MENU_WORDS = tuple("yes no up down left right on off stop go".split())
_GROUPS = {7: (3, 4), 10: (3, 3, 4)}
_STRINGS = 120
_WORDS = ("zero", *DIGIT_WORDS[2:])
_FIGURE = {word: str(figure) for figure, word in enumerate(_WORDS)} | {"oh": "0"}
_AREAS = tuple(
    str(area)
    for area in range(201, 990)
    if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}2340123", None))
)
"""Area codes that the numbering plan's tables know."""

_FLOOR_DB = 38.0
_PEAK = 12_000.0
_NOISE_LEVEL = 0.1
"""Of the peak of speech: 20 dB below it, as loud as a noisy room is beside a voice."""

_EDGE_S = 0.5
_IDLE_NOISE = 3.0  # of 32767: a line is never digitally silent
_SEED = 2_026


@dataclass(frozen=True)
class Trial:
    """What one caller says: samples at 8 kHz on the 16-bit scale, before the line, and the words.

    `parts` are the groups of a number of ten digits said once more, each alone.
    """

    samples: Floats
    words: tuple[str, ...]
    speaker: str
    parts: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class Line:
    """A telephone line: a signal-to-noise ratio in dB (None: quiet) and a codec of libsndfile."""

    snr_db: float | None
    codec: str


LINES: Mapping[str, Line] = {
    "mu-law": Line(None, "ULAW"),
    "GSM": Line(None, "GSM610"),
    "20 dB": Line(20.0, "ULAW"),
    "10 dB": Line(10.0, "ULAW"),
}


class Trials:
    """Makes the trials of the speakers of one set."""

    def __init__(self, clips: Sequence[Clip], split: Split) -> None:
        self._clips = of_split(clips, split)
        self._noises = [_at_8_khz(clip) for clip in clips if clip.source == "noise" and is_test_noise(clip)]

    def sets(self) -> Mapping[str, tuple[Trial, ...]]:
        """Return every set by name; a set without recordings is left out."""
        made = {
            f"{source} {name}": tuple(make(source))
            for source in ("fsdd", "gsc")
            for name, make in self._kinds()
        }
        return {name: trials for name, trials in made.items() if trials}

    def noises(self) -> tuple[Trial, ...]:
        """Return the recorded noises that training has not used, alone: nothing is said."""
        return tuple(
            Trial(_quiet_edges(_levelled(noise) * np.float32(_NOISE_LEVEL)), (), "") for noise in self._noises
        )

    def _kinds(self) -> tuple[tuple[str, Callable[[str], Iterator[Trial]]], ...]:
        return (
            ("digits", lambda source: self._single(source, _is_digit)),
            ("7 digits", lambda source: self._strings(source, 7)),
            ("10 digits", lambda source: self._strings(source, 10)),
            ("mixed 10 digits", self._mixed_strings),
            ("telephone numbers", self._telephone_numbers),
            ("mixed telephone numbers", self._mixed_telephone_numbers),
            ("menu", lambda source: self._single(source, lambda clip: clip.words[0] in MENU_WORDS)),
            ("foreign", lambda source: self._single(source, _is_foreign)),
        )

    def _single(self, source: str, is_wanted: Callable[[Clip], bool]) -> Iterator[Trial]:
        for clip in self._clips:
            if clip.source == source and is_wanted(clip):
                yield Trial(_quiet_edges(_levelled(_at_8_khz(clip))), clip.words, clip.speaker)

    def _strings(self, source: str, length: int) -> Iterator[Trial]:
        """Digits of one speaker in a row; the speakers take turns."""
        chance = np.random.default_rng(_SEED + length)
        speakers = self._digit_speakers(source)
        for index in range(_STRINGS if speakers else 0):
            own = speakers[index % len(speakers)]
            yield _string(own, length, own[0].speaker, chance)

    def _mixed_strings(self, source: str) -> Iterator[Trial]:
        """Ten digits in a row, each by any of the speakers: few of them have said every digit."""
        chance = np.random.default_rng(_SEED)
        own = [clip for clip in self._clips if clip.source == source and clip.is_digit]
        is_mixed = len({clip.speaker for clip in own}) > 1
        for _ in range(_STRINGS if is_mixed else 0):
            yield _string(own, 10, "several", chance)

    def _telephone_numbers(self, source: str) -> Iterator[Trial]:
        """Numbers as people say them, with an area code that exists, by one speaker each."""
        chance = np.random.default_rng(_SEED + 1)
        speakers = [own for own in self._digit_speakers(source) if _sayable_areas(own)]
        for index in range(_STRINGS if speakers else 0):
            own = speakers[index % len(speakers)]
            yield _telephone_number(own, own[0].speaker, chance)

    def _mixed_telephone_numbers(self, source: str) -> Iterator[Trial]:
        """The same, each digit by any of the speakers."""
        chance = np.random.default_rng(_SEED + 2)
        own = [clip for clip in self._clips if clip.source == source and clip.is_digit]
        is_mixed = len({clip.speaker for clip in own}) > 1 and bool(_sayable_areas(own))
        for _ in range(_STRINGS if is_mixed else 0):
            yield _telephone_number(own, "several", chance)

    def _digit_speakers(self, source: str) -> list[list[Clip]]:
        """The digits of each speaker who said at least three different ones."""
        by_speaker: dict[str, list[Clip]] = {}
        for clip in self._clips:
            if clip.source == source and clip.is_digit:
                by_speaker.setdefault(clip.speaker, []).append(clip)
        return [own for own in by_speaker.values() if len({clip.words for clip in own}) >= 3]

    def over(self, line: Line, trials: Sequence[Trial]) -> Iterator[tuple[bytes, tuple[str, ...]]]:
        """Yield what arrives at the far end of a line, as 16-bit little-endian samples, and the words."""
        chance = np.random.default_rng(_SEED)
        for trial in trials:
            noise = np.asarray(chance.standard_normal(len(trial.samples)) * _IDLE_NOISE, np.float32)
            if line.snr_db is not None:
                level = speech_power(trial.samples) * 10 ** (-line.snr_db / 20)
                noise += self._noise(chance, len(trial.samples)) * np.float32(level)
            heard = through_codec(trial.samples + noise, line.codec)
            yield heard.astype("<i2").tobytes(), trial.words

    def _noise(self, chance: np.random.Generator, length: int) -> Floats:
        """Coloured noise or a recorded one that training has not used."""
        if chance.random() < 0.5:
            return coloured_noise(chance, length, chance.uniform(0, 1))
        recorded = self._noises[chance.integers(len(self._noises))]
        return unit_power(np.resize(recorded, length))


def _sayable_areas(own: Sequence[Clip]) -> list[str]:
    """The area codes of the numbering plan that these clips can say."""
    figures = {_FIGURE[clip.words[0]] for clip in own}
    return [area for area in _AREAS if set(area) <= figures]


def _telephone_number(own: Sequence[Clip], speaker: str, chance: np.random.Generator) -> Trial:
    """Return a number with an area code that exists and an exchange that begins with 2 to 9."""
    area = str(chance.choice(_sayable_areas(own)))
    by_figure: dict[str, list[Clip]] = {}
    for clip in own:
        by_figure.setdefault(_FIGURE[clip.words[0]], []).append(clip)
    firsts = sorted(figure for figure in by_figure if figure not in "01")
    figures = [*area, str(chance.choice(firsts)), *map(str, chance.choice(sorted(by_figure), size=6))]
    clips = [by_figure[figure][int(chance.integers(len(by_figure[figure])))] for figure in figures]
    return _with_parts(_said(clips, speaker, chance), own, chance)


def _string(own: Sequence[Clip], length: int, speaker: str, chance: np.random.Generator) -> Trial:
    """Return digits drawn from `own`, grouped and paused as a number is said."""
    said = _said([own[int(place)] for place in chance.integers(len(own), size=length)], speaker, chance)
    return _with_parts(said, own, chance)


def _with_parts(trial: Trial, own: Sequence[Clip], chance: np.random.Generator) -> Trial:
    """Return the trial with its groups said once more, by other recordings of the digits if there are any."""
    groups = _GROUPS[len(trial.words)]
    if len(groups) != len(_GROUPS[10]):
        return trial
    # Of its own, so that the trials stay as they were before they had parts.
    (again,) = chance.spawn(1)
    ends = np.cumsum(groups)
    parts = (
        _said([_another(word, own, again) for word in trial.words[end - size : end]], trial.speaker, again)
        for size, end in zip(groups, ends, strict=True)
    )
    return replace(trial, parts=tuple(part.samples for part in parts))


def _another(word: str, own: Sequence[Clip], chance: np.random.Generator) -> Clip:
    takes = [clip for clip in own if clip.words == (word,)]
    return takes[int(chance.integers(len(takes)))]


def _said(clips: Sequence[Clip], speaker: str, chance: np.random.Generator) -> Trial:
    """Return the clips in a row, grouped and paused as a number is said."""
    parts = [
        trim(_levelled(_at_8_khz(clip)), _FLOOR_DB) * np.float32(chance.uniform(0.7, 1)) for clip in clips
    ]
    gaps_s = [chance.uniform(-0.04, 0.18) for _ in clips]
    for place in np.cumsum(_GROUPS.get(len(clips), (len(clips),)))[:-1]:
        gaps_s[place - 1] = chance.uniform(0.2, 0.5)
    return Trial(_quiet_edges(join(parts, gaps_s)), tuple(clip.words[0] for clip in clips), speaker)


def _is_digit(clip: Clip) -> bool:
    return clip.is_digit


def _is_foreign(clip: Clip) -> bool:
    return not clip.is_digit and clip.words[0] not in MENU_WORDS


def _at_8_khz(clip: Clip) -> Floats:
    return np.asarray(resample_poly(clip.samples.astype(np.float32), RATE_HZ, clip.rate_hz), np.float32)


def _levelled(samples: Floats) -> Floats:
    return samples * np.float32(_PEAK / (np.abs(samples).max() + 1e-9))


def _quiet_edges(samples: Floats) -> Floats:
    edge = np.zeros(int(_EDGE_S * RATE_HZ), np.float32)
    return np.concatenate([edge, samples, edge])
