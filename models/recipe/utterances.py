"""Makes one training utterance after another: clips joined, voices warped, put through a telephone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ivr_service.speech.lexicon import PHONES, Lexicon
from models.recipe.corpus import Clip
from models.recipe.features import mfcc, stretch_time, warp_vocal_tract
from models.recipe.telephone import RATE_HZ, Telephone, change_speed

Floats = npt.NDArray[np.float32]
LABELS: Mapping[str, int] = {phone: index for index, phone in enumerate(PHONES, start=1)}  # 0 is the blank
_PEAK = 20_000.0
_FRAME = 80  # samples: 10 ms
_STRING_LENGTHS = (1, 1, 2, 3, 4, 6, 7, 8, 10)


@dataclass(frozen=True)
class Example:
    """Features (frames, 40) as float16 to save memory, and the labels of the phones said."""

    features: npt.NDArray[np.float16]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Pools:
    """The training clips by kind; `by_speaker` holds the human ones again."""

    sentences: Sequence[Clip]
    fast_sentences: Sequence[Clip]
    digits: Sequence[Clip]
    digit_speakers: Sequence[Clip]
    words: Sequence[Clip]
    by_speaker: Mapping[str, Sequence[Clip]]


def trim(samples: Floats, floor_db: float = 26.0) -> Floats:
    """Return the samples without edges that are `floor_db` under the loudest 10 ms; 20 and 30 ms are kept.

    At 26 dB, as in training, some speakers lose part of a weak S ("six"), as they do in a noisy call.
    """
    count = len(samples) // _FRAME
    if count < 8:
        return samples
    energy = (samples[: count * _FRAME].reshape(count, _FRAME) ** 2).mean(1)
    loud = np.flatnonzero(energy > energy.max() * 10 ** (-floor_db / 10))
    if not len(loud):
        return samples
    return samples[max(0, int(loud[0]) - 2) * _FRAME : (int(loud[-1]) + 3) * _FRAME]


def join(parts: Sequence[Floats], gaps_s: Sequence[float]) -> Floats:
    """Return the parts in a row; a gap is a silence in seconds, or when negative an overlap (cross-fade)."""
    joined = parts[0]
    for part, gap_s in zip(parts[1:], gaps_s, strict=False):
        length = int(gap_s * RATE_HZ)
        if length >= 0:
            joined = np.concatenate([joined, np.zeros(length, np.float32), part])
            continue
        length = min(-length, len(joined) // 2, len(part) // 2)
        fade = np.linspace(1, 0, length, dtype=np.float32)
        middle = joined[len(joined) - length :] * fade + part[:length] * (1 - fade)
        joined = np.concatenate([joined[: len(joined) - length], middle, part[length:]])
    return joined


class UtteranceMaker:
    """Draws utterances. The same seed always gives the same utterance."""

    def __init__(self, pools: Pools, telephone: Telephone, lexicon: Lexicon) -> None:
        self._pools = pools
        self._telephone = telephone
        self._lexicon = lexicon

    def make(self, seed: int) -> Example:
        """Return the utterance of a seed."""
        random = np.random.default_rng(seed)
        clips, speed = self._draw(random), float(np.exp(random.uniform(-0.17, 0.17)))
        speech = self._speak(clips, speed, random)
        silences = [np.zeros(int(RATE_HZ * random.uniform(0.02, 0.5)), np.float32) for _ in range(2)]
        heard = self._telephone.call(np.concatenate([silences[0], speech, silences[1]]), random)
        features = _warp(mfcc(heard), random)
        return Example(features.astype(np.float16), self._labels(clips, random))

    def _draw(self, random: np.random.Generator) -> list[Clip]:
        kind, pools = random.random(), self._pools
        if kind < 0.03:
            return []
        if kind < 0.23:
            return _pick(pools.sentences, 1 + int(random.random() < 0.25), random)
        if kind < 0.42:
            return _pick(pools.fast_sentences, 1, random)
        if kind < 0.77:
            return self._human_words(random)
        speaker = pools.digit_speakers[int(random.integers(len(pools.digit_speakers)))].speaker
        return _pick(pools.by_speaker[speaker], int(random.choice(_STRING_LENGTHS)), random)

    def _human_words(self, random: np.random.Generator) -> list[Clip]:
        pool = self._pools.digits if random.random() < 0.6 else self._pools.words
        if random.random() < 0.4:
            pool = self._pools.by_speaker[pool[int(random.integers(len(pool)))].speaker]
        return _pick(pool, int(random.choice(_STRING_LENGTHS)), random)

    def _speak(self, clips: Sequence[Clip], speed: float, random: np.random.Generator) -> Floats:
        if not clips:
            return np.asarray(random.standard_normal(int(RATE_HZ * random.uniform(0.5, 3))) * 0.1, np.float32)
        parts = [_part(clip, speed, len(clips), random) for clip in clips]
        return join(parts, [_gap_s(random) for _ in parts])

    def _labels(self, clips: Sequence[Clip], random: np.random.Generator) -> tuple[int, ...]:
        labels: list[int] = []
        for word in (word for clip in clips for word in clip.words):
            ways = self._lexicon.pronunciations(word)
            labels += [LABELS[phone] for phone in ways[int(random.integers(len(ways)))]]
        return tuple(labels)


def _pick(pool: Sequence[Clip], count: int, random: np.random.Generator) -> list[Clip]:
    return [pool[index] for index in random.integers(len(pool), size=count)]


def _gap_s(random: np.random.Generator) -> float:
    return random.uniform(-0.05, 0.25) if random.random() < 0.85 else random.uniform(0.3, 0.7)


def _part(clip: Clip, speed: float, count: int, random: np.random.Generator) -> Floats:
    samples = change_speed(clip.samples, speed * clip.rate_hz / RATE_HZ)
    samples = samples * np.float32(_PEAK / (np.abs(samples).max() + 1e-9))
    if len(clip.words) != 1:
        return samples
    if count > 1:
        samples = trim(samples)
    if random.random() < 0.3:
        samples = _cut_edges(trim(samples), random)
    return samples * np.float32(random.uniform(0.6, 1.0))


def _cut_edges(samples: Floats, random: np.random.Generator) -> Floats:
    start, end = (int(random.uniform(0, limit_s) * RATE_HZ) for limit_s in (0.025, 0.035))
    return samples[start : len(samples) - end]


def _warp(features: Floats, random: np.random.Generator) -> Floats:
    if random.random() < 0.7:
        features = warp_vocal_tract(features, float(np.exp(random.uniform(-0.14, 0.14))))
    if random.random() < 0.4:
        features = stretch_time(features, float(np.exp(random.uniform(-0.2, 0.2))))
    return features
