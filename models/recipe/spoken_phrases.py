"""The texts of a main menu said by Festival, for there are no recordings of people who say them.

The voices are those of the Debian packages festival, festvox-kdlpc16k, festvox-kallpc16k and
festvox-us-slt-hts. Training has heard nothing of ked. Of the people behind kal and slt it has heard flite's
voices, so what is chosen to make them understood must be measured with ked.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from models.recipe.telephone import RATE_HZ, Floats
from models.recipe.trials import Trial

VOICES: Mapping[str, str] = {
    "ked": "voice_ked_diphone",
    "kal": "voice_kal_diphone",
    "slt": "voice_cmu_us_slt_arctic_hts",
}
_PEAK = 9_000.0
_EDGE_S = 0.5


def phrase_trials(texts: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[Trial, ...]]:
    """Let each voice say each set of texts.

    Raises OSError or CalledProcessError where Festival or a voice of it is missing.
    """
    return {
        f"{voice} {name}": tuple(_trials(voice, said)) for voice in VOICES for name, said in texts.items()
    }


def _trials(voice: str, texts: Sequence[str]) -> Iterator[Trial]:
    edge = np.zeros(round(_EDGE_S * RATE_HZ), np.float32)
    for text in texts:
        said = _say(voice, text)
        levelled = said * np.float32(_PEAK / (np.abs(said).max() + 1e-9))
        yield Trial(np.concatenate([edge, levelled, edge]), tuple(text.split()), voice)


def _say(voice: str, text: str) -> Floats:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = ["text2wave", "-o", str(path), "-eval", f"({VOICES[voice]})"]
        subprocess.run(command, input=text.encode(), check=True, capture_output=True)
        samples, rate_hz = soundfile.read(path, dtype="float32")
    return np.asarray(resample_poly(samples, RATE_HZ, rate_hz), np.float32)
