"""The caller's voice on its way to the service, and what the service understood, for one question.

Nothing here ever blocks, and every failure only ends the line: the question then goes on by keys.
"""

import json
import socket
import time

from ivr_service.agi.service_client import JsonObject
from ivr_service.agi.websocket import (
    MAX_MESSAGE_BYTES,
    Message,
    Opcode,
    WebSocketClient,
    WebSocketError,
    encode,
)

_MOST_BEHIND_BYTES = 3 * 16_000
"""Three seconds of audio: what a service that is further behind says comes too late to be of use."""

_SILENT_SERVICE_S = 2.0
"""A service that listens says so twice a second; one that says nothing for so long is given up."""

_AUDIO_CHUNK_BYTES = 960
"""60 ms: small enough for a quick answer, large enough to be cheap."""


class SpeechLine:
    """One WebSocket to the service; `has_begun` turns true when the caller speaks.

    When it `is_over`, `event` is what to tell the service, or None: then `was_silent` when nothing was said,
    else it failed.
    """

    def __init__(self, socket_path: str, token: str, call_id: str, turn: int) -> None:
        self.has_begun = False
        self.was_silent = False
        self.event: JsonObject | None = None
        self._client = WebSocketClient(f"/v1/calls/{call_id}/turns/{turn}/speech", token)
        self._waiting = bytearray(self._client.opening)
        self._audio = bytearray()
        self._sent_bytes = 0
        self._heard_bytes = 0
        self._is_closed = False
        self._last_sign_s = time.monotonic()
        self._has_prompt_ended = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(0)
        try:
            self._socket.connect(socket_path)
        except OSError:
            self.close()  # also when too many wait already: keys need no waiting
        self._push()

    @property
    def is_over(self) -> bool:
        """Whether no more is to come: all was said, it failed, or the service has fallen silent."""
        if not self._is_closed and time.monotonic() - self._last_sign_s > _SILENT_SERVICE_S:
            self.close()
        return self._is_closed

    @property
    def is_open(self) -> bool:
        """Whether the service listens."""
        return self._client.is_open and not self.is_over

    @property
    def behind_bytes(self) -> int:
        """How much audio was given to this line that the service has not listened to yet."""
        return self._sent_bytes + len(self._audio) - self._heard_bytes

    def fileno(self) -> int:
        """The socket's descriptor, for poll."""
        return self._socket.fileno()

    def send_audio(self, pcm: bytes) -> None:
        """Send what the caller says: 16-bit little-endian, mono, 8 kHz."""
        if self.is_over:
            return
        self._audio += pcm
        if len(self._audio) >= _AUDIO_CHUNK_BYTES and self._client.is_open:
            self._send(Opcode.BINARY, bytes(self._audio))
            self._sent_bytes += len(self._audio)
            self._audio.clear()
        if self.behind_bytes > _MOST_BEHIND_BYTES:
            self.close()

    def prompt_ended(self) -> None:
        """Tell that the question has been asked to its end."""
        self._has_prompt_ended = True
        if self.is_open:
            self._send(Opcode.TEXT, b'{"type":"prompt_ended"}')

    def handle(self) -> None:
        """Take what has come from the service, and send on what it had no room for."""
        self._push()
        try:
            data = self._socket.recv(65536)
            was_open = self._client.is_open
            messages = self._client.receive(data)
        except BlockingIOError:
            return
        except (OSError, WebSocketError):
            self.close()
            return
        self._last_sign_s = time.monotonic()
        if not was_open and self._client.is_open and self._has_prompt_ended:
            self.prompt_ended()
        for message in messages:
            self._take(message)
        if not data:
            self.close()

    def close(self) -> None:
        """Hang this line up; what was understood stays."""
        self._is_closed = True
        self._socket.close()

    def _take(self, message: Message) -> None:
        match message.opcode:
            case Opcode.TEXT:
                self._take_text(message.payload)
            case Opcode.PING:
                self._send(Opcode.PONG, message.payload)
            case _:
                self.close()

    def _take_text(self, payload: bytes) -> None:
        told = _object(payload)
        match told.get("type"):
            case "listening":
                heard_bytes = told.get("heard_bytes")
                self._heard_bytes = heard_bytes if isinstance(heard_bytes, int) else 0
            case "speech_began":
                self.has_begun = True
            case "heard":
                self.event = _spoken(told.get("event"))
                self.close()
            case "nothing":
                self.was_silent = True
                self.close()
            case _:
                self.close()

    def _send(self, opcode: Opcode, payload: bytes) -> None:
        if not self.is_over:
            self._waiting += encode(opcode, payload)
            self._push()

    def _push(self) -> None:
        while self._waiting and not self.is_over:
            try:
                sent = self._socket.send(self._waiting)
            except BlockingIOError:
                return
            except OSError:
                self.close()
                return
            del self._waiting[:sent]


def _object(payload: bytes) -> JsonObject:
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _spoken(event: object) -> JsonObject | None:
    """The event to post, if it is one about speech; the service checks the rest, for it made it."""
    if not isinstance(event, dict) or event.get("type") != "spoken":
        return None
    return event if len(json.dumps(event)) <= MAX_MESSAGE_BYTES else None
