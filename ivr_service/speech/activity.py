"""Whether somebody makes a sound now, told from the level alone: what rises above the line's own noise."""

import numpy as np

_FRAME_SAMPLES = 160
_ABOVE_FLOOR = 3.0
"""How far above the noise, in amplitude (10 dB): speech is 15 dB and more above it on any usable line."""

_QUIETEST = 40.0
"""Of 32767: what is below this is the hiss of the line, whatever came before."""

_RISE = 1.02
"""How fast the noise is taken to grow, each 20 ms: what stays as loud for a second is noise."""


class Activity:
    """Follows the level of the audio: 16-bit little-endian, mono, 8 kHz."""

    def __init__(self) -> None:
        self._floor = _QUIETEST

    def is_heard(self, pcm: bytes) -> bool:
        """Whether there is a sound in this piece, 20 ms or more of it, that stands out from the noise."""
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)
        frames = (samples[at : at + _FRAME_SAMPLES] for at in range(0, len(samples), _FRAME_SAMPLES))
        # Every frame, for each also tells how loud the noise is.
        sounding = [self._stands_out(float(np.sqrt(np.mean(np.square(frame))))) for frame in frames]
        return any(sounding)

    def _stands_out(self, level: float) -> bool:
        stands_out = level > _ABOVE_FLOOR * self._floor
        self._floor = max(_QUIETEST, min(level, self._floor * _RISE))
        return stands_out
