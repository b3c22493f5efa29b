"""The features of the network, computed as libvosk computes them from `conf/mfcc.conf`."""

import kaldi_native_fbank
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
COEFFICIENTS = 40
SAMPLE_RATE_HZ = 8000
LOW_HZ, HIGH_HZ = 40.0, 3800.0
_LIFTER = 22.0  # Kaldi's default --cepstral-lifter (feature-mfcc.h)


def _options() -> kaldi_native_fbank.MfccOptions:
    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE_HZ
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = COEFFICIENTS
    options.mel_opts.low_freq, options.mel_opts.high_freq = LOW_HZ, HIGH_HZ
    options.num_ceps = COEFFICIENTS
    options.use_energy = False
    return options


def mfcc(samples: npt.ArrayLike) -> Floats:
    """Return (frames, 40) cepstra, a frame every 10 ms, of 8 kHz samples on the 16-bit scale."""
    computer = kaldi_native_fbank.OnlineMfcc(_options())
    computer.accept_waveform(SAMPLE_RATE_HZ, np.asarray(samples, np.float32).tolist())
    computer.input_finished()
    frames = [computer.get_frame(index) for index in range(computer.num_frames_ready)]
    return np.stack(frames) if frames else np.zeros((0, COEFFICIENTS), np.float32)


def cepstrum_matrix() -> npt.NDArray[np.float64]:
    """Return C (40, 40): cepstra = C @ log mel energies, with Kaldi's orthonormal DCT and lifter.

    40 cepstra of 40 bins lose nothing, so inv(C) gives the log mel energies back.
    """
    index = np.arange(COEFFICIENTS)
    transform = np.cos(np.pi * index[:, None] * (index[None, :] + 0.5) / COEFFICIENTS)
    transform *= np.sqrt(2.0 / COEFFICIENTS)
    transform[0] /= np.sqrt(2.0)
    lifter = 1.0 + _LIFTER / 2 * np.sin(np.pi * index / _LIFTER)
    return np.asarray(lifter[:, None] * transform)


def _mel(frequency_hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return 1127.0 * np.log1p(np.asarray(frequency_hz) / 700.0)


def warp_vocal_tract(features: Floats, factor: float) -> Floats:
    """Return the features of a speaker whose formants are `factor` times higher (about 0.85 to 1.15).

    Moves the log mel energies along the frequency axis; pitch and tempo stay as they are.
    """
    matrix = cepstrum_matrix()
    low, high = _mel(LOW_HZ), _mel(HIGH_HZ)
    step = (high - low) / (COEFFICIENTS + 1)
    centres_hz = 700.0 * np.expm1((low + step * np.arange(1, COEFFICIENTS + 1)) / 1127.0)
    position = np.clip((_mel(centres_hz / factor) - low) / step - 1, 0, COEFFICIENTS - 1.001)
    left = position.astype(int)
    share = position - left
    energies = features @ np.linalg.inv(matrix).T
    warped = energies[:, left] * (1 - share) + energies[:, left + 1] * share
    return np.asarray(warped @ matrix.T, np.float32)


def stretch_time(features: Floats, factor: float) -> Floats:
    """Return the features of speech `factor` times slower, pitch kept: frames are interpolated."""
    count = max(1, round(len(features) * factor))
    position = np.linspace(0, len(features) - 1, count)
    left = np.minimum(position.astype(int), max(0, len(features) - 2))
    share = (position - left)[:, None]
    right = np.minimum(left + 1, len(features) - 1)
    return np.asarray(features[left] * (1 - share) + features[right] * share, np.float32)
