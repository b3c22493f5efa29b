"""The caller's channel as Asterisk offers it to a script: AGI on two descriptors, audio on a third."""

import os
import select
import time
from typing import NamedTuple, Protocol

from ivr_service.agi.codec import AgiConnection, Command, Environment, Reply, Signal
from ivr_service.agi.voice_format import Decode, decoder

_ORDINARY_S = 10.0
_LONGEST_PROMPT_S = 300.0
_LISTENING_SLICE_MS = 25
_AUDIO_PIPE_FILLS_S = 1.0
_VOICE_SLICE_S = 0.06
_SURELY_READ_S = 0.15
"""After this Asterisk has read a command, and the next one cannot come in the same read."""

_STUCK_AFTER_S = 1.0
"""An interruption that has no reply after this is stuck in Asterisk's buffer."""

_READ_BYTES = 65536
_SAMPLES_A_SECOND = 8000
_HUNG_UP = -1


class HungUpError(Exception):
    """The caller hung up. Variables can still be read and set, nothing else."""


class ChannelLostError(HungUpError):
    """Asterisk closed the connection or stopped answering: nothing can be read or set any more."""


class CommandRefusedError(Exception):
    """Asterisk does not know a command, or not in this form."""


class MissingSoundError(Exception):
    """Asterisk could not play a prompt, and the caller is still there."""


class Recorded(NamedTuple):
    """How a recording ended: the key that ended it, or "", its length, and whether it could be written."""

    key: str
    length_ms: int
    is_written: bool


class Voice(Protocol):
    """Where the caller's voice goes; `agi.speech_line.SpeechLine` is one."""

    has_begun: bool

    @property
    def is_over(self) -> bool:
        """Whether no more is to come."""

    def fileno(self) -> int:
        """The descriptor to poll."""

    def handle(self) -> None:
        """Take what has come."""

    def send_audio(self, pcm: bytes) -> None:
        """Send what the caller says."""


