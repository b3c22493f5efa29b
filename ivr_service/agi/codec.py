"""The Asterisk Gateway Interface as bytes and values, without any I/O.

The promise: whatever bytes are fed, in whatever pieces, come out as an `Environment`, a `Reply`, a `Signal`,
or one of two exceptions. `RemoteProtocolError` is about what was received, `LocalProtocolError` about what
was asked of this module. Nothing else is raised.

The forms are those of res/res_agi.c, the same in Asterisk 16 to 22. The types are NamedTuples because to
import `dataclasses` would take a third of the time that the front end has for its start; for the same reason
patterns are compiled when first used.
"""

import re
from enum import Enum
from typing import NamedTuple

MAX_COMMAND_BYTES = 1024
"""A longer command line is refused. Asterisk cuts at 8191 bytes and runs the rest as a second command."""

MAX_LINE_BYTES = 4096
"""No line that Asterisk prints to this front end is nearly as long."""

_MAX_ENVIRONMENT_LINES = 200
_MAX_USAGE_LINES = 500

_CONTROL_CHARACTER = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
_ENVIRONMENT_LINE = r"(agi_[a-z0-9_]{1,60}): ?(.*)"
_SUCCESS = r"200 result=(-?[0-9]{1,10})(?: \((.*)\))?(?: endpos=([0-9]{1,19}))?"
_REFUSAL = r"(510|511|520)(?: (.*))?"
_PRINTABLE_ASCII = r"[\x20-\x7e]*"
_USAGE_END = "520 End of proper usage."


class ProtocolError(Exception):
    """One side broke the protocol."""


class RemoteProtocolError(ProtocolError):
    """What was received is not AGI, or could have been forged. Nothing after it can be trusted."""


class LocalProtocolError(ProtocolError):
    """What was asked for cannot be sent. Nothing was sent."""


class Signal(Enum):
    """What an AGI connection can say besides the environment and replies."""

    NEED_DATA = "feed more bytes"
    HANGUP = "the caller hung up"
    CLOSED = "Asterisk closed the connection"


class Environment(NamedTuple):
    """The lines that Asterisk prints first, from `agi_request` to the empty line."""

    values: dict[str, str]


class Reply(NamedTuple):
    """The answer to one command.

    `code` is 200, 510 (unknown command), 511 (not on a dead channel) or 520 (wrong usage). `result` is None
    unless the code is 200. `data` is the text in parentheses, or None. `endpos` is in samples.
    """

    code: int
    result: int | None = None
    data: str | None = None
    endpos: int | None = None


class Command(Enum):
    """Every AGI command that this front end can send."""

    STREAM_FILE = "STREAM FILE"
    RECORD_FILE = "RECORD FILE"
    WAIT_FOR_DIGIT = "WAIT FOR DIGIT"
    GET_VARIABLE = "GET VARIABLE"
    SET_VARIABLE = "SET VARIABLE"
    EXEC = "EXEC"
    DATABASE_PUT = "DATABASE PUT"
    DATABASE_DEL = "DATABASE DEL"


Event = Environment | Reply | Signal


def encode_command(command: Command, *arguments: str) -> bytes:
    """Return the one line that makes Asterisk run `command` with exactly these arguments.

    Every argument is quoted, so that spaces and empty arguments arrive as they are (parse_args in res_agi.c).

    Raises LocalProtocolError for an argument with anything but printable ASCII, and for a line over
    MAX_COMMAND_BYTES.
    """
    for argument in arguments:
        if not re.fullmatch(_PRINTABLE_ASCII, argument):
            raise LocalProtocolError("an AGI argument may hold printable ASCII only")
    line = " ".join([command.value, *(_quoted(argument) for argument in arguments)]) + "\n"
    if len(line) > MAX_COMMAND_BYTES:
        raise LocalProtocolError(f"an AGI command line may have at most {MAX_COMMAND_BYTES} bytes")
    return line.encode("ascii")


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _State(Enum):
    ENVIRONMENT = "reading the environment"
    IDLE = "no command is running"
    AWAITING_REPLY = "a command is running"
    USAGE = "reading the usage text of a refused command"


