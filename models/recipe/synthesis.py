"""Speaks the texts with free voices and writes FLAC files with a manifest.

Voices: hibari-tts (Apache-2.0) and, where the command exists, flite with its slt, rms, awb and kal voices
(CMU, BSD-like: /usr/share/doc/flite/copyright), a few hundred times faster than real time; or Kokoro's
(kokoro_voices.py). espeak-ng (GPL-3.0) and piper are left out on purpose.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile
from hibari import Hibari
from scipy.signal import resample_poly

from ivr_service.dialogue.menu import every_phrase
from ivr_service.speech.lexicon import Lexicon
from models.recipe.texts import make_text

RATE_HZ = 16_000
_FLITE_VOICES = ("awb", "rms", "slt", "kal16")
_HIBARI_SHARE = 0.55
_PEAK = 0.7

Samples: TypeAlias = npt.NDArray[np.float32]
Engine = Callable[[str, Random], tuple[str, Samples, int]]


def hibari_engine() -> Engine:
    """Return the hibari engine: one voice, 24 kHz, speed 0.75 to 1.4."""
    speak = Hibari(threads=1)

    def say(text: str, random: Random) -> tuple[str, Samples, int]:
        return "hibari", speak(f"{text}.", speed=random.uniform(0.75, 1.4)), 24_000

    return say


def flite_engine(command: str) -> Engine:
    """Return the flite engine: four voices, 8 or 16 kHz, duration stretched 0.75 to 1.25."""

    def say(text: str, random: Random) -> tuple[str, Samples, int]:
        voice = random.choice(_FLITE_VOICES)
        stretch = f"duration_stretch={random.uniform(0.75, 1.25):.2f}"
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            said = text.replace(",", " , ")
            subprocess.run(
                [command, "-voice", voice, "--setf", stretch, "-t", said, "-o", file.name], check=True
            )
            samples, rate_hz = soundfile.read(file.name, dtype="float32")
        return f"flite_{voice}", samples, rate_hz

    return say


def ordinary_words(lexicon_path: Path, random: Random, count: int = 4000) -> Sequence[str]:
    """Return `count` words of 3 to 9 plain letters from the lexicon."""
    lexicon = Lexicon.load(lexicon_path)
    return random.sample(
        [word for word in lexicon if word.isascii() and word.isalpha() and 3 <= len(word) <= 9], count
    )


def fast_engines() -> Iterator[tuple[Engine, float]]:
    """Yield hibari and, where it is installed, flite, each with its share of the texts."""
    yield hibari_engine(), _HIBARI_SHARE
    if command := shutil.which("flite"):
        yield flite_engine(command), 1 - _HIBARI_SHARE


def _write_clip(path: Path, samples: Samples, rate_hz: int) -> float:
    divisor = int(np.gcd(rate_hz, RATE_HZ))
    clip = resample_poly(np.asarray(samples, np.float32), RATE_HZ // divisor, rate_hz // divisor)
    soundfile.write(path, clip / max(float(np.abs(clip).max()), 1e-6) * _PEAK, RATE_HZ, subtype="PCM_16")
    return len(clip) / RATE_HZ


def synthesise(
    directory: Path, count: int, lexicon_path: Path, seed: int, spoken_by: Sequence[tuple[Engine, float]]
) -> None:
    """Write `count` clips and `manifest.jsonl` (file, text, voice, seconds) to `directory`."""
    random = Random(seed)
    words = ordinary_words(lexicon_path, random)
    engines, shares = zip(*spoken_by, strict=True)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "manifest.jsonl").open("w", encoding="utf-8", buffering=1) as manifest:
        for number in range(count):
            text = make_text(random, words, every_phrase())
            voice, samples, rate_hz = random.choices(engines, shares)[0](text, random)
            name = f"s{seed}_{number:05d}.flac"
            seconds = round(_write_clip(directory / name, samples, rate_hz), 3)
            manifest.write(json.dumps({"f": name, "text": text, "voice": voice, "dur": seconds}) + "\n")
