"""A small HTTP/1.1 client for the service API, over a Unix socket or loopback TCP.

Every request is safe to repeat: calls are idempotent by call id, turns by turn number, outcomes by grant. So
a request that may have got lost is sent once more, byte for byte the same, and the service has one effect.

Each attempt has its own connection. On a Unix socket a connection costs some 50 microseconds, and callers
think for longer than a server keeps an idle connection, so reuse would save nothing and add a way to fail.
"""

import json
import re
import select
import socket
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ivr_service.agi.speech_line import SpeechLine

_SPEECH_SOCKET = "speech.sock"
MAX_BODY_BYTES = 256 * 1024
_MAX_HEAD_BYTES = 16 * 1024
_BUSY_SOCKET_PAUSE_S = 0.02

_STATUS_LINE = rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?"
_LENGTH = rb"[0-9]{1,9}"


class ServiceError(Exception):
    """The service did not give an answer that can be used."""


class ServiceUnavailableError(ServiceError):
    """The service could not be reached, did not answer in time, broke off, or answered 5xx."""


class ServiceRefusedError(ServiceError):
    """The service understood and said no. `status` is the HTTP status, 400 to 499."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the service answered {status}")
        self.status = status


class ServiceReplyError(ServiceError):
    """The service's answer is not one JSON object in an HTTP reply of bearable size."""


class UnixAddress(NamedTuple):
    """The service's Unix socket."""

    path: str


class TcpAddress(NamedTuple):
    """The service's loopback port, for development."""

    port: int
    host: str = "127.0.0.1"


Address = UnixAddress | TcpAddress


class Timing(NamedTuple):
    """How long to wait, in seconds: for a connection, for a whole attempt, and before trying again."""

    connect_s: float = 1.0
    attempt_s: float = 3.0
    retry_pause_s: float = 0.3


class CallStart(NamedTuple):
    """What is known at the start. `kind` is "callback", "dial_out" or "survey".

    `origin` is "inside" or "outside"; `survey` names the survey, in a call of that kind.
    """

    call_id: str
    kind: str
    extension: str
    mailbox: str
    context: str
    origin: str
    phone: str
    survey: str = ""


class Outcome(NamedTuple):
    """How a dial ended, in Asterisk's words: DIALSTATUS, ANSWEREDTIME in seconds, HANGUPCAUSE (Q.850).

    `announced_at` is when the called side had heard its announcement, in seconds since 1970; 0 for never.
    """

    grant_id: str
    dial_status: str
    answered_s: int
    hangup_cause: int
    announced_at: int = 0


class CallerQuestion(NamedTuple):
    """Who calls in: the number as the trunk presents it, and the mailbox whose list counts too, if any."""

    number: str
    mailbox: str
    context: str


JsonObject = dict[str, object]
Wait = Callable[[int | None, int, float], None]


def wait_for_socket(descriptor: int | None, events: int, timeout_s: float) -> None:
    """Return when `events` (select.POLLIN, POLLOUT) happen on the descriptor, or after `timeout_s` seconds.

    Without a descriptor only the time passes. Who must listen elsewhere meanwhile brings another function.
    """
    poller = select.poll()
    if descriptor is not None:
        poller.register(descriptor, events)
    poller.poll(max(0.0, timeout_s) * 1000)


