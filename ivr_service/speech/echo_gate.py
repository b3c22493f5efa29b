"""Keeps the prompt's own echo from the recogniser: while a prompt plays, only what is loud enough is heard.

A prompt is at -19 LUFS, and a telephone's echo of it is 20 dB or more below (ITU-T G.122 asks for more), so
about -39 dBFS; people speak at -15 to -32 dBFS.
"""

import numpy as np

_FRAME_SAMPLES = 160
_LOUD_DBFS = -35.0
_LOUD = 32768.0 * 10 ** (_LOUD_DBFS / 20)
_HANG_FRAMES = 25
"""Half a second: quiet sounds inside a word, like the F of "five", must not be cut out."""


class EchoGate:
    """Replaces what is too quiet to be the caller by silence. Audio is 16-bit little-endian, mono, 8 kHz."""

    def __init__(self) -> None:
        self._frames_left = 0

    def pass_on(self, pcm: bytes) -> bytes:
        """The same audio with the quiet frames of 20 ms silenced, but for those right after a loud one."""
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").copy()
        for start in range(0, len(samples), _FRAME_SAMPLES):
            frame = samples[start : start + _FRAME_SAMPLES]
            if self._is_loud(frame):
                self._frames_left = _HANG_FRAMES
            elif self._frames_left:
                self._frames_left -= 1
            else:
                frame[:] = 0
        return samples.tobytes()

    @staticmethod
    def _is_loud(frame: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> bool:
        return float(np.sqrt(np.mean(np.square(frame, dtype=np.float64)))) >= _LOUD
