from typing import Any

import pytest

from ivr_service.agi.actions import (
    Action,
    ActionError,
    Ask,
    Dial,
    HangUp,
    Play,
    Record,
    Recording,
    RecordOutcome,
    SetBlacklist,
    SetCallerId,
    SoundPrompt,
    parse_reply,
)

CALL_ID = "0123456789abcdef0123456789abcdef"
PROMPT = {"sound": "en/4f1a9c0d2b7e8a61", "text": "To call now, press one."}
PLAY = {"do": "play", "prompts": [PROMPT]}
ASK = {
    "do": "ask",
    "prompts": [PROMPT],
    "max_digits": 10,
    "terminator": "#",
    "stop_keys": "*",
    "first_digit_timeout_ms": 5000,
    "inter_digit_timeout_ms": 3000,
    "words": ["call now"],
    "secret": False,
    "heed_lead": False,
    "listen": True,
}
SET_CALLER_ID = {"do": "set_caller_id", "number": "12025550100", "name": "Main Office"}
DIAL = {
    "do": "dial",
    "grant_id": "ab12",
    "dial_string": "PJSIP/12125551234@trunk",
    "ring_s": 45,
    "max_length_s": 7200,
}
SET_BLACKLIST = {"do": "set_blacklist", "number": "2125551234", "blocked": True}
RECORD = {"do": "record_outcome", "grant_id": "ab12"}
RECORDING = {
    "name": "0123456789abcdef" * 2 + "-0123abcd",
    "layout": "stereo",
    "beep_s": 15,
    "paused": PROMPT,
    "goes_on": PROMPT,
    "ends_soon": None,
}
RECORD_VOICE = {"do": "record", "name": f"{CALL_ID}-3", "longest_s": 6, "silence_s": 2, "beep": True}
HANG_UP = {"do": "hang_up", "result": "mailbox"}


def parse(*actions: object) -> tuple[Action, ...]:
    return parse_reply({"call_id": CALL_ID, "turn": 3, "actions": list(actions)}, call_id=CALL_ID, turn=3)


def but(action: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {**action, **changes}


def without(action: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in action.items() if key != name}


def test_every_action_becomes_a_value() -> None:
    prompts = (SoundPrompt("en/4f1a9c0d2b7e8a61", "To call now, press one."),)
    assert parse(PLAY, ASK) == (
        Play(prompts),
        Ask(prompts, 10, "#", "*", 5000, 3000, ("call now",), secret=False, heed_lead=False, listen=True),
    )
    assert parse(SET_CALLER_ID, DIAL, RECORD) == (
        SetCallerId("12025550100", "Main Office"),
        Dial("ab12", "PJSIP/12125551234@trunk", 45, 7200),
        RecordOutcome("ab12"),
    )
    assert parse(HANG_UP) == (HangUp("mailbox"),)
    assert parse(PLAY, RECORD_VOICE) == (Play(prompts), Record(f"{CALL_ID}-3", 6, 2, beep=True))
    assert parse(SET_BLACKLIST, PLAY, HANG_UP) == (
        SetBlacklist("2125551234", blocked=True),
        Play(prompts),
        HangUp("mailbox"),
    )
    assert parse(but(SET_BLACKLIST, blocked=False), HANG_UP)[0] == SetBlacklist("2125551234", blocked=False)


@pytest.mark.parametrize(
    "dial_string",
    ["PJSIP/+12125551234@trunk", "Local/501@from-internal", "SIP/a_b.c:5060/1-2", "x" * 128],
)
def test_a_plain_dial_string_is_accepted(dial_string: str) -> None:
    assert Dial("ab12", dial_string, 45, 7200) in parse(but(DIAL, dial_string=dial_string), RECORD)


@pytest.mark.parametrize("character", [*list(",&${}()^|\"'\\ \t\n#*%;!="), chr(0x661), "é", "\x00"])
def test_a_dial_string_with_any_other_character_is_refused(character: str) -> None:
    for dial_string in (f"PJSIP/1{character}@trunk", f"PJSIP/1@trunk{character}", f"{character}PJSIP/1"):
        with pytest.raises(ActionError):
            parse(but(DIAL, dial_string=dial_string), RECORD)


@pytest.mark.parametrize(
    "bad",
    [
        without(DIAL, "grant_id"),
        but(DIAL, grant_id=""),
        but(DIAL, grant_id=None),
        but(DIAL, grant_id="XYZ"),
        but(DIAL, dial_string=""),
        but(DIAL, dial_string="x" * 129),
        but(DIAL, dial_string=["PJSIP/1@trunk"]),
        but(DIAL, ring_s="45"),
        but(DIAL, ring_s=45.0),
        but(DIAL, ring_s=True),
        but(DIAL, ring_s=0),
        but(DIAL, ring_s=-1),
        but(DIAL, max_length_s=10**9),
        but(DIAL, options="U(x)"),
    ],
)
def test_a_dial_that_is_not_exactly_right_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ActionError):
        parse(bad, RECORD)


