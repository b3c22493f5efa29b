"""A throw-away Asterisk: written, started and stopped inside one directory, on loopback only."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.asterisk.kit import configuration
from tests.asterisk.kit.tree import AsteriskTree

_BOOT_TIMEOUT_S = 80.0


def free_port() -> int:
    """Find a UDP port that is free right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class AsteriskServer:
    """One Asterisk. `files` are its own configuration files by name; the rest is written here.

    `environment` is added to its environment, which AGI scripts inherit.
    """

    def __init__(
        self, tree: AsteriskTree, run_dir: Path, files: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self.tree = tree
        self.run_dir = run_dir
        self.sip_port = free_port()
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._write(files)

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.sip_port)

    @property
    def agi_dir(self) -> Path:
        return self.run_dir / "agi-bin"

    @property
    def spool(self) -> Path:
        return self.run_dir / "spool"

    @property
    def pid(self) -> int:
        assert self._process is not None, "this Asterisk is not running"
        return self._process.pid

    def start(self) -> None:
        """Start, and return when every module is loaded."""
        with (self.run_dir / "console.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._command(), "-f", "-n", "-vvvv"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                cwd=self.run_dir, env={**os.environ, **self._environment},
            )  # fmt: skip
        deadline = time.monotonic() + _BOOT_TIMEOUT_S
        while "fully booted" not in self._boot_answer():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Asterisk did not start, see {self.run_dir / 'console.log'}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def command_line(self, command: str) -> str:
        """Run one command at Asterisk's own command line and give what it prints."""
        done = subprocess.run(
            [*self._command(), "-rx", command], capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout

    def channels(self) -> int:
        """Count the channels that exist now."""
        found = re.search(r"([0-9]+) active channel", self.command_line("core show channels count"))
        assert found is not None, "Asterisk did not say how many channels it has"
        return int(found[1])

    def wait_until_idle(self, timeout_s: float = 25.0) -> None:
        """Wait until no call is left: after that, no INVITE can come any more."""
        deadline = time.monotonic() + timeout_s
        while self.channels() > 0:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still in a call:\n{self.command_line('core show channels verbose')}")
            time.sleep(0.05)

    def wait_for_application(self, name: str, timeout_s: float = 25.0) -> None:
        """Wait until a channel runs this dialplan application."""
        deadline = time.monotonic() + timeout_s
        while f"!{name}!" not in self.command_line("core show channels concise"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no channel came to {name}")
            time.sleep(0.02)

    def log(self) -> str:
        return (self.run_dir / "log/full").read_text("utf-8", "replace")

    def _command(self) -> list[str]:
        return [*self.tree.command, "-C", str(self.run_dir / "etc/asterisk.conf")]

    def _boot_answer(self) -> str:
        is_listening = (self.run_dir / "run/asterisk.ctl").exists()
        return self.command_line("core waitfullybooted") if is_listening else ""

    def _write(self, files: Mapping[str, str]) -> None:
        for name in ("etc", "agi-bin", "lib", "run", "log", "spool/voicemail", "data/sounds"):
            (self.run_dir / name).mkdir(parents=True, exist_ok=True)
        for path in self.tree.data.iterdir():
            if path.name != "sounds":
                (self.run_dir / "data" / path.name).symlink_to(path)
        (self.run_dir / "data/sounds/en").symlink_to(self.tree.sounds)
        fixed = configuration.fixed_files(self.tree, self.run_dir, self.sip_port)
        for name, text in {**fixed, **files}.items():
            (self.run_dir / "etc" / name).write_text(text, "utf-8")
