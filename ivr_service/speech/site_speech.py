"""What hears the callers of a site: for each language its model, or a server for all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ivr_service.policy.models import EMBEDDED_MODEL, Model, ModelKind
from ivr_service.policy.settings import SiteSettings
from ivr_service.speech.lexicon import Pronunciation
from ivr_service.speech.model_files import ModelFiles
from ivr_service.speech.recogniser import Recogniser, RecogniserError
from ivr_service.speech.site_model import SiteModel, embedded_model
from ivr_service.speech.site_names import written_pronunciations
from ivr_service.speech.stock_model import StockModel
from ivr_service.speech.vosk_recogniser import VoskRecogniser


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

    def engine(self, model: Model) -> SpeechEngine:
        """What loads this model."""
        folder = self.folder(model)
        is_embedded = folder == embedded_model()
        files = ModelFiles(folder, model.files, needs_manifest=is_embedded)
        if model.kind is ModelKind.VOSK:
            return StockModel(folder, files)
        if is_embedded:
            return SiteModel(folder, self.graphs, files)
        return SiteModel(folder, self.graphs / model.name, files, VoskRecogniser.load_after_trial)


@dataclass(frozen=True)
class _InUse:
    """The engine of each language, and of the model that it was made for."""

    engines: Mapping[str, SpeechEngine] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)


@dataclass(frozen=True)
class Readied:
    """What came of making speech ready: what failed, in an admin's words, and words that cannot be heard."""

    problems: tuple[str, ...] = ()
    unknown_words: tuple[str, ...] = ()


class SiteSpeech:
    """Hears each language with the model that is configured for it.

    Make it ready before the workers fork, and they share the models' memory.
    """

    def __init__(self, places: ModelPlaces) -> None:
        self._places = places
        self._in_use = _InUse()
        self._last = Readied(problems=("speech is not ready yet",))

    def prepare(self, settings: SiteSettings, phrases: Iterable[str]) -> Readied:
        """Make ready to hear numbers and these phrases, in every language of the site.

        Where a model cannot be loaded, the one from before stays in use. Never raises RecogniserError.
        """
        said, problems, unknown = tuple(phrases), list[str](), dict[str, None]()
        engines, models = dict[str, SpeechEngine](), dict[str, Model]()
        made: dict[Model, SpeechEngine] = {model: self._in_use.engines[language] for language, model in self._in_use.models.items()}
        for language in languages_spoken(settings):
            model = settings.models.for_language(language)
            engine = made.get(model) or self._places.engine(model)
        return Readied()
