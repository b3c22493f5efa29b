"""What comes into a caller's microphone besides the caller: the telephone's own echo, and noise."""

from collections import deque
from typing import Protocol

import numpy as np

from tests.asterisk.kit.sound import FRAME_SAMPLES, Samples


class Disturbance(Protocol):
    """Something that is added to what the caller says."""

    def hears(self, frame: Samples, at: float) -> None:
        """Take what arrived at the telephone at this monotonic time, in seconds."""

    def next_frame(self, now: float) -> Samples:
        """Give what is added to the frame that goes out now."""


_SILENCE: Samples = np.zeros(FRAME_SAMPLES, np.int16)


class Echo:
    """Sends back what the telephone plays, so much later and so many decibels lower."""

    def __init__(self, below_db: float, delay_s: float) -> None:
        self._share = 10 ** (-below_db / 20)
        self._delay_s = delay_s
        self._waiting: deque[tuple[float, Samples]] = deque()

    def hears(self, frame: Samples, at: float) -> None:
        self._waiting.append((at + self._delay_s, frame))

    def next_frame(self, now: float) -> Samples:
        if not self._waiting or self._waiting[0][0] > now:
            return _SILENCE
        _, frame = self._waiting.popleft()
        quiet = (frame[:FRAME_SAMPLES] * self._share).astype(np.int16)
        return np.pad(quiet, (0, FRAME_SAMPLES - len(quiet)))  # a prompt may end within a frame


class Background:
    """A recording that is heard over and over, such as the noise of the place from which somebody calls."""

    def __init__(self, samples: Samples) -> None:
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._frames = samples[:whole].reshape(-1, FRAME_SAMPLES)
        self._place = 0

    def hears(self, frame: Samples, at: float) -> None:
        return

    def next_frame(self, now: float) -> Samples:
        frame: Samples = self._frames[self._place % len(self._frames)]
        self._place += 1
        return frame


def mixed(samples: Samples, more: Samples) -> Samples:
    """Add two frames of the same length, cut off at the largest values."""
    total = samples.astype(np.int32) + more.astype(np.int32)
    return np.clip(total, -32768, 32767).astype(np.int16)
