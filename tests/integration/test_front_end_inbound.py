"""Somebody calls in: the front end asks whether they are blocked, and never loses a call over it."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk
from tests.fakes.front_end_calls import Place, run_here, run_process
from tests.fakes.turn_service import Answer, FakeService, Raw, Silence, Status, Trickle

MOST_S = 1.5
"""A little over half a second is waited; the rest is for a busy machine."""


def answer(body: str) -> Raw:
    return Raw(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


BLOCKED, NOT_BLOCKED = answer('{"blocked": true}'), answer('{"blocked": false}')


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.prepare()
    monkeypatch.setenv("IVR_FRONT_END_CONF", str(place.configuration))
    return place


def calling(number: str, **variables: str) -> FakeAsterisk:
    asterisk = FakeAsterisk(Caller(), variables={"IVR_BLOCKED": "", **variables})
    asterisk.environment["agi_callerid"] = number
    return asterisk


@pytest.mark.parametrize(("reply", "told"), [(BLOCKED, "yes"), (NOT_BLOCKED, "no")])
def test_the_answer_is_told_in_a_variable_and_nothing_else_is_done(
    place: Place, reply: Answer, told: str
) -> None:
    asterisk = calling("2125551234")
    with FakeService(place.socket, [reply]):
        assert run_here(asterisk, place, "inbound") == 0
    assert asterisk.variables["IVR_BLOCKED"] == told
    assert asterisk.commands == [
        ["GET", "VARIABLE", "IVR_MAILBOX"],
        ["GET", "VARIABLE", "IVR_CONTEXT"],
        ["SET", "VARIABLE", "IVR_BLOCKED", told],
    ]


@pytest.mark.parametrize(
    ("number", "variables", "asked"),
    [
        ("2125551234", {}, {"number": "2125551234", "mailbox": "", "context": ""}),
        ("unknown", {}, {"number": "", "mailbox": "", "context": ""}),
        (
            'x",1&System(id)',
            {"IVR_MAILBOX": "103", "IVR_CONTEXT": "default"},
            {"number": 'x",1&System(id)', "mailbox": "103", "context": "default"},
        ),
    ],
)
def test_the_service_is_asked_for_the_number_as_it_came(
    place: Place, number: str, variables: dict[str, str], asked: dict[str, Any]
) -> None:
    asterisk = calling(number, **variables)
    with FakeService(place.socket, [NOT_BLOCKED]) as service:
        run_here(asterisk, place, "inbound")
    [request] = service.requests
    assert (request.path, request.body) == ("/v1/inbound", asked)
    assert not any(number in word for words in asterisk.commands for word in words)


@pytest.mark.parametrize(
    "reply",
    [
        Status(400),
        Status(401),
        Status(404),
        Status(500),
        Status(503),
        Raw(b""),
        answer("{}"),
        answer('{"blocked": "yes"}'),
        answer('{"blocked": 1}'),
        answer("true"),
        answer("not JSON"),
    ],
    ids=str,
)
def test_any_other_answer_lets_the_call_in_and_says_nothing(place: Place, reply: Answer) -> None:
    asterisk = calling("2125551234")
    with FakeService(place.socket, [reply, BLOCKED]) as service:
        assert run_here(asterisk, place, "inbound") == 1
    assert len(service.requests) == 1
    assert asterisk.variables["IVR_BLOCKED"] == ""
    assert asterisk.sounds() == []


def test_without_a_service_the_call_comes_in(place: Place) -> None:
    asterisk = calling("2125551234")
    assert run_here(asterisk, place, "inbound") == 1
    assert asterisk.variables["IVR_BLOCKED"] == ""


@pytest.mark.parametrize("reply", [Silence(), Trickle()], ids=str)
def test_a_slow_service_is_not_waited_for(place: Place, reply: Answer) -> None:
    asterisk = calling("2125551234")
    with FakeService(place.socket, [reply, BLOCKED]) as service:
        before = time.monotonic()
        assert run_here(asterisk, place, "inbound") == 1
        took_s = time.monotonic() - before
    assert len(service.requests) == 1
    assert asterisk.variables["IVR_BLOCKED"] == ""
    assert took_s < MOST_S


def test_a_caller_who_has_gone_is_no_error(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(hangs_up_at=1), variables={"IVR_BLOCKED": ""})
    with FakeService(place.socket, [NOT_BLOCKED]):
        assert run_here(asterisk, place, "inbound") == 0


def test_as_a_process_it_tells_the_same(place: Place) -> None:
    asterisk = calling("2125551234")
    with FakeService(place.socket, [BLOCKED]):
        finished = run_process(asterisk, place, "inbound")
    assert (finished.exit_status, finished.stderr) == (0, "")
    assert asterisk.variables["IVR_BLOCKED"] == "yes"


def test_an_asterisk_that_does_not_answer_either_is_not_waited_for(place: Place) -> None:
    """The process is ended from outside: by a clock that nothing in it can hold up."""
    asterisk = calling("2125551234")
    asterisk.answers_nothing = True
    before = time.monotonic()
    with FakeService(place.socket, [BLOCKED]):
        finished = run_process(asterisk, place, "inbound")
    assert finished.exit_status == -signal.SIGALRM
    assert asterisk.variables["IVR_BLOCKED"] == ""
    assert time.monotonic() - before < 4
