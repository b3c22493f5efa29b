"""Models as Vosk's makers publish them: both sorts of graph, both forms of folder, and broken ones."""

from pathlib import Path

import pytest

from ivr_service.dialogue.actions import Ask
from ivr_service.service.messages import HeardPhraseMessage
from ivr_service.speech.model_files import ModelFiles
from ivr_service.speech.recogniser import RecogniserError
from ivr_service.speech.stock_model import StockModel, StockRecogniser
from tests.fakes.stock_models import WORDS, look_ahead_model, older_form, whole_model
from tests.unit.test_speech_model import NUMBER, NUMBERS, SILENCE, STOP, chunks, digits, heard

SAID = NUMBERS[0].stem.split("-")[1]
MAKERS = {
    "look-ahead": look_ahead_model,
    "whole": whole_model,
    "look-ahead, older": lambda directory: older_form(look_ahead_model(directory)),
    "whole, older": lambda directory: older_form(whole_model(directory)),
}


def loaded(directory: Path, *phrases: str) -> StockModel:
    model = StockModel(directory, ModelFiles(directory))
    model.prepare(phrases, {})
    return model


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_recorded_number_is_heard(tmp_path: Path, make: type) -> None:
    model = loaded(make(tmp_path / "model"))
    assert digits(heard(model.recogniser(), NUMBER, list(chunks(NUMBERS[0]))))[0] == SAID


@pytest.mark.parametrize("make", [look_ahead_model, whole_model])
def test_a_menu_word_is_heard_and_words_it_does_not_know_are_named(tmp_path: Path, make: type) -> None:
    model = StockModel(make(tmp_path / "model"), ModelFiles(tmp_path / "model"))
    assert model.prepare(("Stop", "Xqzzt Desk"), {}) == ("desk", "xqzzt")
    event = heard(model.recogniser(), Ask((), 1, words=("stop", "xqzzt desk")), list(chunks(STOP[0])))
    assert event is not None
    assert [one.phrase for one in event.heard if isinstance(one, HeardPhraseMessage)] == ["stop"]


def test_what_a_whole_graph_hears_besides_the_question_is_not_understood(tmp_path: Path) -> None:
    model = loaded(whole_model(tmp_path / "model"))
    event = heard(model.recogniser(), Ask((), 1, words=("yes", "no")), list(chunks(STOP[0])))
    assert event is None or event.heard == ()


def test_a_question_without_a_word_that_it_knows_is_answered_by_keys(tmp_path: Path) -> None:
    model = loaded(look_ahead_model(tmp_path / "model"))
    with pytest.raises(RecogniserError, match="knows no phrase"):
        model.recogniser().listen(("xqzzt",))


def test_it_is_loaded_once(tmp_path: Path) -> None:
    model = loaded(look_ahead_model(tmp_path / "model"))
    before = model.recogniser()
    assert model.prepare(WORDS, {}) == ()
    assert model.recogniser() is before
    assert isinstance(before, StockRecogniser)


def test_silence_is_nothing(tmp_path: Path) -> None:
    model = loaded(whole_model(tmp_path / "model"))
    assert heard(model.recogniser(), NUMBER, SILENCE[:1]) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("am/final.mdl", "final.mdl is missing or empty"),
        ("conf/model.conf", "conf/model.conf is missing or empty"),
        ("graph/Gr.fst", "has no graph"),
    ],
)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_what_is_missing_is_named(tmp_path: Path, name: str, said: str, how: str) -> None:
    directory = look_ahead_model(tmp_path / "model")
    (directory / name).unlink()
    if how == "empty":
        (directory / name).touch()
    model = StockModel(directory, ModelFiles(directory))
    with pytest.raises(RecogniserError, match=said):
        model.prepare((), {})
    assert not model.is_ready
    with pytest.raises(RecogniserError):
        model.recogniser()


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/words.txt", "conf/mfcc.conf"])
def test_a_broken_file_that_would_end_the_process_is_found_in_another_one(tmp_path: Path, name: str) -> None:
    directory = look_ahead_model(tmp_path / "model")
    content = (directory / name).read_bytes()
    (directory / name).write_bytes(
        b"--no-such-option=1\n" if name.endswith(".conf") else content[: len(content) // 3] + b"\0\xff"
    )
    with pytest.raises(RecogniserError, match="broken"):
        loaded(directory)


def test_a_folder_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(RecogniserError, match=r"there is no speech model.*models fetch"):
        loaded(tmp_path / "none")
