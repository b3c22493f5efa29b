"""Recognition by a vosk-server: callers' voices go to it over a WebSocket, and words come back.

Its protocol is that of websocket/asr_server.py in alphacep/vosk-server: first a text message with the
configuration, then audio, one binary message at a time, each answered by one text message: `partial` while
an utterance goes on, else its result. The text `{"eof" : 1}`, with exactly these spaces, asks for the last
result.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from time import monotonic

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from ivr_service.speech.lexicon import Pronunciation
from ivr_service.speech.recogniser import (
    BYTES_PER_MS,
    SAMPLE_RATE_HZ,
    Hearing,
    Progress,
    Recogniser,
    RecogniserError,
    SpeechStream,
)
from ivr_service.speech.server_results import Utterance

CONNECT_S = 1.0
ANSWER_S = 1.0
"""How long a server may take to answer. The front end gives up a listener that is silent for two seconds."""

_MOST_UNANSWERED = 3
"""Pieces of audio: words that come later than that would be missed by the end-pointing."""

_CLOSE_S = 0.2
_MOST_MESSAGE_BYTES = 256 * 1024
_END = '{"eof" : 1}'
_TRIAL_PCM = bytes(100 * BYTES_PER_MS)

Clock = Callable[[], float]
"""Seconds that never go back."""


class ServerStream:
    """One answer, at the server. `failed` is told why when it fails.

    `opened` is what opens the connection and hangs up. Raises OSError or WebSocketException.
    """

    def __init__(
        self, opened: AbstractContextManager[ClientConnection], failed: Callable[[str], None], clock: Clock
    ) -> None:
        self._stack = ExitStack()
        self._line: ClientConnection | None = self._stack.enter_context(opened)
        self._failed = failed
        self._clock = clock
        self._utterance = Utterance()
        self._unanswered: deque[float] = deque()
        """When each message was sent that has no answer yet."""

    def configure(self, phrases: Sequence[str], alternatives: int) -> None:
        """Say what is to be listened for. The server does not answer that."""
        settings = {
            "sample_rate": SAMPLE_RATE_HZ,
            "phrase_list": list(phrases),
            "max_alternatives": alternatives,
            "words": False,
        }
        self._guard(lambda line: line.send(json.dumps({"config": settings})))

    def feed(self, pcm: bytes) -> Progress:
        """Send audio, and take what has come meanwhile: the server may be some pieces behind, but no more."""
        self._guard(lambda line: self._send(line, pcm[: len(pcm) // 2 * 2]))
        self._guard(self._catch_up)
        return Progress(self._utterance.words)

    def alternatives(self) -> tuple[Hearing, ...]:
        """What may have been said."""
        self._guard(lambda line: self._send(line, _END))
        ends = self._clock() + ANSWER_S
        while self._unanswered:
            self._guard(lambda line: self._take(line, ends))
        self.close()
        return self._utterance.alternatives()

    def close(self) -> None:
        """Hang up."""
        self._line = None
        self._stack.close()

    def _send(self, line: ClientConnection, message: str | bytes) -> None:
        self._unanswered.append(self._clock())
        line.send(message)

    def _catch_up(self, line: ClientConnection) -> None:
        """Take the answers that are there, and wait while there are too few. Raises TimeoutError."""
        while self._unanswered:
            is_behind = len(self._unanswered) > _MOST_UNANSWERED
            ends = self._unanswered[0] + ANSWER_S
            try:
                self._take(line, ends if is_behind else 0.0)
            except TimeoutError:
                if is_behind or self._clock() > ends:
                    raise
                return

    def _take(self, line: ClientConnection, until: float) -> None:
        message = line.recv(timeout=max(0.0, until - self._clock()))
        self._unanswered.popleft()
        self._utterance.take(message)

    def _guard(self, do: Callable[[ClientConnection], None]) -> None:
        if self._line is None:
            raise RecogniserError("the stream has ended")
        try:
            do(self._line)
        except TimeoutError as error:
            raise self._broken(f"no answer for {ANSWER_S:.0f} s") from error
        except WebSocketException as error:
            raise self._broken("it hung up") from error
        except (OSError, RecogniserError) as error:
            raise self._broken(str(error)) from error

    def _broken(self, why: str) -> RecogniserError:
        self._failed(why)
        self.close()
        return RecogniserError(f"the speech server failed: {why}")


class RecognitionServer:
    """The server at an address. After a failure nobody is sent there until `look` has found it well again."""

    def __init__(self, address: str, clock: Clock = monotonic) -> None:
        self._address = address
        self._clock = clock
        self._problem: str | None = "it was not asked yet"

    @property
    def problem(self) -> str | None:
        """What is wrong with it; None when all is well."""
        return self._problem

    @property
    def is_ready(self) -> bool:
        """Whether callers are heard."""
        return self._problem is None

    def prepare(
        self,
        phrases: Iterable[str],  # noqa: ARG002 - it is told with each question
        written: Mapping[str, tuple[Pronunciation, ...]],  # noqa: ARG002 - it has words of its own
    ) -> tuple[str, ...]:
        """See whether it answers. Raises RecogniserError. Which words it cannot hear it does not say."""
        self.look()
        if self._problem is not None:
            raise RecogniserError(f"the speech server {self._address} failed: {self._problem}")
        return ()

    def recogniser(self) -> Recogniser:
        """Itself. Raises RecogniserError when it failed lately: a caller must not wait for it then."""
        if self._problem is not None:
            raise RecogniserError(f"the speech server {self._address} failed: {self._problem}")
        return self

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> SpeechStream:
        """Listen for these phrases. Raises RecogniserError."""
        stream = self._stream()
        stream.configure(phrases, alternatives)
        return stream

    def look(self) -> None:
        """Let it hear a moment of silence, and note whether it answers."""
        try:
            stream = self.listen(("one",), 1)
            stream.feed(_TRIAL_PCM)
            stream.alternatives()
        except RecogniserError:
            return  # noted where it failed
        self._note(None)

    def _stream(self) -> "ServerStream":
        try:
            opened = connect(
                self._address,
                open_timeout=CONNECT_S,
                close_timeout=_CLOSE_S,
                ping_interval=None,
                compression=None,
                proxy=None,
                max_size=_MOST_MESSAGE_BYTES,
            )
            return ServerStream(opened, self._note, self._clock)
        except (OSError, WebSocketException, ValueError) as error:
            self._note(f"it cannot be reached: {error}")
            raise RecogniserError(f"the speech server {self._address} cannot be reached: {error}") from error

    def _note(self, problem: str | None) -> None:
        self._problem = problem
