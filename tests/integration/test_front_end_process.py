"""The script as Asterisk starts it: a process of its own, python3 -I -S, pipes, and signals."""

import os
from pathlib import Path

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk
from tests.fakes.front_end_calls import SCRIPT, Place, ask, dial, hang_up, run_process
from tests.fakes.turn_service import Actions, FakeService

CALL_THEN_MAILBOX = (Actions([ask("menu")]), Actions(dial()), Actions([hang_up()]))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.prepare()
    return place


def test_a_whole_call_runs_in_a_process_of_its_own(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        finished = run_process(asterisk, place, "callback")
    assert (finished.exit_status, finished.stderr) == (0, "")
    assert list(service.told()) == ["start", "keys", "outcome", "dial_ended"]
    assert asterisk.dials == ["PJSIP/12125551234@trunk,45,gS(7200)"]
    assert asterisk.variables["IVR_RESULT"] == "mailbox"


def test_the_script_runs_by_its_own_first_line_through_a_symbolic_link(place: Place) -> None:
    link = place.directory / "feature-menu.eagi"
    link.symlink_to(SCRIPT)
    assert os.access(SCRIPT, os.X_OK)
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    with FakeService(place.socket, CALL_THEN_MAILBOX):
        finished = run_process(asterisk, place, "callback", command=[str(link)])
    assert (finished.exit_status, finished.stderr) == (0, "")
    assert asterisk.variables["IVR_RESULT"] == "mailbox"


def test_no_service_is_an_apology_and_one_line_on_the_console(place: Place) -> None:
    asterisk = FakeAsterisk(Caller())
    finished = run_process(asterisk, place, "callback")
    assert finished.exit_status == 0
    assert finished.stderr == "feature-menu: ServiceUnavailableError: the connection to the service failed\n"
    assert asterisk.sounds() == [place.apology]
    assert asterisk.dials == []


@pytest.mark.parametrize("step", [0, 6, 8, 10, 13, 15])
def test_a_signalled_hang_up_is_reported(place: Place, step: int) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"], hangs_up_at=step))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        finished = run_process(asterisk, place, "callback")
    assert (finished.exit_status, finished.stderr) == (0, "")
    assert list(service.told())[-1] == "hung_up"
    assert asterisk.dials_after_hang_up == []
    assert asterisk.variables["IVR_REPORTED"] == "yes"


def test_a_call_killed_in_its_dial_is_reported_by_the_h_extension(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    with FakeService(place.socket, CALL_THEN_MAILBOX) as service:
        run_process(asterisk, place, "callback", kill_at_dial=True)
        assert list(service.told()) == ["start", "keys"]
        assert asterisk.variables["IVR_REPORTED"] == ""
        afterwards = FakeAsterisk(Caller(), variables=asterisk.variables, has_hung_up=True)
        finished = run_process(afterwards, place, "hangup")
    assert finished.exit_status == 0
    assert list(service.told()) == ["start", "keys", "outcome", "hung_up"]
    assert service.requests[2].body["dial_status"] == "ANSWER"
    assert len({request.path.split("/")[3] for request in service.requests[1:]}) == 1
    assert afterwards.variables["IVR_REPORTED"] == "yes"