class AgiChannel:
    """One caller. Methods raise HungUpError when the caller is gone, and the codec's two exceptions."""

    def __init__(self, read_descriptor: int, write_descriptor: int) -> None:
        self._read_descriptor = read_descriptor
        self._write_descriptor = write_descriptor
        self._audio_descriptor: int | None = None
        self._connection = AgiConnection()
        self._voice: Voice | None = None
        self._decode: Decode | None = decoder("slin")
        self._is_format_known = True
        self._is_listening = False
        self._heard = ""
        self._is_hung_up = False
        self._is_lost = False

    # The conversation

    def read_environment(self) -> dict[str, str]:
        """Return what Asterisk prints first. To be called once, before anything else."""
        deadline = time.monotonic() + _ORDINARY_S
        while True:
            event = self._connection.next_event()
            if isinstance(event, Environment):
                return event.values
            if event is not Signal.NEED_DATA or time.monotonic() >= deadline:
                raise ChannelLostError
            self._poll(None, 0, deadline - time.monotonic())

    def take_audio_from(self, descriptor: int) -> None:
        """Keep the caller's audio pipe (EAGI: descriptor 3) empty; a full one costs a warning a frame."""
        self._audio_descriptor = descriptor

    def can_hear(self) -> bool:
        """Whether the caller's voice comes here, in a known format. After a talk Asterisk is asked."""
        if self._audio_descriptor is not None and not self._is_format_known:
            self._decode = decoder(self.get_variable("CHANNEL(audioreadformat)"))
            self._is_format_known = True
        return self._audio_descriptor is not None and self._decode is not None

    def send_voice_to(self, voice: "Voice | None") -> None:
        """Send the caller's audio there from now on, or nowhere."""
        self._voice = voice

    def note_hang_up(self) -> None:
        """Remember that the caller is gone; called for SIGHUP, which is how Asterisk tells a local script."""
        self._is_hung_up = True

    def check_caller_is_there(self) -> None:
        """Raise HungUpError when it is known that the caller is gone."""
        if self._is_hung_up:
            raise HungUpError

    def play(self, sound: str, *, escape_keys: str = "") -> str:
        """Play a file (its path without the extension); return the escape key that ended it, or "".

        Raises MissingSoundError when there is no such file.
        """
        reply = self._command(
            Command.STREAM_FILE,
            sound,
            escape_keys,
            timeout_s=_LONGEST_PROMPT_S,
            may_interrupt=bool(escape_keys),
        )
        if reply.result == _HUNG_UP:
            # A missing file gives -1 too (handle_streamfile in res_agi.c).
            self._confirm_hang_up()
            raise MissingSoundError
        return _key(reply)

    def wait_for_key(self, timeout_ms: int) -> str:
        """Return the next key, or "" when none comes within `timeout_ms` milliseconds."""
        reply = self._command(
            Command.WAIT_FOR_DIGIT, str(timeout_ms), timeout_s=timeout_ms / 1000 + _ORDINARY_S
        )
        if reply.result == _HUNG_UP:
            self._hang_up()
        return _key(reply)

    def wait_for_key_or_words(self, timeout_ms: int) -> str:
        """Return the next key, or "" when none comes in time or the voice's line is over."""
        deadline = time.monotonic() + timeout_ms / 1000
        while not self._heard and time.monotonic() < deadline and self._is_speaking():
            self._listen()
            self._poll(None, 0, _VOICE_SLICE_S)
            self._take_listening_result()
            self.check_caller_is_there()
        self._stop_listening()
        key, self._heard = self._heard[:1], self._heard[1:]
        return key

    def record(self, path: str, *, escape_keys: str, longest_s: int, silence_s: int, beep: bool) -> Recorded:
        """Record the caller to a wav file (its path without the extension) that is not there yet.

        The silence at its end is left out. A file that cannot be opened, or a beep that is missing, gives -1
        like a hang-up does (handle_recordfile in res_agi.c); a key pressed during the beep leaves no file.
        """
        self.check_caller_is_there()
        limits = (str(longest_s * 1000), *(("BEEP",) if beep else ()), f"s={silence_s}")
        timeout_s = longest_s + _ORDINARY_S
        reply = self._command(Command.RECORD_FILE, path, "wav", escape_keys, *limits, timeout_s=timeout_s)
        if reply.result == _HUNG_UP:
            self._confirm_hang_up()
        is_written = reply.result != _HUNG_UP and reply.data != "randomerror"
        return Recorded(_key(reply), (reply.endpos or 0) * 1000 // _SAMPLES_A_SECOND, is_written)

    def get_variable(self, name: str) -> str:
        """Return a channel variable, or "" when it is not set."""
        return self._command(Command.GET_VARIABLE, name, timeout_s=_ORDINARY_S).data or ""

    def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""
        self._command(Command.SET_VARIABLE, name, value, timeout_s=_ORDINARY_S)

    def dial(self, arguments: str, *, longest_s: int) -> None:
        """Run the Dial application until it is over. It is not run when the caller is known to be gone."""
        self._stop_listening()
        self.check_caller_is_there()
        self._is_format_known = False
        reply = self._command(Command.EXEC, "Dial", arguments, timeout_s=longest_s + 60)
        if reply.result == _HUNG_UP:
            self._confirm_hang_up()

    def originate(self, arguments: str) -> None:
        """Run the Originate application, which with the option `a` returns at once."""
        self._command(Command.EXEC, "Originate", arguments, timeout_s=_ORDINARY_S)

    def confer(self, room: str, *, longest_s: int) -> None:
        """Run the ConfBridge application until the caller is out of it."""
        self._stop_listening()
        self.check_caller_is_there()
        self._is_format_known = False
        reply = self._command(Command.EXEC, "ConfBridge", room, timeout_s=longest_s + 60)
        if reply.result == _HUNG_UP:
            self._confirm_hang_up()

    def start_recording(self, arguments: str) -> None:
        """Run the MixMonitor application, which returns at once."""
        self._command(Command.EXEC, "MixMonitor", arguments, timeout_s=_ORDINARY_S)

    def stop_recording(self, mix_monitor: str) -> None:
        """Run the StopMixMonitor application on the recording with this id."""
        self._command(Command.EXEC, "StopMixMonitor", mix_monitor, timeout_s=_ORDINARY_S)

    def put_in_database(self, family: str, key: str, value: str) -> bool:
        """Keep a value in Asterisk's own database, also after a hang-up; False when it cannot be written."""
        reply = self._command(Command.DATABASE_PUT, family, key, value, timeout_s=_ORDINARY_S)
        return reply.result == 1

    def delete_from_database(self, family: str, key: str) -> None:
        """Delete a key of Asterisk's own database, if it is there."""
        self._command(Command.DATABASE_DEL, family, key, timeout_s=_ORDINARY_S)

    # Keys that come while something else is waited for

    def wait(self, descriptor: int | None, events: int, timeout_s: float) -> None:
        """Wait like `service_client.wait_for_socket`, but hear the caller's keys and hang-up meanwhile.

        Asterisk throws away keys that come while no command runs. So short WAIT FOR DIGIT commands run, one
        after the other. A long one could be interrupted by the next command, but when Asterisk has not read
        the first one yet, it takes both out of the pipe at once and the second is stuck (seen on 16 and 22).
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self._listen()
            if self._poll(descriptor, events, max(0.0, deadline - time.monotonic())):
                return
            self._take_listening_result()
            if time.monotonic() >= deadline:
                return

    def take_heard_keys(self) -> str:
        """End the listening that `wait` began, and return the keys that came."""
        self._stop_listening()
        heard, self._heard = self._heard, ""
        return heard

    def _listen(self) -> None:
        if self._is_listening or self._is_hung_up:
            return
        self._send(Command.WAIT_FOR_DIGIT, str(_LISTENING_SLICE_MS))
        self._is_listening = True

    def _stop_listening(self) -> None:
        if self._is_listening:
            self._note_heard(self._await_reply(_ORDINARY_S))

    def _take_listening_result(self) -> None:
        reply = self._next_reply()
        if reply is not None:
            self._note_heard(reply)

    def _note_heard(self, reply: Reply) -> None:
        self._is_listening = False
        if reply.code == 511 or reply.result == _HUNG_UP:
            self._is_hung_up = True
        else:
            self._heard += _key(reply)

    # Commands and replies

    def _command(
        self, command: Command, *arguments: str, timeout_s: float, may_interrupt: bool = False
    ) -> Reply:
        self._stop_listening()
        if self._is_lost:
            raise ChannelLostError
        self._send(command, *arguments)
        reply = self._await_interruptible(timeout_s) if may_interrupt else self._await_reply(timeout_s)
        if reply.code == 511:
            self._hang_up()
        if reply.code != 200:
            raise CommandRefusedError(f"Asterisk refused {command.value}")
        return reply

    def _confirm_hang_up(self) -> None:
        """Raise HungUpError if the caller is gone, by a command that fails for no other reason."""
        self.wait_for_key(_LISTENING_SLICE_MS)

    def _hang_up(self) -> None:
        self._is_hung_up = True
        raise HungUpError

    def _lose(self) -> None:
        self._is_hung_up = self._is_lost = True
        self._is_listening = False

    def _await_reply(self, timeout_s: float) -> Reply:
        deadline = time.monotonic() + timeout_s
        while True:
            reply = self._next_reply()
            if reply is not None:
                return reply
            if time.monotonic() >= deadline:
                self._lose()
            if self._is_lost:
                raise ChannelLostError
            self._poll(None, 0, deadline - time.monotonic())

    def _await_interruptible(self, timeout_s: float) -> Reply:
        """Wait for a prompt to end, or end it when the caller begins to speak."""
        began = time.monotonic()
        while not self._words_have_begun() or time.monotonic() - began < _SURELY_READ_S:
            reply = self._next_reply()
            if reply is not None:
                return reply
            if self._is_lost or time.monotonic() - began >= timeout_s:
                self._lose()
                raise ChannelLostError
            self._poll(None, 0, _VOICE_SLICE_S if self._is_speaking() else timeout_s)
        return self._interrupt()

    def _interrupt(self) -> Reply:
        """Stop the prompt with a short wait for a key. When it ended or met a key by itself, that counts.

        On a busy host Asterisk may read the prompt's command and this one at once and see only the first; a
        further wait for a key frees the one that is stuck.
        """
        replies: list[Reply] = []
        interruptions = 0
        gives_up = time.monotonic() + _ORDINARY_S
        while not interruptions or sum(reply.endpos is None for reply in replies) < interruptions:
            reply = self._reply_within(_STUCK_AFTER_S) if interruptions else None
            if reply is not None:
                replies.append(reply)
            elif time.monotonic() < gives_up:
                self._write(
                    self._connection.send_interrupting(Command.WAIT_FOR_DIGIT, str(_LISTENING_SLICE_MS))
                )
                interruptions += 1
            else:
                self._lose()
                raise ChannelLostError
        return next((reply for reply in replies if _key(reply) or reply.result == _HUNG_UP), replies[-1])

    def _reply_within(self, timeout_s: float) -> Reply | None:
        deadline = time.monotonic() + timeout_s
        while (reply := self._next_reply()) is None and time.monotonic() < deadline:
            if self._is_lost:
                raise ChannelLostError
            self._poll(None, 0, deadline - time.monotonic())
        return reply

    def _is_speaking(self) -> bool:
        return self._voice is not None and not self._voice.is_over

    def _words_have_begun(self) -> bool:
        return self._voice is not None and self._voice.has_begun

    def _next_reply(self) -> Reply | None:
        while True:
            match self._connection.next_event():
                case Reply() as reply:
                    return reply
                case Signal.HANGUP:
                    self._is_hung_up = True
                case Signal.CLOSED:
                    self._lose()
                    return None
                case _:
                    return None

    # Descriptors

    def _send(self, command: Command, *arguments: str) -> None:
        """Write one short line; a pipe takes it whole or not at all (PIPE_BUF in pipe(7)).

        A reply that is there before its command could be forged, by a variable with a newline in its value:
        looking for one first makes it the error that it is.
        """
        self._next_reply()
        self._write(self._connection.send_command(command, *arguments))

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._write_descriptor, line)
        except OSError:
            written = 0
        if written != len(line):
            self._lose()
            raise ChannelLostError

    def _poll(self, descriptor: int | None, events: int, timeout_s: float) -> bool:
        """Wait for Asterisk, for the descriptor's events, or for the time; True for the descriptor."""
        poller = select.poll()
        if not self._is_lost:
            poller.register(self._read_descriptor, select.POLLIN)
        if descriptor is not None:
            poller.register(descriptor, events)
        voice = self._voice if self._is_speaking() else None
        if voice is not None:
            poller.register(voice.fileno(), select.POLLIN)
        ready = dict(poller.poll(min(max(timeout_s, 0.0), _AUDIO_PIPE_FILLS_S) * 1000))
        self._empty_audio_pipe()
        if voice is not None and not voice.is_over and voice.fileno() in ready:
            voice.handle()
        if self._read_descriptor in ready:
            self._connection.receive_data(_read(self._read_descriptor))
        return descriptor in ready

    def _empty_audio_pipe(self) -> None:
        if self._audio_descriptor is None:
            return
        poller = select.poll()
        poller.register(self._audio_descriptor, select.POLLIN)
        if not poller.poll(0):
            return
        audio = _read(self._audio_descriptor)
        if not audio:
            self._audio_descriptor = None
        elif self._voice is not None and self._decode is not None:
            self._voice.send_audio(self._decode(audio))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _READ_BYTES)
    except OSError:
        return b""


def _key(reply: Reply) -> str:
    """Return the key that a result stands for: its ASCII code, or 0 for none."""
    return chr(reply.result) if reply.result is not None and 32 < reply.result < 127 else ""
