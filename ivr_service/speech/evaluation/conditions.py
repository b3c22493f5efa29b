"""What a telephone line does to a recording before the service hears it.

The codecs are libsndfile's: G.711 mu-law and GSM 06.10 full rate. The chance is seeded, so the same recording
always arrives in the same way.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import soundfile

from ivr_service.speech.evaluation.labels import Samples
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ

_IDLE_NOISE = 3.0
"""Of 32767, root mean square: a line is never digitally silent."""

_PACKET = 160
"""Samples: 20 ms, the usual packet of a call."""

_LOSS = 0.03
_CLIP_AT = 0.25
"""Share of the peak at which a clipped recording is cut off."""

Generator = np.random.Generator


@dataclass(frozen=True)
class Condition:
    """A way of a voice to the service: what is done to the samples, and the codec they go through."""

    change: Callable[[Samples, Generator], Samples]
    codec: str

    def apply(self, samples: Samples, seed: int) -> bytes:
        """What arrives: 16-bit little-endian mono at 8 kHz, as long as the recording."""
        chance = np.random.default_rng(seed)
        idle = (chance.standard_normal(len(samples)) * _IDLE_NOISE).astype(np.float32)
        return _through_codec(self.change(samples + idle, chance), self.codec)


def _through_codec(samples: Samples, subtype: str) -> bytes:
    signal = np.clip(np.round(samples), -32768, 32767).astype("<i2")
    file = io.BytesIO()
    soundfile.write(file, signal, SAMPLE_RATE_HZ, format="WAV", subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16")
    # GSM frames come in pairs of 20 ms, so a little less or more comes out than went in.
    whole = np.pad(decoded[: len(signal)], (0, max(0, len(signal) - len(decoded))))
    return bytes(whole.astype("<i2").tobytes())


def _as_it_is(samples: Samples, _: Generator) -> Samples:
    return samples


def _noisy(snr_db: float) -> Callable[[Samples, Generator], Samples]:
    """Noise that falls with frequency, as of a room, so far below the level of the speech itself."""

    def add(samples: Samples, chance: Generator) -> Samples:
        spectrum = np.fft.rfft(chance.standard_normal(len(samples)))
        frequency_hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
        noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency_hz, 30.0)), len(samples))
        level = speech_level(samples) * 10 ** (-snr_db / 20)
        return np.asarray(samples + noise / (noise.std() + 1e-9) * level, np.float32)

    return add


def _lossy(samples: Samples, chance: Generator) -> Samples:
    """Packets that never arrive are heard as silence."""
    kept = samples.copy()
    for start in range(0, len(kept), _PACKET):
        if chance.random() < _LOSS:
            kept[start : start + _PACKET] = 0
    return kept


def _clipped(samples: Samples, _: Generator) -> Samples:
    most = _CLIP_AT * float(np.abs(samples).max(initial=1.0))
    return np.asarray(np.clip(samples, -most, most), np.float32)


def speech_level(samples: Samples) -> float:
    """The root mean square of what is above a twentieth of the peak: the level of the speech itself."""
    loud = samples[np.abs(samples) > np.abs(samples).max(initial=0.0) * 0.05]
    return float(np.sqrt(np.mean(loud**2))) if len(loud) else 1.0


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "clean": Condition(_as_it_is, "PCM_16"),
        "mu-law": Condition(_as_it_is, "ULAW"),
        "GSM": Condition(_as_it_is, "GSM610"),
        "20 dB": Condition(_noisy(20.0), "ULAW"),
        "10 dB": Condition(_noisy(10.0), "ULAW"),
        "3 % lost": Condition(_lossy, "ULAW"),
        "clipped": Condition(_clipped, "ULAW"),
    }
)
"""Every condition by the name it has in the report and on the command line."""
