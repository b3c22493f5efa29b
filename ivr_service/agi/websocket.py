"""The client side of RFC 6455, as much of it as one caller's audio needs. Sans-IO: bytes in, messages out."""

import os
import re
from binascii import b2a_base64
from enum import IntEnum
from typing import NamedTuple

try:
    # hashlib would load all of OpenSSL: 4 MB and 9 ms for one hash in each call.
    from _sha1 import sha1  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha1

MAX_MESSAGE_BYTES = 8192
_MAX_HEAD_BYTES = 8192
_ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the server's answer is made with (RFC 6455, section 1.3)."""


class WebSocketError(Exception):
    """The other side does not speak RFC 6455 as it should, or said no."""


class Opcode(IntEnum):
    """Kinds of frame (RFC 6455, section 5.2)."""

    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Message(NamedTuple):
    """One frame that was received."""

    opcode: Opcode
    payload: bytes


def encode(opcode: Opcode, payload: bytes, mask: bytes | None = None) -> bytes:
    """One masked frame; a client must mask (section 5.3). `mask` is 4 bytes, random when left out.

    Raises WebSocketError for a payload over 65535 bytes.
    """
    if len(payload) > 0xFFFF:
        raise WebSocketError("a frame is too large")
    key = os.urandom(4) if mask is None else mask
    length = len(payload)
    size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes((0x80 | opcode,)) + size + key + _masked(payload, key)


def _masked(payload: bytes, key: bytes) -> bytes:
    """As one large number, which is many times faster than byte by byte."""
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return mixed.to_bytes(len(payload), "big")


class WebSocketClient:
    """One conversation. `opening` is what to send first; `is_open` turns true with the server's yes."""

    def __init__(self, path: str, token: str, nonce: bytes | None = None) -> None:
        key = b2a_base64(os.urandom(16) if nonce is None else nonce, newline=False)
        accept = b2a_base64(sha1(key + _ACCEPT_SUFFIX, usedforsecurity=False).digest(), newline=False)
        self._accept = accept.decode("ascii")
        self._buffer = bytearray()
        self.is_open = False
        self.opening = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key.decode('ascii')}\r\n\r\n"
        ).encode("ascii")

    def receive(self, data: bytes) -> list[Message]:
        """Take bytes as they came and return the whole messages. Raises WebSocketError."""
        self._buffer += data
        if not self.is_open and not self._read_answer():
            return []
        messages = []
        while (message := self._next_message()) is not None:
            messages.append(message)
        return messages

    def _read_answer(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise WebSocketError("the answer's head is too large")
            return False
        head = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 4]
        given = re.search(r"(?im)^sec-websocket-accept:[ \t]*(\S+)[ \t]*\r?$", head)
        if not head.startswith("HTTP/1.1 101") or given is None or given.group(1) != self._accept:
            raise WebSocketError("the service does not take this caller's voice")
        self.is_open = True
        return True

    def _next_message(self) -> Message | None:
        if len(self._buffer) < 2:
            return None
        start, length = 2, self._buffer[1]
        if length >= 127:
            raise WebSocketError("a frame is masked or too large")
        if length == 126:
            if len(self._buffer) < 4:
                return None
            start, length = 4, int.from_bytes(self._buffer[2:4], "big")
        opcode = self._checked(self._buffer[0], length)
        if len(self._buffer) < start + length:
            return None
        payload = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return Message(opcode, payload)

    @staticmethod
    def _checked(first: int, length: int) -> Opcode:
        """A server's frame is not masked; none in pieces, with extensions, or long is expected here."""
        if first & 0xF0 != 0x80 or length > MAX_MESSAGE_BYTES:
            raise WebSocketError("a frame is not one that this service sends")
        try:
            return Opcode(first & 0x0F)
        except ValueError:
            raise WebSocketError("a frame is of an unknown kind") from None
