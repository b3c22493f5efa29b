"""A test telephone: places calls, takes calls, and remembers every INVITE it ever got."""

import re
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from typing import assert_never

from tests.asterisk.kit import sip
from tests.asterisk.kit.call import Address, SipCall

_REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    404: "Not Found",
    486: "Busy Here",
    487: "Request Terminated",
}


@dataclass(frozen=True)
class Answers:
    """Rings this long, then answers."""

    after_s: float = 0.0


@dataclass(frozen=True)
class Refuses:
    """Answers with this SIP status at once: 486 is busy, 404 no such number, 503 no line."""

    status: int


@dataclass(frozen=True)
class NeverAnswers:
    """Rings until the other side gives up."""


Behaviour = Answers | Refuses | NeverAnswers


@dataclass(frozen=True)
class ReceivedInvite:
    """What a callee, or the trunk, is told about a call."""

    dialled: str
    shown: sip.NameAddress
    asserted: sip.NameAddress
    privacy: str
    at: float


class SipPhone:
    """A telephone, or a trunk, with one SIP socket and any number of calls.

    `headers` go into every INVITE it sends. `behaviour` decides what it does with the INVITEs it gets,
    and `behaviours` what with those for a certain number.
    """

    def __init__(self, user: str, port: int = 0, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.user = user
        self.headers = headers
        self.behaviour: Behaviour = Answers()
        self.behaviours: dict[str, Behaviour] = {}
        self.invites: list[ReceivedInvite] = []
        self.received: list[SipCall] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self._calls: dict[str, SipCall] = {}
        self._timers: list[threading.Timer] = []
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def contact(self) -> str:
        return f"<sip:{self.user}@127.0.0.1:{self.port}>"

    def call(
        self, number: str, server: Address, shown_number: str | None = None, shown_name: str = ""
    ) -> SipCall:
        """Place a call and give it back at once; `shown_number` and `shown_name` are what From says."""
        name = f'"{shown_name}" ' if shown_name else ""
        shown = self.user if shown_number is None else shown_number
        local = f"{name}<sip:{shown}@127.0.0.1:{self.port}>;tag={sip.new_tag()}"
        target = f"sip:{number}@{server[0]}:{server[1]}"
        call_id = f"{secrets.token_hex(8)}@127.0.0.1"
        call = SipCall(self, call_id, server, local=local, remote=f"<{target}>", target=target)
        self._calls[call.call_id] = call
        call.request("INVITE", sip.describe_media(call.stream.port))
        return call

    def wait_for_call(self, count: int = 1, timeout_s: float = 40.0) -> SipCall:
        """Wait until this many INVITEs have come in all, and give the call of that one."""
        deadline = time.monotonic() + timeout_s
        while len(self.received) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.user} got {len(self.received)} of {count} calls in {timeout_s} s")
            time.sleep(0.005)
        return self.received[count - 1]

    def call_to(self, number: str) -> SipCall:
        """Give the first call that came for this number."""
        return self.received[[invite.dialled for invite in self.invites].index(number)]

    def forget(self) -> None:
        """Drop every call and every remembered INVITE, and answer at once again."""
        for call in list(self._calls.values()):
            call.hang_up()
        self._calls.clear()
        self.invites = []
        self.received = []
        self.behaviour = Answers()
        self.behaviours = {}

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for call in list(self._calls.values()):
            call.hang_up()
        self._closed.set()
        self._thread.join(2)
        self._socket.close()

    def transmit(self, data: bytes, peer: Address) -> None:
        self._socket.sendto(data, peer)

    # -- what comes in

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                data, peer = self._socket.recvfrom(65535)
            except (TimeoutError, ConnectionRefusedError):
                continue
            if len(data) > 20:
                self._take(sip.parse_message(data), peer)

    def _take(self, message: sip.SipMessage, peer: Address) -> None:
        call = self._calls.get(message.header("call-id"))
        if message.is_response:
            if call is not None and message.method == "INVITE":
                self._take_invite_response(call, message)
            return
        match message.method:
            case "INVITE":
                self._take_invite(call, message, peer)
            case "ACK":
                if call is not None and call.is_lifted:
                    call.answered.set()
            case "CANCEL":
                self._take_cancel(call, message, peer)
            case "BYE":
                self._reply(message, peer, 200)
                if call is not None:
                    call.finish(f"hung up there {message.header('reason')}".strip())
            case _:
                self._reply(message, peer, 200)

    def _take_invite_response(self, call: SipCall, message: sip.SipMessage) -> None:
        if "tag=" in message.header("to"):
            call.remote = message.header("to")
        if message.status < 200:
            return
        is_first = call.status is None
        call.status = message.status
        if message.status >= 300:
            call.request("ACK")
            call.finish(f"refused with {message.status}")
            return
        call.target = sip.contact_uri(message) or call.target
        call.request("ACK")
        if is_first and not call.ended.is_set():
            call.connect(message.body)
            call.answered.set()

    def _take_invite(self, call: SipCall | None, message: sip.SipMessage, peer: Address) -> None:
        if call is None:
            self._take_new_call(message, peer)
        elif call.invite is not None and call.invite.branch == message.branch:
            self.transmit(call.last_reply, peer)  # sent again because our answer was late
        else:
            call.connect(message.body)
            self._reply(message, peer, 200, body=sip.describe_media(call.stream.port))

    def _take_new_call(self, message: sip.SipMessage, peer: Address) -> None:
        self.invites.append(_describe_invite(message))
        local = f"{message.header('to')};tag={sip.new_tag()}"
        target = sip.contact_uri(message)
        remote = message.header("from")
        call = SipCall(self, message.header("call-id"), peer, local=local, remote=remote, target=target)
        call.invite = message
        self._calls[call.call_id] = call
        self._behave(call, self.behaviours.get(self.invites[-1].dialled, self.behaviour))
        self.received.append(call)

    def _behave(self, call: SipCall, behaviour: Behaviour) -> None:
        match behaviour:
            case Refuses(status):
                self._answer_invite(call, status)
                call.finish(f"refused with {status}")
            case NeverAnswers():
                self._answer_invite(call, 180)
            case Answers(after_s):
                self._answer_invite(call, 180)
                self._later(after_s, call)
            case _:
                assert_never(behaviour)

    def _later(self, after_s: float, call: SipCall) -> None:
        if after_s <= 0:
            self.answer(call)
            return
        timer = threading.Timer(after_s, self.answer, (call,))
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def answer(self, call: SipCall) -> None:
        """Lift the receiver for a call that came in."""
        if call.ended.is_set() or call.invite is None:
            return
        call.is_lifted = True  # first: the ACK is taken by another thread, and may come at once
        self._answer_invite(call, 200)
        call.connect(call.invite.body)

    def decline(self, call: SipCall) -> None:
        """Refuse a call that rings."""
        self._answer_invite(call, 480)

    def _answer_invite(self, call: SipCall, status: int) -> None:
        assert call.invite is not None
        body = sip.describe_media(call.stream.port) if status == 200 else ""
        self._reply(call.invite, call.peer, status, call, body)

    def _take_cancel(self, call: SipCall | None, message: sip.SipMessage, peer: Address) -> None:
        self._reply(message, peer, 200)
        if call is not None and not call.answered.is_set():
            self._answer_invite(call, 487)
            call.finish("cancelled there")

    def _reply(
        self, request: sip.SipMessage, peer: Address, status: int, call: SipCall | None = None, body: str = ""
    ) -> None:
        to = call.local if call is not None else request.header("to")
        headers = [("Via", via) for via in request.headers_named("via")]
        headers += [("Record-Route", route) for route in request.headers_named("record-route")]
        headers += [
            ("From", request.header("from")),
            ("To", to),
            ("Call-ID", request.header("call-id")),
            ("CSeq", request.header("cseq")),
            ("Contact", self.contact),
        ]
        data = sip.render_message(f"SIP/2.0 {status} {_REASONS.get(status, 'Refused')}", headers, body)
        if call is not None:
            call.last_reply = data
        self.transmit(data, peer)


def _describe_invite(message: sip.SipMessage) -> ReceivedInvite:
    uri = re.match(r"INVITE sips?:([^@;> ]*)@", message.start)
    return ReceivedInvite(
        dialled=uri[1] if uri else "",
        shown=sip.parse_name_address(message.header("from")),
        asserted=sip.parse_name_address(message.header("p-asserted-identity")),
        privacy=message.header("privacy"),
        at=time.monotonic(),
    )