@pytest.mark.parametrize(
    "bad",
    [
        without(SET_BLACKLIST, "number"),
        without(SET_BLACKLIST, "blocked"),
        but(SET_BLACKLIST, number=""),
        but(SET_BLACKLIST, number="911"),
        but(SET_BLACKLIST, number="+12125551234"),
        but(SET_BLACKLIST, number="2125551234 1"),
        but(SET_BLACKLIST, number="2125551234\n"),
        but(SET_BLACKLIST, number="٢١٢٥٥٥١٢٣٤"),
        but(SET_BLACKLIST, number="1" * 16),
        but(SET_BLACKLIST, number=2125551234),
        but(SET_BLACKLIST, blocked="yes"),
        but(SET_BLACKLIST, blocked=1),
        but(SET_BLACKLIST, family="cidname"),
    ],
)
def test_a_blacklisting_that_is_not_exactly_right_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ActionError):
        parse(bad, HANG_UP)


def test_a_dial_may_be_recorded() -> None:
    prompt = SoundPrompt("en/4f1a9c0d2b7e8a61", "To call now, press one.")
    dial, _ = parse(but(DIAL, recording=RECORDING), RECORD)
    assert isinstance(dial, Dial)
    name = "0123456789abcdef0123456789abcdef-0123abcd"
    assert dial.recording == Recording(name, "stereo", 15, prompt, prompt, None)
    dial, _ = parse(but(DIAL, recording=but(RECORDING, ends_soon=PROMPT)), RECORD)
    assert isinstance(dial, Dial)
    assert dial.recording is not None
    assert dial.recording.ends_soon == prompt
    for without_one in (DIAL, but(DIAL, recording=None)):
        assert parse(without_one, RECORD)[0] == Dial("ab12", "PJSIP/12125551234@trunk", 45, 7200)


@pytest.mark.parametrize(
    "bad",
    [
        "0123456789abcdef0123456789abcdef-0123abcd",
        *(without(RECORDING, name) for name in RECORDING if name != "ends_soon"),
        but(RECORDING, name=""),
        but(RECORDING, name="../../etc/passwd"),
        but(RECORDING, name="0123456789abcdef0123456789abcdef-0123abcd\n"),
        but(RECORDING, name="0123456789abcdef0123456789abcdef-0123abcd,a,rm"),
        but(RECORDING, layout="surround"),
        but(RECORDING, beep_s=-1),
        but(RECORDING, beep_s=121),
        but(RECORDING, beep_s=True),
        but(RECORDING, paused=None),
        but(RECORDING, paused=but(PROMPT, sound="/etc/passwd")),
        but(RECORDING, command="rm"),
    ],
)
def test_a_recording_that_is_not_exactly_right_is_refused(bad: object) -> None:
    with pytest.raises(ActionError):
        parse(but(DIAL, recording=bad), RECORD)


@pytest.mark.parametrize(
    "bad",
    [
        *(without(RECORD_VOICE, name) for name in RECORD_VOICE if name != "do"),
        but(RECORD_VOICE, name="../../etc/passwd"),
        but(RECORD_VOICE, name=f"{CALL_ID}-3/x"),
        but(RECORD_VOICE, name=f"{CALL_ID}-3\n"),
        but(RECORD_VOICE, name=f"{CALL_ID}-"),
        but(RECORD_VOICE, longest_s=0),
        but(RECORD_VOICE, longest_s=601),
        but(RECORD_VOICE, silence_s="2"),
        but(RECORD_VOICE, silence_s=61),
        but(RECORD_VOICE, beep="BEEP"),
        but(RECORD_VOICE, folder="/tmp"),
    ],
)
def test_a_record_action_that_is_not_exactly_right_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ActionError):
        parse(bad)


def test_nothing_follows_a_record_action() -> None:
    with pytest.raises(ActionError):
        parse(RECORD_VOICE, HANG_UP)


def test_a_service_of_the_version_before_does_not_listen() -> None:
    [question] = parse(without(ASK, "listen"))
    assert isinstance(question, Ask)
    assert not question.listen


