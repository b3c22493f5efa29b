"""The caller's voice over a WebSocket: audio in, what was understood out. Nothing is decided here."""

import json
from collections.abc import Callable
from threading import BoundedSemaphore
from time import monotonic
from typing import Final

import structlog
from flask import Flask, Response, request
from simple_websocket import ConnectionClosed, Server  # type: ignore[import-untyped]

from ivr_service.errors import IvrServiceError
from ivr_service.logs import call_bound
from ivr_service.service.listening import AnswerListener, ListenerUpdate, SpeechService

MOST_STREAMS: Final = 24
"""Streams at once in one worker; each holds a thread for as long as it lasts."""

_LONGEST_S: Final = 90.0
_WAIT_S: Final = 1.0
_MOST_MESSAGE_BYTES: Final = 64 * 1024

_log = structlog.get_logger()


class _Streamed(Response):
    """Tells gunicorn that the connection has been used up by the WebSocket."""

    def __call__(self, *_arguments: object) -> "list[bytes]":
        """End the request without a reply: gunicorn takes StopIteration for a client that is gone."""
        raise StopIteration


def add_speech(app: Flask, speech: SpeechService, check_call_id: Callable[[str], None]) -> None:
    """Add the speech address to the application."""
    free = BoundedSemaphore(MOST_STREAMS)

    @app.route("/v1/calls/<call_id>/turns/<int:turn>/speech", websocket=True)
    def listen_to_answer(call_id: str, turn: int) -> Response:
        check_call_id(call_id)
        with call_bound(call_id):
            line = Server.accept(request.environ, max_message_size=_MOST_MESSAGE_BYTES)
            if not free.acquire(blocking=False):
                _log.warning("speech", problem="too many callers speak at once")
                _tell(line, "unavailable")
            else:
                try:
                    _listen(line, lambda: speech.listen(call_id, turn))
                finally:
                    free.release()
        return _Streamed()


def _listen(line: Server, begin: Callable[[], AnswerListener]) -> None:
    listener: AnswerListener | None = None
    try:
        listener = begin()
        _converse(line, listener)
    except ConnectionClosed:
        return  # a key was pressed, or the caller hung up
    except IvrServiceError as error:
        _log.warning("speech", problem=str(error))
        _tell(line, "unavailable")
    finally:
        if listener is not None:
            listener.close()


def _converse(line: Server, listener: AnswerListener) -> None:
    ends = monotonic() + _LONGEST_S
    while monotonic() < ends:
        message = line.receive(timeout=_WAIT_S)
        if message is None:
            continue
        update = listener.feed(message) if isinstance(message, bytes) else listener.prompt_ended()
        if update.speech_began:
            line.send('{"type":"speech_began"}')
        if update.is_over:
            line.send(_result(update))
            line.close()
            return
    _tell(line, "unavailable")


def _result(update: ListenerUpdate) -> str:
    if update.event is None:
        return '{"type":"nothing"}'
    return json.dumps({"type": "heard", "event": update.event.model_dump(mode="json")})


def _tell(line: Server, what: str) -> None:
    try:
        line.send(json.dumps({"type": what}))
        line.close()
    except ConnectionClosed:
        return
