"""A voice stops a prompt, with an Asterisk that reads its pipe through a stdio buffer."""

import os
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from ivr_service.agi.channel import AgiChannel

PROMPT_S = 20


@dataclass
class SpeakingCaller:
    """A voice that began before the prompt did. `descriptor` never has anything to read."""

    descriptor: int
    has_begun: bool = True
    is_over: bool = False

    def fileno(self) -> int:
        return self.descriptor

    def handle(self) -> None:
        raise AssertionError("nothing came")

    def send_audio(self, pcm: bytes) -> None:
        """Nobody listens."""


def buffered_asterisk(reads: int, writes: int, starts_late_s: float) -> None:
    """A prompt stops when the pipe is readable, without a reply; a wait gives up in the same moment.

    A line that came in the same read as the one before stays in the buffer until the pipe has another
    (run_agi in res_agi.c).
    """
    os.write(writes, b"agi_request: x\n\n")
    time.sleep(starts_late_s)
    buffer = b""
    while is_readable(reads, None):
        if b"\n" not in buffer:
            data = os.read(reads, 65536)
            if not data:
                return
            buffer += data
        line, _, buffer = buffer.partition(b"\n")
        if not line.startswith(b"STREAM"):
            os.write(writes, b"200 result=0\n")
        elif not is_readable(reads, PROMPT_S * 1000):
            os.write(writes, b"200 result=0 endpos=8000\n")


def is_readable(descriptor: int, timeout_ms: int | None) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(timeout_ms))


@contextmanager
def spoken_to(starts_late_s: float) -> Iterator[AgiChannel]:
    script_reads, asterisk_writes = os.pipe()
    asterisk_reads, script_writes = os.pipe()
    never, other_end = os.pipe()
    peer = threading.Thread(target=buffered_asterisk, args=(asterisk_reads, asterisk_writes, starts_late_s))
    peer.start()
    channel = AgiChannel(script_reads, script_writes)
    channel.read_environment()
    channel.send_voice_to(SpeakingCaller(never))
    try:
        yield channel
    finally:
        os.close(script_writes)
        peer.join()
        for descriptor in (script_reads, asterisk_reads, asterisk_writes, never, other_end):
            os.close(descriptor)


@pytest.mark.parametrize("starts_late_s", [0.0, 0.6], ids=["at once", "in the same read as the prompt"])
def test_a_voice_stops_the_prompt_and_the_next_command_works(starts_late_s: float) -> None:
    began = time.monotonic()
    with spoken_to(starts_late_s) as channel:
        assert channel.play("en/menu", escape_keys="0123456789*#") == ""
        assert time.monotonic() - began < PROMPT_S / 2
        assert channel.wait_for_key(25) == ""
