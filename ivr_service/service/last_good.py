"""The last good configuration, kept on disk so that a broken edit cannot stop the service from starting.

DIRECTORY/current is a link to the newest copy. It is changed in one step: whoever reads it, and whatever is
killed meanwhile, there is always a whole copy.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr_service.config import LoadedSettings

_CURRENT = "current"
_LOCK = ".lock"


def save_last_good(directory: Path, loaded: LoadedSettings) -> None:
    """Make this the last good configuration.

    Raises:
        OSError: it cannot be written; what was kept before is still there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _one_writer(directory):
        if not (directory / loaded.fingerprint).is_dir():
            _write_copy(directory, loaded)
        _point_to(directory, loaded.fingerprint)
        _remove_others(directory, loaded.fingerprint)


def last_good_directory(directory: Path) -> Path:
    """Where the files of the last good configuration are; there may be none."""
    return directory / _CURRENT


@contextmanager
def _one_writer(directory: Path) -> Iterator[None]:
    """Several workers may reload in the same moment."""
    with (directory / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_copy(directory: Path, loaded: LoadedSettings) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=directory))
    for name, content in loaded.contents.items():
        with (temporary / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    temporary.rename(directory / loaded.fingerprint)


def _point_to(directory: Path, fingerprint: str) -> None:
    link = directory / ".new-link"
    link.unlink(missing_ok=True)
    link.symlink_to(fingerprint)
    link.replace(directory / _CURRENT)


def _remove_others(directory: Path, fingerprint: str) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink() and entry.name != fingerprint:
            shutil.rmtree(entry)
