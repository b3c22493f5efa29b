"""Finding a recording in what a caller heard."""

import numpy as np

from tests.asterisk.kit.sound import RATE_HZ, Samples

_LONGEST_WANTED = 10400  # 1.3 seconds tell any two prompts apart


def likeness(heard: Samples, wanted: Samples) -> float:
    """Tell how well `wanted` begins somewhere in `heard`: 1 is the same, unrelated speech is below 0.5.

    The normalised cross-correlation at its best place.
    """
    pattern = wanted[:_LONGEST_WANTED].astype(np.float64)
    signal = heard.astype(np.float64)
    if len(signal) < len(pattern) or not pattern.any():
        return 0.0
    size = len(signal) + len(pattern)
    products = np.fft.irfft(np.fft.rfft(signal, size) * np.conj(np.fft.rfft(pattern, size)), size)
    places = len(signal) - len(pattern) + 1
    energy = np.concatenate(([0.0], np.cumsum(signal**2)))
    here = energy[len(pattern) :] - energy[:places]
    scale = np.sqrt(np.maximum(here, 1.0)) * np.sqrt((pattern**2).sum())
    return float((products[:places] / scale).max())


def loudness_at(frequency_hz: float, samples: Samples) -> float:
    """Tell how much of this tone is heard: the magnitude of its strongest tenth of a second."""
    window = RATE_HZ // 10
    moments = np.arange(window) / RATE_HZ
    wave = np.exp(-2j * np.pi * frequency_hz * moments)
    pieces = [samples[at : at + window] for at in range(0, len(samples) - window, window)]
    return max((float(abs(np.dot(piece.astype(float), wave))) / window for piece in pieces), default=0.0)
