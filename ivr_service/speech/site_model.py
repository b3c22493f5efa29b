"""The recogniser of a site: the trained network with a graph of the words that can be said here."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ivr_service.speech.graph import graph_version, write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon, LexiconError, Pronunciation
from ivr_service.speech.model_files import ModelFiles
from ivr_service.speech.number_phrases import NUMBER_WORDS
from ivr_service.speech.recogniser import Recogniser, RecogniserError
from ivr_service.speech.vosk_recogniser import VoskRecogniser

_Vocabulary = Mapping[str, tuple[Pronunciation, ...]]

_NOTHING_WRITTEN: _Vocabulary = MappingProxyType({})
_KEPT_S = 24 * 3600
"""How long a graph that is no longer used stays: another worker may be about to load it."""


def embedded_model() -> Path:
    """The folder of the model that ships with the project: in a checkout beside the package, else in it."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models" / "en-us-telephone"
    return installed if installed.is_dir() else package.parent / "models" / "en-us-telephone"


class SiteModel:
    """Loads the recogniser, and again when there are new names.

    `base` is the trained model, `directory` where the graphs of this site are kept, `files` checks its
    files, `load` loads it, `version` tells this code's graphs from others. Load it before the workers fork,
    and they share its memory.
    """

    def __init__(
        self,
        base: Path,
        directory: Path,
        files: ModelFiles | None = None,
        load: Callable[[Path], Recogniser] = VoskRecogniser.load,
        version: str | None = None,
    ) -> None:
        self._base = base
        self._directory = directory
        self._files = files or ModelFiles(base)
        self._load_graph = load
        self._version = version or graph_version()
        self._loaded: tuple[str, Recogniser] | None = None
        self._looked_up: tuple[object, _Vocabulary] | None = None

    def prepare(self, phrases: Iterable[str], written: _Vocabulary = _NOTHING_WRITTEN) -> tuple[str, ...]:
        """Make ready to hear numbers and these phrases; return the words that cannot be pronounced.

        `written` are further ways to say words, in small letters. Raises RecogniserError; the recogniser
        from before then stays in use.
        """
        self._files.check()
        wanted = sorted({*NUMBER_WORDS, *(word for phrase in phrases for word in phrase.lower().split())})
        try:
            vocabulary = self._look_up(wanted, written)
            self._load({word: ways for word, ways in vocabulary.items() if ways})
        except (OSError, LexiconError) as error:
            raise RecogniserError(f"the speech model cannot be made ready: {error}") from error
        return tuple(word for word, ways in vocabulary.items() if not ways)

    def recogniser(self) -> Recogniser:
        """The recogniser in use. Raises RecogniserError when there is none."""
        if self._loaded is None:
            raise RecogniserError("no speech model is loaded")
        return self._loaded[1]

    @property
    def is_ready(self) -> bool:
        """Whether anything can be heard."""
        return self._loaded is not None

    def _look_up(self, words: Sequence[str], written: _Vocabulary) -> _Vocabulary:
        """The pronunciations of these words.

        To read the lexicon takes half a second on a slow machine. What was looked up last is kept: a site
        asks the same for each of its languages, and again in every worker.
        """
        path = self._base / LEXICON_FILE
        asked = (path.stat().st_mtime_ns, tuple(words), tuple(sorted(written.items())))
        if self._looked_up is None or self._looked_up[0] != asked:
            lexicon = Lexicon.load(path).with_written(written)
            self._looked_up = (asked, {word: lexicon.pronunciations(word) for word in words})
        return self._looked_up[1]

    def _load(self, vocabulary: _Vocabulary) -> None:
        name = self._fingerprint(vocabulary)
        if self._loaded is not None and self._loaded[0] == name:
            return
        self._loaded = (name, self._recogniser_in(self._directory / name, vocabulary))
        self._forget_others(name)

    def _recogniser_in(self, directory: Path, vocabulary: _Vocabulary) -> Recogniser:
        """Load the graph, and make it anew once if that fails: a power failure leaves empty files."""
        write_model(directory, self._base, vocabulary)
        try:
            return self._load_graph(directory)
        except RecogniserError:
            shutil.rmtree(directory)
        write_model(directory, self._base, vocabulary)
        return self._load_graph(directory)

    def _fingerprint(self, vocabulary: _Vocabulary) -> str:
        network = self._base / "am" / "final.mdl"
        base = (str(self._base.resolve()), str(network.stat().st_mtime_ns))
        parts = (self._version, *base, repr(sorted(vocabulary.items())))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def _forget_others(self, name: str) -> None:
        for other in self._directory.iterdir():
            if other.name != name and time.time() - other.stat().st_mtime > _KEPT_S:
                shutil.rmtree(other, ignore_errors=True)
