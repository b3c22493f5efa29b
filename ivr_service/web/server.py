"""Running the application under gunicorn: several workers, a Unix socket, and a stop that drops no call."""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from ivr_service.errors import IvrServiceError
from ivr_service.web.metrics import forget_process, prepare_shared_figures, share_figures

_log = structlog.get_logger()

_STOP_S = 3
_KEEP_ALIVE_S = 15
_SWITCH_S = 0.0005
_WAIT_FOR_OLD_WORKERS_S = 3.0
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeats; made there under a random name


class ServerError(IvrServiceError):
    """The server cannot start."""


@dataclass(frozen=True)
class ServerSettings:
    """How to serve. The socket is `state`/service.sock; `tcp_port` adds 127.0.0.1, for development."""

    state: Path
    workers: int = 2
    threads: int = 4
    tcp_port: int | None = None

    @property
    def socket(self) -> Path:
        """The Unix socket that the front end talks to."""
        return self.state / "service.sock"

    @property
    def metrics(self) -> Path:
        """Where the workers put their figures together."""
        return self.state / "metrics"


@dataclass(frozen=True)
class ServedApplication:
    """What a worker serves, and what to do when it ends (close the database, stop threads)."""

    flask: Flask
    close: Callable[[], None]


Factory = Callable[[], ServedApplication]
"""Run in each worker after the fork. When it raises at the first start, the server stops."""


def run_server(settings: ServerSettings, factory: Factory) -> None:
    """Serve until SIGTERM or SIGINT; then end the process, within five seconds.

    SIGHUP replaces the workers; requests under way are answered first. A socket file that a killed server
    left is replaced. To be run inside `sole_server` of the same state directory.
    """
    prepare_shared_figures(settings.metrics)
    _Server(settings, factory).run()


@contextmanager
def sole_server(state: Path) -> Iterator[None]:
    """Hold the state directory's lock. The workers inherit it: it is free when the last of them is gone.

    Raises ServerError when another server is running in this state directory, or it cannot be used.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServerError(f"cannot use the state directory {state.absolute()}: {error.strerror}") from error
    descriptor = os.open(state / "service.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        _lock(descriptor, state)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, state: Path) -> None:
    gives_up = time.monotonic() + _WAIT_FOR_OLD_WORKERS_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # The workers of a killed server notice within a second, and end.
            if time.monotonic() > gives_up:
                raise ServerError(
                    f"another ivr-service is running with the state directory {state.absolute()}: "
                    "stop it, or name another folder with --state"
                ) from None
            time.sleep(0.1)
        else:
            return


class _PlainLogger(Logger):  # type: ignore[misc]
    """Leaves handlers and format to `ivr_service.logs`."""

    def setup(self, cfg: object) -> None:  # noqa: ARG002
        self.error_log.handlers = []
        self.error_log.propagate = True


def _tell_it_is_ready(worker: Any) -> None:
    """Between this line and gunicorn's "Booting worker", a worker takes no calls yet."""
    _log.info("worker ready", pid=worker.pid)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: ServerSettings, factory: Factory) -> None:
        self._settings = settings
        self._factory = factory
        self._served: ServedApplication | None = None
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings; called again at SIGHUP."""
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application; called in each worker."""
        self._served = self._factory()
        return self._served.flask

    def _options(self) -> dict[str, object]:
        settings = self._settings
        bind = [f"unix:{settings.socket.absolute()}"]
        if settings.tcp_port is not None:
            bind.append(f"127.0.0.1:{settings.tcp_port}")
        return {
            "bind": bind,
            "worker_class": "gthread",
            "workers": settings.workers,
            "threads": settings.threads,
            "umask": 0o117,
            "graceful_timeout": _STOP_S,
            "keepalive": _KEEP_ALIVE_S,
            "logger_class": _PlainLogger,
            "accesslog": None,
            "proc_name": "ivr-service",
            "control_socket_disable": True,
            "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
            "post_fork": self._after_fork,
            "post_worker_init": _tell_it_is_ready,
            "worker_exit": self._at_worker_exit,
            "child_exit": self._after_worker,
        }

    def _after_fork(self, _server: object, _worker: object) -> None:
        share_figures(self._settings.metrics)
        # A thread that holds the database's lock must not wait 5 ms, Python's default, for its next step.
        sys.setswitchinterval(_SWITCH_S)

    def _at_worker_exit(self, _server: object, _worker: object) -> None:
        if self._served is None:
            return
        self._served.close()
        # Leave at once: a library that the server used before the fork may want to end threads that exist
        # only there, and would abort this process instead.
        os._exit(0)

    def _after_worker(self, _server: object, worker: Any) -> None:
        forget_process(self._settings.metrics, worker.pid)
