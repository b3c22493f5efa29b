"""What callers record, made ready to be played to them: trimmed, and as loud as the prompts."""

from pathlib import Path

from ivr_service.prompting.audio import loudness_lufs, read_recording, telephone_clip

FAINTEST_LUFS = -55.0
"""What is fainter is the line's noise, and no voice."""


def polished(path: Path) -> bytes | None:
    """The recording as it is to be played; None when nothing can be heard in it.

    Raises AudioError when it cannot be read.
    """
    samples, rate_hz = read_recording(path)
    if loudness_lufs(samples, rate_hz) < FAINTEST_LUFS:
        return None
    return telephone_clip(samples, rate_hz, gap_after_ms=0)
