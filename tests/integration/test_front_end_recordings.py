"""What the front end tells Asterisk of a recording: the files, the options, the key, and what is undone."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.agi_peer import Caller, FakeAsterisk
from tests.fakes.front_end_calls import MENU, Place, dial, hang_up, prompt, run_here
from tests.fakes.turn_service import Actions, FakeService

NAME = "0123456789abcdef" * 2 + "-0123abcd"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.prepare()
    monkeypatch.setenv("IVR_FRONT_END_CONF", str(place.configuration))
    return place


def recorded_call(place: Place, asterisk: FakeAsterisk, **recording: Any) -> None:
    """Make two calls, the first of them recorded."""
    shown, dialled, outcome = dial()
    sounds = {"paused": prompt("paused"), "goes_on": prompt("goes-on"), "ends_soon": None}
    dialled["recording"] = {"name": NAME, "layout": "mixed", "beep_s": 0, **sounds, **recording}
    dialled["max_length_s"] = 60
    answers = [
        Actions([MENU]),
        Actions([shown, dialled, outcome]),
        Actions(dial("ff" * 16)),
        Actions([hang_up()]),
    ]
    with FakeService(place.socket, answers):
        assert run_here(asterisk, place, "callback") == 0


def executed(asterisk: FakeAsterisk) -> list[str]:
    return [f"{words[1]} {words[2]}".strip() for words in asterisk.commands if words[0] == "EXEC"]


def test_one_file_is_recorded_around_the_one_dial(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    recorded_call(place, asterisk)
    assert executed(asterisk) == [
        f"MixMonitor {place.directory}/recordings/{NAME}.wav,i(IVR_RECORDING_ID)",
        "Dial PJSIP/12125551234@trunk,45,gS(60)",
        "StopMixMonitor 0x7f560800f900",
        "Dial PJSIP/12125551234@trunk,45,gS(7200)",
    ]


def test_a_recording_that_is_paused_at_the_end_is_not_stopped_again(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    asterisk.on_dial = lambda: asterisk.variables.update(IVR_RECORDING_ID="", IVR_RECORDING_PAUSED="yes")
    recorded_call(place, asterisk)
    assert not [words for words in executed(asterisk) if words.startswith("StopMixMonitor")]


def test_two_files_and_a_beep(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    recorded_call(place, asterisk, layout="stereo", beep_s=15)
    file = f"{place.directory}/recordings/{NAME}"
    assert (
        executed(asterisk)[0]
        == f"MixMonitor ,r({file}-user.wav)t({file}-others.wav)Si(IVR_RECORDING_ID)B(15)"
    )


def test_the_end_that_the_recording_sets_is_announced_to_the_caller(place: Place) -> None:
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    recorded_call(place, asterisk, ends_soon=prompt("soon"))
    assert asterisk.dials[0].endswith(",gL(60000:30000)")
    assert asterisk.variables["LIMIT_WARNING_FILE"] == f"{place.directory}/prompts/en/soon"
    assert asterisk.variables["LIMIT_PLAYAUDIO_CALLER"] == "yes"
    assert asterisk.variables["LIMIT_PLAYAUDIO_CALLEE"] == "no"


@pytest.mark.parametrize(
    ("before", "during"), [("", "ivr-pause"), ("greeting#park", "greeting#park#ivr-pause")]
)
def test_the_key_that_pauses_is_there_during_the_recorded_call_only(
    place: Place, before: str, during: str
) -> None:
    seen: list[tuple[str, str]] = []
    asterisk = FakeAsterisk(Caller(keys=["1"]))
    asterisk.variables["DYNAMIC_FEATURES"] = before
    asterisk.variables["IVR_RECORDING_PAUSED"] = "yes"  # of an earlier call on this channel
    asterisk.on_dial = lambda: seen.append(
        (asterisk.variables["DYNAMIC_FEATURES"], asterisk.variables["IVR_RECORDING_FILE"])
    )
    recorded_call(place, asterisk)
    assert seen == [(during, f"{place.directory}/recordings/{NAME}.wav"), (before, "")]
    assert asterisk.variables["IVR_RECORDING_PAUSED"] == ""
    assert asterisk.variables["IVR_RECORDING_PAUSED_SOUND"] == f"{place.directory}/prompts/en/paused"
    assert asterisk.variables["IVR_RECORDING_GOES_ON_SOUND"] == f"{place.directory}/prompts/en/goes-on"


def test_a_folder_whose_name_would_be_more_than_one_argument_is_refused(place: Place) -> None:
    text = place.configuration.read_text()
    for folder in ("/var/a,b", "/var/a)b", "/var/${EXTEN}", "/var/a&b", "relative, too"):
        place.configuration.write_text(f"{text}recordings={folder}\n")
        asterisk = FakeAsterisk(Caller(keys=["1"]))
        run_here(asterisk, place, "callback")
        assert executed(asterisk) == []
        assert asterisk.variables["IVR_RESULT"] == "failed"
