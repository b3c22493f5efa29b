"""The OpenAPI document, made from the messages and from one table of operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ivr_service import __version__
from ivr_service.service.messages import (
    AskInbound,
    CallReply,
    ErrorReply,
    InboundReply,
    LiveReply,
    OutcomeReply,
    PostOutcome,
    PostTurn,
    ReadyReply,
    StartCall,
)

_REFERENCE: Final = "#/components/schemas/{model}"
_CALL_ID: Final = {
    "name": "call_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_REFUSED: Final = {
    400: "The request is not as described here",
    401: "The token is missing or wrong",
    413: "The body is over 16 KiB",
    500: "The service has a defect; nothing is dialled",
    503: "The service cannot answer now; nothing is dialled",
}


_References = Mapping[Any, dict[str, Any]]
"""A reference to a schema, by model and mode."""


@dataclass(frozen=True)
class Operation:
    """One method of one path. `replies` maps a status to its model, or to None for plain text."""

    method: str
    path: str
    summary: str
    replies: dict[int, type[BaseModel] | None]
    request: type[BaseModel] | None = None
    needs_token: bool = True
    errors: tuple[int, ...] = (401, 500)


_CALL_ERRORS: Final = (400, 401, 409, 413, 500, 503)

OPERATIONS: Final = (
    Operation("post", "/v1/calls", "Start a call", {200: CallReply}, StartCall, errors=_CALL_ERRORS),
    Operation(
        "post",
        "/v1/calls/{call_id}/turns",
        "Tell what happened, and hear what to do",
        {200: CallReply},
        PostTurn,
        errors=(*_CALL_ERRORS, 404),
    ),
    Operation(
        "post",
        "/v1/calls/{call_id}/outcome",
        "Report how a granted dial ended",
        {200: OutcomeReply},
        PostOutcome,
        errors=(400, 401, 404, 413, 500, 503),
    ),
    Operation(
        "post",
        "/v1/inbound",
        "Ask whether somebody who calls in is blocked",
        {200: InboundReply},
        AskInbound,
        errors=(400, 401, 413, 500, 503),
    ),
    Operation("get", "/live", "Whether the process answers", {200: LiveReply}, needs_token=False, errors=()),
    Operation(
        "get",
        "/ready",
        "Whether calls can be taken, and what is missing",
        {200: ReadyReply, 503: ReadyReply},
        needs_token=False,
        errors=(),
    ),
    Operation("get", "/metrics", "Figures for Prometheus", {200: None}),
    Operation("get", "/openapi.json", "This document", {200: None}),
)


@cache
def openapi_document() -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    references, definitions = models_json_schema(_models(), ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        described = _described(operation, references)
        paths.setdefault(operation.path, {})[operation.method] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ivr-service",
            "version": __version__,
            "description": "What the front end of a call asks, and what it is told to do.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _models() -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ErrorReply, "serialization")]
    for operation in OPERATIONS:
        if operation.request is not None:
            models.append((operation.request, "validation"))
        models += [(model, "serialization") for model in operation.replies.values() if model is not None]
    return list(dict.fromkeys(models))


def _described(operation: Operation, references: _References) -> dict[str, Any]:
    replies = {str(status): _reply(model, references) for status, model in operation.replies.items()}
    for status in operation.errors:
        replies[str(status)] = {
            "description": _REFUSED.get(status, "There is no such call, or it is at another turn"),
            "content": {"application/json": {"schema": references[ErrorReply, "serialization"]}},
        }
    described: dict[str, Any] = {"summary": operation.summary, "responses": replies}
    described["security"] = [{"token": []}] if operation.needs_token else []
    if "{call_id}" in operation.path:
        described["parameters"] = [_CALL_ID]
    if operation.request is not None:
        schema = references[operation.request, "validation"]
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _reply(
    model: type[BaseModel] | None,
    references: _References,
) -> dict[str, Any]:
    if model is None:
        return {"description": "As asked"}
    schema = references[model, "serialization"]
    return {
        "description": (model.__doc__ or "").partition("\n")[0],
        "content": {"application/json": {"schema": schema}},
    }
