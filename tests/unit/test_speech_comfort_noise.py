"""The hiss under everything that is heard."""

import numpy as np
import pytest

from ivr_service.speech.comfort_noise import LEVEL, ComfortNoise


def samples(pcm: bytes) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def test_silence_becomes_a_soft_hiss_that_is_the_same_each_time() -> None:
    heard = ComfortNoise().under(bytes(32_000))
    assert samples(heard).std() == pytest.approx(LEVEL, rel=0.05)
    assert heard == ComfortNoise().under(bytes(32_000))


def test_it_goes_on_from_piece_to_piece() -> None:
    noise = ComfortNoise()
    first = noise.under(bytes(1600))
    assert first != noise.under(bytes(1600))


def test_speech_stays_what_it_was_but_for_the_hiss() -> None:
    speech = np.array([32767, -32768, 1000, -1000] * 400, "<i2")
    heard = samples(ComfortNoise().under(speech.tobytes()))
    assert np.abs(heard - speech).max() < 6 * LEVEL


@pytest.mark.parametrize(("pcm", "length"), [(b"", 0), (b"\0", 0), (b"\0\0\0", 2)])
def test_an_odd_byte_is_left_out(pcm: bytes, length: int) -> None:
    assert len(ComfortNoise().under(pcm)) == length
