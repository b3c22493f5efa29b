"""Puts a model in its place: first it is fetched, verified, unpacked and tried beside it, then exchanged."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr_service.admin.model_archive import ArchiveError, unpack
from ivr_service.admin.model_download import sha256_of
from ivr_service.errors import IvrServiceError
from ivr_service.policy.models import Download, Model
from ivr_service.speech.model_files import ModelFiles
from ivr_service.speech.site_speech import ModelPlaces

BYTES_PER_MB = 1024 * 1024

GetArchive = Callable[[Path], None]
"""Puts the archive into this file, which is not there yet. Raises IvrServiceError or OSError."""


class FetchError(IvrServiceError):
    """A model cannot be put in its place."""


def install(model: Model, wanted: Download, folder: Path, get: GetArchive) -> None:
    """Put the model into `folder`, in the place of what is there. It is loaded once, to see that it works.

    Raises IvrServiceError; then what was there before is untouched.
    """
    try:
        with _workshop(folder) as workshop:
            archive = workshop / "archive"
            get(archive)
            _check(archive, wanted)
            fresh = workshop / "unpacked"
            fresh.mkdir()
            _unpack(archive, fresh, wanted)
            fresh = _top(fresh)
            places = ModelPlaces(workshop, workshop / "graphs")
            places.loader(model, fresh, ModelFiles(fresh, model.files)).prepare((), {})
            _exchange(fresh, folder, workshop / "before")
    except OSError as error:
        raise FetchError(f"the model cannot be put into {folder}: {error}") from error


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder beside the model's, on the same disk, which is deleted with all that is left in it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _check(archive: Path, wanted: Download) -> None:
    found = sha256_of(archive)
    if found != wanted.sha256:
        raise FetchError(f"the archive has the SHA-256 {found} and not {wanted.sha256}; nothing was unpacked")


def _unpack(archive: Path, fresh: Path, wanted: Download) -> None:
    try:
        unpack(archive, fresh, wanted.most_mb * BYTES_PER_MB)
    except ArchiveError as error:
        raise FetchError(f"the archive cannot be used: {error}") from error


def _top(unpacked: Path) -> Path:
    """The one folder that archives of models have everything in, or the whole."""
    inside = list(unpacked.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else unpacked


def _exchange(fresh: Path, folder: Path, before: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    folder.rename(before)
    try:
        fresh.rename(folder)
    except OSError:
        before.rename(folder)
        raise
