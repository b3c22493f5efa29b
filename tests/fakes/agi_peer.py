"""An Asterisk that is one scripted caller on two pipes, as strict and as forgetful as the real one."""

import os
import re
import shlex
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ENVIRONMENT = {
    "agi_request": "feature-menu.eagi",
    "agi_channel": "PJSIP/owner-00000001",
    "agi_callerid": "500",
    "agi_calleridname": "Box Owner",
    "agi_callingpres": "0",
    "agi_context": "ivr-callback",
    "agi_extension": "12125551234",
    "agi_enhanced": "0.0",
}
MAILBOX_VARIABLES = {"IVR_MAILBOX": "103", "IVR_CONTEXT": "default", "IVR_ORIGIN": "inside"}

_LISTENING_SLICE_MS = 25
_ANSWER_TO_A_SLICE_AFTER_S = 0.002


@dataclass
class Caller:
    """What the caller and the far end do.

    `keys` are given one to each prompt that keys may interrupt and each longer wait, "" for no key.
    `keys_while_waiting` are pressed while the front end waits for the service, after the first prompt. At the
    command number `hangs_up_at` the caller hangs up; with `hangs_up_while_waiting`, at the first wait
    after the first prompt, without a signal to the script. `missing_sounds` are files that are not there.
    `recording` is how a recording ends.
    """

    keys: Sequence[str] = ()
    keys_while_waiting: Sequence[str] = ()
    hangs_up_at: int | None = None
    hangs_up_while_waiting: bool = False
    dial_status: str = "ANSWER"
    missing_sounds: tuple[str, ...] = ()
    recording: str = "200 result=0 (timeout) endpos=12000"


