"""The caller is recorded, and hears it: what is asked of Asterisk, and what the service is told."""

from pathlib import Path

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk
from tests.fakes.front_end_calls import Place, hang_up, play, run_here
from tests.fakes.turn_service import Actions, Answer, FakeService

VOICE = f"{'ab' * 16}-4"
RECORD = {"do": "record", "name": VOICE, "longest_s": 6, "silence_s": 2, "beep": True}
RECORDED = {"do": "play", "prompts": [{"sound": f"recorded/{VOICE}", "text": "(a recording)"}]}
ANSWERS: list[Answer] = [Actions([play("say"), RECORD]), Actions([RECORDED, hang_up()])]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.prepare()
    monkeypatch.setenv("IVR_FRONT_END_CONF", str(place.configuration))
    return place


def test_a_recording_is_made_in_its_folder_and_played_from_there(place: Place) -> None:
    asterisk = FakeAsterisk(Caller())
    with FakeService(place.socket, ANSWERS) as service:
        assert run_here(asterisk, place, "callback") == 0
    path = f"{place.directory}/recordings/voices/{VOICE}"
    assert ["RECORD", "FILE", path, "wav", "0123456789*#", "6000", "BEEP", "s=2"] in asterisk.commands
    assert asterisk.sounds() == [f"{place.directory}/prompts/en/say", path]
    assert service.requests[1].body["event"] == {
        "type": "recorded",
        "is_written": True,
        "length_ms": 1500,
        "key": "",
    }


@pytest.mark.parametrize(
    ("reply", "is_written", "length_ms", "key"),
    [
        ("200 result=35 (dtmf) endpos=8000", True, 1000, "#"),
        ("200 result=42 (randomerror) endpos=0", False, 0, "*"),
        ("200 result=-1 (writefile)", False, 0, ""),
        ("200 result=-1 (randomerror) endpos=0", False, 0, ""),
        ("510 Invalid or unknown command", False, 0, ""),
    ],
    ids=["a-key", "a-key-during-the-beep", "no-file", "no-beep", "no-such-command"],
)
def test_however_a_recording_ends_the_call_goes_on(
    place: Place, reply: str, is_written: object, length_ms: int, key: str
) -> None:
    asterisk = FakeAsterisk(Caller(recording=reply))
    with FakeService(place.socket, ANSWERS) as service:
        assert run_here(asterisk, place, "callback") == 0
    event = {"type": "recorded", "is_written": is_written, "length_ms": length_ms, "key": key}
    assert service.requests[1].body["event"] == event
    assert asterisk.variables["IVR_RESULT"] == "mailbox"


def test_a_hang_up_while_being_recorded_is_reported(place: Place) -> None:
    undisturbed = FakeAsterisk(Caller())
    with FakeService(place.socket, ANSWERS):
        run_here(undisturbed, place, "callback")
    place.socket.unlink()
    recording = next(n for n, words in enumerate(undisturbed.commands) if words[0] == "RECORD")
    asterisk = FakeAsterisk(Caller(hangs_up_at=recording))
    with FakeService(place.socket, ANSWERS) as service:
        run_here(asterisk, place, "callback")
    assert asterisk.commands[recording][0] == "RECORD"
    assert list(service.told()) == ["start", "hung_up"]


def test_a_recording_that_is_gone_is_left_out(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(missing_sounds=(VOICE,)))
    with FakeService(place.socket, ANSWERS):
        run_here(asterisk, place, "callback")
    assert asterisk.variables["IVR_RESULT"] == "mailbox"
