"""The running service with a vosk-server, and with models that are missing or wrong: calls go on."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr_service.phone.spoken import Recording, RecordingError, play_into
from ivr_service.service.messages import AskAction
from ivr_service.speech.graph import write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.number_phrases import NUMBER_WORDS
from ivr_service.speech.site_model import embedded_model
from tests.chaos.running_service import LiveCall, RunningService, wait_until
from tests.chaos.test_spoken_calls import NUMBER, call
from tests.fakes.vosk_server import Manner, VoskServer

TRUNK = "PJSIP/12125550142@trunk"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[VoskServer]:
    lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
    directory = tmp_path / "served"
    write_model(directory, embedded_model(), {word: lexicon.pronunciations(word) for word in NUMBER_WORDS})
    with VoskServer(directory) as running:
        yield running


def restarted(service: RunningService, file: str, text: str) -> None:
    """The same service with another file in its configuration."""
    (service.config / file).write_text(text)
    service.stop()
    service.start()


@pytest.fixture
def served(service: RunningService, server: VoskServer) -> RunningService:
    """The service, heard by the server."""
    settings = (service.config / "service.toml").read_text()
    speech = f'\n[speech]\nbackend = "vosk-server"\nserver = "{server.address}"\n'
    restarted(service, "service.toml", settings + speech)
    return service


def speech(service: RunningService) -> str:
    """What readiness says of speech. Without it calls are still taken, so the service is ready."""
    status, body = service.ask("GET", "/ready")
    told = json.loads(body)
    assert (status, told["ready"]) == (200, True)
    return str(told["parts"]["speech"])


def asked(live: LiveCall) -> AskAction:
    [question] = [action for action in live.reply.actions if isinstance(action, AskAction)]
    return question


def listens(service: RunningService) -> list[bool]:
    """Whether calls that begin now are listened to; so many that each worker takes some."""
    return [asked(service.call()).listen for _ in range(8)]


def calls_by_keys(live: LiveCall) -> None:
    """The call that goes on is put through by keys."""
    live.press("1")
    assert live.dial is not None


def test_a_number_that_the_server_heard_is_dialled_once_confirmed(served: RunningService) -> None:
    assert speech(served) == "ok"
    assert call(served, NUMBER, "111").dialled == (TRUNK,)


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.CLOSES_IN_MID_WORD, Manner.TALKS_NONSENSE])
def test_a_server_that_fails_in_mid_word_leaves_the_keys_within_two_seconds(
    served: RunningService, server: VoskServer, manner: Manner
) -> None:
    live = served.call()
    assert asked(live).listen
    server.manner = manner
    line = live.line.client.speech_line(live.call_id, live.reply.turn)
    began = time.monotonic()
    with pytest.raises(RecordingError):
        play_into(line, Recording(NUMBER))
    assert time.monotonic() - began < 2.0
    calls_by_keys(live)
    if manner is Manner.HANGS:  # the others are well as long as nobody speaks for long
        wait_until(lambda: speech(served) == "degraded")
        server.manner = Manner.WELL
        wait_until(lambda: speech(served) == "ok")


def test_a_server_that_goes_away_and_comes_back(served: RunningService, server: VoskServer) -> None:
    live = served.call()
    server.__exit__(None, None, None)
    wait_until(lambda: speech(served) == "degraded")
    line = live.line.client.speech_line(live.call_id, live.reply.turn)
    began = time.monotonic()
    with pytest.raises(RecordingError):
        play_into(line, Recording(NUMBER))
    assert time.monotonic() - began < 2.0
    assert live.press("2").actions  # another number
    wait_until(lambda: not any(listens(served)))
    with VoskServer(server.model, port=server.port):
        wait_until(lambda: speech(served) == "ok")
        wait_until(lambda: all(listens(served)))
        assert call(served, NUMBER, "111").dialled == (TRUNK,)


def test_a_model_that_is_not_there_is_not_downloaded_and_calls_go_by_keys(service: RunningService) -> None:
    restarted(
        service,
        "models.toml",
        '[[models]]\nname = "office"\nlanguage = "en"\n[models.download]\n'
        f'url = "https://127.0.0.1:1/office.zip"\nsha256 = "{"0" * 64}"\n',
    )
    assert speech(service) == "degraded"
    assert "there is no speech model" in service.log.read_text()
    assert not (service.state / "models").exists()
    live = service.call()
    assert not asked(live).listen
    calls_by_keys(live)


def test_a_model_with_another_hash_is_not_loaded_and_calls_go_by_keys(service: RunningService) -> None:
    restarted(
        service,
        "models.toml",
        '[[models]]\nname = "en-us-telephone"\nlanguage = "en"\nkind = "lexicon"\n'
        f'files = {{ "am/final.mdl" = "{"0" * 64}" }}\n',
    )
    assert speech(service) == "degraded"
    assert "SHA-256" in service.log.read_text()
    calls_by_keys(service.call())
