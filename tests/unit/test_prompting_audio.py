"""Telephone audio is 8 kHz 16-bit mono, trimmed, at one loudness, and free of aliases."""

import math
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr_service.prompting.audio import (
    AudioError,
    Samples,
    is_telephone_clip,
    loudness_lufs,
    measure,
    read_recording,
    silence_clip,
    telephone_clip,
)


def tone(frequency_hz: float, amplitude: float, duration_s: float, rate_hz: int = 24000) -> Samples:
    seconds = np.arange(int(duration_s * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * seconds)).astype(np.float32)


def write_wav(path: Path, data: bytes, rate_hz: int, width: int = 2, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(data)
    return path


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("rate_hz", [8000, 24000, 48000])
def test_a_full_scale_tone_of_997_hz_measures_as_the_standard_says(rate_hz: int) -> None:
    # ITU-R BS.1770-4, annex 1: a 0 dB FS sine of 997 Hz on one front channel reads -3.01 LKFS.
    assert loudness_lufs(tone(997, 1.0, 5, rate_hz), rate_hz) == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize(("frequency_hz", "offset_db"), [(38.0, -6.7), (100.0, -1.8), (3000.0, 3.2)])
def test_the_weighting_follows_the_standards_curve(frequency_hz: float, offset_db: float) -> None:
    flat = loudness_lufs(tone(997, 0.1, 5, 48000), 48000)
    assert loudness_lufs(tone(frequency_hz, 0.1, 5, 48000), 48000) - flat == pytest.approx(offset_db, abs=0.8)


def test_silence_between_words_does_not_count() -> None:
    voice = tone(440, 0.1, 3)
    with_rest = np.concatenate((voice, np.zeros(24000 * 10, np.float32)))
    assert loudness_lufs(with_rest, 24000) == pytest.approx(loudness_lufs(voice, 24000), abs=0.5)


def test_the_gap_after_a_short_word_does_not_make_it_seem_quiet(tmp_path: Path) -> None:
    quiet = np.zeros(2400, np.float32)
    voice = np.concatenate((quiet, tone(440, 0.1, 0.3), quiet))
    found = measure(write(tmp_path / "clip.wav", telephone_clip(voice, 24000, 250)))
    assert found.loudness_lufs == pytest.approx(-19, abs=0.5)


def test_silence_is_minus_infinity() -> None:
    assert loudness_lufs(np.zeros(16000, np.float32), 8000) == -math.inf


@pytest.mark.parametrize("amplitude", [0.003, 0.1, 0.9])
@pytest.mark.parametrize("duration_s", [0.2, 1.5])
def test_every_clip_comes_out_at_the_same_loudness(
    tmp_path: Path, amplitude: float, duration_s: float
) -> None:
    clip = write(tmp_path / "clip.wav", telephone_clip(tone(440, amplitude, duration_s), 24000, 0))
    found = measure(clip)
    assert found.loudness_lufs == pytest.approx(-19, abs=0.5)
    assert found.peak_dbfs <= -2.99


def test_a_peak_is_held_below_the_ceiling_without_making_the_rest_quieter(tmp_path: Path) -> None:
    voice = tone(440, 0.05, 3)
    voice[30000:30010] = 0.4
    found = measure(write(tmp_path / "clip.wav", telephone_clip(voice, 24000, 0)))
    assert found.peak_dbfs <= -2.99
    assert found.loudness_lufs == pytest.approx(-19, abs=0.5)


def test_silence_at_the_ends_is_cut_and_the_gap_is_added(tmp_path: Path) -> None:
    quiet = np.zeros(24000, np.float32)
    voice = np.concatenate((quiet, tone(440, 0.1, 1), quiet))
    found = measure(write(tmp_path / "clip.wav", telephone_clip(voice, 24000, 250)))
    assert found.duration_s == pytest.approx(1.0 + 0.02 + 0.06 + 0.25, abs=0.02)


def test_what_a_telephone_cannot_carry_does_not_fold_back(tmp_path: Path) -> None:
    voice = tone(1000, 0.2, 2) + tone(6000, 0.2, 2)  # 6 kHz would fold back to 2 kHz
    samples, rate_hz = read_recording(write(tmp_path / "clip.wav", telephone_clip(voice, 24000, 0)))
    spectrum = np.abs(np.fft.rfft(samples[800:-800] * np.hanning(samples.size - 1600)))
    bins = np.fft.rfftfreq(samples.size - 1600, 1 / rate_hz)
    wanted = spectrum[np.abs(bins - 1000) < 50].max()
    folded = spectrum[np.abs(bins - 2000) < 50].max()
    assert 20 * np.log10(folded / wanted) < -60


def test_a_clip_is_telephone_audio(tmp_path: Path) -> None:
    clip = write(tmp_path / "clip.wav", telephone_clip(tone(440, 0.1, 1), 24000, 0))
    with wave.open(str(clip), "rb") as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
    assert is_telephone_clip(clip)


def test_a_pause_is_silent_and_as_long_as_asked(tmp_path: Path) -> None:
    found = measure(write(tmp_path / "pause.wav", silence_clip(300)))
    assert found.duration_s == pytest.approx(0.3)
    assert found.peak_dbfs == -math.inf


@pytest.mark.parametrize("samples", [np.zeros(24000, np.float32), np.zeros(0, np.float32)])
def test_a_voice_that_says_nothing_is_an_error(samples: Samples) -> None:
    with pytest.raises(AudioError, match="nothing to hear"):
        telephone_clip(samples, 24000, 0)


def test_a_cut_off_clip_is_no_clip(tmp_path: Path) -> None:
    data = telephone_clip(tone(440, 0.1, 1), 24000, 0)
    assert not is_telephone_clip(write(tmp_path / "cut.wav", data[:-2]))
    assert not is_telephone_clip(write(tmp_path / "empty.wav", b""))
    assert not is_telephone_clip(tmp_path / "none.wav")


@pytest.mark.parametrize(("rate_hz", "width", "channels"), [(16000, 2, 1), (8000, 1, 1), (8000, 2, 2)])
def test_audio_of_another_form_is_no_clip(tmp_path: Path, rate_hz: int, width: int, channels: int) -> None:
    data = bytes(range(200)) * width * channels
    assert not is_telephone_clip(write_wav(tmp_path / "other.wav", data, rate_hz, width, channels))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_recordings_of_any_width_rate_and_channels_are_read(tmp_path: Path, width: int) -> None:
    path = write_wav(tmp_path / "own.wav", bytes(22050 * width * 2), 44100, width, 2)
    samples, rate_hz = read_recording(path)
    assert (samples.size, rate_hz) == (22050, 44100)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"ID3\x04 this is an mp3", b"RIFF\x00\x00\x00\x00WAVEfmt "]
)
def test_what_is_no_wav_file_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(AudioError, match="save it as 16-bit PCM wav"):
        read_recording(write(tmp_path / "own.wav", content))


def test_clipping_is_counted_in_runs(tmp_path: Path) -> None:
    loud = np.clip(tone(440, 3.0, 1, 8000), -1, 1)
    clean = tone(440, 0.99, 1, 8000)
    loud_file, clean_file = (
        write_wav(tmp_path / f"{index}.wav", np.round(samples * 32767).astype("<i2").tobytes(), 8000)
        for index, samples in enumerate((loud, clean))
    )
    assert measure(loud_file).clipped_samples > 3000
    assert measure(clean_file).clipped_samples == 0
