"""What callers record: the names of speed dials, and what else is said into the telephone.

A name in the folder is made from the call and the turn, never from anything that a caller can choose.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from secrets import token_hex

from ivr_service.errors import IvrServiceError

_NAME = re.compile(r"[0-9a-f]{32}-[0-9]{1,5}")


def voice_name(call_id: str, turn: int) -> str:
    """What a recording is called that is made at the end of this turn."""
    return f"{call_id}-{turn}"


class VoiceNameError(IvrServiceError):
    """This cannot be the name of what a caller recorded."""


class Finished(Enum):
    """What has become of a recording: it can be played, nothing can be heard in it, or it is not there."""

    KEPT = "kept"
    SILENT = "silent"
    LOST = "lost"


Polish = Callable[[Path], bytes | None]
"""Makes what is played later from what Asterisk has written; None when nothing can be heard in it.

Raises IvrServiceError when it cannot be read.
"""


@dataclass(frozen=True)
class VoiceFiles:
    """The folder that they are recorded into. Methods raise OSError when the disk does not do its part."""

    folder: Path
    polish: Polish = Path.read_bytes

    def has(self, voice: str) -> bool:
        """Whether there is such a recording."""
        return self._path(voice).exists()

    def size_bytes(self, voice: str) -> int | None:
        """How big a recording is, or None when it is not there."""
        path = self._path(voice)
        return path.stat().st_size if path.exists() else None

    def finish(self, voice: str) -> Finished:
        """Trim and level a recording that is over. Twice does no harm."""
        path = self._path(voice)
        try:
            clip = self.polish(path)
            if clip is None:
                path.unlink(missing_ok=True)
                return Finished.SILENT
            self._replace(path, clip)
        except (OSError, IvrServiceError):
            return Finished.LOST
        return Finished.KEPT

    def delete(self, voice: str) -> None:
        """Delete a recording, if it is there."""
        self._path(voice).unlink(missing_ok=True)

    def of_call(self, call_id: str) -> tuple[str, ...]:
        """Those that were made in this call."""
        return tuple(voice for voice in self._names(f"{call_id}-*.wav"))

    def older_than(self, moment: datetime) -> tuple[str, ...]:
        """Those that were written before."""
        before = moment.timestamp()
        return tuple(voice for voice in self._names("*.wav") if self._path(voice).stat().st_mtime < before)

    def _names(self, pattern: str) -> list[str]:
        found = self.folder.glob(pattern) if self.folder.is_dir() else ()
        return [path.stem for path in found if _NAME.fullmatch(path.stem)]

    def _path(self, voice: str) -> Path:
        if not _NAME.fullmatch(voice):
            raise VoiceNameError(f"{voice!r} is not the name of a recording")
        return self.folder / f"{voice}.wav"

    def _replace(self, path: Path, clip: bytes) -> None:
        """Write it whole or not at all. The folder hands its group on, which Asterisk is in."""
        temporary = path.with_name(f".{path.stem}.{token_hex(8)}.tmp")
        try:
            temporary.write_bytes(clip)
            temporary.chmod(0o640)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def delete_unkept(files: VoiceFiles, voices: Collection[str], kept: Callable[[], Collection[str]]) -> None:
    """Delete those of the recordings that nobody keeps; `kept` is asked only when there are any."""
    if voices:
        for voice in set(voices) - set(kept()):
            files.delete(voice)
