"""The line for the caller's voice: whatever the other side does, it ends and never raises or blocks."""

import json
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Event, TextMessage

from ivr_service.agi.speech_line import SpeechLine

SPOKEN = {"type": "spoken", "heard": []}


class Peer:
    """A service that says what a test tells it to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listening.bind(str(path))
        self.listening.listen()
        self.protocol = WSConnection(ConnectionType.SERVER)
        self.connection: socket.socket | None = None

    def line(self) -> SpeechLine:
        return SpeechLine(str(self.path), "secret", "ab" * 16, 3)

    def accept(self) -> None:
        self.connection, _ = self.listening.accept()
        self.connection.settimeout(5)
        self.events()
        self.say(self.protocol.send(AcceptConnection()))

    def say(self, data: bytes) -> None:
        assert self.connection is not None
        self.connection.sendall(data)

    def tell(self, message: object) -> None:
        self.say(self.protocol.send(TextMessage(data=json.dumps(message))))

    def events(self) -> list[Event]:
        assert self.connection is not None
        self.protocol.receive_data(self.connection.recv(65536))
        return list(self.protocol.events())

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.listening.close()


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    made = Peer(tmp_path / "service.sock")
    yield made
    made.close()


@pytest.fixture
def line(peer: Peer) -> Iterator[SpeechLine]:
    made = peer.line()
    peer.accept()
    settle(made)
    assert made.is_open
    yield made
    made.close()


def settle(line: SpeechLine) -> None:
    """Let the line take what is there."""
    ends = time.monotonic() + 0.2
    while not line.is_over and time.monotonic() < ends:
        poller = select.poll()
        poller.register(line.fileno(), select.POLLIN)
        if poller.poll(50):
            line.handle()


def test_audio_is_sent_in_pieces_of_a_bearable_size(peer: Peer, line: SpeechLine) -> None:
    line.send_audio(bytes(320))
    line.send_audio(bytes(640))
    [message] = peer.events()
    assert isinstance(message, BytesMessage)
    assert len(message.data) == 960


def test_the_end_of_the_prompt_is_told(peer: Peer, line: SpeechLine) -> None:
    line.prompt_ended()
    [message] = peer.events()
    assert isinstance(message, TextMessage)
    assert json.loads(message.data) == {"type": "prompt_ended"}


def test_the_end_of_the_prompt_is_told_also_when_the_service_was_slow(peer: Peer) -> None:
    line = peer.line()
    line.prompt_ended()
    peer.accept()
    settle(line)
    [message] = peer.events()
    assert isinstance(message, TextMessage)
    line.close()


def test_the_first_word_is_known_and_the_line_goes_on(peer: Peer, line: SpeechLine) -> None:
    peer.tell({"type": "speech_began"})
    settle(line)
    assert line.has_begun
    assert line.is_open


def test_what_was_understood_is_the_event_to_post(peer: Peer, line: SpeechLine) -> None:
    peer.tell({"type": "heard", "event": SPOKEN})
    settle(line)
    assert line.is_over
    assert line.event == SPOKEN


def test_silence_is_told_from_a_failure(peer: Peer, line: SpeechLine) -> None:
    peer.tell({"type": "nothing"})
    settle(line)
    assert (line.is_over, line.was_silent, line.event) == (True, True, None)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "unavailable"},
        {"type": "heard", "event": {"type": "keys", "keys": "911"}},
        {"type": "heard", "event": "spoken"},
        {"type": "heard"},
        {"type": "dial"},
        [],
        "x",
    ],
)
def test_anything_else_ends_the_line_without_an_event(peer: Peer, line: SpeechLine, message: object) -> None:
    peer.tell(message)
    settle(line)
    assert (line.is_over, line.was_silent, line.event) == (True, False, None)


@pytest.mark.parametrize("data", [b"\x81\x02{x", b"\xff" * 64, b"\x81\x85abcdefghi", b"\x88\x00"])
def test_bytes_that_are_no_message_end_the_line(peer: Peer, line: SpeechLine, data: bytes) -> None:
    peer.say(data)
    settle(line)
    assert line.is_over
    assert line.event is None


def test_a_service_that_is_gone_ends_the_line(peer: Peer, line: SpeechLine) -> None:
    peer.close()
    settle(line)
    assert line.is_over


def test_without_a_service_the_line_is_over_at_once(tmp_path: Path) -> None:
    line = SpeechLine(str(tmp_path / "none.sock"), "secret", "ab" * 16, 3)
    line.send_audio(bytes(960))
    line.prompt_ended()
    assert line.is_over


def test_a_service_that_is_seconds_behind_is_given_up(peer: Peer, line: SpeechLine) -> None:
    for _ in range(40):
        line.send_audio(bytes(960))
        assert not line.is_over
    peer.tell({"type": "listening", "heard_bytes": 40 * 960})
    settle(line)
    for _ in range(51):
        line.send_audio(bytes(960))
    assert line.is_over


def test_a_service_that_takes_the_voice_and_then_hangs_is_given_up_within_seconds(
    peer: Peer, line: SpeechLine
) -> None:
    began = time.monotonic()
    while not line.is_over:
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    assert (line.was_silent, line.event) == (False, None)


def test_a_service_that_says_it_listens_is_waited_for(peer: Peer, line: SpeechLine) -> None:
    for _ in range(13):
        peer.tell({"type": "listening", "heard_bytes": 0})
        settle(line)
    assert not line.is_over


def test_a_service_that_never_answers_is_given_up_and_nothing_waits_for_it(peer: Peer) -> None:
    line = peer.line()
    for _ in range(60):
        line.send_audio(bytes(960))
    assert line.is_over
