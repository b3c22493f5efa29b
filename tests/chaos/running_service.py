"""The real program in processes of its own, on a configuration and a state directory that may be broken."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex

from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin
from ivr_service.phone.http_line import HttpLine, open_line
from ivr_service.service.messages import (
    AskAction,
    CallReply,
    DialAction,
    HangUpAction,
    HungUpEvent,
    KeysEvent,
    PlayAction,
    PostTurn,
    StartCall,
)
from ivr_service.store.database import Database
from ivr_service.store.dials import StoredDial
from tests.conftest import EXAMPLE

_START_S = 60.0
"""A start looks at every prompt and loads the model and the numbering tables: long on a busy machine."""


def wait_until(is_so: Callable[[], bool], limit_s: float = 20.0) -> None:
    ends = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("service", timeout=15)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class RunningService:
    """`ivr-service serve`, and calls to it. Every `start` has a log of its own, `log` is the newest."""

    def __init__(self, directory: Path, prompts: Path) -> None:
        self.config = directory / "config"
        self.state = directory / "state"
        self.log = directory / "log"
        self._processes: list[subprocess.Popen[bytes]] = []
        shutil.copytree(EXAMPLE, self.config)
        shutil.copytree(prompts, self.state / "prompts")

    # --- the program

    @property
    def master(self) -> subprocess.Popen[bytes]:
        return self._processes[-1]

    @property
    def socket(self) -> Path:
        return self.state / "service.sock"

    def spawn(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the program, with a process group of its own, so that nothing of it outlives the test."""
        arguments = ["serve", "--config", str(self.config), "--state", str(self.state)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "ivr_service", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0,
            )
        self._processes.append(process)
        return process

    def start(self) -> None:
        """Start the program and wait until it answers."""
        self.log = self.log.with_name(f"log-{len(self._processes)}")
        self.spawn(self.log)
        wait_until(lambda: len(self.workers()) >= 2 and self.is_live(), _START_S)

    def stop(self) -> None:
        self.master.terminate()
        self.master.wait(10)

    def end_all(self) -> None:
        """End everything that was ever started here."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def workers(self) -> list[int]:
        """The workers that take calls now, oldest first."""
        whole = [line for line in self.log.read_text().splitlines(keepends=True) if line.endswith("}\n")]
        ready = [line["pid"] for line in map(json.loads, whole) if line["event"] == "worker ready"]
        return [pid for pid in ready if is_running(pid)]

    def kill_worker(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(pid))

    def kill_everything(self) -> None:
        """As the kernel does when memory is short: no process of it gets to do anything more."""
        os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait(10)

    # --- its API

    def is_live(self) -> bool:
        try:
            return self.ask("GET", "/live")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: object = None, token: str | None = None) -> tuple[int, str]:
        """One request without any retry; returns status and body."""
        secret = token or (self.state / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        with closing(_UnixConnection(self.socket)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def call(self, number: str = "2125551234", mailbox: str = "103") -> "LiveCall":
        """A call that has just arrived, by the client that the front end uses."""
        arrival = StartCall(
            call_id=token_hex(16),
            kind=CallKind.DIAL_OUT,
            extension=number,
            mailbox=mailbox,
            origin=Origin.INSIDE,
        )
        line = open_line(self.state)
        return LiveCall(line, arrival.call_id, line.start(arrival))

    def dials(self) -> tuple[StoredDial, ...]:
        """The audit trail. Only while the database is in order."""
        database = Database(f"sqlite:///{self.state}/ivr.sqlite")
        try:
            with database.reading() as unit:
                return unit.dials.latest(10_000, None)
        finally:
            database.close()

    def edit(self, name: str, old: str, new: str) -> None:
        """Edit one configuration file, in one step, as editors do."""
        file = self.config / name
        text = file.read_text()
        assert old in text
        draft = file.with_suffix(".new")
        draft.write_text(text.replace(old, new, 1))
        draft.replace(file)


class LiveCall:
    """One call over the socket."""

    def __init__(self, line: HttpLine, call_id: str, reply: CallReply) -> None:
        self.line, self.call_id, self.reply = line, call_id, reply

    def press(self, keys: str) -> CallReply:
        """Answer the question."""
        event = KeysEvent(keys=keys, ended_by=EndedBy.FULL)
        self.reply = self.line.turn(self.call_id, PostTurn(turn=self.reply.turn + 1, event=event))
        return self.reply

    def hang_up(self) -> None:
        self.reply = self.line.turn(self.call_id, PostTurn(turn=None, event=HungUpEvent()))
        assert isinstance(self.reply.actions[-1], HangUpAction)

    @property
    def dial(self) -> DialAction | None:
        return next((action for action in self.reply.actions if isinstance(action, DialAction)), None)

    def said(self) -> list[str]:
        spoken = [action for action in self.reply.actions if isinstance(action, PlayAction | AskAction)]
        return [prompt.text for action in spoken for prompt in action.prompts]

    def sounds(self) -> list[str]:
        spoken = [action for action in self.reply.actions if isinstance(action, PlayAction | AskAction)]
        return [prompt.sound for action in spoken for prompt in action.prompts]
