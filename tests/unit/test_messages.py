"""The service API's messages: what is let in, what is kept out, and in which order actions may come."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from ivr_service.service.messages import CallReply, PostOutcome, PostTurn, PromptSound, StartCall

CALL_ID = "0123456789abcdef" * 2
GRANT = "a1" * 16
PLAY = {"do": "play", "prompts": [{"sound": "en/4f1a9c0d2b7e8a61", "text": "Goodbye."}]}
ASK = {"do": "ask", "prompts": [], "max_digits": 1}
CALLER_ID = {"do": "set_caller_id", "number": "12025550100", "name": "Main Office"}
DIAL = {
    "do": "dial",
    "grant_id": GRANT,
    "dial_string": "PJSIP/12125551234@trunk",
    "ring_s": 45,
    "max_length_s": 60,
}
BLACKLIST = {"do": "set_blacklist", "number": "2125551234", "blocked": True}
RECORD = {"do": "record_outcome", "grant_id": GRANT}
HANG_UP = {"do": "hang_up", "result": "mailbox"}
START = {
    "call_id": CALL_ID,
    "kind": "callback",
    "extension": "sip:x@evil",
    "mailbox": "103",
    "context": "default",
    "origin": "outside",
    "phone": "",
}
TURN = {"turn": 1, "event": {"type": "keys", "keys": "12*", "ended_by": "full"}}
OUTCOME = {"grant_id": GRANT, "dial_status": "BUSY", "answered_s": 0, "hangup_cause": 17}


def reply(*actions: dict[str, Any]) -> CallReply:
    return CallReply.model_validate_json(
        json.dumps({"call_id": CALL_ID, "turn": 3, "actions": list(actions)})
    )


@pytest.mark.parametrize(
    "actions",
    [
        (ASK,),
        (HANG_UP,),
        (PLAY, PLAY, ASK),
        (PLAY, HANG_UP),
        (DIAL, RECORD),
        (PLAY, CALLER_ID, DIAL, RECORD),
        (BLACKLIST, ASK),
        (BLACKLIST, PLAY, HANG_UP),
    ],
)
def test_a_list_the_front_end_can_carry_out_is_accepted(actions: tuple[dict[str, Any], ...]) -> None:
    assert [action.do for action in reply(*actions).actions] == [action["do"] for action in actions]


@pytest.mark.parametrize(
    "actions",
    [
        (),
        (PLAY,),
        (DIAL,),
        (RECORD,),
        (ASK, HANG_UP),
        (HANG_UP, PLAY),
        (DIAL, HANG_UP),
        (DIAL, PLAY, RECORD),
        (DIAL, {**RECORD, "grant_id": "b2" * 16}),
        (DIAL, DIAL, RECORD),
        (CALLER_ID, PLAY, DIAL, RECORD),
        (CALLER_ID, HANG_UP),
        (BLACKLIST,),
        (HANG_UP, BLACKLIST),
        (DIAL, BLACKLIST, RECORD),
        (CALLER_ID, BLACKLIST, DIAL, RECORD),
        ({**BLACKLIST, "number": "+12125551234"}, HANG_UP),
        ({**BLACKLIST, "number": "911"}, HANG_UP),
        ({**BLACKLIST, "blocked": 1}, HANG_UP),
        ({"do": "exec", "command": "System"}, HANG_UP),
        ({"prompts": []}, HANG_UP),
    ],
)
def test_a_list_out_of_order_is_refused(actions: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(ValidationError):
        reply(*actions)


@pytest.mark.parametrize(
    ("model", "message", "change"),
    [
        (StartCall, START, {"call_id": CALL_ID + "\n"}),
        (StartCall, START, {"call_id": CALL_ID.upper()}),
        (StartCall, START, {"kind": "conference"}),
        (StartCall, START, {"extension": "1" * 129}),
        (StartCall, START, {"mailbox": "1" * 129}),
        (StartCall, START, {"mailbox": 103}),
        (StartCall, START, {"origin": "indoors"}),
        (StartCall, START, {"surprise": 1}),
        (PostTurn, TURN, {"turn": 0}),
        (PostTurn, TURN, {"turn": "1"}),
        (PostTurn, TURN, {"turn": 1.0}),
        (PostTurn, TURN, {"turn": True}),
        (PostTurn, TURN, {"turn": None}),
        (PostTurn, TURN, {"event": {"type": "keys", "keys": "1" * 65, "ended_by": "full"}}),
        (PostTurn, TURN, {"event": {"type": "keys", "keys": "١٢", "ended_by": "full"}}),
        (PostTurn, TURN, {"event": {"type": "keys", "keys": "1\n", "ended_by": "full"}}),
        (PostTurn, TURN, {"event": {"type": "keys", "keys": "1", "ended_by": "boredom"}}),
        (PostTurn, TURN, {"event": {"type": "granted", "grant_id": GRANT}}),
        (PostTurn, TURN, {"event": {"type": "hung_up", "keys": "1"}}),
        (PostOutcome, OUTCOME, {"answered_s": -1}),
        (PostOutcome, OUTCOME, {"dial_status": "BUSY\n"}),
        (PostOutcome, OUTCOME, {"grant_id": "'; drop table dials"}),
    ],
)
def test_what_does_not_belong_is_refused(
    model: type[StartCall] | type[PostTurn] | type[PostOutcome],
    message: dict[str, Any],
    change: dict[str, Any],
) -> None:
    model.model_validate_json(json.dumps(message))
    with pytest.raises(ValidationError):
        model.model_validate_json(json.dumps({**message, **change}))


def test_only_a_hang_up_may_leave_the_turn_open() -> None:
    open_turn = PostTurn.model_validate_json(json.dumps({"turn": None, "event": {"type": "hung_up"}}))
    assert open_turn.turn is None


@pytest.mark.parametrize("status", ["ANSWER", "NOANSWER", "CHANUNAVAIL", "INVALIDARGS", ""])
def test_any_status_asterisk_may_give_can_be_reported(status: str) -> None:
    outcome = PostOutcome.model_validate_json(json.dumps({**OUTCOME, "dial_status": status}))
    assert outcome.dial_status == status


@pytest.mark.parametrize("sound", ["en/4f1a9c0d2b7e8a61", "local/apology", "beep", "a" * 100])
def test_a_sound_below_the_prompts_directory_is_accepted(sound: str) -> None:
    assert PromptSound(sound=sound, text="").sound == sound


@pytest.mark.parametrize(
    "sound", ["", "/etc/passwd", "en//x", "../x", "en/x.wav", "en/", "a" * 101, "en/x\n"]
)
def test_any_other_path_is_refused(sound: str) -> None:
    with pytest.raises(ValidationError):
        PromptSound(sound=sound, text="")
