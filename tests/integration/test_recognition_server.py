"""A vosk-server instead of the model in the service: real audio over its protocol, and its ways to fail."""

import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from ivr_service.dialogue.actions import Ask
from ivr_service.service.listening import ListenerUpdate
from ivr_service.speech.answers import SpokenAnswer
from ivr_service.speech.graph import write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.number_phrases import NUMBER_WORDS
from ivr_service.speech.recogniser import Recogniser, RecogniserError
from ivr_service.speech.recognition_server import RecognitionServer
from ivr_service.speech.site_model import embedded_model
from ivr_service.speech.vosk_recogniser import VoskRecogniser
from tests.fakes.vosk_server import Manner, VoskServer
from tests.unit.test_speech_model import NUMBER, NUMBERS, SILENCE, chunks, digits, heard

SAID = NUMBERS[0].stem.split("-")[1]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
    directory = tmp_path_factory.mktemp("server") / "model"
    words = (*NUMBER_WORDS, "back", "help")
    write_model(directory, embedded_model(), {word: lexicon.pronunciations(word) for word in words})
    return directory


@pytest.fixture
def server(model: Path) -> Iterator[VoskServer]:
    with VoskServer(model) as running:
        yield running


@pytest.fixture
def well(server: VoskServer) -> RecognitionServer:
    recogniser = RecognitionServer(server.address)
    assert recogniser.prepare((), {}) == ()
    return recogniser


@pytest.mark.parametrize("recording", NUMBERS, ids=lambda path: path.stem)
def test_a_recorded_number_is_heard_by_the_server_as_well_as_here(
    model: Path, well: RecognitionServer, recording: Path
) -> None:
    """The same model gives the same alternatives, whichever process it is in."""
    here = heard(VoskRecogniser.load(model), NUMBER, list(chunks(recording)))
    there = heard(well.recogniser(), NUMBER, list(chunks(recording)))
    assert digits(there)[0] == recording.stem.split("-")[1]
    assert digits(there)[:3] == digits(here)[:3]


def test_the_server_is_told_the_rate_the_phrases_and_how_many_alternatives(
    server: VoskServer, well: RecognitionServer
) -> None:
    stream = well.listen(("call now", "back", "back"), 7)
    stream.feed(SILENCE[0])
    stream.alternatives()
    told = server.configurations[-1]
    assert (told["sample_rate"], told["max_alternatives"]) == (8000, 7)
    assert told["phrase_list"] == ["call now", "back", "back"]


def test_an_answer_that_the_server_cuts_into_parts_is_put_together(model: Path, tmp_path: Path) -> None:
    """Servers have end-pointing of their own; here it is so quick that pauses between digits end a part."""
    quick = tmp_path / "quick"
    shutil.copytree(model, quick)
    conf = (quick / "conf" / "model.conf").read_text()
    for rule in (2, 3, 4):
        conf = conf.replace(f"rule{rule}.min-trailing-silence=60", f"rule{rule}.min-trailing-silence=0.1")
    (quick / "conf" / "model.conf").write_text(conf)
    with VoskServer(quick) as server:
        recogniser = RecognitionServer(server.address)
        recogniser.prepare((), {})
        assert digits(heard(recogniser, NUMBER, list(chunks(NUMBERS[0]))))[0] == SAID
        assert server.finished >= 2


def until_it_fails(recogniser: Recogniser) -> float:
    """Speak until the listener fails; how long that took, in seconds. Audio comes as it does in a call."""
    began = time.monotonic()
    with pytest.raises(RecogniserError):  # noqa: PT012 - which piece of audio it is does not matter
        listener = SpokenAnswer(recogniser, NUMBER)
        listener.prompt_ended()
        for chunk in [*chunks(NUMBERS[0]), *SILENCE]:
            time.sleep(0.1)
            update: ListenerUpdate = listener.feed(chunk)
            assert not update.is_over
    return time.monotonic() - began


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.CLOSES_IN_MID_WORD, Manner.TALKS_NONSENSE])
def test_a_server_that_fails_in_mid_word_is_given_up_within_two_seconds_and_remembered(
    server: VoskServer, well: RecognitionServer, manner: Manner
) -> None:
    server.manner = manner
    assert until_it_fails(well.recogniser()) < 2.0
    assert not well.is_ready
    with pytest.raises(RecogniserError):
        well.recogniser()


def test_a_server_that_gives_no_result_is_given_up_within_two_seconds(
    server: VoskServer, well: RecognitionServer
) -> None:
    server.manner = Manner.ANSWERS_NO_END
    stream = well.listen(("back",))
    stream.feed(SILENCE[0])
    began = time.monotonic()
    with pytest.raises(RecogniserError, match="no answer"):
        stream.alternatives()
    assert time.monotonic() - began < 2.0
    assert not well.is_ready


def test_a_server_that_is_well_again_is_found_and_used(server: VoskServer, well: RecognitionServer) -> None:
    server.manner = Manner.CLOSES_IN_MID_WORD
    until_it_fails(well.recogniser())
    server.manner = Manner.WELL
    well.look()
    assert well.is_ready
    assert digits(heard(well.recogniser(), NUMBER, list(chunks(NUMBERS[0]))))[0] == SAID


@pytest.mark.parametrize("manner", [Manner.HANGS, Manner.ANSWERS_NO_END])
def test_a_look_finds_a_server_that_takes_calls_and_does_not_answer(
    server: VoskServer, well: RecognitionServer, manner: Manner
) -> None:
    server.manner = manner
    well.look()
    assert not well.is_ready


def test_where_nothing_listens_nobody_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"ws://127.0.0.1:{closed.getsockname()[1]}"
    recogniser = RecognitionServer(address)
    with pytest.raises(RecogniserError, match="cannot be reached"):
        recogniser.prepare((), {})
    assert not recogniser.is_ready


def test_what_takes_connections_and_says_nothing_is_given_up_within_two_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        recogniser = RecognitionServer(f"ws://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(RecogniserError):
            recogniser.listen(("back",))
        assert time.monotonic() - began < 2.0


def test_what_is_no_websocket_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        recogniser = RecognitionServer(f"ws://127.0.0.1:{other.getsockname()[1]}")

        def answer() -> None:
            line, _ = other.accept()
            line.recv(4096)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            line.close()

        Thread(target=answer, daemon=True).start()
        with pytest.raises(RecogniserError):
            recogniser.listen(("back",))


def test_silence_is_nothing(well: RecognitionServer) -> None:
    assert heard(well.recogniser(), Ask((), 1, words=("back", "help")), []) is None
