"""The folder that Asterisk records into. A path in it is only made from a name as `recording_name` gives it.

Asterisk writes WAV files of 8000 Hz, 16 bits, one channel, with a header of 44 bytes whose last field is the
length of what follows; it is nought until the file is closed (format_wav.c).
"""

import fcntl
import os
import re
import shutil
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from secrets import token_hex

from ivr_service.errors import IvrServiceError

RATE_HZ = 8000

_NAME = "[0-9a-f]{32}-[0-9a-f]{8}"
_FILE_NAME = re.compile(rf"\.?({_NAME})(?:-user|-others)?(?:\.[0-9a-f]{{16}})?\.wav")
_HEADER_BYTES = 44
_LENGTH_BYTES = 4
_SAMPLE_BYTES = 2
_CHUNK_SAMPLES = RATE_HZ
_MEGABYTE = 1024 * 1024


class RecordingNameError(IvrServiceError):
    """This cannot be the name of a recording."""


@dataclass(frozen=True)
class RecordedFiles:
    """The files of one recording. `changed_at` is when the newest was written last."""

    name: str
    paths: tuple[Path, ...]
    size_bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class RecordingFiles:
    """The folder. Methods raise OSError when the disk does not do what it should."""

    folder: Path

    def free_mb(self) -> int:
        """The megabytes that are free here; none when the folder is not there."""
        try:
            return shutil.disk_usage(self.folder).free // _MEGABYTE
        except OSError:
            return 0

    def all(self) -> dict[str, RecordedFiles]:
        """Every recording of a call that is here, by name. Other files are none of ours."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            match = _FILE_NAME.fullmatch(path.name)
            if match and path.is_file() and not path.is_symlink():
                found.setdefault(match[1], []).append(path)
        return {name: _described(name, paths) for name, paths in found.items()}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes and threads out that also come this way."""
        try:
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # nobody has anything to do here
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def is_whole(self, name: str) -> bool:
        """Whether Asterisk has closed every file of this recording."""
        return all(_is_closed(path) for path in self._written(name))

    def finish(self, name: str) -> bool:
        """Make the one whole file of a recording that is over; False when there is no sound in it.

        The two parts of a stereo recording are joined, and a file that Asterisk could not close is mended.
        """
        whole, (user, others) = self._mixed(name), self._parts(name)
        if user.exists() or others.exists():
            self._replace(whole, [user, others])
            user.unlink(missing_ok=True)
            others.unlink(missing_ok=True)
        elif whole.exists() and not _is_closed(whole):
            self._replace(whole, [whole])
        return whole.exists() and whole.stat().st_size > _HEADER_BYTES

    def delete(self, name: str) -> None:
        """Delete every file of this recording."""
        files = self.all().get(name)
        for path in () if files is None else files.paths:
            path.unlink(missing_ok=True)

    def _written(self, name: str) -> list[Path]:
        return [path for path in (self._mixed(name), *self._parts(name)) if path.exists()]

    def _mixed(self, name: str) -> Path:
        return self.folder / f"{_checked(name)}.wav"

    def _parts(self, name: str) -> tuple[Path, Path]:
        """The user's voice and the others', as agi.recording names them."""
        return self.folder / f"{_checked(name)}-user.wav", self.folder / f"{_checked(name)}-others.wav"

    def _replace(self, path: Path, parts: list[Path]) -> None:
        """Write the parts as the channels of one file, whole or not at all."""
        temporary = path.with_name(f".{path.stem}.{token_hex(8)}.wav")
        try:
            with wave.open(str(temporary), "wb") as file:
                file.setnchannels(len(parts))
                file.setsampwidth(_SAMPLE_BYTES)
                file.setframerate(RATE_HZ)
                for frames in _interleaved(parts):
                    file.writeframesraw(frames)
            temporary.chmod(0o640)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _checked(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise RecordingNameError(f"{name!r} is not the name of a recording")
    return name


def _described(name: str, paths: list[Path]) -> RecordedFiles:
    states = [path.stat() for path in paths]
    changed_at = datetime.fromtimestamp(max(state.st_mtime for state in states), UTC)
    return RecordedFiles(name, tuple(paths), sum(state.st_size for state in states), changed_at)


def _is_closed(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    length = int.from_bytes(header[-_LENGTH_BYTES:], "little")
    return len(header) == _HEADER_BYTES and 0 < length == path.stat().st_size - _HEADER_BYTES


def _interleaved(parts: list[Path]) -> Iterator[bytes]:
    """The samples of all parts by turns, piece by piece; the shorter ones are filled up with silence."""
    for chunks in zip_longest(*map(_chunks, parts), fillvalue=b""):
        length = max(map(len, chunks))
        together = bytearray(length * len(parts))
        for channel, chunk in enumerate(chunks):
            filled = chunk.ljust(length, b"\0")
            for byte in range(_SAMPLE_BYTES):
                together[channel * _SAMPLE_BYTES + byte :: len(parts) * _SAMPLE_BYTES] = filled[
                    byte::_SAMPLE_BYTES
                ]
        yield bytes(together)


def _chunks(path: Path) -> Iterator[bytes]:
    """The samples after the header, whatever it says; none when there is no such file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(_HEADER_BYTES)
        while chunk := file.read(_CHUNK_SAMPLES * _SAMPLE_BYTES):
            yield chunk[: len(chunk) // _SAMPLE_BYTES * _SAMPLE_BYTES]
