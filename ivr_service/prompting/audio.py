"""From a voice or a recording to telephone audio: 8 kHz, 16 bits, mono, trimmed and levelled."""

import io
import struct
import warnings
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from ivr_service.errors import IvrServiceError

with warnings.catch_warnings():  # pydub warns that ffmpeg is missing, which wav files do not need
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.exceptions import CouldntDecodeError

Samples = NDArray[np.float32]

TELEPHONE_RATE_HZ = 8000
TARGET_LUFS = -19.0
CEILING_DBFS = -3.0
CHAIN_VERSION = "2"  # part of every clip's content hash: raise it when this file changes what it makes
FORMAT = "wav-8000-s16-mono"

_SILENCE_DBFS = -55.0  # lower than most: the f of four and the th of three are weak
_KEEP_BEFORE_MS = 20
_KEEP_AFTER_MS = 60
_FADE_MS = 5
_LIMITER_MS = 10
_HEADER_BYTES = 44
_BLOCK_S = 0.4
_CLIPPED_RUN = 3


class AudioError(IvrServiceError):
    """A recording cannot be read, or a clip is not telephone audio."""


@dataclass(frozen=True)
class Measurement:
    """What a wav file is like. The loudness is that of the voice, without the silence around it.

    Peak and loudness are minus infinity for silence.
    """

    rate_hz: int
    duration_s: float
    peak_dbfs: float
    loudness_lufs: float
    clipped_samples: int


def telephone_clip(samples: Samples, rate_hz: int, gap_after_ms: int) -> bytes:
    """Make a wav file of a voice: trimmed, resampled, levelled, and followed by a gap.

    `samples` are mono, between -1 and 1. Raises AudioError when there is nothing but silence in them.
    """
    voice = _trimmed(samples, rate_hz)
    if not voice.size:
        raise AudioError("there is nothing to hear in it")
    voice = soxr.resample(voice, rate_hz, TELEPHONE_RATE_HZ, quality="VHQ").astype(np.float32)
    segment = _segment(_levelled(voice)).fade_in(_FADE_MS).fade_out(_FADE_MS)
    return _exported(segment + _silent_segment(gap_after_ms))


def silence_clip(duration_ms: int) -> bytes:
    """Make a wav file of silence."""
    return _exported(_silent_segment(duration_ms))


def read_recording(path: Path) -> tuple[Samples, int]:
    """Return the samples of an own recording, mixed to mono, and its rate in Hz.

    Raises AudioError when it is not a wav file with whole-number samples.
    """
    try:
        segment = AudioSegment(path.read_bytes())  # from_file() would ask for ffprobe and leave the file open
        samples = np.asarray(segment.get_array_of_samples(), dtype=np.float32)
        mono = samples.reshape(-1, segment.channels).mean(axis=1)
    except (CouldntDecodeError, OSError, LookupError, ValueError, struct.error) as error:
        raise AudioError(f"{path} is not a wav file that can be read; save it as 16-bit PCM wav") from error
    return mono / np.float32(segment.max_possible_amplitude), int(segment.frame_rate)


def measure(path: Path) -> Measurement:
    """Return what a wav file is like. Raises AudioError when it cannot be read."""
    samples, rate_hz = read_recording(path)
    return Measurement(
        rate_hz=rate_hz,
        duration_s=samples.size / rate_hz,
        peak_dbfs=_dbfs(float(np.abs(samples).max(initial=0.0))),
        loudness_lufs=loudness_lufs(_trimmed(samples, rate_hz), rate_hz),
        clipped_samples=_clipped(samples),
    )


def is_telephone_clip(path: Path) -> bool:
    """Whether a file is whole telephone audio, told from its header and size alone."""
    try:
        with wave.open(str(path), "rb") as clip:
            form = (clip.getframerate(), clip.getsampwidth(), clip.getnchannels())
            frames = clip.getnframes()
        return form == (TELEPHONE_RATE_HZ, 2, 1) and 0 < frames * 2 <= path.stat().st_size - _HEADER_BYTES
    except (OSError, EOFError, wave.Error):
        return False


def loudness_lufs(samples: Samples, rate_hz: int) -> float:
    """Return the integrated loudness of mono audio as ITU-R BS.1770-4 defines it.

    K-weighting, blocks of 400 ms every 100 ms, an absolute gate at -70 and a relative one at -10. Audio
    shorter than a block counts as one block, without its missing rest.
    """
    power = np.square(_k_weighted(samples, rate_hz), dtype=np.float64)
    block, step = int(_BLOCK_S * rate_hz), int(_BLOCK_S * rate_hz / 4)
    if power.size <= block:
        return _lufs(power)
    sums = np.concatenate(([0.0], np.cumsum(power)))
    starts = np.arange(0, power.size - block + 1, step)
    blocks = (sums[starts + block] - sums[starts]) / block
    audible = blocks[blocks > _power_at(-70.0)]
    if not audible.size:
        return float("-inf")
    return _lufs(audible[audible > _power_at(_lufs(audible) - 10.0)])