@pytest.mark.parametrize(
    "bad",
    [
        but(ASK, do="listen"),
        but(ASK, do=["ask"]),
        but(ASK, do=None),
        without(ASK, "do"),
        *(without(ASK, name) for name in ASK if name not in {"do", "listen"}),
        but(ASK, listen=1),
        but(ASK, extra=1),
        but(ASK, max_digits=0),
        but(ASK, max_digits="10"),
        but(ASK, max_digits=True),
        but(ASK, terminator="##"),
        but(ASK, terminator="A"),
        but(ASK, stop_keys="\n"),
        but(ASK, first_digit_timeout_ms=-1),
        but(ASK, first_digit_timeout_ms=1.5),
        but(ASK, inter_digit_timeout_ms=None),
        but(ASK, inter_digit_timeout_ms=10**7),
        but(ASK, words="call now"),
        but(ASK, words=[1]),
        but(ASK, secret="no"),
        but(ASK, heed_lead=1),
        but(ASK, prompts=PROMPT),
        but(ASK, prompts=["en/abc"]),
        but(ASK, prompts=[PROMPT] * 1000),
        but(HANG_UP, result="dial"),
        but(HANG_UP, result=["mailbox"]),
        "ask",
        None,
        [],
    ],
)
def test_an_action_that_is_not_exactly_right_is_refused(bad: object) -> None:
    with pytest.raises(ActionError):
        parse(bad)


@pytest.mark.parametrize(
    "sound",
    [
        "",
        "/etc/passwd",
        "../x",
        "en/../x",
        "en//x",
        "en/x/",
        "En/x",
        "en/x.wav",
        "en/x y",
        "en/x\n",
        "x" * 101,
        "é",
        5,
    ],
)
def test_a_sound_outside_the_prompts_directory_is_refused(sound: object) -> None:
    with pytest.raises(ActionError):
        parse({"do": "play", "prompts": [{"sound": sound, "text": "x"}]}, HANG_UP)


@pytest.mark.parametrize(
    "bad",
    [
        but(SET_CALLER_ID, number="12025550100\n"),
        but(SET_CALLER_ID, number="anonymous"),
        but(SET_CALLER_ID, number=""),
        but(SET_CALLER_ID, number=12025550100),
        but(SET_CALLER_ID, name='Main" <911>'),
        but(SET_CALLER_ID, name="${SHELL(x)}"),
    ],
)
def test_a_caller_id_that_is_not_a_number_and_a_name_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ActionError):
        parse(bad, DIAL, RECORD)


@pytest.mark.parametrize(
    "actions",
    [
        pytest.param([], id="nothing"),
        pytest.param([PLAY], id="no closing action"),
        pytest.param([DIAL], id="a dial alone"),
        pytest.param([DIAL, HANG_UP], id="a dial that is not recorded"),
        pytest.param([DIAL, ASK], id="a dial followed by a question"),
        pytest.param([DIAL, PLAY, RECORD], id="something between dial and record"),
        pytest.param([DIAL, but(RECORD, grant_id="cd34")], id="another grant's record"),
        pytest.param([RECORD], id="a record without a dial"),
        pytest.param([PLAY, RECORD], id="a record after a play"),
        pytest.param([DIAL, DIAL, RECORD], id="two dials"),
        pytest.param([DIAL, RECORD, DIAL, RECORD], id="two dials, each recorded"),
        pytest.param([SET_CALLER_ID, ASK], id="a caller ID without a dial"),
        pytest.param([SET_CALLER_ID, PLAY, DIAL, RECORD], id="something between caller ID and dial"),
        pytest.param([ASK, ASK], id="two questions"),
        pytest.param([HANG_UP, PLAY], id="something after hang up"),
        pytest.param([ASK, DIAL, RECORD], id="a dial after a question"),
        pytest.param([PLAY] * 100 + [HANG_UP], id="too many"),
    ],
)
def test_a_list_in_the_wrong_order_is_refused(actions: list[object]) -> None:
    with pytest.raises(ActionError):
        parse(*actions)


@pytest.mark.parametrize(
    "reply",
    [
        {"call_id": "f" * 32, "turn": 3, "actions": [HANG_UP]},
        {"call_id": CALL_ID, "turn": 4, "actions": [HANG_UP]},
        {"call_id": CALL_ID, "turn": True, "actions": [HANG_UP]},
        {"call_id": CALL_ID, "turn": 3, "actions": {}},
        {"call_id": CALL_ID, "turn": 3},
        {"call_id": CALL_ID, "turn": 3, "actions": [HANG_UP], "more": 1},
        [HANG_UP],
        None,
    ],
)
def test_an_answer_to_something_else_is_refused(reply: object) -> None:
    with pytest.raises(ActionError):
        parse_reply(reply, call_id=CALL_ID, turn=3)
