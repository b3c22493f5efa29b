"""What callers record: made ready to be played, and deleted when nobody keeps it."""

import os
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ivr_service.prompting.audio import measure
from ivr_service.prompting.voices import polished
from ivr_service.service.voices import Finished, VoiceFiles, VoiceNameError, delete_unkept, voice_name

CALL = "ab" * 16
VOICE = voice_name(CALL, 4)
OTHER = voice_name("cd" * 16, 2)


def record(folder: Path, voice: str, level: float, *, before_s: float = 1.0) -> Path:
    """Write half a second of a tone after silence, as Asterisk would."""
    tone = level * np.sin(2 * np.pi * 600 * np.arange(4000) / 8000)
    samples = np.concatenate((np.zeros(int(before_s * 8000)), tone))
    path = folder / f"{voice}.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def files(tmp_path: Path) -> VoiceFiles:
    return VoiceFiles(tmp_path, polished)


@pytest.mark.parametrize("level", [0.01, 0.1, 0.9])
def test_a_recording_becomes_as_short_as_it_can_and_as_loud_as_a_prompt(
    files: VoiceFiles, level: float
) -> None:
    path = record(files.folder, VOICE, level)
    assert files.finish(VOICE) is Finished.KEPT
    made = measure(path)
    assert 0.5 <= made.duration_s < 0.65
    assert made.loudness_lufs == pytest.approx(-19, abs=2)
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(files.folder.iterdir()) == [path]
    assert files.finish(VOICE) is Finished.KEPT


def test_silence_is_no_recording(files: VoiceFiles) -> None:
    record(files.folder, VOICE, 0.0002)
    assert files.finish(VOICE) is Finished.SILENT
    assert not files.has(VOICE)


@pytest.mark.parametrize("written", [None, b"", b"RIFF", b"x" * 100])
def test_what_cannot_be_read_is_lost(files: VoiceFiles, written: bytes | None) -> None:
    if written is not None:
        (files.folder / f"{VOICE}.wav").write_bytes(written)
    assert files.finish(VOICE) is Finished.LOST


@pytest.mark.parametrize("name", ["", "../x", f"{CALL}-", f"{CALL}-4/..", f"{CALL}-4\n", f"{CALL}-٤"])
def test_no_other_name_makes_a_path(files: VoiceFiles, name: str) -> None:
    with pytest.raises(VoiceNameError):
        files.has(name)


def test_what_nobody_keeps_is_deleted_and_nothing_else(files: VoiceFiles) -> None:
    kept, mine = voice_name(CALL, 9), record(files.folder, VOICE, 0.1)
    others = [record(files.folder, OTHER, 0.1), record(files.folder, kept, 0.1)]
    others.append(files.folder / "notes.wav")
    others[-1].write_bytes(b"somebody else's")
    delete_unkept(files, files.of_call(CALL), lambda: {kept})
    assert not mine.exists()
    assert all(path.exists() for path in others)


def test_the_old_ones_are_those_written_before(files: VoiceFiles) -> None:
    now = datetime.now(UTC)
    old = record(files.folder, OTHER, 0.1)
    record(files.folder, VOICE, 0.1)
    written = (now - timedelta(days=2)).timestamp()
    os.utime(old, (written, written))
    assert files.older_than(now - timedelta(days=1)) == (OTHER,)
    assert VoiceFiles(files.folder / "none").older_than(now) == ()


def test_nobody_is_asked_what_is_kept_when_there_is_nothing_to_delete(files: VoiceFiles) -> None:
    delete_unkept(files, (), lambda: pytest.fail("the store was asked"))
