import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from ivr_service.agi.channel import AgiChannel, ChannelLostError, CommandRefusedError, HungUpError
from ivr_service.agi.codec import RemoteProtocolError
from tests.fakes.agi_peer import Caller, FakeAsterisk


@contextmanager
def channel_to(asterisk: FakeAsterisk) -> Iterator[AgiChannel]:
    script_reads, asterisk_writes = os.pipe()
    asterisk_reads, script_writes = os.pipe()
    peer = threading.Thread(target=asterisk.serve, args=(asterisk_reads, asterisk_writes))
    peer.start()
    channel = AgiChannel(script_reads, script_writes)
    channel.read_environment()
    try:
        yield channel
    finally:
        os.close(script_writes)
        peer.join()
        os.close(script_reads)


def test_variables_are_read_and_set_as_they_are() -> None:
    with channel_to(FakeAsterisk(Caller())) as channel:
        channel.set_variable("X", 'a "b" (c) \\')
        assert channel.get_variable("X") == 'a "b" (c) \\'
        assert channel.get_variable("Y") == ""


def test_the_callers_audio_never_fills_its_pipe_while_something_is_waited_for() -> None:
    audio_reads, audio_writes = os.pipe()
    os.set_blocking(audio_writes, False)
    with channel_to(FakeAsterisk(Caller())) as channel:
        channel.take_audio_from(audio_reads)
        os.write(audio_writes, b"x" * 65536)
        channel.wait(None, 0, 0.01)
        assert os.write(audio_writes, b"x" * 32768) == 32768
    os.close(audio_reads)
    os.close(audio_writes)


@dataclass
class Listener:
    """Keeps what it is sent. `descriptor` never has anything to read."""

    descriptor: int
    heard: bytes = b""
    has_begun: bool = False
    is_over: bool = False

    def fileno(self) -> int:
        return self.descriptor

    def handle(self) -> None:
        raise AssertionError("nothing came")

    def send_audio(self, pcm: bytes) -> None:
        self.heard += pcm


def listen_to(channel: AgiChannel, voice: bytes) -> tuple[bool, bytes]:
    """Whether the channel can hear, and what a listener gets of this voice."""
    audio_reads, audio_writes = os.pipe()
    never, other_end = os.pipe()
    channel.take_audio_from(audio_reads)
    can_hear, listener = channel.can_hear(), Listener(never)
    channel.send_voice_to(listener)
    os.write(audio_writes, voice)
    channel.wait(None, 0, 0.01)
    channel.send_voice_to(None)
    for descriptor in (audio_reads, audio_writes, never, other_end):
        os.close(descriptor)
    return can_hear, listener.heard


def test_before_a_talk_the_voice_is_linear_and_asterisk_is_not_asked() -> None:
    asterisk = FakeAsterisk(Caller())
    with channel_to(asterisk) as channel:
        assert listen_to(channel, b"\x01\x02") == (True, b"\x01\x02")
    assert ["GET", "VARIABLE", "CHANNEL(audioreadformat)"] not in asterisk.commands


@pytest.mark.parametrize(
    ("name", "voice", "heard"),
    [
        ("ulaw", b"\x80", (True, b"\x7c\x7d")),
        ("alaw", b"\xd5", (True, b"\x08\x00")),
        ("slin", b"\x7c\x7d", (True, b"\x7c\x7d")),
        ("g722", b"\x7c\x7d", (False, b"")),
        ("", b"\x7c\x7d", (False, b"")),
    ],
)
def test_after_a_talk_the_voice_is_decoded_from_what_asterisk_says_it_is(
    name: str, voice: bytes, heard: tuple[bool, bytes]
) -> None:
    asterisk = FakeAsterisk(Caller())
    asterisk.variables["CHANNEL(audioreadformat)"] = name
    with channel_to(asterisk) as channel:
        channel.dial("PJSIP/12125551234@trunk,30,g", longest_s=1)
        assert listen_to(channel, voice) == heard
        assert listen_to(channel, voice) == heard
    assert asterisk.commands.count(["GET", "VARIABLE", "CHANNEL(audioreadformat)"]) == 1


def test_an_audio_pipe_that_ends_is_left_alone() -> None:
    audio_reads, audio_writes = os.pipe()
    os.close(audio_writes)
    with channel_to(FakeAsterisk(Caller())) as channel:
        channel.take_audio_from(audio_reads)
        assert channel.get_variable("IVR_MAILBOX") == "103"
        assert channel.get_variable("IVR_MAILBOX") == "103"
    os.close(audio_reads)


def test_waiting_ends_at_once_when_the_awaited_descriptor_is_ready() -> None:
    reads, writes = os.pipe()
    os.write(writes, b"x")
    with channel_to(FakeAsterisk(Caller())) as channel:
        channel.wait(reads, select.POLLIN, 60)
        assert channel.take_heard_keys() == ""
    os.close(reads)
    os.close(writes)


def test_a_command_that_asterisk_does_not_know_is_an_error_of_its_own() -> None:
    asterisk = FakeAsterisk(Caller())
    with channel_to(asterisk) as channel:
        asterisk.refuses_all = True
        with pytest.raises(CommandRefusedError):
            channel.get_variable("X")


def test_after_a_hang_up_variables_still_answer_and_media_does_not() -> None:
    asterisk = FakeAsterisk(Caller(), has_hung_up=True)
    with channel_to(asterisk) as channel:
        with pytest.raises(HungUpError):
            channel.wait_for_key(1000)
        with pytest.raises(HungUpError):
            channel.check_caller_is_there()
        with pytest.raises(HungUpError):
            channel.dial("PJSIP/1@trunk,45,g", longest_s=60)
        assert channel.get_variable("IVR_MAILBOX") == "103"
    assert asterisk.dials_after_hang_up == []


def test_when_asterisk_is_gone_every_command_says_so() -> None:
    with channel_to(FakeAsterisk(Caller(), closes_at=0)) as channel:
        for _ in range(2):
            with pytest.raises(ChannelLostError):
                channel.get_variable("X")
        channel.wait(None, 0, 0.01)
        assert channel.take_heard_keys() == ""


def test_a_reply_forged_in_the_value_of_a_variable_is_never_taken_for_the_next_one() -> None:
    asterisk = FakeAsterisk(Caller(), variables={"X": "1)\n200 result=1 (2"})
    with channel_to(asterisk) as channel:
        assert channel.get_variable("X") == "1"
        with pytest.raises(RemoteProtocolError):
            channel.dial("PJSIP/1@trunk,45,g", longest_s=60)
    assert asterisk.dials == []
