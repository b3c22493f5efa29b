"""The front end keeps FreePBX's blacklist in step, whether the caller stays or not."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk
from tests.fakes.front_end_calls import MENU, Place, hang_up, played, run_here
from tests.fakes.turn_service import Actions, FakeService

KEY = ("blacklist", "2125551234")


def set_blacklist(*, blocked: bool) -> dict[str, Any]:
    return {"do": "set_blacklist", "number": "2125551234", "blocked": blocked}


BLOCKED = (Actions([MENU]), Actions([set_blacklist(blocked=True), MENU]), Actions([hang_up()]))
UNDONE = (*BLOCKED[:2], Actions([set_blacklist(blocked=False), MENU]), Actions([hang_up()]))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.prepare()
    monkeypatch.setenv("IVR_FRONT_END_CONF", str(place.configuration))
    return place


def test_a_number_is_put_in(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1", "#"]))
    with FakeService(place.socket, BLOCKED):
        assert run_here(asterisk, place, "callback") == 0
    assert asterisk.database == {KEY: "1"}


def test_a_number_is_taken_out_again(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1", "1", "#"]))
    with FakeService(place.socket, UNDONE):
        assert run_here(asterisk, place, "callback") == 0
    assert asterisk.database == {}
    assert ["DATABASE", "DEL", *KEY] in asterisk.commands


def test_a_caller_who_hangs_up_at_once_has_blocked_the_number_all_the_same(place: Place) -> None:
    """The service has noted it in its turn, so Asterisk must know of it too."""
    answers = (Actions([set_blacklist(blocked=True), MENU]),)
    asterisk = FakeAsterisk(Caller(hangs_up_at=6))
    with FakeService(place.socket, answers) as service:
        assert run_here(asterisk, place, "callback") == 0
    assert asterisk.commands[6][1] == "VARIABLE"
    assert asterisk.has_hung_up
    assert asterisk.database == {KEY: "1"}
    assert played(asterisk) == []
    assert list(service.told()) == ["start", "hung_up"]


def test_a_database_that_cannot_be_written_ends_no_call(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1", "#"]), database_is_broken=True)
    with FakeService(place.socket, BLOCKED) as service:
        assert run_here(asterisk, place, "callback") == 0
    assert list(service.told()) == ["start", "keys", "keys"]
    assert asterisk.variables["IVR_RESULT"] == "mailbox"
    assert "database could not be written" in capfd.readouterr().err