def _lufs(power: NDArray[np.float64]) -> float:
    mean = float(power.mean()) if power.size else 0.0
    return float(-0.691 + 10 * np.log10(mean)) if mean > 0 else float("-inf")


def _power_at(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _k_weighted(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """Filter in the frequency domain; a second of zeros keeps the filters' tails from wrapping around."""
    size = samples.size + rate_hz
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones_like(z)
    for b, a in _k_filters(rate_hz):
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    filtered: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(samples, size) * response, size)
    return filtered[: samples.size]


def _k_filters(rate_hz: int) -> tuple[tuple[list[float], list[float]], ...]:
    """Return BS.1770's shelf and high-pass for any rate, from their analogue prototypes.

    The constants are the ones libebur128 and pyloudnorm derived from the table for 48 kHz.
    """
    k = np.tan(np.pi * 1681.974450955533 / rate_hz)
    gain = 10 ** (3.999843853973347 / 20)
    middle = gain**0.4996667741545416
    q = 0.7071752369554196
    norm = 1 + k / q + k * k
    shelf_b = [gain + middle * k / q + k * k, 2 * (k * k - gain), gain - middle * k / q + k * k]
    shelf_a = [norm, 2 * (k * k - 1), 1 - k / q + k * k]
    k, q = np.tan(np.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    norm = 1 + k / q + k * k
    high_pass_a = [1, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    return (shelf_b, shelf_a), ([1, -2, 1], high_pass_a)


def _trimmed(samples: Samples, rate_hz: int) -> Samples:
    """Cut what is 55 dB below the loudest moment off both ends, in steps of 5 ms."""
    step = rate_hz // 200
    frames = samples[: samples.size // step * step].reshape(-1, step)
    levels = np.sqrt(np.mean(np.square(frames), axis=1))
    loudest = float(levels.max(initial=0.0))
    heard = np.flatnonzero(levels > max(loudest * 10 ** (_SILENCE_DBFS / 20), 1e-5))
    if not heard.size:
        return samples[:0]
    start = int(heard[0]) * step - rate_hz * _KEEP_BEFORE_MS // 1000
    end = (int(heard[-1]) + 1) * step + rate_hz * _KEEP_AFTER_MS // 1000
    return samples[max(start, 0) : end]


def _levelled(samples: Samples) -> Samples:
    """Bring to the target loudness, and hold the few peaks that would then be over the ceiling."""
    gain_db = TARGET_LUFS - loudness_lufs(samples, TELEPHONE_RATE_HZ)
    return _limited(samples * np.float32(10 ** (gain_db / 20)))


def _limited(samples: Samples) -> Samples:
    """Turn down smoothly around each peak over the ceiling, so that it just meets it.

    The gain that each sample needs is held over a window and then averaged over the same window: no average
    can be above what its own sample needs.
    """
    ceiling = 10 ** (CEILING_DBFS / 20)
    needed = ceiling / np.maximum(np.abs(samples), ceiling)
    window = TELEPHONE_RATE_HZ * _LIMITER_MS // 1000 | 1
    around = np.pad(needed, window - 1, constant_values=1.0)
    held = np.lib.stride_tricks.sliding_window_view(around, window).min(axis=1)
    shape = np.hanning(window + 2)[1:-1]
    return (samples * np.convolve(held, shape / shape.sum(), mode="valid")).astype(np.float32)


def _segment(samples: Samples) -> AudioSegment:
    data = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return AudioSegment(data, frame_rate=TELEPHONE_RATE_HZ, sample_width=2, channels=1)


def _silent_segment(duration_ms: int) -> AudioSegment:
    return AudioSegment.silent(duration=duration_ms, frame_rate=TELEPHONE_RATE_HZ)


def _exported(segment: AudioSegment) -> bytes:
    """Write a wav file, sure of its form: Asterisk stays silent on any other rate."""
    if (segment.frame_rate, segment.sample_width, segment.channels) != (TELEPHONE_RATE_HZ, 2, 1):
        raise AudioError("a clip is not 8 kHz 16-bit mono; this is a mistake in the audio chain")
    with io.BytesIO() as file:
        segment.export(file, format="wav")
        return file.getvalue()


def _clipped(samples: Samples) -> int:
    """Count the samples in runs of three or more at full scale, which a clean recording does not have."""
    full = np.concatenate(([0], (np.abs(samples) >= 0.999).astype(np.int8), [0]))
    edges = np.diff(full)
    runs = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    return int(runs[runs >= _CLIPPED_RUN].sum())


def _dbfs(amplitude: float) -> float:
    return float(20 * np.log10(amplitude)) if amplitude > 0 else float("-inf")
