"""The caller hangs up, at every step: it is reported, and nothing is dialled after it."""

from pathlib import Path

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk
from tests.fakes.front_end_calls import CALL_THEN_MAILBOX, GRANT, MENU, Place, dial, play, played, run_here
from tests.fakes.turn_service import Actions, AfterThinking, Answer, FakeService, Status


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.prepare()
    monkeypatch.setenv("IVR_FRONT_END_CONF", str(place.configuration))
    return place


STEPS_OF_THE_CALL = 25


def count_of_commands(place: Place) -> int:
    asterisk = FakeAsterisk(Caller(keys=["", "1"]))
    with FakeService(place.socket, CALL_THEN_MAILBOX):
        run_here(asterisk, place, "callback")
    return len(asterisk.commands)


def test_the_steps_below_are_all_the_steps_of_the_call(place: Place) -> None:
    assert count_of_commands(place) == STEPS_OF_THE_CALL


@pytest.mark.parametrize("step", range(STEPS_OF_THE_CALL))
def test_a_hang_up_at_any_step_is_reported_and_nothing_is_dialled_after_it(place: Place, step: int) -> None:
    asterisk = FakeAsterisk(Caller(keys=["", "1"], hangs_up_at=step))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        assert run_here(asterisk, place, "callback") == 0
    assert asterisk.has_hung_up
    assert asterisk.dials_after_hang_up == []
    told = list(service.told())
    assert asterisk.variables["IVR_REPORTED"] == "yes"
    # The dialogue is over once the service has said hang_up; until then the hang-up is told, last.
    has_ended = "dial_ended" in told and "en/back" in played(asterisk) and told[-1] == "dial_ended"
    assert has_ended or told[-1] == "hung_up"
    if asterisk.dials:
        assert told.count("outcome") == 1


@pytest.mark.parametrize("step", range(STEPS_OF_THE_CALL))
def test_when_asterisk_goes_away_at_any_step_the_service_is_told(place: Place, step: int) -> None:
    asterisk = FakeAsterisk(Caller(keys=["", "1"]), closes_at=step)
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        assert run_here(asterisk, place, "callback") == 0
    told = list(service.told())
    assert told[-1] in ("hung_up", "dial_ended")
    if asterisk.dials:
        assert "outcome" in told


def test_a_hang_up_while_the_service_thinks_stops_its_dial(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"], hangs_up_while_waiting=True))
    answers: list[Answer] = [Actions([MENU]), AfterThinking(0.3, Actions(dial()))]
    with FakeService(place.socket, answers) as service:
        run_here(asterisk, place, "callback")
    assert asterisk.dials == []
    assert asterisk.dials_after_hang_up == []
    assert list(service.told()) == ["start", "keys", "hung_up"]


def test_a_hang_up_during_the_dial_reports_the_outcome_first(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    asterisk.on_dial = lambda: setattr(asterisk, "has_hung_up", True)
    with FakeService(place.socket, [Actions([MENU]), Actions(dial())]) as service:
        run_here(asterisk, place, "callback")
    assert list(service.told()) == ["start", "keys", "outcome", "hung_up"]
    assert service.requests[2].body["dial_status"] == "CANCEL"
    assert service.requests[3].body["turn"] is None


def test_a_hang_up_that_cannot_be_reported_is_left_to_the_h_extension(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"], hangs_up_at=8))
    with FakeService(place.socket, [Actions([play("welcome"), MENU])], hang_up_answer=Status(503)):
        run_here(asterisk, place, "callback")
    assert asterisk.variables["IVR_REPORTED"] == ""


# --- the `h` extension after a front end that was killed


@pytest.mark.parametrize(
    ("grant", "told"), [(GRANT, ["outcome", "hung_up"]), ("", ["hung_up"]), ("no grant", ["hung_up"])]
)
def test_the_hangup_mode_reports_the_call_of_a_killed_front_end(
    place: Place, grant: str, told: list[str]
) -> None:
    variables = {"IVR_CALL_ID": "ab" * 16, "IVR_GRANT": grant, "DIALSTATUS": "CANCEL"}
    asterisk = FakeAsterisk(Caller(), variables=variables, has_hung_up=True)
    with FakeService(place.socket) as service:
        assert run_here(asterisk, place, "hangup") == 0
    assert list(service.told()) == told
    assert asterisk.variables["IVR_REPORTED"] == "yes"
    assert {words[1] for words in asterisk.commands} == {"VARIABLE"}


@pytest.mark.parametrize("call_id", ["", "x", "../../etc", "AB" * 16])
def test_the_hangup_mode_tells_nothing_without_a_call(place: Place, call_id: str) -> None:
    asterisk = FakeAsterisk(Caller(), variables={"IVR_CALL_ID": call_id}, has_hung_up=True)
    with FakeService(place.socket) as service:
        assert run_here(asterisk, place, "hangup") == 0
    assert service.requests == []


def test_the_hangup_mode_plays_nothing_when_the_service_is_missing(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(), variables={"IVR_CALL_ID": "ab" * 16}, has_hung_up=True)
    assert run_here(asterisk, place, "hangup") == 1
    assert asterisk.sounds() == []
    assert "IVR_REPORTED" not in asterisk.variables
