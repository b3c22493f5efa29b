"""What the HTTP shell lets through, what it answers, and what it never says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr_service.dialogue.values import CallKind, CallResult, DialStatus, RefusalReason
from ivr_service.errors import IvrServiceError
from ivr_service.service.errors import UnknownCallError, WrongTurnError
from ivr_service.service.messages import (
    AskInbound,
    CallReply,
    HangUpAction,
    InboundReply,
    KeysEvent,
    OutcomeReply,
    PartState,
    PostOutcome,
    PostTurn,
    StartCall,
)
from ivr_service.store import StoreUnavailableError
from ivr_service.web.application import BODY_LIMIT, create_app
from ivr_service.web.metrics import Metrics

CALL_ID = "0123456789abcdef" * 2
GRANT = "a1" * 16
TOKEN = "t" * 43
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
START = {"call_id": CALL_ID, "kind": "callback", "extension": "1", "mailbox": "103", "origin": "inside"}
TURN = {"turn": 1, "event": {"type": "keys", "keys": "12", "ended_by": "full"}}
OUTCOME = {"grant_id": GRANT, "dial_status": "BUSY"}
TURNS = f"/v1/calls/{CALL_ID}/turns"


@dataclass
class FakeCalls:
    """Answers every request with a hang-up, or raises what it was told to."""

    error: Exception | None = None
    seen: list[object] = field(default_factory=list)

    def start(self, request: StartCall) -> CallReply:
        return self._answer(0, request)

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        return self._answer(request.turn or 7, request)

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        self._answer(0, request)
        return OutcomeReply(recorded=True)

    def inbound(self, request: AskInbound) -> InboundReply:
        self._answer(0, request)
        return InboundReply(blocked=True)

    def _answer(self, turn: int, request: object) -> CallReply:
        self.seen.append(request)
        if self.error is not None:
            raise self.error
        return CallReply(call_id=CALL_ID, turn=turn, actions=(HangUpAction(result=CallResult.MAILBOX),))


@pytest.fixture
def calls() -> FakeCalls:
    return FakeCalls()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(calls: FakeCalls, metrics: Metrics) -> FlaskClient:
    readiness = {"store": lambda: PartState.OK, "prompts": lambda: PartState.OK}
    return create_app(calls, token=TOKEN, readiness=readiness, metrics=metrics).test_client()


def error_of(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/json"
    answer = json.loads(response.data)
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message"}
    return response.status_code, answer["error"]["code"]


def test_a_call_starts(client: FlaskClient, calls: FakeCalls) -> None:
    response = client.post("/v1/calls", json=START, headers=HEADERS)
    assert response.status_code == 200
    answer = json.loads(response.data)
    assert (answer["call_id"], answer["turn"]) == (CALL_ID, 0)
    assert answer["actions"] == [{"do": "hang_up", "result": "mailbox"}]
    assert calls.seen == [StartCall.model_validate_json(json.dumps(START))]


def test_a_turn_is_taken(client: FlaskClient, calls: FakeCalls) -> None:
    response = client.post(TURNS, json=TURN, headers=HEADERS)
    assert json.loads(response.data)["turn"] == 1
    (seen,) = calls.seen
    assert isinstance(seen, PostTurn)
    assert isinstance(seen.event, KeysEvent)


def test_an_outcome_is_recorded(client: FlaskClient) -> None:
    response = client.post(f"/v1/calls/{CALL_ID}/outcome", json=OUTCOME, headers=HEADERS)
    assert json.loads(response.data) == {"recorded": True}


def test_somebody_who_calls_in_is_asked_for(client: FlaskClient, calls: FakeCalls) -> None:
    response = client.post("/v1/inbound", json={"number": "sip:x@evil"}, headers=HEADERS)
    assert (response.status_code, json.loads(response.data)) == (200, {"blocked": True})
    assert calls.seen == [AskInbound(number="sip:x@evil")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": 2125551234},
        {"number": None},
        {"number": "1" * 129},
        {"number": "2125551234", "mailbox": "1" * 129},
        {"number": "2125551234", "number_class": "national"},
    ],
)
def test_a_question_about_a_caller_is_read_strictly(
    client: FlaskClient, calls: FakeCalls, body: dict[str, object]
) -> None:
    assert error_of(client.post("/v1/inbound", json=body, headers=HEADERS)) == (400, "bad-request")
    assert calls.seen == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"bearer {TOKEN}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \u00fc\u00fc"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/calls", TURNS, "/v1/inbound", "/metrics", "/openapi.json", "/nowhere"])
def test_nothing_is_told_without_the_token(
    client: FlaskClient, calls: FakeCalls, headers: dict[str, str], path: str
) -> None:
    assert error_of(client.post(path, json=START, headers=headers)) == (401, "unauthorised")
    assert calls.seen == []


def test_health_needs_no_token(client: FlaskClient) -> None:
    assert json.loads(client.get("/live").data) == {"live": True}
    assert json.loads(client.get("/ready").data) == {"ready": True, "parts": {"store": "ok", "prompts": "ok"}}


def unavailable() -> PartState:
    raise StoreUnavailableError("disk /dev/sda1 is full")


@pytest.mark.parametrize("check", [lambda: PartState.MISSING, unavailable])
def test_readiness_says_which_part_is_missing_and_no_more(
    check: Callable[[], PartState], calls: FakeCalls, metrics: Metrics
) -> None:
    readiness = {"store": check, "configuration": lambda: PartState.OK}
    response = (
        create_app(calls, token=TOKEN, readiness=readiness, metrics=metrics).test_client().get("/ready")
    )
    assert response.status_code == 503
    assert json.loads(response.data) == {
        "ready": False,
        "parts": {"store": "missing", "configuration": "ok"},
    }


def test_a_part_that_needs_mending_does_not_send_calls_away(calls: FakeCalls, metrics: Metrics) -> None:
    readiness = {"configuration": lambda: PartState.DEGRADED}
    app = create_app(calls, token=TOKEN, readiness=readiness, metrics=metrics)
    response = app.test_client().get("/ready")
    assert response.status_code == 200
    assert json.loads(response.data) == {"ready": True, "parts": {"configuration": "degraded"}}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnknownCallError("secret"), (404, "unknown-call")),
        (WrongTurnError("turn 3 was posted where turn 2 is next"), (409, "wrong-turn")),
        (StoreUnavailableError("secret"), (503, "unavailable")),
        (IvrServiceError("secret"), (503, "unavailable")),
        (RuntimeError("secret"), (500, "internal")),
        (KeyError("secret"), (500, "internal")),
    ],
)
def test_every_error_has_its_code_and_no_exception_text(
    client: FlaskClient, calls: FakeCalls, error: Exception, expected: tuple[int, str]
) -> None:
    calls.error = error
    response = client.post(TURNS, json=TURN, headers=HEADERS)
    assert error_of(response) == expected
    assert b"secret" not in response.data


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        json.dumps({**TURN, "extra": 1}).encode(),
        json.dumps({"turn": 1, "event": {"type": "keys", "keys": "8305172x", "ended_by": "full"}}).encode(),
        b'{"turn":' + b"[" * 5000,
    ],
)
def test_a_body_that_is_not_a_turn_is_refused_and_not_repeated(
    client: FlaskClient, calls: FakeCalls, body: bytes
) -> None:
    response = client.post(TURNS, data=body, headers=HEADERS)
    assert error_of(response) == (400, "bad-request")
    assert b"8305172" not in response.data
    assert calls.seen == []


def test_a_body_over_the_limit_is_refused(client: FlaskClient) -> None:
    response = client.post(TURNS, data=b" " * (BODY_LIMIT + 1), headers=HEADERS)
    assert error_of(response) == (413, "too-large")


def test_a_body_at_the_limit_is_read(client: FlaskClient) -> None:
    body = json.dumps(TURN).encode().ljust(BODY_LIMIT)
    assert client.post(TURNS, data=body, headers=HEADERS).status_code == 200


@pytest.mark.parametrize(
    "call_id", ["1", CALL_ID.upper(), CALL_ID + "0", "..", "%2e%2e", CALL_ID[:-1] + "%0a"]
)
def test_what_is_no_call_id_is_no_call(client: FlaskClient, call_id: str) -> None:
    status, _ = error_of(client.post(f"/v1/calls/{call_id}/turns", json=TURN, headers=HEADERS))
    assert status == 404


def test_a_path_that_is_not_there_is_json_too(client: FlaskClient) -> None:
    assert error_of(client.get("/nowhere", headers=HEADERS)) == (404, "not-found")


def test_a_method_that_is_not_taken_is_json_too(client: FlaskClient) -> None:
    response = client.get("/v1/calls", headers=HEADERS)
    assert error_of(response) == (405, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


def test_figures_are_counted(client: FlaskClient, metrics: Metrics) -> None:
    metrics.call_started(CallKind.CALLBACK)
    metrics.turn_taken("keys")
    metrics.turn_taken("keys")
    metrics.dial_granted()
    metrics.dial_refused(RefusalReason.PREMIUM)
    metrics.pin_refused()
    metrics.dial_ended(DialStatus.BUSY)
    client.post(TURNS, json=TURN, headers=HEADERS)
    lines = client.get("/metrics", headers=HEADERS).data.decode().splitlines()
    for line in (
        'ivr_calls_total{kind="callback"} 1.0',
        'ivr_turns_total{event="keys"} 2.0',
        "ivr_dial_grants_total 1.0",
        'ivr_refusals_total{reason="premium"} 1.0',
        "ivr_pin_failures_total 1.0",
        'ivr_dial_outcomes_total{status="busy"} 1.0',
        "ivr_turn_seconds_count 1.0",
    ):
        assert line in lines
