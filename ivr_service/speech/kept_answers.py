"""Listening that also keeps what was said, for `speech/failures.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from ivr_service.service.listening import AnswerListener, ListenerUpdate, SpeechService, SpokenQuestion
from ivr_service.speech.recogniser import BYTES_PER_MS

_BEFORE_BYTES = 1500 * BYTES_PER_MS
"""What is kept of the time before the first word is heard; the recogniser is up to a second late."""

_MOST_BYTES = 25_000 * BYTES_PER_MS
"""An answer is over 20 seconds after its first word."""

Keep = Callable[[str, int, bytes], None]
"""Takes the call, the turn and the audio of an answer. Must not raise."""

FindQuestion = Callable[[str, int], SpokenQuestion]
"""Finds what is asked in a turn of a call. May raise IvrServiceError."""


class _KeptAnswer:
    """Passes all on to the listener, and what was said to `keep` when the answer is over."""

    def __init__(self, listener: AnswerListener, keep: Callable[[bytes], None]) -> None:
        self._listener = listener
        self._keep = keep
        self._audio = bytearray()
        self._has_begun = False

    @property
    def longest_s(self) -> float:
        return self._listener.longest_s

    def feed(self, pcm: bytes) -> ListenerUpdate:
        update = self._listener.feed(pcm)
        self._audio += pcm
        self._has_begun = self._has_begun or update.speech_began
        most = _MOST_BYTES if self._has_begun else _BEFORE_BYTES
        del self._audio[: max(0, len(self._audio) - most)]
        if update.event is not None:
            self._pass_on()
        return update

    def prompt_ended(self) -> ListenerUpdate:
        return self._listener.prompt_ended()

    def close(self) -> None:
        """A key may have ended the listening: what was said until then is kept too."""
        self._listener.close()
        self._pass_on()

    def _pass_on(self) -> None:
        if self._has_begun:
            self._keep(bytes(self._audio))
        self._has_begun = False
        self._audio.clear()


@dataclass(frozen=True)
class KeptAnswers:
    """Makes listeners like `speech` does, and keeps what they hear while that is wanted; never a secret."""

    speech: SpeechService
    question: FindQuestion
    is_wanted: Callable[[], bool]
    keep: Keep

    def listen(self, call_id: str, turn: int) -> AnswerListener:
        """Listen to the answer to this turn's question. Raises IvrServiceError when that cannot be done."""
        listener = self.speech.listen(call_id, turn)
        if not self.is_wanted() or self.question(call_id, turn).ask.secret:
            return listener
        return _KeptAnswer(listener, lambda pcm: self.keep(call_id, turn, pcm))
