"""Turns a second, and how long one takes: the service against an empty Flask view.

Both run under the same server with the same settings, in the same run, over a Unix socket, and are asked by
the same client: first by one call, then by fifty at once. The service decides each turn and keeps it in its
store; the view answers nothing. The aim is at least half the view's rate. A client on the same machine takes
its share of the processors from both.

    python -m bench.turns
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from threading import Barrier, Thread

from flask import Flask, Response

from ivr_service.config import load_settings
from ivr_service.web.server import ServedApplication, ServerSettings, run_server, sole_server

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "deploy" / "example"
KEYS = ("0", "4", "1", "0", "4", "2")
"""What each call keys in the menu: help, another caller ID, the first; and again with the second."""

ROUNDS = ((1, 600), (50, 2500))
"""Calls at once, and turns in all."""

REPEATS = 3

LIMIT_S = 30.0
START_LIMIT_S = 120.0


@dataclass(frozen=True)
class Figures:
    """What one round gave. Rates count every request; times are of single turns, in milliseconds."""

    rate: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.rate:>12.0f}{self.p50_ms:>9.2f}{self.p99_ms:>9.2f}"


@dataclass(frozen=True)
class Target:
    """A server's socket, and the token it wants."""

    socket: Path
    token: str


class Client:
    """The smallest HTTP client. Like the front end, it takes a connection for each request."""

    def __init__(self, target: Target) -> None:
        self._path = str(target.socket)
        self._token = target.token

    def post(self, path: str, body: object) -> None:
        """Send, and wait for the answer; it must be a success."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: service\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
            "Connection: close\r\n\r\n"
        )
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(LIMIT_S)
            connection.connect(self._path)
            connection.sendall(head.encode() + content)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]


def make_calls(target: Target, ends: float, turns: int) -> list[float]:
    """Make calls until there were so many turns, or the time is up; returns what each took, in seconds."""
    times: list[float] = []
    while len(times) < turns and time.perf_counter() < ends:
        times += make_call(Client(target))
    return times


def make_call(client: Client) -> list[float]:
    """One call, as a front end makes it; returns what each turn took, in seconds."""
    call_id = uuid.uuid4().hex
    start = {"call_id": call_id, "kind": "callback", "extension": "2125551234", "mailbox": "103"}
    client.post("/v1/calls", {**start, "origin": "inside"})
    events: list[dict[str, str]] = [{"type": "keys", "keys": key, "ended_by": "full"} for key in KEYS]
    times: list[float] = []
    for number, event in enumerate([*events, {"type": "hung_up"}], start=1):
        began = time.perf_counter()
        client.post(f"/v1/calls/{call_id}/turns", {"turn": number, "event": event})
        times.append(time.perf_counter() - began)
    return times


def measure(target: Target, at_once: int, turns: int) -> Figures:
    """Have so many calls at once make so many turns in all."""
    times: list[float] = []
    barrier = Barrier(at_once + 1)

    def work() -> None:
        barrier.wait()
        times.extend(make_calls(target, time.perf_counter() + LIMIT_S, turns // at_once))

    threads = [Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    assert times, "no turn was answered"
    requests = len(times) * (len(KEYS) + 2) / (len(KEYS) + 1)
    cuts = quantiles(times, n=100)
    return Figures(requests / (time.perf_counter() - began), cuts[49] * 1000, cuts[98] * 1000)


@contextmanager
def running(command: list[str], state: Path) -> Iterator[Path]:
    """Start a server, wait until it answers, and stop it in the end; gives its socket."""
    with (state.parent / f"{state.name}.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    path = state / "service.sock"
    try:
        ends = time.monotonic() + START_LIMIT_S
        while not answers(path):
            assert server.poll() is None, f"the server ended: {' '.join(command)}"
            assert time.monotonic() < ends, "the server did not start"
            time.sleep(0.1)
        yield path
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def serve_empty_view(state: Path) -> None:
    """The peer: a view that does nothing, under the server's own settings."""

    def factory() -> ServedApplication:
        app = Flask("empty", static_folder=None)

        @app.post("/<path:anything>")
        def empty(anything: str) -> Response:  # noqa: ARG001
            return Response(b"{}", content_type="application/json")

        return ServedApplication(app, lambda: None)

    service = load_settings(EXAMPLE).settings.service.service
    with sole_server(state):
        run_server(ServerSettings(state, service.workers, service.threads), factory)


def compare(peer: Target, service: Target) -> None:
    """Measure the two in turn, the best of each count, and print them side by side."""
    for target in (peer, service):
        measure(target, at_once=4, turns=200)  # everything is loaded and warm
    print(f"turns, {os.cpu_count()} processors, client included, best of {REPEATS}")
    print(f"{'calls at once':>14}{'':>12}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for at_once, turns in ROUNDS:
        peers, ours = [], []
        for _ in range(REPEATS):
            peers.append(measure(peer, at_once, turns))
            ours.append(measure(service, at_once, turns))
        best_peer, our_best = (max(figures, key=lambda one: one.rate) for figures in (peers, ours))
        print(f"{at_once:>14}{'empty view':>12}{best_peer}")
        print(f"{'':>14}{'service':>12}{our_best}")
        print(f"{'':>14}{'ratio':>12}{our_best.rate / best_peer.rate:>12.2f}   (aim: 0.50 or more)")


def main() -> None:
    """Measure both, and print the figures and their ratio."""
    if sys.argv[1:2] == ["--empty-view"]:
        serve_empty_view(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as place:
        empty, state = Path(place) / "empty", Path(place) / "service"
        view = [sys.executable, "-m", "bench.turns", "--empty-view", str(empty)]
        serve = [
            sys.executable,
            "-m",
            "ivr_service",
            "serve",
            "--config",
            str(EXAMPLE),
            "--state",
            str(state),
        ]
        with running(view, empty) as peer, running(serve, state) as service:
            token = (state / "token").read_text(encoding="ascii").strip()
            compare(Target(peer, "none"), Target(service, token))


if __name__ == "__main__":
    main()
