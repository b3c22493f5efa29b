"""What hears the callers of a site: a model for each language, what stays when one breaks, and a server."""

import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from ivr_service.policy.settings import SiteSettings
from ivr_service.speech.recogniser import RecogniserError
from ivr_service.speech.recognition_server import RecognitionServer
from ivr_service.speech.site_model import SiteModel, embedded_model
from ivr_service.speech.site_speech import ModelPlaces, SiteSpeech, engine_for
from ivr_service.speech.stock_model import StockRecogniser
from tests.fakes.site import site
from tests.fakes.stock_models import look_ahead_model
from tests.fakes.vosk_server import Manner, VoskServer
from tests.unit.test_speech_model import NUMBER, NUMBERS, chunks, digits, heard

SPANISH: dict[str, Any] = {"name": "small-es", "language": "es"}
SAID = NUMBERS[0].stem.split("-")[1]


def settings(*models: dict[str, Any], speech: dict[str, Any] | None = None) -> SiteSettings:
    """A site with callers of two languages."""
    base = site(mailbox={"language": "es"}).model_dump()
    base["models"] = {"models": [*models]}
    base["service"]["speech"] = speech or {}
    return SiteSettings.model_validate(base)


def is_well(speech: SiteSpeech) -> bool:
    return speech.is_well


@pytest.fixture
def places(tmp_path: Path) -> ModelPlaces:
    return ModelPlaces(tmp_path / "models", tmp_path / "graphs")


@pytest.fixture
def speech(places: ModelPlaces) -> SiteSpeech:
    return SiteSpeech(places)


def test_without_models_toml_one_embedded_model_hears_every_language(speech: SiteSpeech) -> None:
    assert not is_well(speech)
    assert speech.prepare(settings(), ("call now",)).problems == ()
    assert speech.recogniser("en") is speech.recogniser("es")
    assert is_well(speech)
    assert digits(heard(speech.recogniser("en"), NUMBER, list(chunks(NUMBERS[0]))))[0] == SAID


def test_each_language_is_heard_by_its_model(speech: SiteSpeech, places: ModelPlaces) -> None:
    look_ahead_model(places.models / "small-es")
    assert speech.prepare(settings(SPANISH), ("call now",)).unknown_words == ("call", "now")
    assert isinstance(speech.recogniser("es"), StockRecogniser)
    assert not isinstance(speech.recogniser("en"), StockRecogniser)
    assert is_well(speech)


def test_a_language_whose_model_is_missing_goes_on_by_keys_and_the_others_are_heard(
    speech: SiteSpeech,
) -> None:
    [problem] = speech.prepare(settings(SPANISH), ()).problems
    assert "small-es" in problem
    assert (speech.hears("en"), speech.hears("es"), speech.is_well) == (True, False, False)
    with pytest.raises(RecogniserError):
        speech.recogniser("es")


def test_a_language_that_nobody_has_is_not_heard(speech: SiteSpeech) -> None:
    speech.prepare(settings(), ())
    assert not speech.hears("fr")
    with pytest.raises(RecogniserError, match='"fr"'):
        speech.recogniser("fr")


def test_a_new_model_that_is_broken_leaves_the_one_from_before_in_use(
    speech: SiteSpeech, places: ModelPlaces
) -> None:
    look_ahead_model(places.models / "small-es")
    speech.prepare(settings(SPANISH), ())
    before = speech.recogniser("es")
    wrong = {**SPANISH, "files": {"am/final.mdl": "0" * 64}}
    [problem] = speech.prepare(settings(wrong), ()).problems
    assert "SHA-256" in problem
    assert speech.recogniser("es") is before
    assert not is_well(speech)
    assert speech.prepare(settings(SPANISH), ()).problems == ()
    assert speech.recogniser("es") is before
    assert is_well(speech)


def test_a_model_of_ours_in_another_folder_hears_new_names(speech: SiteSpeech, places: ModelPlaces) -> None:
    shutil.copytree(embedded_model(), places.models / "ours")
    ours = {"name": "ours", "language": "en", "kind": "lexicon"}
    assert speech.prepare(settings(ours), ("call now",)).problems == ()
    first = speech.recogniser("en")
    assert speech.prepare(settings(ours), ("call now", "reception")).unknown_words == ()
    assert speech.recogniser("en") is not first


def test_a_path_from_the_root_is_taken_as_it_is(places: ModelPlaces, tmp_path: Path) -> None:
    [model] = settings({**SPANISH, "path": str(tmp_path / "else")}).models.models
    assert places.folder(model) == tmp_path / "else"


def test_graphs_of_another_version_of_the_code_are_not_used(tmp_path: Path) -> None:
    for version in (None, "another", "another"):
        SiteModel(embedded_model(), tmp_path, version=version).prepare(("call now",))
    assert len(list(tmp_path.iterdir())) == 2


# --- a server instead


def server_at(address: str) -> SiteSettings:
    return settings(speech={"backend": "vosk-server", "server": address})


def test_a_server_hears_every_language_and_one_that_fails_is_told_until_it_is_well(
    speech: SiteSpeech, tmp_path: Path
) -> None:
    with VoskServer(look_ahead_model(tmp_path / "server")) as server:
        assert speech.prepare(server_at(server.address), ("call now",)).problems == ()
        assert isinstance(speech.recogniser("en"), RecognitionServer)
        assert speech.recogniser("en") is speech.recogniser("es")
        assert is_well(speech)
        server.manner = Manner.HANGS
        speech.look_after()
        assert (speech.hears("en"), speech.is_well) == (False, False)
        server.manner = Manner.WELL
        speech.look_after()
        assert (speech.hears("en"), speech.is_well) == (True, True)


def test_a_server_that_is_down_at_the_start_is_used_once_it_is_there(
    speech: SiteSpeech, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    [problem] = speech.prepare(server_at(f"ws://127.0.0.1:{port}"), ()).problems
    assert "cannot be reached" in problem
    assert not is_well(speech)
    with VoskServer(look_ahead_model(tmp_path / "server"), port=port):
        speech.look_after()
        assert is_well(speech)
        assert speech.hears("en")


def test_a_server_is_found_by_a_child_that_was_forked(speech: SiteSpeech, tmp_path: Path) -> None:
    """Workers are made after the first look, and have connections of their own."""
    with VoskServer(look_ahead_model(tmp_path / "server")) as server:
        speech.prepare(server_at(server.address), ())
        child = os.fork()
        if child == 0:
            speech.look_after()
            os._exit(0 if speech.is_well else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_folder_is_measured_as_the_kind_of_model_that_it_holds(tmp_path: Path) -> None:
    for folder in (embedded_model(), look_ahead_model(tmp_path / "stock")):
        engine = engine_for(folder, tmp_path / "graphs")
        engine.prepare((), {})
        assert digits(heard(engine.recogniser(), NUMBER, list(chunks(NUMBERS[0]))))[0] == SAID
