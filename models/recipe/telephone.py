"""What a telephone call does to speech: room, noise, line, level, lost packets and codecs.

Samples are floats on the 16-bit scale at 8 kHz. Every function takes its chance from the generator it is
given, so one seed always makes the same call. The codecs are those of libsndfile: G.711 mu-law and A-law
and GSM 06.10 full rate.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import butter, fftconvolve, lfilter, resample_poly

Floats = npt.NDArray[np.float32]
RATE_HZ = 8000
FULL_SCALE = 32767.0
_PACKET = 160  # samples: 20 ms, the usual packet of a call
_EQUALISER_POINTS = (0.0, 0.08, 0.2, 0.35, 0.5, 0.7, 1.0)  # shares of 4 kHz


def through_codec(samples: npt.ArrayLike, subtype: str) -> Floats:
    """Return the samples coded and decoded: "ULAW", "ALAW", "GSM610" or "PCM_16". Same length."""
    signal = np.clip(np.round(np.asarray(samples)), -32768, 32767).astype(np.int16)
    file = io.BytesIO()
    soundfile.write(file, signal, RATE_HZ, format="WAV", subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16")
    # GSM frames are 20 ms in pairs, so the decoder may give a little less or more than went in.
    return np.pad(decoded[: len(signal)], (0, max(0, len(signal) - len(decoded)))).astype(np.float32)


def change_speed(samples: npt.ArrayLike, factor: float) -> Floats:
    """Return the samples played `factor` times faster: tempo, pitch and formants move together."""
    if abs(factor - 1) < 0.01:
        return np.asarray(samples, np.float32)
    ratio = Fraction(1 / factor).limit_denominator(60)
    return np.asarray(
        resample_poly(np.asarray(samples, np.float32), ratio.numerator, ratio.denominator), np.float32
    )


def coloured_noise(random: np.random.Generator, length: int, slope: float) -> Floats:
    """Return noise of unit power whose amplitude falls with frequency to the power of -slope."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    frequency_hz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    return unit_power(np.fft.irfft(spectrum / np.maximum(frequency_hz, 30.0) ** slope, length))


def unit_power(samples: npt.ArrayLike) -> Floats:
    """Return the samples scaled to a standard deviation of 1."""
    signal = np.asarray(samples, np.float32)
    return np.asarray(signal / (signal.std() + 1e-9), np.float32)


def speech_power(samples: Floats) -> float:
    """Return the root mean square of the samples above 5 % of the peak: the level of the speech itself."""
    loud = samples[np.abs(samples) > np.abs(samples).max(initial=0.0) * 0.05]
    return float(np.sqrt((loud**2).mean())) if len(loud) else 1.0


@dataclass(frozen=True)
class Telephone:
    """Makes calls of clean speech with noise of these recordings (8 kHz) and babble of these voices."""

    noises: Sequence[Floats]
    voices: Sequence[Floats]

    def call(self, samples: Floats, random: np.random.Generator) -> Floats:
        """Return the samples as they arrive at the far end of a random call."""
        signal = _room(samples, random)
        signal = self._noisy(signal, random)
        signal = _line(signal, random)
        signal = _idle_noise(_level(signal, random), random)
        signal = _lost_packets(signal, random)
        codec = random.choice(["ULAW", "ALAW", "GSM610", "PCM_16"], p=[0.55, 0.2, 0.15, 0.1])
        return through_codec(signal, str(codec))

    def noise(self, random: np.random.Generator, length: int) -> Floats:
        """Return noise of unit power: coloured, recorded, or one to four people talking."""
        kind = random.random()
        if kind < 0.35:
            return coloured_noise(random, length, random.uniform(0, 1.1))
        if kind < 0.75:
            return unit_power(self._recorded(random, length))
        return unit_power(self._babble(random, length))

    def _recorded(self, random: np.random.Generator, length: int) -> Floats:
        parts: list[Floats] = []
        while sum(map(len, parts)) < length:
            parts.append(self.noises[int(random.integers(len(self.noises)))])
        return np.concatenate(parts)[:length]

    def _babble(self, random: np.random.Generator, length: int) -> Floats:
        total = np.zeros(length, np.float32)
        for _ in range(random.integers(1, 5)):
            voice = self.voices[int(random.integers(len(self.voices)))]
            turned = np.roll(np.tile(voice, length // len(voice) + 1), random.integers(len(voice)))
            total += turned[:length] * random.uniform(0.3, 1)
        return total

    def _noisy(self, samples: Floats, random: np.random.Generator) -> Floats:
        if random.random() >= 0.75:
            return samples
        level = speech_power(samples) * 10 ** (-random.uniform(3, 45) / 20)
        return samples + self.noise(random, len(samples)) * np.float32(level)


def _room(samples: Floats, random: np.random.Generator) -> Floats:
    if random.random() >= 0.2:
        return samples
    length = int(RATE_HZ * random.uniform(0.05, 0.4))
    decay = np.exp(-np.arange(length) / RATE_HZ * random.uniform(8, 40))
    response = random.standard_normal(length) * decay
    response[0] = random.uniform(2, 8) * np.abs(response).max()
    echoed = fftconvolve(samples, response)[: len(samples)]
    return np.asarray(echoed / np.sqrt((response**2).sum()), np.float32)


def _line(samples: Floats, random: np.random.Generator) -> Floats:
    signal = samples
    if random.random() < 0.6:
        band_hz = np.array([random.uniform(60, 350), random.uniform(3000, 3850)])
        numerator, denominator = butter(2, band_hz / (RATE_HZ / 2), "band")
        signal = np.asarray(lfilter(numerator, denominator, signal), np.float32)
    if random.random() < 0.6:
        spectrum = np.fft.rfft(signal)
        gains_db = random.normal(0, 5, len(_EQUALISER_POINTS))
        shape_db = np.interp(np.linspace(0, 1, len(spectrum)), _EQUALISER_POINTS, gains_db)
        signal = np.fft.irfft(spectrum * 10 ** (shape_db / 20), len(signal)).astype(np.float32)
    return signal


def _level(samples: Floats, random: np.random.Generator) -> Floats:
    peak = 10 ** (random.uniform(-32, -3) / 20) * FULL_SCALE
    signal = samples * np.float32(peak / (np.abs(samples).max(initial=0.0) + 1e-9))
    return np.clip(signal, -peak / 2, peak / 2) if random.random() < 0.1 else signal


def _idle_noise(samples: Floats, random: np.random.Generator) -> Floats:
    """The hiss of the line itself, up to 60 of 32767; without it the network mistrusts a quiet line."""
    if random.random() < 0.2:
        return samples
    level = np.float32(10 ** random.uniform(0, 1.8))
    return samples + coloured_noise(random, len(samples), random.uniform(0, 0.8)) * level


def _lost_packets(samples: Floats, random: np.random.Generator) -> Floats:
    if random.random() >= 0.1:
        return samples
    signal = samples.copy()
    for _ in range(random.integers(1, 4)):
        start = random.integers(max(1, len(signal) - _PACKET))
        signal[start : start + _PACKET] = 0
    return signal
