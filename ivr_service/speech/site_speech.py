"""What hears the callers of a site: for each language its model, or a server for all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ivr_service.policy.models import EMBEDDED_MODEL, Model, ModelKind
from ivr_service.policy.settings import SiteSettings, Speech, SpeechBackend
from ivr_service.speech.lexicon import LEXICON_FILE, Pronunciation
from ivr_service.speech.model_files import ModelFiles
from ivr_service.speech.recogniser import Recogniser, RecogniserError
from ivr_service.speech.recognition_server import RecognitionServer
from ivr_service.speech.site_model import SiteModel, embedded_model
from ivr_service.speech.site_names import written_pronunciations
from ivr_service.speech.stock_model import StockModel
from ivr_service.speech.vosk_recogniser import VoskRecogniser

MODELS_FOLDER = "models"
"""Where models that were fetched are, in the state folder."""


class SpeechEngine(Protocol):
    """Makes a recogniser ready, and ready again when there are new names."""

    def prepare(
        self, phrases: Iterable[str], written: Mapping[str, tuple[Pronunciation, ...]]
    ) -> tuple[str, ...]:
        """Get ready to hear these phrases; return the words that cannot be heard. Raises RecogniserError."""

    def recogniser(self) -> Recogniser:
        """The recogniser in use. Raises RecogniserError when there is none."""

    @property
    def is_ready(self) -> bool:
        """Whether anything can be heard."""


@dataclass(frozen=True)
class ModelPlaces:
    """Where models that were fetched are, and where the graphs of this site are kept."""

    models: Path
    graphs: Path

    def folder(self, model: Model) -> Path:
        """Where this model is."""
        if model.path is None and model.name == EMBEDDED_MODEL:
            return embedded_model()
        return self.models / (model.path or model.name)

    def files(self, model: Model) -> ModelFiles:
        """What checks the files of this model."""
        folder = self.folder(model)
        return ModelFiles(folder, model.files, needs_manifest=folder == embedded_model())

    def engine(self, wanted: Model | Speech) -> SpeechEngine:
        """What loads this model, or goes to this server."""
        match wanted:
            case Speech(server=str(address)):
                return RecognitionServer(address)
            case Model():
                return self.loader(wanted, self.folder(wanted), self.files(wanted))
            case _:
                raise RecogniserError("no speech server is named")

    def loader(self, model: Model, folder: Path, files: ModelFiles) -> SpeechEngine:
        """What loads this model from a folder."""
        if model.kind is ModelKind.VOSK:
            return StockModel(folder, files)
        if folder == embedded_model():
            return SiteModel(folder, self.graphs, files)
        return SiteModel(folder, self.graphs / model.name, files, VoskRecogniser.load_after_trial)


def engine_for(folder: Path, graphs: Path) -> SpeechEngine:
    """What loads the model in a folder, of whichever kind; one of ours has a lexicon."""
    files = ModelFiles(folder)
    if (folder / LEXICON_FILE).exists():
        return SiteModel(folder, graphs, files)
    return StockModel(folder, files)


@dataclass(frozen=True)
class _Heard:
    """What hears a language, and what it was made from. `is_behind`: the settings want something newer."""

    wanted: Model | Speech
    engine: SpeechEngine
    is_behind: bool = False


@dataclass(frozen=True)
class Readied:
    """What came of making speech ready: what failed, in an admin's words, and words that cannot be heard."""

    problems: tuple[str, ...] = ()
    unknown_words: tuple[str, ...] = ()


class SiteSpeech:
    """Hears each language with the model that is configured for it, or all with a server.

    Make it ready before the workers fork, and they share the models' memory.
    """

    def __init__(self, places: ModelPlaces) -> None:
        self._places = places
        self._heard: Mapping[str, _Heard] = {}

    def prepare(self, settings: SiteSettings, phrases: Iterable[str]) -> Readied:
        """Make ready to hear numbers and these phrases, in every language of the site.

        Where a new model cannot be loaded, the one from before stays in use.
        """
        said, written = tuple(phrases), written_pronunciations(settings)
        problems, unknown = dict[str, None](), dict[str, None]()
        heard = dict[str, _Heard]()
        for language in languages_spoken(settings):
            one = self._find(_wanted(settings, language), heard)
            try:
                unknown.update(dict.fromkeys(one.engine.prepare(said, written)))
            except RecogniserError as error:
                problems[str(error)] = None
                one = self._instead(language, one)
            heard[language] = one
        self._heard = heard
        return Readied(tuple(problems), tuple(unknown))

    def recogniser(self, language: str) -> Recogniser:
        """The one that hears this language. Raises RecogniserError when there is none."""
        heard = self._heard.get(language)
        if heard is None:
            raise RecogniserError(f'nothing is ready to hear the language "{language}"')
        return heard.engine.recogniser()

    def hears(self, language: str) -> bool:
        """Whether callers of this language are understood now."""
        heard = self._heard.get(language)
        return heard is not None and heard.engine.is_ready

    @property
    def is_well(self) -> bool:
        """Whether all that the settings want is there and works."""
        heard = self._heard.values()
        return bool(heard) and all(one.engine.is_ready and not one.is_behind for one in heard)

    def look_after(self) -> None:
        """See how the server is, where there is one: to be called every few seconds in each worker."""
        for server in self._servers():
            server.look()

    def _servers(self) -> list[RecognitionServer]:
        engines = {id(one.engine): one.engine for one in self._heard.values()}
        return [engine for engine in engines.values() if isinstance(engine, RecognitionServer)]

    def _find(self, wanted: Model | Speech, made: Mapping[str, _Heard]) -> _Heard:
        """What hears with the same model already, or a new one."""
        for one in (*made.values(), *self._heard.values()):
            if one.wanted == wanted:
                return replace(one, is_behind=False)
        return _Heard(wanted, self._places.engine(wanted))

    def _instead(self, language: str, failed: _Heard) -> _Heard:
        """What hears a language when the new one failed: what did before, or a server that may come back."""
        before = self._heard.get(language, failed)
        if isinstance(failed.engine, RecognitionServer) or not before.engine.is_ready:
            return failed
        return replace(before, is_behind=True)


def languages_spoken(settings: SiteSettings) -> tuple[str, ...]:
    """The languages of all callers."""
    rows = settings.mailboxes.mailboxes
    own = (language for row in rows for language in (row.language, row.other_language) if language)
    return tuple(dict.fromkeys((settings.service.service.language, *own)))


def _wanted(settings: SiteSettings, language: str) -> Model | Speech:
    speech = settings.service.speech
    return speech if speech.backend is SpeechBackend.SERVER else settings.models.for_language(language)