@dataclass
class FakeAsterisk:
    """Answers each command line as res_agi.c would, and keeps them all in `commands`."""

    caller: Caller
    variables: dict[str, str] = field(default_factory=lambda: dict(MAILBOX_VARIABLES))
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    on_hang_up: Callable[[], None] = lambda: None
    on_dial: Callable[[], None] = lambda: None
    closes_at: int | None = None
    commands: list[list[str]] = field(default_factory=list)
    database: dict[tuple[str, str], str] = field(default_factory=dict)
    database_is_broken: bool = False
    dials: list[str] = field(default_factory=list)
    dials_after_hang_up: list[str] = field(default_factory=list)
    caller_ids_at_dial: list[tuple[str, str]] = field(default_factory=list)
    has_hung_up: bool = False
    refuses_all: bool = False
    answers_nothing: bool = False

    def __post_init__(self) -> None:
        self._keys = list(self.caller.keys)
        self._keys_while_waiting = list(self.caller.keys_while_waiting)

    def serve(self, read_descriptor: int, write_descriptor: int) -> None:
        """Talk to the script until it is gone. Closes both descriptors."""
        try:
            self._talk(read_descriptor, write_descriptor)
        except BrokenPipeError:
            return
        finally:
            os.close(write_descriptor)
            os.close(read_descriptor)

    def _talk(self, read_descriptor: int, write_descriptor: int) -> None:
        lines = [f"{name}: {value}\n" for name, value in self.environment.items()]
        os.write(write_descriptor, "".join([*lines, "\n"]).encode())
        while line := self._read_line(read_descriptor):
            words = shlex.split(line.decode("ascii"))
            if len(self.commands) == self.closes_at:
                return
            answer = self._answer(words)
            if self.answers_nothing or answer is None:
                continue
            os.write(write_descriptor, f"{answer}\n".encode())

    def _read_line(self, descriptor: int) -> bytes:
        data = os.read(descriptor, 65536)
        if data:
            assert data.endswith(b"\n"), "a command line came in pieces"
            assert data.count(b"\n") == 1, "a second command came before the reply to the first"
        return data[:-1]

    def _answer(self, words: list[str]) -> str | None:
        if words[:3] == ["WAIT", "FOR", "DIGIT"] and int(words[3]) == _LISTENING_SLICE_MS:
            return self._answer_to_listening()
        self.commands.append(words)
        if self.refuses_all:
            return "510 Invalid or unknown command"
        if len(self.commands) - 1 == self.caller.hangs_up_at:
            self.has_hung_up = True
            self.on_hang_up()
        match words:
            case ["GET" | "SET", "VARIABLE", name, *value]:
                return self._answer_to_variable(name, *value)
            case ["EXEC", "Dial" | "MixMonitor" | "StopMixMonitor" as application, arguments]:
                return self._answer_to_application(application, arguments)
            case ["DATABASE", what, *arguments]:
                return f"200 result={int(self._change_database(what, arguments))}"
            case ["STREAM", "FILE", sound, escape_keys]:
                return self._answer_to_prompt(sound, escape_keys)
            case ["RECORD", "FILE", *arguments]:
                return self._answer_to_recording(arguments)
            case ["WAIT", "FOR", "DIGIT", _]:
                return "200 result=-1" if self.has_hung_up else f"200 result={self._next_key(self._keys)}"
            case _:
                return "510 Invalid or unknown command"

    def _answer_to_variable(self, name: str, value: str | None = None) -> str:
        if value is not None:
            self.variables[name] = value
            return "200 result=1"
        return f"200 result=1 ({self.variables[name]})" if name in self.variables else "200 result=0"

    def _answer_to_recording(self, arguments: list[str]) -> str:
        [_, form, _, _, *limits] = arguments
        assert (form, limits[-1][:2]) == ("wav", "s=")
        return "200 result=-1 (hangup) endpos=800" if self.has_hung_up else self.caller.recording

    def _change_database(self, what: str, arguments: list[str]) -> bool:
        """What is put is kept unless the database is broken; what is deleted must have been there."""
        match what, arguments:
            case "PUT", [family, key, value]:
                self.database |= {} if self.database_is_broken else {(family, key): value}
                return not self.database_is_broken
            case "DEL", [family, key]:
                return self.database.pop((family, key), None) is not None
            case _:
                raise AssertionError(f"res_agi.c knows no DATABASE {what} with {len(arguments)} arguments")

    def _answer_to_listening(self) -> str:
        has_heard_something = bool(self.sounds())
        if self.caller.hangs_up_while_waiting and has_heard_something:
            self.has_hung_up = True
        if self.has_hung_up:
            return "200 result=-1"
        threading.Event().wait(_ANSWER_TO_A_SLICE_AFTER_S)
        return f"200 result={self._next_key(self._keys_while_waiting) if has_heard_something else 0}"

    def _answer_to_prompt(self, sound: str, escape_keys: str) -> str | None:
        if self.has_hung_up or sound.endswith(self.caller.missing_sounds or ("\n",)):
            return "200 result=-1 endpos=0"
        key = self._next_key(self._keys) if escape_keys else 0
        return f"200 result={key} endpos=1234"

    def _answer_to_dial(self, arguments: str) -> str:
        hung_up_before = self.has_hung_up and len(self.commands) - 1 != self.caller.hangs_up_at
        (self.dials_after_hang_up if hung_up_before else self.dials).append(arguments)
        self.caller_ids_at_dial.append(
            (self.variables.get("CALLERID(num)", "500"), self.variables.get("CALLERID(name)", "Box Owner"))
        )
        self.on_dial()
        self.variables["DIALSTATUS"] = "CANCEL" if self.has_hung_up else self.caller.dial_status
        self.variables["ANSWEREDTIME"] = "12" if self.caller.dial_status == "ANSWER" else ""
        self.variables["HANGUPCAUSE"] = "16"
        return "200 result=-1" if self.has_hung_up else "200 result=0"

    def _answer_to_application(self, application: str, arguments: str) -> str:
        if application == "Dial":
            return self._answer_to_dial(arguments)
        if application == "MixMonitor":
            self.variables["IVR_RECORDING_ID"] = "0x7f560800f900"
        return "200 result=0"

    def _next_key(self, keys: list[str]) -> int:
        key = keys.pop(0) if keys else ""
        return ord(key) if key else 0

    # What tests ask

    def sounds(self) -> list[str]:
        """The files that were played, in order."""
        return [words[2] for words in self.commands if words[0] == "STREAM"]


def is_plain_command(words: list[str]) -> bool:
    """Whether this is one of the commands that the front end is meant to use."""
    return re.fullmatch(r"(GET|SET) VARIABLE|STREAM FILE|WAIT FOR|EXEC Dial", " ".join(words[:2])) is not None
