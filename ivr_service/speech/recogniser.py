"""What a recogniser of speech does, whichever it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr_service.errors import IvrServiceError

SAMPLE_RATE_HZ = 8000
BYTES_PER_MS = 16
"""Of 16-bit mono audio at 8 kHz."""


class RecogniserError(IvrServiceError):
    """Speech cannot be recognised: the model is missing or broken, or the recogniser failed."""


@dataclass(frozen=True)
class Hearing:
    """One of the things that may have been said. `score` is a log weight: larger is likelier."""

    words: tuple[str, ...]
    score: float


@dataclass(frozen=True)
class Progress:
    """The words so far; they may still change."""

    partial: tuple[str, ...]


class SpeechStream(Protocol):
    """One answer, while it is being said."""

    def feed(self, pcm: bytes) -> Progress:
        """Take the next 20 to 200 ms of audio: 16-bit little-endian, mono, 8 kHz."""

    def alternatives(self) -> tuple[Hearing, ...]:
        """End the stream and return what may have been said, best first; nothing when nothing was."""

    def close(self) -> None:
        """Give back what the stream holds."""


class Recogniser(Protocol):
    """Hears words of its vocabulary. Usable from several threads, with a stream for each."""

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> SpeechStream:
        """Listen for these phrases. Raises RecogniserError."""
