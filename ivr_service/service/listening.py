"""What a listener to a caller's answer does. The web shell feeds one; the speech part makes them."""

from dataclasses import dataclass
from typing import Protocol

from ivr_service.dialogue.actions import Ask
from ivr_service.service.messages import SpokenEvent


@dataclass(frozen=True)
class SpokenQuestion:
    """A question that can be answered by voice, and the language of who answers."""

    ask: Ask
    language: str


@dataclass(frozen=True)
class ListenerUpdate:
    """What came of the latest audio.

    `speech_began`: the first word has come, so the prompt is to stop. `event`: the answer is over, and this
    was understood. `nothing`: the time for an answer is over, and nothing was said.
    """

    speech_began: bool = False
    event: SpokenEvent | None = None
    nothing: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the listener wants no more audio."""
        return self.nothing or self.event is not None


class AnswerListener(Protocol):
    """Listens to one answer. Its methods may raise IvrServiceError; then the answer goes on by keys."""

    @property
    def longest_s(self) -> float:
        """Seconds of audio after which the answer is over, from the end of the prompt or the first word."""

    def feed(self, pcm: bytes) -> ListenerUpdate:
        """Take the next 20 to 200 ms of audio: 16-bit little-endian, mono, 8 kHz."""

    def prompt_ended(self) -> ListenerUpdate:
        """The question has been asked to its end: the time for the first word counts from here."""

    def close(self) -> None:
        """Listen no more."""


class SpeechService(Protocol):
    """Makes listeners."""

    def listen(self, call_id: str, turn: int) -> AnswerListener:
        """Listen to the answer to this turn's question. Raises IvrServiceError when that cannot be done."""
