import socket
import time
from pathlib import Path

import pytest

from ivr_service.agi.service_client import (
    MAX_BODY_BYTES,
    CallStart,
    Outcome,
    ServiceClient,
    ServiceRefusedError,
    ServiceReplyError,
    ServiceUnavailableError,
    TcpAddress,
    Timing,
    UnixAddress,
    read_json_object,
    read_reply,
)
from tests.fakes.turn_service import Actions, FakeService, Raw, Silence, Status, Trickle

CALL = CallStart("ab" * 16, "callback", "12125551234", "103", "default", "inside", "500")
OUTCOME = Outcome("cd" * 16, "BUSY", 0, 17)
PATIENT = Timing(connect_s=5.0, attempt_s=5.0, retry_pause_s=0.01)
QUICK = Timing(connect_s=0.2, attempt_s=0.2, retry_pause_s=0.01)


def client_of(path: Path, timing: Timing = PATIENT) -> ServiceClient:
    return ServiceClient(UnixAddress(str(path)), "a-token", timing=timing)


def test_a_reply_comes_back_as_a_json_object(tmp_path: Path) -> None:
    with FakeService(tmp_path / "s", [Actions([])]) as service:
        reply = client_of(tmp_path / "s").start(CALL)
    assert reply == {"call_id": "ab" * 16, "turn": 0, "actions": [], "refusal": None}
    assert service.requests[0].headers["authorization"] == "Bearer a-token"
    assert service.requests[0].headers["connection"] == "close"


def test_an_outcome_that_was_known_already_is_no_error(tmp_path: Path) -> None:
    known = Raw(b'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"recorded": false}')
    with FakeService(tmp_path / "s", outcome_answers=[known]):
        client = client_of(tmp_path / "s")
        assert client.report_outcome("ab" * 16, OUTCOME) is False
        assert client.report_outcome("ab" * 16, OUTCOME) is True


def test_a_no_is_not_asked_again(tmp_path: Path) -> None:
    with FakeService(tmp_path / "s", [Status(409)]) as service:
        with pytest.raises(ServiceRefusedError) as refused:
            client_of(tmp_path / "s").post_turn("ab" * 16, 3, {"type": "keys"})
        assert refused.value.status == 409
    assert len(service.requests) == 1


def test_two_lost_answers_are_enough(tmp_path: Path) -> None:
    with FakeService(tmp_path / "s", [Silence(), Silence(), Actions([])]) as service:
        before = time.monotonic()
        with pytest.raises(ServiceUnavailableError):
            client_of(tmp_path / "s", QUICK).start(CALL)
        assert 0.4 <= time.monotonic() - before < 2
    assert len(service.requests) == 2


def test_an_answer_that_trickles_does_not_stretch_the_deadline(tmp_path: Path) -> None:
    """The deadline is for the whole attempt, so a byte now and then does not keep a caller waiting."""
    with FakeService(tmp_path / "s", [Trickle(), Trickle()]) as service:
        before = time.monotonic()
        with pytest.raises(ServiceUnavailableError):
            client_of(tmp_path / "s", QUICK).start(CALL)
        assert 0.4 <= time.monotonic() - before < 2
    assert len(service.requests) == 2


def test_a_service_whose_queue_is_full_is_unavailable_in_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as waiting:
            waiting.connect(str(tmp_path / "s"))
            before = time.monotonic()
            with pytest.raises(ServiceUnavailableError):
                client_of(tmp_path / "s", QUICK).start(CALL)
            assert time.monotonic() - before < 2


@pytest.mark.parametrize("make", ["missing", "a file", "not listening"])
def test_a_socket_that_nobody_serves_is_unavailable(tmp_path: Path, make: str) -> None:
    path = tmp_path / "s"
    if make == "a file":
        path.write_text("")
    if make == "not listening":
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unserved:
            unserved.bind(str(path))
    with pytest.raises(ServiceUnavailableError):
        client_of(path).start(CALL)


def test_a_loopback_port_that_nobody_serves_is_unavailable() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as unserved:
        unserved.bind(("127.0.0.1", 0))
        client = ServiceClient(TcpAddress(unserved.getsockname()[1]), "a-token", timing=QUICK)
        with pytest.raises(ServiceUnavailableError):
            client.start(CALL)


def test_the_service_can_be_reached_over_loopback_tcp(tmp_path: Path) -> None:
    service = FakeService(tmp_path / "s", [Actions([])], tcp=True)
    with service:
        client = ServiceClient(TcpAddress(service.port), "a-token", timing=PATIENT)
        assert client.start(CALL)["turn"] == 0


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
    ],
)
def test_an_unfinished_reply_waits_for_more(received: bytes) -> None:
    assert read_reply(received, ended=False) is None


def test_a_reply_without_a_length_ends_with_the_connection() -> None:
    assert read_reply(b"HTTP/1.0 200 OK\r\n\r\n{}", ended=True) == (200, b"{}")


def test_what_follows_the_body_is_not_read() -> None:
    assert read_reply(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP", ended=False) == (200, b"{}")


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_BODY_BYTES + 1),
        b"x" * 100_000,
    ],
)
def test_a_reply_that_is_not_plain_http_is_refused(received: bytes) -> None:
    with pytest.raises(ServiceReplyError):
        read_reply(received, ended=False)


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[]",
            b"1",
            b'"x"',
            b"null",
            b"{",
            b"{}{}",
            b"\xff",
            b'{"a":1,"a":2}',
            b'{"a":NaN}',
            b'{"a":Infinity}',
        ),
        *(b"[" * 100_000, b'{"a":' * 50_000, b'{"a":' + b"9" * 10_000 + b"}"),
    ],
)
def test_a_body_that_is_not_one_strict_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceReplyError):
        read_json_object(body)
