"""Whole calls through the front end, in this process or its own, between a fake Asterisk and a service."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr_service.agi.channel import AgiChannel
from ivr_service.agi.configuration import PATH_VARIABLE
from ivr_service.agi.front_end import FrontEnd
from ivr_service.agi.service_client import Timing
from tests.fakes.agi_peer import FakeAsterisk
from tests.fakes.turn_service import TOKEN, Actions, Answer

SCRIPT = Path(__file__).parents[2] / "agi-bin" / "feature-menu.eagi"
PATIENT = Timing(connect_s=5.0, attempt_s=5.0, retry_pause_s=0.01)
QUICK = PATIENT._replace(attempt_s=0.3)
GRANT = "00112233445566778899aabbccddeeff"


def prompt(name: str) -> dict[str, str]:
    return {"sound": f"en/{name}", "text": name}


def play(name: str) -> dict[str, Any]:
    return {"do": "play", "prompts": [prompt(name)]}


def ask(name: str, **changes: object) -> dict[str, Any]:
    return {
        "do": "ask",
        "prompts": [prompt(name)],
        "max_digits": 1,
        "terminator": "",
        "stop_keys": "",
        "first_digit_timeout_ms": 5000,
        "inter_digit_timeout_ms": 3000,
        "words": [],
        "secret": False,
        "heed_lead": False,
        "listen": False,
        **changes,
    }


def dial(grant_id: str = GRANT, dial_string: str = "PJSIP/12125551234@trunk") -> list[dict[str, Any]]:
    return [
        {"do": "set_caller_id", "number": "12025550100", "name": "Main Office"},
        {"do": "dial", "grant_id": grant_id, "dial_string": dial_string, "ring_s": 45, "max_length_s": 7200},
        {"do": "record_outcome", "grant_id": grant_id},
    ]


def hang_up(result: str = "mailbox") -> dict[str, Any]:
    return {"do": "hang_up", "result": result}


MENU = ask("menu")
CALL_THEN_MAILBOX: Sequence[Answer] = (
    Actions([play("welcome"), MENU]),
    Actions(dial()),
    Actions([play("back"), hang_up()]),
)


def played(asterisk: FakeAsterisk) -> list[str]:
    """The prompts that were played, below the prompts directory."""
    return [sound.rpartition("/prompts/")[2] for sound in asterisk.sounds()]


@dataclass(frozen=True)
class Place:
    """A directory with the front end's configuration, its token, and a path for the service's socket."""

    directory: Path

    @property
    def socket(self) -> Path:
        return self.directory / "service.sock"

    @property
    def configuration(self) -> Path:
        return self.directory / "front-end.conf"

    @property
    def apology(self) -> str:
        return f"{self.directory}/prompts/local/apology"

    def prepare(self) -> None:
        (self.directory / "token").write_text(f"{TOKEN}\n")
        self.configuration.write_text(
            "# where things are\n"
            f"socket={self.socket}\n"
            f"token_file={self.directory}/token\n"
            f"prompts={self.directory}/prompts\n"
            "apology=local/apology\n"
        )


def run_here(asterisk: FakeAsterisk, place: Place, mode: str, *, timing: Timing = PATIENT) -> int:
    """Run the front end in this process; IVR_FRONT_END_CONF must be set. Returns its exit status."""
    script_reads, asterisk_writes = os.pipe()
    asterisk_reads, script_writes = os.pipe()
    channel = AgiChannel(script_reads, script_writes)
    asterisk.on_hang_up = channel.note_hang_up
    peer = threading.Thread(target=asterisk.serve, args=(asterisk_reads, asterisk_writes))
    peer.start()
    try:
        return FrontEnd(channel, timing).run(mode)
    finally:
        os.close(script_writes)
        peer.join()
        os.close(script_reads)


@dataclass(frozen=True)
class Finished:
    """How a front end process ended."""

    exit_status: int
    stderr: str


def run_process(
    asterisk: FakeAsterisk,
    place: Place,
    mode: str,
    *,
    command: Sequence[str] = ("python3", "-I", "-S", str(SCRIPT)),
    kill_at_dial: bool = False,
    audio: int | None = None,
) -> Finished:
    """Run the front end as Asterisk does, in a process of its own; `audio` becomes its descriptor 3."""
    with subprocess.Popen(
        [*_with_audio(audio), *command, mode],
        pass_fds=() if audio is None else (audio,),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={PATH_VARIABLE: str(place.configuration), "PATH": os.environ["PATH"]},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        asterisk.on_hang_up = lambda: process.send_signal(signal.SIGHUP)
        if kill_at_dial:
            asterisk.on_dial = lambda: _kill_and_wait(process)
        asterisk.serve(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()))
        process.stdin.close()
        stderr = process.stderr.read().decode()
    return Finished(process.returncode, stderr)


def _with_audio(descriptor: int | None) -> Sequence[str]:
    return () if descriptor is None else ("sh", "-c", f'exec 3</dev/fd/{descriptor}; exec "$0" "$@"')


def _kill_and_wait(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
