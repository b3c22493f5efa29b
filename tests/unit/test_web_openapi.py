"""The OpenAPI document is valid, and describes every route and nothing else."""

import json
import re

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from ivr_service.service.messages import (
    AskInbound,
    CallReply,
    InboundReply,
    OutcomeReply,
    PostOutcome,
    PostTurn,
    StartCall,
)
from ivr_service.web.application import create_app
from ivr_service.web.metrics import Metrics
from ivr_service.web.openapi import openapi_document


class NoCalls:
    def start(self, request: StartCall) -> CallReply:
        raise NotImplementedError

    def turn(self, call_id: str, request: PostTurn) -> CallReply:
        raise NotImplementedError

    def outcome(self, call_id: str, request: PostOutcome) -> OutcomeReply:
        raise NotImplementedError

    def inbound(self, request: AskInbound) -> InboundReply:
        raise NotImplementedError


@pytest.fixture
def app() -> Flask:
    return create_app(NoCalls(), token="t" * 43, readiness={}, metrics=Metrics())


def routes_of(app: Flask) -> set[tuple[str, str]]:
    return {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def described() -> set[tuple[str, str]]:
    return {(path, method) for path, methods in openapi_document()["paths"].items() for method in methods}


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(openapi_document()).validate()


def test_every_route_is_described_and_nothing_else(app: Flask) -> None:
    assert routes_of(app) == described()


def test_a_new_route_would_be_noticed(app: Flask) -> None:
    app.add_url_rule("/v2/calls", "extra", lambda: "", methods=["POST"])
    assert routes_of(app) - described() == {("/v2/calls", "post")}


def test_only_health_is_open_to_all() -> None:
    paths = openapi_document()["paths"].items()
    open_to_all = {path for path, methods in paths for method in methods.values() if not method["security"]}
    assert open_to_all == {"/live", "/ready"}


def test_the_document_is_served(app: Flask) -> None:
    response = app.test_client().get("/openapi.json", headers={"Authorization": "Bearer " + "t" * 43})
    assert json.loads(response.data) == openapi_document()


def test_actions_and_events_tell_their_kind_by_one_field() -> None:
    schemas = openapi_document()["components"]["schemas"]
    assert schemas["PostTurn"]["properties"]["event"]["discriminator"]["propertyName"] == "type"
    assert schemas["CallReply"]["properties"]["actions"]["items"]["discriminator"]["propertyName"] == "do"
