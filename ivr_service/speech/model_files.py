"""Whether a model's files are what they are said to be: by its own manifest, and by the admin's hashes."""

import hashlib
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ivr_service.speech.recogniser import RecogniserError

MANIFEST_FILE = "MANIFEST.toml"
"""What a model of ours says of itself; its [files] have their sizes and SHA-256."""

_HASH_LENGTH = 64


@dataclass(frozen=True)
class _Expected:
    sha256: str
    size: int | None = None


class ModelFiles:
    """Checks a model's folder; what has not changed since it was found right is not read again.

    `hashes` are the SHA-256 that the admin wrote, by path inside the folder. A manifest that is there counts
    too. With `needs_manifest` it must be there.
    """

    def __init__(
        self, directory: Path, hashes: Mapping[str, str] | None = None, *, needs_manifest: bool = False
    ) -> None:
        self._directory = directory
        self._hashes = hashes or {}
        self._needs_manifest = needs_manifest
        self._right: tuple[tuple[str, int, int, int], ...] | None = None

    def check(self) -> None:
        """Raise RecogniserError when a file is missing or is not what it should be."""
        if not self._directory.is_dir():
            raise RecogniserError(f"there is no speech model in {self._directory}: {_GET_IT}")
        try:
            expected = self._expected()
            stamps = tuple(
                self._stamp(name) for name in sorted({MANIFEST_FILE, *(name for name, _ in expected)})
            )
            if stamps == self._right:
                return
            for name, what in expected:
                self._check_file(name, what)
        except OSError as error:
            raise RecogniserError(f"the speech model in {self._directory} cannot be read: {error}") from error
        self._right = stamps

    def _expected(self) -> list[tuple[str, _Expected]]:
        return [*self._manifest(), *((name, _Expected(sha256)) for name, sha256 in self._hashes.items())]

    def _manifest(self) -> list[tuple[str, _Expected]]:
        path = self._directory / MANIFEST_FILE
        if not path.is_file():
            if self._needs_manifest:
                raise RecogniserError(f"{path} is missing: {_GET_IT}")
            return []
        try:
            files = tomllib.loads(path.read_text("utf-8")).get("files", {})
            return [
                (_inside(name), _Expected(_sha256(row["sha256"]), int(row["bytes"])))
                for name, row in files.items()
            ]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RecogniserError(f"{path} is damaged: {_GET_IT}") from error

    def _check_file(self, name: str, expected: _Expected) -> None:
        path = self._directory / name
        if not path.is_file():
            raise RecogniserError(f"{path} is missing: {_GET_IT}")
        if expected.size is not None and path.stat().st_size != expected.size:
            raise RecogniserError(
                f"{path} has {path.stat().st_size} bytes and not {expected.size}: {_GET_IT}"
            )
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected.sha256:
            raise RecogniserError(f"{path} has the SHA-256 {found} and not {expected.sha256}: {_GET_IT}")

    def _stamp(self, name: str) -> tuple[str, int, int, int]:
        try:
            status = (self._directory / name).stat()
        except FileNotFoundError:
            return (name, 0, 0, 0)
        return (name, status.st_ino, status.st_size, status.st_mtime_ns)


_GET_IT = "put the right one there, or fetch it (ivr-service models fetch)"


def _inside(name: str) -> str:
    """A path inside the model's folder. Raises ValueError for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(name)
    return name


def _sha256(text: str) -> str:
    if len(text) != _HASH_LENGTH or not set(string.hexdigits).issuperset(text):
        raise ValueError(text)
    return text.lower()