class AgiConnection:
    """One AGI conversation, from the environment to the end.

    Strictly one command at a time: Asterisk reads its pipe through a stdio buffer, so a second command that
    arrives in the same read stays in the buffer, unseen, until yet another one comes (run_agi in res_agi.c).
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._state = _State.ENVIRONMENT
        self._environment: dict[str, str] = {}
        self._usage_lines = 0
        self._interruptions = 0
        self._received_end = False
        self._error: RemoteProtocolError | None = None

    def send_command(self, command: Command, *arguments: str) -> bytes:
        """Return the bytes to send. Raises LocalProtocolError when not idle, or as `encode_command` does."""
        if self._error is not None or self._state is not _State.IDLE:
            raise LocalProtocolError("a command can be sent only after the reply to the one before")
        line = encode_command(command, *arguments)
        self._state = _State.AWAITING_REPLY
        return line

    def send_interrupting(self, command: Command, *arguments: str) -> bytes:
        """Return the bytes that stop a running STREAM FILE and start this command, which plays nothing.

        Asterisk stops the prompt when its pipe becomes readable; the stopped STREAM FILE sends no reply, but
        one that ended in the same moment does (ast_waitstream_full). Its reply, with an endpos, is not the
        last. To be sent only when Asterisk has surely read the command before it: see the class. If it had
        not, one more interruption frees the one that is stuck, and each of them is replied to.

        Raises LocalProtocolError when no command is running, or as `encode_command` does.
        """
        if self._error is not None or self._state is not _State.AWAITING_REPLY:
            raise LocalProtocolError("only a running command can be interrupted")
        line = encode_command(command, *arguments)
        self._interruptions += 1
        return line

    def receive_data(self, data: bytes) -> None:
        """Take bytes as they came, none for the end. Raises LocalProtocolError for bytes after the end."""
        if self._received_end and data:
            raise LocalProtocolError("there can be no bytes after the end")
        if not data:
            self._received_end = True
        self._buffer += data

    def next_event(self) -> Event:
        """Return the next thing that Asterisk said, NEED_DATA, or, for ever after the end, CLOSED.

        Raises RemoteProtocolError, and from then on the same one again.
        """
        if self._error is not None:
            raise self._error
        try:
            return self._next_event()
        except RemoteProtocolError as error:
            self._error = error
            raise

    def _next_event(self) -> Event:
        while True:
            line = self._take_line()
            if line is None:
                return self._without_a_line()
            event = self._event_from(line)
            if event is not None:
                return event

    def _without_a_line(self) -> Signal:
        if not self._received_end:
            return Signal.NEED_DATA
        if self._buffer or self._state in (_State.ENVIRONMENT, _State.USAGE):
            raise RemoteProtocolError("the connection ended in the middle")
        return Signal.CLOSED

    def _take_line(self) -> str | None:
        end = self._buffer.find(b"\n")
        if (end if end >= 0 else len(self._buffer)) > MAX_LINE_BYTES:
            raise RemoteProtocolError(f"a line is longer than {MAX_LINE_BYTES} bytes")
        if end < 0:
            return None
        line = self._buffer[:end].decode("utf-8", errors="replace")
        del self._buffer[: end + 1]
        return line

    def _event_from(self, line: str) -> Event | None:
        if self._state is _State.USAGE:
            return self._usage_line(line)
        if re.search(_CONTROL_CHARACTER, line):
            raise RemoteProtocolError("a line holds a control character")
        if self._state is _State.ENVIRONMENT:
            return self._environment_line(line)
        if line == "HANGUP":
            return Signal.HANGUP
        if self._state is _State.IDLE:
            raise RemoteProtocolError("a reply came without a command")
        return self._reply_line(line)

    def _environment_line(self, line: str) -> Environment | None:
        """Read one line, strictly: a caller's name or number is printed into it without escaping."""
        if not line:
            return self._end_of_environment()
        match = re.fullmatch(_ENVIRONMENT_LINE, line)
        if match is None:
            raise RemoteProtocolError("a line of the environment has not the form agi_name: value")
        name, value = match.group(1), match.group(2)
        if name in self._environment:
            raise RemoteProtocolError(f"{name} came twice in the environment")
        if len(self._environment) >= _MAX_ENVIRONMENT_LINES:
            raise RemoteProtocolError("the environment has too many lines")
        self._environment[name] = value
        return None

    def _end_of_environment(self) -> Environment:
        if not self._environment:
            raise RemoteProtocolError("the environment is empty")
        self._state = _State.IDLE
        return Environment(self._environment)

    def _reply_line(self, line: str) -> Reply | None:
        if line.startswith("520-"):
            self._state = _State.USAGE
            self._usage_lines = 0
            return None
        reply = _parse_reply(line)
        if reply.endpos is None or not self._interruptions:
            self._interruptions = max(0, self._interruptions - 1)
            self._state = _State.AWAITING_REPLY if self._interruptions else _State.IDLE
        return reply

    def _usage_line(self, line: str) -> Reply | None:
        if line.endswith(_USAGE_END):
            self._state = _State.IDLE
            return Reply(520)
        self._usage_lines += 1
        if self._usage_lines > _MAX_USAGE_LINES:
            raise RemoteProtocolError("a usage text does not end")
        return None


def _parse_reply(line: str) -> Reply:
    success = re.fullmatch(_SUCCESS, line)
    if success is not None:
        result, data, endpos = success.groups()
        return Reply(200, int(result), data, int(endpos) if endpos else None)
    refusal = re.fullmatch(_REFUSAL, line)
    if refusal is not None:
        return Reply(int(refusal.group(1)), data=refusal.group(2))
    raise RemoteProtocolError("a line is not a reply")
