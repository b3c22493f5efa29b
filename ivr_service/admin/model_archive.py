"""Unpacks a model's archive. It comes from elsewhere, so nothing in it may reach outside its folder."""

import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from ivr_service.errors import IvrServiceError

_MOST_ENTRIES = 10_000
_PIECE_BYTES = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_.+-][A-Za-z0-9_.+ -]{0,127}")
"""Of each part of a path: what the makers of models use, and no drive, backslash or control character."""


class ArchiveError(IvrServiceError):
    """An archive is broken, too large, or not safe to unpack."""


@dataclass(frozen=True)
class _Entry:
    """A file of an archive, and how to read it."""

    name: str
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, directory: Path, most_bytes: int) -> None:
    """Unpack a .zip or .tar.gz file into a folder that is empty.

    Only plain files and folders below it are made. Raises ArchiveError, and OSError when they cannot be
    written; what was unpacked until then stays.
    """
    left = most_bytes
    with _plain_errors(), _opened(archive) as entries:
        for count, entry in enumerate(entries):
            if count >= _MOST_ENTRIES:
                raise ArchiveError(f"it holds more than {_MOST_ENTRIES} files")
            left -= _write(entry, _place(directory, entry.name), left)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError) as error:
        raise ArchiveError(f"it is broken: {error}") from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise ArchiveError(f"it cannot be read: {error}") from error


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[_Entry]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            yield _zip_entries(zipped)
    else:
        with tarfile.open(archive) as tarred:
            yield _tar_entries(tarred)


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    for member in archive.infolist():
        mode = member.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveError(f"{member.filename!r} in it is a link or a device")
        if not member.is_dir():
            yield _Entry(member.filename, partial(archive.open, member))


def _tar_entries(archive: tarfile.TarFile) -> Iterator[_Entry]:
    for member in archive:
        if not member.isreg() and not member.isdir():
            raise ArchiveError(f"{member.name!r} in it is a link or a device")
        if member.isreg():
            yield _Entry(member.name, partial(_open_in_tar, archive, member))


def _open_in_tar(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = archive.extractfile(member)
    if opened is None:
        raise ArchiveError(f"{member.name!r} in it is no file")
    return opened


def _place(directory: Path, name: str) -> Path:
    """Where a file of the archive goes. Raises ArchiveError when that is not below the folder."""
    parts = PurePosixPath(name.removeprefix("./")).parts
    if not parts or any(part in (".", "..") or not _NAME.fullmatch(part) for part in parts):
        raise ArchiveError(f"{name!r} in it is no name of a file below its folder")
    return directory.joinpath(*parts)


def _write(entry: _Entry, place: Path, most_bytes: int) -> int:
    """Write one file, and return its size. Nothing that is there is written over."""
    written = 0
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with entry.open() as source, place.open("xb") as file:
            while piece := source.read(_PIECE_BYTES):
                written += len(piece)
                if written > most_bytes:
                    raise ArchiveError("unpacked, it is larger than most_mb allows")
                file.write(piece)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ArchiveError(f"{entry.name!r} is twice in it") from error
    return written
