"""Telephone audio: numpy arrays of 16-bit samples at 8000 Hz, and PCMU (ITU-T G.711 mu-law) for the wire."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME_SAMPLES = 160  # 20 ms
SILENT_FRAME = b"\xff" * FRAME_SAMPLES

Samples = NDArray[np.int16]


def _decoding_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return np.where(code & 0x80, 0x84 - magnitude, magnitude - 0x84).astype(np.int16)


_DECODED = _decoding_table()
_CODES_BY_VALUE = np.argsort(_DECODED, kind="stable")
_VALUES = _DECODED[_CODES_BY_VALUE].astype(np.int32)


def decode_ulaw(payload: bytes) -> Samples:
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


def encode_ulaw(samples: Samples) -> bytes:
    """Pick the nearest code for each sample."""
    wide = samples.astype(np.int32)
    above = np.clip(np.searchsorted(_VALUES, wide), 1, len(_VALUES) - 1)
    is_lower_nearer = wide - _VALUES[above - 1] <= _VALUES[above] - wide
    return _CODES_BY_VALUE[np.where(is_lower_nearer, above - 1, above)].astype(np.uint8).tobytes()


def level(samples: Samples) -> float:
    """Mean magnitude, 0 to 32767: speech is in the hundreds and thousands, line silence below 10."""
    return float(np.abs(samples.astype(np.int32)).mean()) if samples.size else 0.0


def peak(samples: Samples) -> int:
    return int(np.abs(samples.astype(np.int32)).max()) if samples.size else 0


def tone(frequency_hz: float, length_s: float, amplitude: int = 8000) -> Samples:
    moments = np.arange(int(RATE_HZ * length_s)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * frequency_hz * moments)).astype(np.int16)


def read_wav(path: Path) -> Samples:
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE_HZ):
            raise ValueError(f"{path} is not 8000 Hz 16-bit mono")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def write_wav(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
