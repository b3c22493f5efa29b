"""The callers' voices, over a Unix socket of their own: audio in, what was understood out.

Each voice holds a thread for as long as a question lasts, so it is not a request to gunicorn: its few threads
are for turns, and it counts a connection that became a WebSocket wrongly. Nothing is decided here.
"""

import hmac
import json
import logging
import os
import re
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Final

import structlog
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from ivr_service.errors import IvrServiceError
from ivr_service.logs import call_bound
from ivr_service.service.listening import AnswerListener, ListenerUpdate, SpeechService

SOCKET_NAME: Final = "speech.sock"
"""Beside the service's own socket, so that the front end needs no second setting."""

MOST_STREAMS: Final = 24
"""Voices at once in one worker; each holds a thread for as long as it lasts."""

_LONGEST_PROMPT_S: Final = 180.0
"""Longer than any list of choices takes to be read out."""

_GRACE_S: Final = 3.0
"""How late audio may come; a front end that is further behind has given up."""

_SIGN_OF_LIFE_S: Final = 0.5
_SIGN_OF_LIFE_BYTES: Final = 8000
"""Half a second of audio."""

_LOOK_EVERY_S: Final = 0.2
_MOST_MESSAGE_BYTES: Final = 64 * 1024
_ONLY_OUR_GROUP: Final = 0o117
_PATH: Final = re.compile(r"/v1/calls/([0-9a-f]{32})/turns/([0-9]{1,5})/speech")

_log = structlog.get_logger()


@contextmanager
def speech_socket(state: Path) -> Iterator[socket.socket]:
    """The listening socket, to be opened before there are workers, which share it.

    A file that a killed server left is replaced; so hold `sole_server` of the same folder. Raises OSError.
    """
    path = state / SOCKET_NAME
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(_ONLY_OUR_GROUP)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.listen(128)
    try:
        yield listening
    finally:
        listening.close()
        path.unlink(missing_ok=True)


class SharedListening(socket.socket):
    """The listening socket that every worker has: each hears that somebody connects, and one of them gets it.

    The others must not stay in accept() until the next caller, for a worker that is told to stop waits for
    them. So nobody blocks there; and a socket that is closed meanwhile ends the wait.
    """

    def accept(self) -> tuple[socket.socket, object]:
        """Wait for a connection. Raises OSError when the socket is closed."""
        self.settimeout(0)
        while True:
            try:
                connection, address = super().accept()
            except BlockingIOError:
                self._wait()
            else:
                connection.settimeout(None)
                return connection, address

    def _wait(self) -> None:
        try:
            select.select([self], [], [], _LOOK_EVERY_S)
        except ValueError as error:
            raise OSError("the socket is closed") from error


class SpeechServer:
    """Takes voices in one worker until it is stopped. Who connects must have the token."""

    def __init__(self, listening: socket.socket, speech: SpeechService, token: str) -> None:
        self._speech = speech
        self._expected = f"Bearer {token}".encode()
        self._free = BoundedSemaphore(MOST_STREAMS)
        quiet = logging.getLogger("ivr_service.web.speech.connections")
        quiet.setLevel(logging.ERROR)  # a caller who hangs up is no event
        self._server: Server = serve(
            self._serve,
            sock=SharedListening(fileno=listening.dup().detach()),
            process_request=self._check_request,
            compression=None,
            max_size=_MOST_MESSAGE_BYTES,
            ping_interval=None,
            logger=quiet,
        )
        self._thread = Thread(target=self._server.serve_forever, name="voices", daemon=True)

    def start(self) -> None:
        """Begin to take voices, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more voices; those that are there end with the process."""
        self._server.shutdown()

    def _check_request(self, connection: ServerConnection, request: Request) -> Response | None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._expected):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        if not _PATH.fullmatch(request.path):
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        return None

    def _serve(self, line: ServerConnection) -> None:
        match = _PATH.fullmatch(line.request.path if line.request else "")
        if match is None:
            return
        call_id, turn = match[1], int(match[2])
        with call_bound(call_id):
            if not self._free.acquire(blocking=False):
                _log.warning("speech", problem="too many callers speak at once")
                _tell(line, "unavailable")
                return
            try:
                _listen(line, lambda: self._speech.listen(call_id, turn))
            finally:
                self._free.release()


def _listen(line: ServerConnection, begin: Callable[[], AnswerListener]) -> None:
    listener: AnswerListener | None = None
    try:
        listener = begin()
        _converse(line, listener)
    except ConnectionClosed:
        return  # a key was pressed, or the caller hung up
    except IvrServiceError as error:
        _log.warning("speech", problem=str(error))
        _tell(line, "unavailable")
    except Exception:  # noqa: BLE001 - the outermost shell: whatever it was, the question goes on by keys
        _log.exception("speech")
        _tell(line, "unavailable")
    finally:
        if listener is not None:
            listener.close()


def _converse(line: ServerConnection, listener: AnswerListener) -> None:
    ends = monotonic() + _LONGEST_PROMPT_S + listener.longest_s + _GRACE_S
    progress = _Progress(line)
    while monotonic() < ends:
        message = _receive(line)
        update = _take(listener, message)
        if update.speech_began or _is_prompt_ended(message):  # what is left is the answer
            ends = min(ends, monotonic() + listener.longest_s + _GRACE_S)
        progress.tell(len(message) if isinstance(message, bytes) else 0)
        if update.speech_began:
            line.send('{"type":"speech_began"}')
        if update.is_over:
            line.send(_result(update))
            return
    _tell(line, "unavailable")


def _receive(line: ServerConnection) -> str | bytes | None:
    try:
        return line.recv(timeout=_SIGN_OF_LIFE_S)
    except TimeoutError:
        return None


def _take(listener: AnswerListener, message: bytes | str | None) -> ListenerUpdate:
    match message:
        case bytes():
            return listener.feed(message)
        case _ if _is_prompt_ended(message):
            return listener.prompt_ended()
        case _:
            return ListenerUpdate()


def _is_prompt_ended(message: bytes | str | None) -> bool:
    if not isinstance(message, str):
        return False
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("type") == "prompt_ended"


class _Progress:
    """Tells the front end how much has been heard: it gives up a listener that hangs, or is far behind."""

    def __init__(self, line: ServerConnection) -> None:
        self._line = line
        self._heard_bytes = 0
        self._told_bytes = 0
        self._told_at = monotonic()

    def tell(self, taken_bytes: int) -> None:
        """Note that so much audio was taken, and tell it now and then."""
        self._heard_bytes += taken_bytes
        is_due = monotonic() - self._told_at >= _SIGN_OF_LIFE_S
        if is_due or self._heard_bytes - self._told_bytes >= _SIGN_OF_LIFE_BYTES:
            self._line.send(json.dumps({"type": "listening", "heard_bytes": self._heard_bytes}))
            self._told_bytes, self._told_at = self._heard_bytes, monotonic()


def _result(update: ListenerUpdate) -> str:
    if update.event is None:
        return '{"type":"nothing"}'
    return json.dumps({"type": "heard", "event": update.event.model_dump(mode="json")})


def _tell(line: ServerConnection, what: str) -> None:
    try:
        line.send(json.dumps({"type": what}))
    except ConnectionClosed:
        return
