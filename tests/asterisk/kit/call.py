"""One call of a test telephone: its dialogue (RFC 3261 section 12), its voice, and what it can wait for."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from tests.asterisk.kit import sip
from tests.asterisk.kit.disturbance import Disturbance
from tests.asterisk.kit.rtp import Packet, RtpStream, digit_packets, voice_packets
from tests.asterisk.kit.sound import Samples

if TYPE_CHECKING:
    from tests.asterisk.kit.phone import SipPhone

Address = tuple[str, int]
_POLL_S = 0.02


class CallOverError(Exception):
    """The test wants to use a call that is over."""


class SipCall:
    """A call that a SipPhone placed or received. `status` is the final SIP status of an outgoing INVITE."""

    def __init__(
        self, phone: "SipPhone", call_id: str, peer: Address, *, local: str, remote: str, target: str
    ) -> None:
        self.phone = phone
        self.call_id = call_id
        self.peer = peer
        self.local = local
        self.remote = remote
        self.target = target
        self.stream = RtpStream()
        self.answered = threading.Event()
        self.ended = threading.Event()
        self.status: int | None = None
        self.ended_by = ""
        self.invite: sip.SipMessage | None = None
        self.last_reply = b""
        self.is_lifted = False
        self._said = threading.Event()
        self._sequence = 1
        self._invite_sequence = 1
        self._invite_branch = ""

    # -- what the caller does

    def press(self, keys: str, length_s: float = 0.08, gap_s: float = 0.02) -> None:
        """Press keys one after the other, and return when the last has been released."""
        self._check_alive()
        packets = chain.from_iterable(digit_packets(key, length_s, gap_s) for key in keys)
        self._send(packets, 10 + len(keys))

    def say(self, samples: Samples) -> None:
        """Send this as the caller's voice, and return when it has been sent."""
        self.begin_to_say(samples)
        if not self._said.wait(10 + len(samples) / 8000):
            raise TimeoutError("the voice was not sent in time")

    def begin_to_say(self, samples: Samples) -> None:
        """Send this as the caller's voice, and return at once."""
        self._check_alive()
        self._said = self.stream.send(voice_packets(samples))

    def is_disturbed_by(self, *disturbances: Disturbance) -> None:
        """From now on these are heard with everything that is said, and when nothing is said."""
        self.stream.disturbances = disturbances

    def hang_up(self) -> None:
        if self.ended.is_set():
            return
        if self.is_lifted:
            self.answered.wait(2)  # RFC 3261 section 15: no BYE before the ACK
            self.request("BYE")
        elif self.invite is None:
            self.request("CANCEL")
        else:
            self.phone.decline(self)
        self.finish("hung up here")

    # -- what the caller hears

    def wait_for_sound(self, timeout_s: float = 25.0) -> float:
        """Wait until something audible arrives that was not there yet; give the time of its arrival."""
        began = time.monotonic()
        self._wait(lambda: self.stream.last_audible(began) is not None, timeout_s, "sound")
        return time.monotonic()

    def wait_for_quiet(self, quiet_s: float = 0.6, timeout_s: float = 30.0) -> None:
        """Wait until nothing audible has arrived for this long."""
        began = time.monotonic()

        def is_quiet() -> bool:
            now = time.monotonic()
            return now - began >= quiet_s and self.stream.last_audible(now - quiet_s) is None

        self._wait(is_quiet, timeout_s, "quiet")

    def wait_until_answered(self, timeout_s: float = 20.0) -> None:
        if not self.answered.wait(timeout_s):
            raise TimeoutError(f"the call was not answered after {timeout_s} s")

    def wait_until_over(self, timeout_s: float = 20.0) -> None:
        if not self.ended.wait(timeout_s):
            raise TimeoutError(f"the call was not over after {timeout_s} s")

    def heard(self, since: float = 0.0) -> Samples:
        return self.stream.samples(since)

    # -- signalling, used by the telephone

    def request(self, method: str, body: str = "") -> None:
        """Send a request of this dialogue."""
        sequence, branch = self._transaction(method)
        headers = [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.phone.port};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", self.phone.contact),
            *(self.phone.headers if method == "INVITE" else ()),
        ]
        self.phone.transmit(sip.render_message(f"{method} {self.target} SIP/2.0", headers, body), self.peer)

    def connect(self, description: str) -> None:
        """Begin to talk with whom this session description names."""
        self.is_lifted = True
        address = sip.media_address(description)
        if address is not None:
            self.stream.start(address)

    def finish(self, reason: str) -> None:
        if not self.ended.is_set():
            self.ended_by = reason
            self.ended.set()
            self.stream.stop()

    def _transaction(self, method: str) -> tuple[int, str]:
        """Give the sequence number and the branch.

        CANCEL and ACK carry the INVITE's number, CANCEL and the ACK of a refusal also its branch (RFC 3261
        sections 9.1, 13.2.2.4 and 17.1.1.3).
        """
        match method:
            case "CANCEL":
                return self._invite_sequence, self._invite_branch
            case "ACK":
                is_refused = self.status is not None and self.status >= 300
                return self._invite_sequence, self._invite_branch if is_refused else sip.new_branch()
            case _:
                self._sequence += 1
                branch = sip.new_branch()
                if method == "INVITE":
                    self._invite_sequence, self._invite_branch = self._sequence, branch
                return self._sequence, branch

    def _check_alive(self) -> None:
        if self.ended.is_set():
            raise CallOverError(f"the call is over: {self.ended_by}")

    def _send(self, packets: Iterator[Packet], timeout_s: float) -> None:
        if not self.stream.send(packets).wait(timeout_s):
            raise TimeoutError("the audio was not sent in time")

    def _wait(self, is_true: Callable[[], bool], timeout_s: float, what: str) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_true():
            self._check_alive()
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {what} within {timeout_s} s")
            time.sleep(_POLL_S)
