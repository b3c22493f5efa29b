"""The front end's WebSocket, against another implementation of RFC 6455."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Ping, Request, TextMessage

from ivr_service.agi.websocket import (
    MAX_MESSAGE_BYTES,
    Message,
    Opcode,
    WebSocketClient,
    WebSocketError,
    encode,
)


def opened() -> tuple[WebSocketClient, WSConnection]:
    client, server = WebSocketClient("/speech", "secret"), WSConnection(ConnectionType.SERVER)
    server.receive_data(client.opening)
    [request] = list(server.events())
    assert isinstance(request, Request)
    assert client.receive(server.send(AcceptConnection())) == []
    assert client.is_open
    return client, server


@given(st.binary(max_size=70_000), st.sampled_from([Opcode.TEXT, Opcode.BINARY]))
def test_what_is_sent_arrives(payload: bytes, opcode: Opcode) -> None:
    if opcode is Opcode.TEXT:
        payload = payload.hex().encode()
    _, server = opened()
    if len(payload) > 0xFFFF:
        with pytest.raises(WebSocketError):
            encode(opcode, payload)
        return
    server.receive_data(encode(opcode, payload))
    arrived = b"".join(
        event.data.encode() if isinstance(event, TextMessage) else bytes(event.data)
        for event in server.events()
        if isinstance(event, TextMessage | BytesMessage)
    )
    assert arrived == payload


@given(st.lists(st.text(max_size=400), max_size=5), st.integers(1, 50))
def test_what_is_received_is_what_was_sent_in_pieces_of_any_size(texts: list[str], size: int) -> None:
    client, server = opened()
    data = b"".join(server.send(TextMessage(data=text)) for text in texts) + server.send(Ping(payload=b"x"))
    messages = [
        message
        for start in range(0, len(data), size)
        for message in client.receive(data[start : start + size])
    ]
    assert messages == [*(Message(Opcode.TEXT, text.encode()) for text in texts), Message(Opcode.PING, b"x")]


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_the_one_error(data: bytes) -> None:
    client, _ = opened()
    try:
        messages = client.receive(data)
    except WebSocketError:
        return
    assert all(len(message.payload) <= MAX_MESSAGE_BYTES for message in messages)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 401 UNAUTHORIZED\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: bm90IHlvdXJz\r\n\r\n",
        b"x" * 9000,
    ],
)
def test_any_answer_but_the_right_one_is_a_no(answer: bytes) -> None:
    with pytest.raises(WebSocketError):
        WebSocketClient("/speech", "secret").receive(answer)


@pytest.mark.parametrize("frame", [b"\x81\x85abcd", b"\x01\x01a", b"\x81\x7e\xff\xff", b"\x83\x01a"])
def test_masked_broken_up_too_large_and_unknown_frames_are_refused(frame: bytes) -> None:
    client, _ = opened()
    with pytest.raises(WebSocketError):
        client.receive(frame)