class ServiceClient:
    """The service API as four methods. All raise ServiceError and nothing else of their own."""

    def __init__(
        self, address: Address, token: str, *, timing: Timing | None = None, wait: Wait = wait_for_socket
    ) -> None:
        self._address = address
        self._token = token
        self._timing = timing or Timing()
        self._wait = wait

    def speech_line(self, call_id: str, turn: int) -> "SpeechLine":
        """Open a line for the caller's voice, over the Unix socket beside the service's.

        It never raises; a line that fails is over at once.
        """
        from ivr_service.agi.speech_line import SpeechLine  # noqa: PLC0415 - only a call that listens pays for it

        place = self._address.path if isinstance(self._address, UnixAddress) else ""
        path = place.rpartition("/")[0] + "/" + _SPEECH_SOCKET
        return SpeechLine(path, self._token, call_id, turn)

    def start(self, call: CallStart) -> JsonObject:
        """Start the call and return turn 0 with its actions."""
        return self._post("/v1/calls", call._asdict())

    def post_turn(self, call_id: str, turn: int | None, event: Mapping[str, object]) -> JsonObject:
        """Tell what happened and return the turn's actions. Only a hung_up event may have no turn number."""
        return self._post(f"/v1/calls/{call_id}/turns", {"turn": turn, "event": dict(event)})

    def report_outcome(self, call_id: str, outcome: Outcome) -> bool:
        """Report how a dial ended; False when the service knew already."""
        recorded = self._post(f"/v1/calls/{call_id}/outcome", outcome._asdict()).get("recorded")
        if not isinstance(recorded, bool):
            raise ServiceReplyError("the answer to an outcome does not say whether it was recorded")
        return recorded

    def is_blocked(self, caller: CallerQuestion) -> bool:
        """Whether this caller must not come through. It is asked once: a caller waits for the answer."""
        request = self._encode("/v1/inbound", json.dumps(caller._asdict()).encode())
        blocked = self._attempt(request).get("blocked")
        if not isinstance(blocked, bool):
            raise ServiceReplyError("the answer does not say whether the caller is blocked")
        return blocked

    def _post(self, path: str, body: Mapping[str, object]) -> JsonObject:
        request = self._encode(path, json.dumps(body).encode())
        try:
            return self._attempt(request)
        except ServiceUnavailableError:
            self._wait(None, 0, self._timing.retry_pause_s)
            return self._attempt(request)

    def _encode(self, path: str, body: bytes) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\n"
            "Host: localhost\r\n"
            f"Authorization: Bearer {self._token}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode("ascii") + body

    def _attempt(self, request: bytes) -> JsonObject:
        deadline = time.monotonic() + self._timing.attempt_s
        try:
            with self._open() as connection:
                self._connect(connection)
                self._send(connection, request, deadline)
                status, body = self._receive(connection, deadline)
        except OSError as error:
            raise ServiceUnavailableError("the connection to the service failed") from error
        return _answer(status, body)

    def _open(self) -> socket.socket:
        family = socket.AF_UNIX if isinstance(self._address, UnixAddress) else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(0)
        return connection

    def _connect(self, connection: socket.socket) -> None:
        deadline = time.monotonic() + self._timing.connect_s
        target = self._address.path if isinstance(self._address, UnixAddress) else self._address[::-1]
        while True:
            try:
                connection.connect(target)
            except BlockingIOError:
                self._wait_to_connect(connection, deadline)
            else:
                return
            if isinstance(self._address, TcpAddress):
                _raise_for(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
                return

    def _wait_to_connect(self, connection: socket.socket, deadline: float) -> None:
        """A Unix socket whose queue is full cannot be waited for, only tried again (EAGAIN in unix(7))."""
        remaining_s = _remaining_s(deadline)
        if isinstance(self._address, UnixAddress):
            self._wait(None, 0, min(_BUSY_SOCKET_PAUSE_S, remaining_s))
        else:
            self._wait(connection.fileno(), select.POLLOUT, remaining_s)
            _remaining_s(deadline)

    def _send(self, connection: socket.socket, request: bytes, deadline: float) -> None:
        rest = memoryview(request)
        while rest:
            try:
                rest = rest[connection.send(rest) :]
            except BlockingIOError:
                self._wait(connection.fileno(), select.POLLOUT, _remaining_s(deadline))

    def _receive(self, connection: socket.socket, deadline: float) -> tuple[int, bytes]:
        received = bytearray()
        while True:
            self._wait(connection.fileno(), select.POLLIN, _remaining_s(deadline))
            try:
                chunk = connection.recv(65536)
            except BlockingIOError:
                continue
            received += chunk
            reply = read_reply(bytes(received), ended=not chunk)
            if reply is not None:
                return reply


def read_reply(received: bytes, *, ended: bool) -> tuple[int, bytes] | None:
    """Return status and body of an HTTP/1.x reply, or None while more bytes are needed.

    Raises ServiceReplyError for what is not such a reply or too large, and ServiceUnavailableError when it
    broke off.
    """
    head, separator, body = received.partition(b"\r\n\r\n")
    if len(head) > _MAX_HEAD_BYTES:
        raise ServiceReplyError("the head of the reply is too large")
    if not separator:
        _check_not_ended(ended=ended)
        return None
    status, length = _read_head(head)
    if len(body) > MAX_BODY_BYTES or (length is not None and length > MAX_BODY_BYTES):
        raise ServiceReplyError("the reply is too large")
    if length is None:
        return (status, body) if ended else None
    if len(body) < length:
        _check_not_ended(ended=ended)
        return None
    return status, body[:length]


def _check_not_ended(*, ended: bool) -> None:
    if ended:
        raise ServiceUnavailableError("the service broke off in the middle of a reply")


def _read_head(head: bytes) -> tuple[int, int | None]:
    status_line, *fields = head.split(b"\r\n")
    match = re.fullmatch(_STATUS_LINE, status_line)
    if match is None:
        raise ServiceReplyError("the reply is not HTTP/1.x")
    length: int | None = None
    for field in fields:
        name, _, value = field.partition(b":")
        if name.lower() == b"transfer-encoding":
            raise ServiceReplyError("the reply has a transfer encoding")
        if name.lower() == b"content-length":
            if length is not None or not re.fullmatch(_LENGTH, value.strip()):
                raise ServiceReplyError("the reply has a wrong length")
            length = int(value)
    return int(match.group(1)), length


def _answer(status: int, body: bytes) -> JsonObject:
    if status >= 500:
        raise ServiceUnavailableError(f"the service answered {status}")
    if status >= 400:
        raise ServiceRefusedError(status)
    if status != 200:
        raise ServiceReplyError(f"the service answered {status}")
    return read_json_object(body)


def read_json_object(body: bytes) -> JsonObject:
    """Return a JSON object. Raises ServiceReplyError for anything else, also for a name that comes twice."""
    try:
        value = json.loads(body, object_pairs_hook=_without_repeated_names, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ServiceReplyError("the reply is not strict JSON") from error
    if not isinstance(value, dict):
        raise ServiceReplyError("the reply is not a JSON object")
    return value


def _without_repeated_names(pairs: list[tuple[str, object]]) -> JsonObject:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name comes twice in an object")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _remaining_s(deadline: float) -> float:
    remaining_s = deadline - time.monotonic()
    if remaining_s <= 0:
        raise ServiceUnavailableError("the service did not answer in time")
    return remaining_s


def _raise_for(error_number: int) -> None:
    if error_number:
        raise OSError(error_number, "the connection failed")
