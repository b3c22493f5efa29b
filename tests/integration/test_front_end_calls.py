"""Whole calls: the real front end, a scripted Asterisk, a scripted service on a real socket."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk, is_plain_command
from tests.fakes.front_end_calls import (
    CALL_THEN_MAILBOX,
    GRANT,
    MENU,
    PATIENT,
    QUICK,
    Place,
    ask,
    dial,
    hang_up,
    play,
    played,
    run_here,
)
from tests.fakes.turn_service import TOKEN, Actions, AfterThinking, Answer, FakeService, Raw, Silence, Status

APOLOGY = "/local/apology"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.prepare()
    monkeypatch.setenv("IVR_FRONT_END_CONF", str(place.configuration))
    return place


def assert_apologised_without_a_dial(asterisk: FakeAsterisk, place: Place) -> None:
    assert asterisk.sounds()[-1:] == [place.apology]
    assert asterisk.variables["IVR_RESULT"] == "failed"
    assert asterisk.variables.get("IVR_REPORTED") != "yes"
    assert asterisk.dials == []


def test_a_call_goes_from_the_menu_through_the_dial_back_to_the_mailbox(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["", "1"]))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        assert run_here(asterisk, place, "callback") == 0
    assert list(service.told()) == ["start", "keys", "outcome", "dial_ended"]
    assert asterisk.dials == ["PJSIP/12125551234@trunk,45,gS(7200)"]
    assert asterisk.caller_ids_at_dial == [("12025550100", "Main Office")]
    assert played(asterisk) == ["en/welcome", "en/menu", "en/back"]
    assert asterisk.variables["IVR_RESULT"] == "mailbox"
    assert asterisk.variables["IVR_REPORTED"] == "yes"
    assert all(is_plain_command(words) for words in asterisk.commands)


def test_the_service_learns_everything_about_the_call(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["", "1"]))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        run_here(asterisk, place, "dial_out")
    start, keys, outcome, dial_ended = service.requests
    call_id = asterisk.variables["IVR_CALL_ID"]
    assert start.headers["authorization"] == f"Bearer {TOKEN}"
    assert start.body == {
        "call_id": call_id,
        "kind": "dial_out",
        "extension": "12125551234",
        "mailbox": "103",
        "context": "default",
        "origin": "inside",
        "phone": "500",
        "survey": "",
    }
    assert keys.path == f"/v1/calls/{call_id}/turns"
    assert keys.body == {"turn": 1, "event": {"type": "keys", "keys": "1", "ended_by": "full"}}
    assert outcome.body == {
        "grant_id": GRANT,
        "dial_status": "ANSWER",
        "answered_s": 12,
        "hangup_cause": 16,
        "announced_at": 0,
    }
    assert dial_ended.body == {
        "turn": 2,
        "event": {"type": "dial_ended", "grant_id": GRANT, "dial_status": "ANSWER"},
    }


@pytest.mark.parametrize("origin", ["outside", "Inside", "", "inside "])
def test_only_a_clear_inside_is_inside(place: Place, origin: str) -> None:
    asterisk = FakeAsterisk(Caller(), variables={"IVR_ORIGIN": origin})
    with FakeService(place.socket, [Actions([hang_up()])]) as service:
        run_here(asterisk, place, "callback")
    assert service.requests[0].body["origin"] == "outside"


def test_after_a_dial_the_phone_shows_its_own_number_again(place: Place) -> None:
    emergency = [
        action for action in dial("ff" * 16, "Local/911@ivr-emergency") if action["do"] != "set_caller_id"
    ]
    answers = [Actions(dial()), Actions(emergency), Actions([hang_up()])]
    asterisk = FakeAsterisk(Caller())
    with FakeService(place.socket, answers):
        run_here(asterisk, place, "callback")
    assert asterisk.caller_ids_at_dial == [("12025550100", "Main Office"), ("500", "Box Owner")]


def test_variables_of_an_earlier_call_on_the_channel_are_cleared(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(hangs_up_at=9))
    asterisk.variables |= {
        "IVR_RESULT": "mailbox",
        "IVR_REPORTED": "yes",
        "IVR_GRANT": "ab",
        "IVR_CALL_ID": "x",
    }
    with FakeService(place.socket, [Silence(), Silence()]):
        run_here(asterisk, place, "callback", timing=QUICK)
    assert asterisk.variables["IVR_RESULT"] == "failed"
    assert asterisk.variables["IVR_REPORTED"] == ""
    assert asterisk.variables["IVR_GRANT"] == ""
    assert len(asterisk.variables["IVR_CALL_ID"]) == 32


# --- keys


@pytest.mark.parametrize(
    ("question", "keys", "event"),
    [
        pytest.param(ask("q"), ["", ""], ("", "timeout"), id="silence"),
        pytest.param(ask("q"), ["7"], ("7", "full"), id="a key during the prompt"),
        pytest.param(ask("q"), ["", "7"], ("7", "full"), id="a key after the prompt"),
        pytest.param(
            ask("q", max_digits=10, terminator="#"),
            ["1", "2", "3", "#"],
            ("123", "terminator"),
            id="terminated",
        ),
        pytest.param(
            ask("q", max_digits=10, terminator="#"), ["1", "2", ""], ("12", "timeout"), id="a pause"
        ),
        pytest.param(ask("q", max_digits=3, terminator="#"), ["1", "2", "3"], ("123", "full"), id="full"),
        pytest.param(
            ask("q", max_digits=10, terminator="#"), ["#"], ("", "terminator"), id="terminator only"
        ),
        pytest.param(ask("q", max_digits=10, stop_keys="*"), ["*"], ("*", "full"), id="a stop key"),
        pytest.param(
            ask("q", max_digits=10, stop_keys="*", terminator="#"),
            ["1", "*", "#"],
            ("1*", "terminator"),
            id="a stop key that is not first",
        ),
        pytest.param(ask("q"), ["", "A", "5"], ("5", "full"), id="a tone that telephones do not have"),
    ],
)
def test_keys_become_one_answer(
    place: Place, question: dict[str, Any], keys: list[str], event: tuple[str, str]
) -> None:
    asterisk = FakeAsterisk(Caller(keys=keys))
    with FakeService(place.socket, [Actions([question]), Actions([hang_up()])]) as service:
        run_here(asterisk, place, "callback")
    assert service.requests[1].event == {"type": "keys", "keys": event[0], "ended_by": event[1]}


def test_the_first_key_stops_all_prompts_of_the_question(place: Place) -> None:
    question = ask("one", max_digits=2)
    question["prompts"] = [*question["prompts"], *ask("two")["prompts"], *ask("three")["prompts"]]
    asterisk = FakeAsterisk(Caller(keys=["", "4", "2"]))
    with FakeService(place.socket, [Actions([question]), Actions([hang_up()])]) as service:
        run_here(asterisk, place, "callback")
    assert played(asterisk) == ["en/one", "en/two"]
    assert service.requests[1].event["keys"] == "42"


def test_the_time_between_keys_is_not_the_time_for_the_first(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["", "1", "2", ""]))
    answers = [Actions([ask("q", max_digits=9)]), Actions([hang_up()])]
    with FakeService(place.socket, answers):
        run_here(asterisk, place, "callback")
    waits = [words[3] for words in asterisk.commands if words[0] == "WAIT"]
    assert waits == ["5000", "3000", "3000"]


# --- keys that come while the service thinks


def after_a_key(
    then: dict[str, Any], *before: dict[str, Any], first: dict[str, Any] = MENU
) -> Sequence[Answer]:
    return (
        Actions([first]),
        AfterThinking(0.3, Actions([*before, then])),
        Actions([hang_up()]),
    )


def test_keys_pressed_while_the_service_thinks_answer_the_next_question(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"], keys_while_waiting=["2", "3"]))
    with FakeService(place.socket, after_a_key(ask("next", max_digits=2))) as service:
        run_here(asterisk, place, "callback")
    assert service.requests[2].event["keys"] == "23"
    assert "en/next" not in played(asterisk)


def test_a_question_that_was_begun_ahead_is_finished_without_its_prompts(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1", "3", "#"], keys_while_waiting=["2"]))
    with FakeService(place.socket, after_a_key(ask("next", max_digits=9, terminator="#"))) as service:
        run_here(asterisk, place, "callback")
    assert service.requests[2].event == {"type": "keys", "keys": "23", "ended_by": "terminator"}
    assert "en/next" not in played(asterisk)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(
            after_a_key(ask("next", max_digits=2), play("refused")), id="something must be heard first"
        ),
        pytest.param(
            after_a_key(ask("next", max_digits=2, heed_lead=True)), id="the question begins with an error"
        ),
        pytest.param(
            after_a_key(ask("next", max_digits=2), first=ask("pin", secret=True)),
            id="the keys may be of a PIN",
        ),
    ],
)
def test_keys_typed_ahead_never_skip_what_must_be_heard(place: Place, answers: Sequence[Answer]) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1", "", "9"], keys_while_waiting=["2", "3"]))
    with FakeService(place.socket, answers) as service:
        run_here(asterisk, place, "callback")
    assert "en/next" in played(asterisk)
    assert service.requests[2].event["keys"] == "9"


# --- the service is missing, slow or wrong


def broken(*answers: Answer) -> Sequence[Answer]:
    return answers


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(broken(Status(500), Status(503)), id="5xx twice"),
        pytest.param(broken(Status(404)), id="unknown call"),
        pytest.param(broken(Status(302)), id="a redirect"),
        pytest.param(broken(Silence(), Silence()), id="silence twice"),
        pytest.param(broken(Raw(b""), Raw(b"")), id="closed twice"),
        pytest.param(
            broken(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), Raw(b"HT")), id="broken off"
        ),
        pytest.param(broken(Raw(b"SSH-2.0-x\r\n\r\n")), id="another protocol"),
        pytest.param(broken(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]")), id="not an object"),
        pytest.param(broken(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{nope")), id="not JSON"),
        pytest.param(
            broken(Raw(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"a":1,"a":NaN}')),
            id="twice the same name",
        ),
        pytest.param(broken(Raw(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000)), id="deeply nested"),
        pytest.param(broken(Raw(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 300_000 + b"{}")), id="too large"),
        pytest.param(
            broken(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{}")), id="said to be too large"
        ),
        pytest.param(
            broken(Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}")), id="chunked"
        ),
        pytest.param(broken(Raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000)), id="a head without end"),
        pytest.param(broken(Actions([])), id="no actions"),
        pytest.param(broken(Actions([{"do": "run", "command": "x"}])), id="an unknown action"),
        pytest.param(broken(Actions([*dial(dial_string="PJSIP/1@trunk,30,U(x)")])), id="a bad dial string"),
        pytest.param(broken(Actions([*dial(dial_string="PJSIP/1@a&PJSIP/2@a")])), id="two destinations"),
        pytest.param(broken(Actions(dial()[:2])), id="a dial that is not recorded"),
    ],
)
def test_a_wrong_answer_leads_to_the_apology_and_never_to_a_dial(
    place: Place, answers: Sequence[Answer]
) -> None:
    for earlier in ((), (Actions([MENU]),)):
        asterisk = FakeAsterisk(Caller(keys=["1"]))
        place.socket.unlink(missing_ok=True)
        with FakeService(place.socket, [*earlier, *answers]):
            assert run_here(asterisk, place, "callback", timing=QUICK) == 0
        assert_apologised_without_a_dial(asterisk, place)


def test_the_same_call_with_a_good_dial_string_dials(place: Place) -> None:
    """The negative control of the test before: only the dial string makes the difference."""
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    with FakeService(place.socket, [Actions(dial(dial_string="PJSIP/1@trunk")), Actions([hang_up()])]):
        run_here(asterisk, place, "callback")
    assert asterisk.dials == ["PJSIP/1@trunk,45,gS(7200)"]


def test_no_service_leads_to_the_apology(place: Place) -> None:
    asterisk = FakeAsterisk(Caller())
    assert run_here(asterisk, place, "callback") == 0
    assert_apologised_without_a_dial(asterisk, place)


def test_a_service_that_goes_away_in_mid_call_leads_to_the_apology(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    with FakeService(place.socket, [Actions([MENU])]):
        run_here(asterisk, place, "callback")
    assert_apologised_without_a_dial(asterisk, place)


def test_a_missing_apology_leads_to_asterisks_own_goodbye(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(missing_sounds=(APOLOGY,)))
    assert run_here(asterisk, place, "callback") == 0
    assert asterisk.sounds() == [place.apology, "vm-goodbye"]


def test_a_missing_prompt_leads_to_the_apology_and_is_not_taken_for_a_hang_up(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(missing_sounds=("en/welcome",)))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        run_here(asterisk, place, "callback")
    assert_apologised_without_a_dial(asterisk, place)
    assert list(service.told()) == ["start"]


def test_a_grant_is_dialled_once(place: Place) -> None:
    asterisk = FakeAsterisk(Caller())
    with FakeService(place.socket, [Actions(dial()), Actions(dial())]) as service:
        run_here(asterisk, place, "callback")
    assert len(asterisk.dials) == 1
    assert asterisk.sounds() == [place.apology]
    assert list(service.told()) == ["start", "outcome", "dial_ended"]


def test_a_lost_answer_is_asked_for_again_with_the_same_turn_number(place: Place) -> None:
    answers: list[Answer] = [
        Silence(),
        Actions([MENU]),
        Status(503),
        Actions(dial()),
        Raw(b""),
        Actions([hang_up()]),
    ]
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    with FakeService(place.socket, answers, outcome_answers=[Status(500)]) as service:
        run_here(asterisk, place, "callback", timing=PATIENT._replace(attempt_s=1.0))
    assert list(service.told()) == [
        *["start", "start"],
        *["keys", "keys"],
        *["outcome", "outcome"],
        *["dial_ended", "dial_ended"],
    ]
    for first, again in zip(service.requests[::2], service.requests[1::2], strict=True):
        assert (first.path, first.body) == (again.path, again.body)
    assert len(asterisk.dials) == 1
    assert asterisk.variables["IVR_RESULT"] == "mailbox"


@pytest.mark.parametrize("mode", ["", "call", "callback\n", "HANGUP"])
def test_an_unknown_mode_leads_to_the_apology(place: Place, mode: str) -> None:
    asterisk = FakeAsterisk(Caller())
    run_here(asterisk, place, mode)
    assert_apologised_without_a_dial(asterisk, place)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda place: place.configuration.unlink(), id="no file"),
        pytest.param(lambda place: place.configuration.write_text("socket"), id="no equals sign"),
        pytest.param(
            lambda place: place.configuration.write_text("socket=/x\nother=/y"), id="an unknown key"
        ),
        pytest.param(lambda place: (place.directory / "token").unlink(), id="no token"),
        pytest.param(lambda place: (place.directory / "token").write_text("two words"), id="two tokens"),
    ],
)
def test_a_broken_configuration_leads_to_an_apology(place: Place, spoil: Callable[[Place], object]) -> None:
    spoil(place)
    asterisk = FakeAsterisk(Caller())
    assert run_here(asterisk, place, "callback") == 0
    assert asterisk.variables["IVR_RESULT"] == "failed"
    assert asterisk.sounds()[0].endswith("local/apology")


def test_an_environment_that_could_be_forged_ends_the_script_with_an_error(place: Place) -> None:
    asterisk = FakeAsterisk(Caller())
    asterisk.environment["agi_callerid"] = "5\nagi_extension: 19005551234"
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        assert run_here(asterisk, place, "callback") == 1
    assert asterisk.commands == []
    assert service.requests == []
