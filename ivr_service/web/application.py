"""The HTTP shell: one view for each operation, nothing decided here."""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Final, Protocol, TypeVar

import structlog
from flask import Flask, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import Unauthorized

from ivr_service.errors import IvrServiceError
from ivr_service.logs import call_bound
from ivr_service.service.errors import UnknownCallError
from ivr_service.service.messages import (
    AskInbound,
    CallReply,
    InboundReply,
    LiveReply,
    OutcomeReply,
    PartState,
    PostOutcome,
    PostTurn,
    ReadyReply,
    StartCall,
)
from ivr_service.web.errors import RequestNotValidError, answer_all_errors, json_response
from ivr_service.web.metrics import CONTENT_TYPE, Metrics
from ivr_service.web.openapi import openapi_document

BODY_LIMIT: Final = 16 * 1024
_CALL_ID: Final = re.compile(r"[0-9a-f]{32}")
_OPEN_TO_ALL: Final = frozenset({"live", "ready"})

_log = structlog.get_logger()
_Model = TypeVar("_Model", bound=BaseModel)

Readiness = Mapping[str, Callable[[], PartState]]
"""For each part of the service (store, prompts, configuration) a quick check of whether it can work."""


class Calls(Protocol):
    """What the views need of the service; `ivr_service.service.calls.CallService` is one."""

    def start(self, request: StartCall) -> CallReply:
        """Begin a call."""

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        """Take a turn."""

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        """Record how a granted dial ended."""

    def inbound(self, request: AskInbound) -> InboundReply:
        """Say whether somebody who calls in is blocked."""


def create_app(calls: Calls, *, token: str, readiness: Readiness, metrics: Metrics) -> Flask:
    """The application. Requests, but for /live and /ready, must carry `token`."""
    app = Flask("ivr_service.web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    expected = f"Bearer {token}".encode()

    @app.before_request
    def check_token() -> None:
        if request.endpoint in _OPEN_TO_ALL:
            return
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected):
            raise Unauthorized

    _add_calls(app, calls, metrics)
    _add_health(app, readiness, metrics)
    answer_all_errors(app)
    return app


def _add_calls(app: Flask, calls: Calls, metrics: Metrics) -> None:
    @app.post("/v1/calls")
    def start_call() -> Response:
        arrived = _body(StartCall)
        with call_bound(arrived.call_id):
            return json_response(calls.start(arrived).model_dump_json())

    @app.post("/v1/calls/<call_id>/turns")
    def post_turn(call_id: str) -> Response:
        began = perf_counter()
        _check_call_id(call_id)
        turn = _body(PostTurn)
        with call_bound(call_id):
            response = json_response(calls.turn(call_id, turn).model_dump_json())
        metrics.turn_answered_in(perf_counter() - began)
        return response

    @app.post("/v1/calls/<call_id>/outcome")
    def post_outcome(call_id: str) -> Response:
        _check_call_id(call_id)
        outcome = _body(PostOutcome)
        with call_bound(call_id):
            return json_response(calls.outcome(call_id, outcome).model_dump_json())

    @app.post("/v1/inbound")
    def ask_inbound() -> Response:
        return json_response(calls.inbound(_body(AskInbound)).model_dump_json())


def _add_health(app: Flask, readiness: Readiness, metrics: Metrics) -> None:
    @app.get("/live")
    def live() -> Response:
        return json_response(LiveReply().model_dump_json())

    @app.get("/ready")
    def ready() -> Response:
        parts = {name: _state(name, check) for name, check in readiness.items()}
        is_ready = PartState.MISSING not in parts.values()
        return json_response(
            ReadyReply(ready=is_ready, parts=parts).model_dump_json(), 200 if is_ready else 503
        )

    @app.get("/metrics")
    def figures() -> Response:
        return Response(metrics.expose(), content_type=CONTENT_TYPE)

    @app.get("/openapi.json")
    def openapi() -> Response:
        return json_response(json.dumps(openapi_document()))


def _body(model: type[_Model]) -> _Model:
    """The request's body. Raises RequestNotValidError."""
    try:
        return model.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        raise RequestNotValidError(error) from error


def _check_call_id(call_id: str) -> None:
    if not _CALL_ID.fullmatch(call_id):
        raise UnknownCallError("this is no call id")


def _state(name: str, check: Callable[[], PartState]) -> PartState:
    try:
        return check()
    except IvrServiceError as error:
        _log.warning("not ready", part=name, problem=str(error))
        return PartState.MISSING
