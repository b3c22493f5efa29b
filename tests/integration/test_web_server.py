"""The server as the operating system sees it: its socket, its signals, its end."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("served_calls.py")
HEADERS = {"Authorization": "Bearer " + "t" * 43, "Content-Type": "application/json"}
CALL_ID = "ab" * 16
START = {"call_id": CALL_ID, "kind": "callback", "extension": "1", "mailbox": "103", "origin": "inside"}
WAIT = {"turn": 1, "event": {"type": "words", "words": "wait"}}


class UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("service", timeout=15)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.sock.close()
            raise


class Server:
    """A server in a process of its own, with a configuration and a state directory."""

    def __init__(self, directory: Path) -> None:
        self.configuration = directory / "configuration"
        self.state = directory / "state"
        self.log = directory / "log"
        self.processes: list[subprocess.Popen[bytes]] = []
        shutil.copytree(ROOT / "deploy" / "example", self.configuration)

    @property
    def socket(self) -> Path:
        return self.state / "service.sock"

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(self.state), str(self.configuration), *arguments],
                stderr=log,
                umask=0,
            )
        self.processes.append(process)
        return process

    def start_and_wait(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = self.start(*arguments)
        wait_until(self.answers)
        return process

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/live")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        with closing(UnixConnection(self.socket)) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
            response = connection.getresponse()
            return response.status, response.read()

    def caller_ids(self) -> list[str]:
        status, body = self.ask("POST", "/v1/calls", START)
        assert status == 200
        names: list[str] = json.loads(body)["actions"][0]["words"]
        return names

    def workers_ended(self) -> int:
        return self.log.read_text().count("Worker exiting")

    def rewrite(self, name: str, change: Callable[[str], str]) -> None:
        file = self.configuration / name
        file.write_text(change(file.read_text()))

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
            process.wait(10)


def wait_until(is_so: Callable[[], bool], limit_s: float = 15.0) -> None:
    ends = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    (running.state / "go").touch()
    running.stop()


def first_name(text: str) -> str:
    found = re.search(r'^name = "(.*)"', text, re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_the_socket_is_for_the_owner_and_the_group_only(server: Server) -> None:
    server.start_and_wait()
    assert server.socket.stat().st_mode & 0o777 == 0o660


def test_without_the_token_there_is_no_call(server: Server) -> None:
    server.start_and_wait()
    with closing(UnixConnection(server.socket)) as connection:
        connection.request("POST", "/v1/calls", json.dumps(START))
        assert connection.getresponse().status == 401


def test_the_figures_of_all_workers_are_added_up(server: Server) -> None:
    server.start_and_wait()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: server.caller_ids(), range(40)))
    _, figures = server.ask("GET", "/metrics")
    assert b'ivr_calls_total{kind="callback"} 40.0' in figures


def test_hang_up_loads_the_configuration_and_drops_no_request(server: Server) -> None:
    process = server.start_and_wait()
    old = server.caller_ids()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.ask, "POST", f"/v1/calls/{CALL_ID}/turns", WAIT)
        wait_until((server.state / "waiting").exists)
        server.rewrite("caller-ids.toml", lambda text: text.replace(f'"{first_name(text)}"', '"New Name"', 1))
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.caller_ids() != old)
        (server.state / "go").touch()
        assert answer.result(10)[0] == 200
    wait_until(lambda: server.workers_ended() == 2)
    assert "New Name" in server.caller_ids()


def test_hang_up_with_a_broken_configuration_changes_nothing(server: Server) -> None:
    process = server.start_and_wait()
    old = server.caller_ids()
    server.rewrite("caller-ids.toml", lambda text: text + "\nthis is not toml")
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: b"degraded" in server.ask("GET", "/ready")[1])
    wait_until(lambda: server.workers_ended() == 2)
    assert server.caller_ids() == old
    assert process.poll() is None


def test_it_answers_first_and_then_stops(server: Server) -> None:
    process = server.start_and_wait()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.ask, "POST", f"/v1/calls/{CALL_ID}/turns", WAIT)
        wait_until((server.state / "waiting").exists)
        process.terminate()
        wait_until(lambda: not server.answers())
        (server.state / "go").touch()
        assert answer.result(10)[0] == 200
    assert process.wait(10) == 0
    assert not server.socket.exists()
    assert (server.state / "closed").exists()


def test_a_request_that_never_ends_does_not_keep_it_from_stopping(server: Server) -> None:
    process = server.start_and_wait()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.ask, "POST", f"/v1/calls/{CALL_ID}/turns", WAIT)
        wait_until((server.state / "waiting").exists)
        process.terminate()
        process.wait(30)
        assert isinstance(answer.exception(10), ConnectionError)


def test_what_a_killed_server_left_is_replaced(server: Server) -> None:
    process = server.start_and_wait()
    process.kill()
    process.wait(10)
    assert server.socket.exists()
    server.start()
    wait_until(lambda: server.log.read_text().count("Listening at") == 2)
    assert server.caller_ids()


def test_a_second_server_is_refused_and_the_first_goes_on(server: Server) -> None:
    server.start_and_wait()
    assert server.start().wait(15) == 1
    assert "another ivr-service is running" in server.log.read_text()
    assert server.caller_ids()


def test_a_loopback_port_serves_the_same(server: Server) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    server.start_and_wait(str(port))
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/live")
        assert connection.getresponse().status == 200


def test_every_line_of_the_log_is_json(server: Server) -> None:
    server.start_and_wait().terminate()
    server.stop()
    lines = server.log.read_text().splitlines()
    assert len(lines) > 3
    assert all("event" in json.loads(line) for line in lines)
