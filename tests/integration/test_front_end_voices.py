"""Whole calls by voice: the front end as its own process, recordings on descriptor 3, the real speech server.

Only Asterisk and the turns of the service are scripted.
"""

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr_service.dialogue.actions import Ask
from ivr_service.service.listening import SpokenQuestion
from ivr_service.speech.answers import SpokenAnswers
from ivr_service.speech.site_model import SiteModel, embedded_model
from ivr_service.web.speech import SpeechServer, speech_socket
from tests.fakes.agi_peer import Caller
from tests.fakes.front_end_calls import GRANT, Place, ask, dial, hang_up, run_process
from tests.fakes.speaking_caller import SpeakingAsterisk
from tests.fakes.turn_service import TOKEN, Actions, FakeService

RECORDINGS = Path(__file__).parents[1] / "fixtures" / "speech"
NUMBER = RECORDINGS / "held_out" / "string-4745420412-fsdd_yweweler.wav"
YES = RECORDINGS / "held_out" / "word-yes-gsc_ffb86d3c.wav"
NOISE = RECORDINGS / "held_out" / "noise.wav"

QUESTIONS = {
    0: Ask(
        phrases=(),
        max_digits=10,
        first_digit_timeout_ms=1000,
        words=("back",),
        spoken_lengths=(10,),
        spoken_complete=("NXXXXXXXXX",),
    ),
    1: Ask(phrases=(), max_digits=1, first_digit_timeout_ms=1000, words=("yes", "no", "back")),
}
"""What the speech server listens for, by turn."""

ANSWERS = [
    Actions([ask("number", max_digits=10, first_digit_timeout_ms=1000, listen=True)]),
    Actions([ask("is-it-right", first_digit_timeout_ms=1000, listen=True)]),
    Actions(dial()),
    Actions([hang_up()]),
]


def pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return bytes(file.readframes(file.getnframes()))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.prepare()
    return place


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SiteModel:
    model = SiteModel(embedded_model(), tmp_path_factory.mktemp("graphs"))
    model.prepare(["yes", "no", "back"])
    return model


@pytest.fixture
def speech(place: Place, model: SiteModel) -> Iterator[None]:
    """Run the real speech server beside the socket of the scripted service."""
    answers = SpokenAnswers(
        lambda _call_id, turn: SpokenQuestion(QUESTIONS[turn], "en"), lambda _language: model.recogniser()
    )
    with speech_socket(place.directory) as listening:
        server = SpeechServer(listening, answers, TOKEN)
        server.start()
        yield
        server.stop()


def call(place: Place, says: dict[str, bytes], keys: list[str]) -> tuple[SpeakingAsterisk, FakeService]:
    asterisk = SpeakingAsterisk(Caller(keys=keys), says=says)
    with FakeService(place.socket, ANSWERS) as service:
        finished = run_process(asterisk, place, "dial_out", audio=asterisk.audio)
    os.close(asterisk.audio)
    assert (finished.exit_status, finished.stderr) == (0, "")
    return asterisk, service


@pytest.mark.usefixtures("speech")
def test_a_number_that_is_said_and_a_spoken_yes_become_turns_and_a_dial(place: Place) -> None:
    asterisk, service = call(place, {"number": pcm(NUMBER), "is-it-right": pcm(YES)}, [])
    assert list(service.told()) == ["start", "spoken", "spoken", "outcome", "dial_ended"]
    number, yes = (request.body for request in service.requests[1:3])
    assert (number["turn"], yes["turn"]) == (1, 2)
    assert number["event"]["heard"][0]["digits"] == "4745420412"
    assert yes["event"]["heard"][0]["phrase"] == "yes"
    assert [sound.rpartition("/")[2] for sound in asterisk.stopped] == ["number", "is-it-right"]
    assert len(asterisk.dials) == 1
    assert service.requests[3].body["grant_id"] == GRANT


@pytest.mark.usefixtures("speech")
def test_a_caller_who_is_silent_is_a_turn_without_keys_and_no_prompt_is_stopped(place: Place) -> None:
    asterisk, service = call(place, {"is-it-right": pcm(NOISE)}, ["", "", "", "1"])
    silent = {"type": "keys", "keys": "", "ended_by": "timeout"}
    assert [request.event for request in service.requests[1:3]] == [silent, silent]
    assert asterisk.stopped == []


def test_without_a_speech_server_the_same_call_goes_on_by_keys(place: Place) -> None:
    asterisk, service = call(place, {"number": pcm(NUMBER)}, ["", *"4745420412", "1"])
    assert list(service.told()) == ["start", "keys", "keys", "outcome", "dial_ended"]
    assert service.requests[1].event["keys"] == "4745420412"
    assert asterisk.stopped == []
    assert len(asterisk.dials) == 1
