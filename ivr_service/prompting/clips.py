"""One clip: what it is made from, what it is called, and making it when it is not there yet."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from ivr_service.prompting.audio import (
    CHAIN_VERSION,
    FORMAT,
    is_telephone_clip,
    read_recording,
    silence_clip,
    telephone_clip,
)
from ivr_service.prompting.engines import SEED, SPEED, Engine
from ivr_service.prompting.manifest import write_whole

_GAP_AFTER_SENTENCE_MS = 250
_GAP_AFTER_PART_MS = 120
_GAP_AFTER_WORD_MS = 40


@dataclass(frozen=True)
class Spoken:
    """A text that the engine speaks, followed by a gap."""

    text: str
    gap_ms: int


@dataclass(frozen=True)
class Recorded:
    """The admin's own recording, followed by a gap."""

    path: Path
    gap_ms: int


@dataclass(frozen=True)
class Silence:
    """Nothing, for a while."""

    duration_ms: int


Clip = Spoken | Recorded | Silence


def spoken_text(text: str) -> Spoken:
    """Return the clip of a prompt or a name. Without an ending the voice stays up, as before a comma."""
    if text[-1:] in tuple(".!?"):
        return Spoken(text, _GAP_AFTER_SENTENCE_MS)
    return Spoken(text if text[-1:] in tuple(",;:") else f"{text},", _GAP_AFTER_PART_MS)


def spoken_word(carrier: str) -> Spoken:
    """Return the clip of one word of a spelled phrase."""
    return Spoken(carrier, _GAP_AFTER_SENTENCE_MS if carrier.endswith(".") else _GAP_AFTER_WORD_MS)


def recorded(path: Path, text: str) -> Recorded:
    """Return the clip of an own recording, with the gap that its text asks for."""
    return Recorded(path, spoken_text(text).gap_ms)


class ClipMaker:
    """Makes the clips of one language in one directory, each once: its name is the hash of its making."""

    def __init__(self, engine: Engine, prompts_dir: Path, language: str) -> None:
        self._engine = engine
        self._prompts_dir = prompts_dir
        self._language = language
        self.made = 0
        self.reused = 0

    def ensure(self, clip: Clip) -> str:
        """Return the sound of a clip, made now if it is not there whole.

        Raises EngineError, AudioError, and OSError when it cannot be written.
        """
        sound = sound_of(clip, self._engine, self._language)
        path = clip_path(self._prompts_dir, sound)
        if is_telephone_clip(path):
            self.reused += 1
            return sound
        write_whole(path, self._make(clip))
        self.made += 1
        return sound

    def _make(self, clip: Clip) -> bytes:
        match clip:
            case Spoken(text, gap_ms):
                return telephone_clip(*self._engine.synthesise(text), gap_ms)
            case Recorded(path, gap_ms):
                return telephone_clip(*read_recording(path), gap_ms)
            case Silence(duration_ms):
                return silence_clip(duration_ms)
            case _:
                assert_never(clip)


def clip_path(prompts_dir: Path, sound: str) -> Path:
    """Return the file of a sound."""
    return prompts_dir / f"{sound}.wav"


def sound_of(clip: Clip, engine: Engine, language: str) -> str:
    """Return what a clip is called. Everything that changes its audio changes its name.

    Raises OSError when a recording cannot be read.
    """
    match clip:
        case Spoken(text, gap_ms):
            return _hashed(language, engine.name, engine.version, engine.voice, SPEED, SEED, text, gap_ms)
        case Recorded():
            return recorded_sound(clip, language)
        case Silence(duration_ms):
            return _hashed(language, "silence", duration_ms)
        case _:
            assert_never(clip)


def recorded_sound(clip: Recorded, language: str) -> str:
    """Return what the clip of an own recording is called. Raises OSError when it cannot be read."""
    return _hashed(language, "recorded", hashlib.sha256(clip.path.read_bytes()).hexdigest(), clip.gap_ms)


def _hashed(language: str, *making: str | float) -> str:
    key = json.dumps([language, CHAIN_VERSION, FORMAT, *making])
    return f"{language}/{hashlib.sha256(key.encode()).hexdigest()[:16]}"
