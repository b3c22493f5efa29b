"""The real service as a process of its own, with the tests' configuration and its own state directory."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.asterisk.kit.site import PIN, write_site
from tests.asterisk.kit.tree import PROJECT

_START_TIMEOUT_S = 80.0
_READY = b"GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n"
_COLUMNS = (
    "number, number_class, caller_id, allowed, reason, outcome, answered_s, grant_id, recording, "
    "announced_at, recording_state"
)


@dataclass(frozen=True)
class AuditRow:
    """One attempt to dial, as the audit trail keeps it."""

    number: str
    number_class: str | None
    caller_id: str | None
    allowed: bool
    reason: str | None
    outcome: str | None
    answered_s: int | None
    grant_id: str | None
    recording: str | None
    announced_at: int | None
    recording_state: str | None


def child_pids(pid: int) -> list[int]:
    """Give the processes that any thread of this process started; none when it is gone."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in lists for child in _read_if_there(children).split()]


def _read_if_there(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:  # the thread has ended
        return ""


def connected_to(path: Path) -> frozenset[str]:
    """Give the inodes of the connections that a Unix socket with this path has accepted (proc(5), net/unix).

    The columns end in state (03: connected), inode and path; an accepted socket has its listener's path.
    """
    rows = (line.split() for line in Path("/proc/net/unix").read_text("ascii", "replace").splitlines()[1:])
    return frozenset(row[6] for row in rows if len(row) == 8 and row[5] == "03" and row[7] == str(path))


def socket_inodes(pid: int) -> list[str]:
    """Give the sockets that this process has open, each once; none when the process is gone."""
    try:
        links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []
    return sorted({link[8:-1] for link in links if link.startswith("socket:[")})


def wait_until(is_true: Callable[[], bool], what: str, timeout_s: float = 25.0) -> None:
    """Look again and again until it is so.

    A look that takes long is taken less often: most of the time belongs to what is waited for.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        began = time.monotonic()
        if is_true():
            return
        now = time.monotonic()
        if now > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s} s")
        time.sleep(max(0.02, 3 * (now - began)))


class ServiceProcess:
    """`ivr-service serve` in `run_dir`. It can be stopped, killed and started as often as a test likes."""

    def __init__(self, run_dir: Path) -> None:
        self.site = run_dir / "site"
        self.state = run_dir / "state"
        self._process: subprocess.Popen[bytes] | None = None
        write_site(self.site)
        self.state.mkdir(parents=True)
        (run_dir / "front-end.conf").write_text(self._front_end_configuration(), "utf-8")

    @property
    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(3)
                line.connect(str(self.state / "service.sock"))
                line.sendall(_READY)
                return b" 200 " in line.recv(4096)
        except OSError:
            return False

    def start(self) -> None:
        """Start, and return when it is ready for calls. Does nothing when it is running."""
        if self._process is not None:
            return
        with (self.state / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command("serve"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
            )
        wait_until(lambda: self.is_ready, "the service is ready", _START_TIMEOUT_S)

    def stop(self) -> None:
        """Stop as a system would: with SIGTERM, then with patience."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(15)
            self._process = None

    def kill(self) -> None:
        """Kill the service and all its workers, as a power cut would."""
        assert self._process is not None, "the service is not running"
        pids = [self._process.pid, *child_pids(self._process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self._process.wait(5)
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let nothing of the service run, so that connections are taken and never answered."""
        assert self._process is not None, "the service is not running"
        pids = [self._process.pid, *child_pids(self._process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def voices(self) -> list[int]:
        """Give the workers that listen to a caller now, once for each caller."""
        assert self._process is not None, "the service is not running"
        open_now = connected_to(self.state / "speech.sock")
        workers = child_pids(self._process.pid)
        return [pid for pid in workers for inode in socket_inodes(pid) if inode in open_now]

    def kill_workers(self) -> None:
        """Kill the workers and leave the service itself, which has to start new ones."""
        assert self._process is not None, "the service is not running"
        for pid in child_pids(self._process.pid):
            os.kill(pid, signal.SIGKILL)

    def reload(self) -> None:
        """Replace the workers, which read the configuration anew; return when the old ones are gone."""
        assert self._process is not None, "the service is not running"
        before = set(child_pids(self._process.pid))
        self._process.send_signal(signal.SIGHUP)
        pid = self._process.pid
        wait_until(lambda: not before & set(child_pids(pid)), "new workers", _START_TIMEOUT_S)
        wait_until(lambda: self.is_ready, "the service is ready again", _START_TIMEOUT_S)

    def set_pin(self, mailbox: str) -> None:
        self.run("pin", "set", "--mailbox", mailbox, "--stdin", stdin=f"{PIN}\n")

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run one command of the project on this service's site and state, and give what it prints."""
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=PROJECT,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def command(self, *arguments: str) -> list[str]:
        places = ("--config", str(self.site), "--state", str(self.state))
        return [sys.executable, "-m", "ivr_service", *arguments, *places]

    def audit(self, mailbox: str) -> list[AuditRow]:
        """Read what the audit trail says of this mailbox, oldest first."""
        query = f"SELECT {_COLUMNS} FROM dials WHERE mailbox = ? ORDER BY id"  # noqa: S608 - no text from outside
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database:
            rows = database.execute(query, (f"{mailbox}@default",)).fetchall()
        return [AuditRow(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in rows]

    def blocked(self) -> list[tuple[str, str, str]]:
        """Read which numbers are blocked, for whom ("" for everybody), and by whom."""
        query = "SELECT number, mailbox, blocked_by FROM blocked_numbers ORDER BY number, mailbox"
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database:
            return database.execute(query).fetchall()

    def block(self, number: str, mailbox: str = "") -> None:
        """Block a number (E.164) as the admin does, for a mailbox or for everybody."""
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database, database:
            database.execute("INSERT INTO blocked_numbers VALUES (?, ?, '', '', 0)", (number, mailbox))

    def survey_answers(self, mailbox: str) -> list[tuple[str, str, str, str | None]]:
        """Read what was answered after this mailbox's calls: question, who was asked, answer, recording."""
        query = (
            "SELECT question, asked_of, answer, recording FROM survey_answers WHERE mailbox = ? "
            "ORDER BY answered_at"
        )
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database:
            return database.execute(query, (f"{mailbox}@default",)).fetchall()

    def voices_of(self, mailbox: str) -> set[str]:
        """Read the names of all that was recorded in this mailbox's calls and surveys and is still there."""
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database:
            query = "SELECT call_id FROM calls WHERE mailbox = ?"
            calls = {row[0] for row in database.execute(query, (f"{mailbox}@default",))}
        found = (self.state / "recordings" / "voices").iterdir()
        return {path.stem for path in found if path.stem.partition("-")[0] in calls}

    def call_id_of(self, grant_id: str) -> str:
        """Read which call a grant belongs to."""
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database:
            query = "SELECT call_id FROM dials WHERE grant_id = ?"
            return str(database.execute(query, (grant_id,)).fetchone()[0])

    def unblock_all(self) -> None:
        with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database, database:
            database.execute("DELETE FROM blocked_numbers")

    def wait_for_the_end(self, mailbox: str) -> None:
        """Wait until this mailbox had a call and the service knows that all its calls are over."""
        query = "SELECT count(*), count(ended_at) FROM calls WHERE mailbox = ?"

        def has_ended() -> bool:
            with closing(sqlite3.connect(self.state / "ivr.sqlite")) as database:
                began, ended = database.execute(query, (f"{mailbox}@default",)).fetchone()
            return bool(began) and bool(began == ended)

        wait_until(has_ended, f"the service knows that the calls of {mailbox} are over")

    def wait_for_outcome(self, mailbox: str, count: int = 1) -> list[AuditRow]:
        """Wait until this many attempts have a known outcome, and give all of this mailbox."""
        wait_until(
            lambda: sum(row.outcome is not None for row in self.audit(mailbox)) >= count,
            f"{count} outcomes for {mailbox}",
        )
        return self.audit(mailbox)

    def wait_for_recording(self, mailbox: str, number: str) -> AuditRow:
        """Wait until it is known what became of the recording of this mailbox's only call to the number."""

        def row() -> AuditRow | None:
            return next((row for row in self.audit(mailbox) if row.number == number), None)

        wait_until(
            lambda: (found := row()) is not None and found.recording_state not in (None, "recording"),
            f"the recording of {number} is seen to",
        )
        found = row()
        assert found is not None
        return found

    def log(self) -> str:
        return (self.state / "service.log").read_text("utf-8", "replace")

    def _front_end_configuration(self) -> str:
        return (
            f"socket={self.state}/service.sock\n"
            f"token_file={self.state}/token\n"
            f"prompts={self.state}/prompts\n"
            "apology=local/apology\n"
        )
