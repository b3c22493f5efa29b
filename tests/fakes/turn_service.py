"""A service on a Unix socket that gives scripted answers and remembers what it was told."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TOKEN = "a-token-for-tests"


@dataclass(frozen=True)
class Actions:
    """Answer with these actions for the call and turn that were asked about."""

    actions: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Raw:
    """Answer with these bytes and close the connection."""

    data: bytes


@dataclass(frozen=True)
class Status:
    """Answer with this HTTP status."""

    status: int


@dataclass(frozen=True)
class Silence:
    """Read the request and never answer."""


@dataclass(frozen=True)
class Trickle:
    """Answer a byte now and then, without end."""


@dataclass(frozen=True)
class AfterThinking:
    """Answer only after this many seconds."""

    seconds: float
    answer: Actions


Answer = Actions | Raw | Status | Silence | Trickle | AfterThinking


@dataclass
class Request:
    """What was asked."""

    path: str
    headers: dict[str, str]
    body: Any

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.body["event"]
        return event


@dataclass
class FakeService:
    """Use as a context manager. All but outcomes and hang-ups is answered from `answers`, then by 500."""

    path: Path
    answers: Sequence[Answer] = ()
    requests: list[Request] = field(default_factory=list)
    outcome_answers: Sequence[Answer] = ()
    tcp: bool = False
    hang_up_answer: Answer = Actions([{"do": "hang_up", "result": "hang_up"}])

    def __enter__(self) -> Self:
        self._answers = list(self.answers)
        self._outcome_answers = list(self.outcome_answers)
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_INET if self.tcp else socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(("127.0.0.1", 0) if self.tcp else str(self.path))
        self._listener.listen(8)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            with contextlib.suppress(OSError):
                self._serve_one(connection)

    def _serve_one(self, connection: socket.socket) -> None:
        request = _read_request(connection)
        self.requests.append(request)
        answer = self._choose(request)
        if isinstance(answer, AfterThinking):
            threading.Event().wait(answer.seconds)
            answer = answer.answer
        if isinstance(answer, Trickle):
            _trickle(connection)
        elif not isinstance(answer, Silence):
            connection.sendall(_encode(answer, request))
            connection.close()

    def _choose(self, request: Request) -> Answer:
        if request.path.endswith("/outcome"):
            return (
                self._outcome_answers.pop(0) if self._outcome_answers else Raw(_reply(b'{"recorded": true}'))
            )
        if "event" in request.body and request.event["type"] == "hung_up":
            return self.hang_up_answer
        return self._answers.pop(0) if self._answers else Status(500)

    # What tests ask

    @property
    def port(self) -> int:
        """The loopback port, when it was asked for."""
        port: int = self._listener.getsockname()[1]
        return port

    def told(self) -> Iterator[str]:
        """What the service was told, in order: "start", the type of an event, or "outcome"."""
        for request in self.requests:
            if request.path == "/v1/calls":
                yield "start"
            elif request.path.endswith("/outcome"):
                yield "outcome"
            else:
                yield request.event["type"]


def _read_request(connection: socket.socket) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    request_line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += _receive(connection)
    return Request(request_line.split(" ")[1], headers, json.loads(body))


def _trickle(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"H")
        threading.Event().wait(0.01)


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def _encode(answer: Actions | Raw | Status, request: Request) -> bytes:
    match answer:
        case Raw(data):
            return data
        case Status(status):
            return _reply(b'{"error": {"code": "x", "message": "y"}}', status)
        case Actions(actions):
            call_id = request.body.get("call_id") or request.path.split("/")[3]
            turn = request.body.get("turn", 0) if "event" in request.body else 0
            reply = {"call_id": call_id, "turn": 99 if turn is None else turn}
            reply |= {"actions": actions, "refusal": None}
            return _reply(json.dumps(reply).encode())


def _reply(body: bytes, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body
