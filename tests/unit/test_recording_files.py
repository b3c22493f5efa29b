"""The files of recordings: joined, mended, and never anything but a recording."""

import os
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.service.recording_files import RecordingFiles, RecordingNameError

NAME = "0123456789abcdef" * 2 + "-89abcdef"
OTHER = "f" * 32 + "-00000000"


def write(path: Path, samples: list[int], *, is_closed: bool = True) -> None:
    """As Asterisk writes it; one that is not closed has no length in its header."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.array(samples, "<i2").tobytes())
    if not is_closed:
        data = bytearray(path.read_bytes())
        data[40:44] = bytes(4)
        path.write_bytes(data)


def channels(path: Path) -> list[list[int]]:
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels()).T.tolist()


@pytest.fixture
def files(tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(tmp_path)


def test_a_mixed_recording_stays_as_it_is(files: RecordingFiles) -> None:
    path = files.folder / f"{NAME}.wav"
    write(path, [1, 2, 3])
    before = path.read_bytes()
    assert files.is_whole(NAME)
    assert files.finish(NAME)
    assert path.read_bytes() == before


def test_the_user_is_on_the_left_and_the_others_on_the_right(files: RecordingFiles) -> None:
    write(files.folder / f"{NAME}-user.wav", [1, -2, 3])
    write(files.folder / f"{NAME}-others.wav", [-32768, 32767])
    assert files.finish(NAME)
    assert channels(files.folder / f"{NAME}.wav") == [[1, -2, 3], [-32768, 32767, 0]]
    assert [path.name for path in files.folder.iterdir()] == [f"{NAME}.wav"]


@given(
    left=st.lists(st.integers(-32768, 32767), max_size=40),
    right=st.lists(st.integers(-32768, 32767), max_size=40),
)
def test_nothing_is_lost_of_either_side(
    left: list[int], right: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = RecordingFiles(tmp_path_factory.mktemp("recordings"))
    write(files.folder / f"{NAME}-user.wav", left)
    write(files.folder / f"{NAME}-others.wav", right)
    length = max(len(left), len(right))
    assert files.finish(NAME) is (length > 0)
    padded = [side + [0] * (length - len(side)) for side in (left, right)]
    assert channels(files.folder / f"{NAME}.wav") == padded


def test_a_long_recording_is_joined_piece_by_piece(files: RecordingFiles) -> None:
    left, right = list(range(20_000)), list(range(0, -17_000, -1))
    write(files.folder / f"{NAME}-user.wav", left)
    write(files.folder / f"{NAME}-others.wav", right)
    assert files.finish(NAME)
    assert channels(files.folder / f"{NAME}.wav") == [left, right + [0] * 3000]


@pytest.mark.parametrize("missing", ["user", "others"])
def test_one_side_alone_is_kept(files: RecordingFiles, missing: str) -> None:
    there = {"user": "others", "others": "user"}[missing]
    write(files.folder / f"{NAME}-{there}.wav", [5, 6])
    assert files.finish(NAME)
    assert sorted(channels(files.folder / f"{NAME}.wav")) == [[0, 0], [5, 6]]


def test_what_asterisk_did_not_close_is_not_whole_and_is_mended(files: RecordingFiles) -> None:
    path = files.folder / f"{NAME}.wav"
    write(path, [7, 8, 9], is_closed=False)
    path.write_bytes(path.read_bytes() + b"\1")  # half a sample
    assert not files.is_whole(NAME)
    assert files.finish(NAME)
    assert files.is_whole(NAME)
    assert channels(path) == [[7, 8, 9]]


def test_no_sound_and_no_file_is_no_recording(files: RecordingFiles) -> None:
    assert not files.finish(NAME)
    write(files.folder / f"{NAME}.wav", [])
    assert not files.finish(NAME)


def test_when_the_disk_fails_the_parts_stay(files: RecordingFiles) -> None:
    write(files.folder / f"{NAME}-user.wav", [1])
    (files.folder / f"{NAME}-others.wav").mkdir()
    with pytest.raises(OSError, match="directory"):
        files.finish(NAME)
    assert (files.folder / f"{NAME}-user.wav").exists()
    assert not list(files.folder.glob(".*"))


def test_only_files_of_recordings_are_found_and_deleted(files: RecordingFiles) -> None:
    write(files.folder / f"{NAME}-user.wav", [1])
    write(files.folder / f".{NAME}.0123456789abcdef.wav", [1])
    write(files.folder / f"{OTHER}.wav", [1, 2])
    others = [
        "notes.wav",
        f"{NAME}.mp3",
        f"{NAME}.wav.bak",
        f"x{NAME}.wav",
        f"{NAME[:-1]}\N{ARABIC-INDIC DIGIT ONE}.wav",
    ]
    for name in others:
        (files.folder / name).touch()
    (files.folder / f"{'e' * 32}-11111111.wav").symlink_to(files.folder / "notes.wav")
    (files.folder / f"{'d' * 32}-11111111.wav").mkdir()
    found = files.all()
    assert set(found) == {NAME, OTHER}
    assert found[OTHER].size_bytes == 48
    assert len(found[NAME].paths) == 2
    files.delete(NAME)
    files.delete(NAME)
    assert set(files.all()) == {OTHER}
    assert all((files.folder / name).exists() for name in others)


@pytest.mark.parametrize("name", ["", "../x", NAME + "\n", NAME.upper(), f"{NAME}/..", "a" * 41, f"/{NAME}"])
def test_no_path_is_made_of_anything_else(files: RecordingFiles, name: str) -> None:
    for use in (files.is_whole, files.finish):
        with pytest.raises(RecordingNameError):
            use(name)
    files.delete(name)


def test_the_room_is_that_of_the_folders_disk(files: RecordingFiles, tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    assert files.free_mb() == pytest.approx(disk.f_bavail * disk.f_frsize / 2**20, rel=0.05)
    assert RecordingFiles(tmp_path / "nowhere").free_mb() == 0
    assert RecordingFiles(tmp_path / "nowhere").all() == {}
