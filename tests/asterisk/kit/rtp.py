"""One RTP stream (RFC 3550): sends voice, digits (RFC 4733) or silence every 20 ms, keeps what it hears."""

import queue
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.asterisk.kit.disturbance import Disturbance, mixed
from tests.asterisk.kit.sound import FRAME_SAMPLES, SILENT_FRAME, Samples, decode_ulaw, encode_ulaw, level

_PCMU = 0
_EVENT = 101
_KEYS = "0123456789*#ABCD"
_TICK_S = 0.02
AUDIBLE_LEVEL = 150


@dataclass(frozen=True)
class Packet:
    """What goes out in one tick. All packets of one digit carry the time at which the digit began.

    `begins_speech` marks the first frame of a recording that can be heard.
    """

    payload: bytes
    kind: int = _PCMU
    is_start: bool = False
    is_end: bool = False
    begins_speech: bool = False


@dataclass(frozen=True)
class HeardFrame:
    """A frame of voice, with the monotonic time at which it arrived, in seconds."""

    at: float
    payload: bytes

    @property
    def is_audible(self) -> bool:
        return level(decode_ulaw(self.payload)) > AUDIBLE_LEVEL


@dataclass(frozen=True)
class _Outgoing:
    packets: Iterator[Packet]
    sent: threading.Event


_SILENCE = Packet(SILENT_FRAME)


def voice_packets(samples: Samples) -> Iterator[Packet]:
    encoded = encode_ulaw(samples)
    is_silent = True
    for start in range(0, len(encoded), FRAME_SAMPLES):
        payload = encoded[start : start + FRAME_SAMPLES].ljust(FRAME_SAMPLES, b"\xff")
        begins = is_silent and level(decode_ulaw(payload)) > AUDIBLE_LEVEL
        is_silent = is_silent and not begins
        yield Packet(payload, begins_speech=begins)


def digit_packets(key: str, length_s: float, gap_s: float) -> Iterator[Packet]:
    """Make a digit: updates while held, the end three times (RFC 4733 section 2.5.1.4), then silence."""
    code = _KEYS.index(key)
    ticks = max(2, round(length_s / _TICK_S))
    for tick in range(ticks):
        payload = struct.pack("!BBH", code, 10, FRAME_SAMPLES * (tick + 1))
        yield Packet(payload, _EVENT, is_start=tick == 0)
    for _ in range(3):
        yield Packet(struct.pack("!BBH", code, 0x80 | 10, FRAME_SAMPLES * ticks), _EVENT, is_end=True)
    yield from [_SILENCE] * round(gap_s / _TICK_S)


class RtpStream:
    """The media of one call. It starts to send when it is told where to."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[HeardFrame] = []
        self.heard_keys: list[str] = []
        self.key_begins: list[float] = []
        self.key_ends: list[float] = []
        self.speech_begins: list[float] = []
        self.disturbances: tuple[Disturbance, ...] = ()
        self._remote: tuple[str, int] | None = None
        self._waiting: queue.SimpleQueue[_Outgoing] = queue.SimpleQueue()
        self._sending = _Outgoing(iter(()), threading.Event())
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._sequence = 0
        self._timestamp = 0
        self._event_timestamp = 0
        self._heard_event: bytes = b""

    def start(self, remote: tuple[str, int]) -> None:
        """Send to this address from now on. A second call only changes the address."""
        self._remote = remote
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2)
        self._sending.sent.set()
        while not self._waiting.empty():
            self._waiting.get().sent.set()
        self._socket.close()

    def send(self, packets: Iterator[Packet]) -> threading.Event:
        """Send these after what is still waiting. The event is set when they are out, or never will be."""
        outgoing = _Outgoing(packets, threading.Event())
        self._waiting.put(outgoing)
        return outgoing.sent

    def samples(self, since: float = 0.0) -> Samples:
        return decode_ulaw(b"".join(frame.payload for frame in list(self.heard) if frame.at >= since))

    def last_audible(self, since: float = 0.0) -> float | None:
        """When something audible last arrived, or None when nothing did after `since`."""
        recent = (frame for frame in reversed(list(self.heard)) if frame.at >= since)
        return next((frame.at for frame in recent if frame.is_audible), None)

    def _run(self) -> None:
        next_tick = time.monotonic()
        while not self._over.is_set():
            self._send(self._next_packet())
            next_tick += _TICK_S
            self._receive_until(next_tick)

    def _next_packet(self) -> Packet:
        while True:
            packet = next(self._sending.packets, None)
            if packet is not None:
                return packet
            self._sending.sent.set()
            try:
                self._sending = self._waiting.get_nowait()
            except queue.Empty:
                return _SILENCE

    def _send(self, packet: Packet) -> None:
        self._note(packet)
        if packet.is_start:
            self._event_timestamp = self._timestamp
        timestamp = self._event_timestamp if packet.kind == _EVENT else self._timestamp
        marked = packet.kind | (0x80 if packet.is_start else 0)
        header = struct.pack(
            "!BBHII", 0x80, marked, self._sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 0x1234567
        )
        self._sequence += 1
        self._timestamp += FRAME_SAMPLES
        if self._remote is not None:
            self._socket.sendto(header + self._payload(packet), self._remote)

    def _note(self, packet: Packet) -> None:
        """Keep the times of what tests measure from."""
        now = time.monotonic()
        if packet.is_start:
            self.key_begins.append(now)
        if packet.begins_speech:
            self.speech_begins.append(now)
        if packet.is_end and not (self.key_ends and now - self.key_ends[-1] < 0.05):
            self.key_ends.append(now)

    def _payload(self, packet: Packet) -> bytes:
        """Give the packet's content, for voice with all disturbances."""
        frames = [one.next_frame(time.monotonic()) for one in self.disturbances]
        if packet.kind != _PCMU or not frames:
            return packet.payload
        samples = decode_ulaw(packet.payload)
        for frame in frames:
            samples = mixed(samples, frame)
        return encode_ulaw(samples)

    def _receive_until(self, moment: float) -> None:
        while True:
            left = moment - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return
            try:
                self._keep(self._socket.recv(2048))
            except ConnectionRefusedError:  # the other side has closed its port already
                continue

    def _keep(self, data: bytes) -> None:
        if len(data) <= 12:
            return
        kind = data[1] & 0x7F
        if kind == _PCMU:
            now = time.monotonic()
            self.heard.append(HeardFrame(now, data[12:]))
            for disturbance in self.disturbances:
                disturbance.hears(decode_ulaw(data[12:]), now)
        elif kind == _EVENT and data[13] & 0x80 and data[4:8] != self._heard_event:
            self._heard_event = data[4:8]
            self.heard_keys.append(_KEYS[data[12]])
