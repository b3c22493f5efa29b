"""Several sounds as one file, for where Asterisk plays only one: the announcements of its Dial."""

import hashlib
import io
import wave
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from ivr_service.errors import IvrServiceError
from ivr_service.prompting.clips import clip_path
from ivr_service.prompting.manifest import PromptSound

_FOLDER = "joined"


class JoiningError(IvrServiceError):
    """A sound cannot be read, or the joined one cannot be written."""


def join_sounds(prompts_dir: Path, sounds: Sequence[PromptSound]) -> PromptSound:
    """The one sound that says all of these. It is made at its first use and kept; its name is its content's.

    Raises JoiningError.
    """
    if len(sounds) == 1:
        return sounds[0]
    digest = hashlib.sha256("\n".join(sound.sound for sound in sounds).encode()).hexdigest()[:32]
    joined = PromptSound(f"{_FOLDER}/{digest}", " ".join(sound.text for sound in sounds if sound.text))
    path = clip_path(prompts_dir, joined.sound)
    try:
        if not path.exists():
            _write(path, _joined_audio([clip_path(prompts_dir, sound.sound) for sound in sounds]))
    except (OSError, EOFError, wave.Error) as error:
        raise JoiningError(f"the announcement cannot be put together: {error}") from error
    return joined


def _write(path: Path, data: bytes) -> None:
    """Write it whole or not at all. Two workers may make the same file in the same moment."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.stem}.{token_hex(8)}")
    try:
        part.write_bytes(data)
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _joined_audio(paths: Sequence[Path]) -> bytes:
    """The bytes of a WAV file. All clips have the one format that `audio.FORMAT` names."""
    frames = [_frames(path) for path in paths]
    with wave.open(str(paths[0]), "rb") as first:
        parameters = first.getparams()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams(parameters)
        file.writeframes(b"".join(frames))
    return buffer.getvalue()


def _frames(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())
