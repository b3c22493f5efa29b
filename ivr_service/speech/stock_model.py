"""A model as Vosk's makers publish them: its graph and its words are in its folder.

There are two sorts. A graph of look-ahead form (HCLr.fst and Gr.fst) takes the phrases of a question; a whole
one (HCLG.fst) always hears everything it knows. What is heard is held against the question afterwards in any
case. The names of the files are those of model.cc in vosk-api.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import vosk

from ivr_service.speech.lexicon import Pronunciation
from ivr_service.speech.model_files import ModelFiles
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ, Recogniser, RecogniserError, SpeechStream
from ivr_service.speech.trial import try_out
from ivr_service.speech.vosk_recogniser import VoskStream, load_vosk_model

_LAYOUTS = (
    (("am/final.mdl", "conf/mfcc.conf", "conf/model.conf"), "graph"),
    (("final.mdl", "mfcc.conf"), "."),
)
"""For the newer and the older form: what must be there, and where the graph is."""

_LOOK_AHEAD = ("HCLr.fst", "Gr.fst", "disambig_tid.int")
_WHOLE = "HCLG.fst"


class StockRecogniser:
    """A loaded model that knows its own words."""

    def __init__(self, model: "vosk.Model", words: frozenset[str], *, takes_phrases: bool) -> None:
        self._model = model
        self.words = words
        self._takes_phrases = takes_phrases

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> SpeechStream:
        """Listen for these phrases; one with a word that the model does not know cannot be heard."""
        known = [phrase for phrase in phrases if self.words.issuperset(phrase.split())]
        grammar = (json.dumps(known),) if self._takes_phrases and known else ()
        recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE_HZ, *grammar)
        recogniser.SetMaxAlternatives(alternatives)
        return VoskStream(recogniser)


class StockModel:
    """Loads the model in a folder, and again when its files have changed."""

    def __init__(self, directory: Path, files: ModelFiles) -> None:
        self._directory = directory
        self._files = files
        self._loaded: tuple[object, StockRecogniser] | None = None

    def prepare(
        self, phrases: Iterable[str], written: Mapping[str, tuple[Pronunciation, ...]]  # noqa: ARG002
    ) -> tuple[str, ...]:
        """Load it, and return the words of these phrases that it does not know; it cannot be taught any.

        Raises RecogniserError; what was loaded before then stays in use.
        """
        self._files.check()
        stamp = self._stamp()
        if self._loaded is None or self._loaded[0] != stamp:
            self._loaded = (stamp, self._load())
        known = self._loaded[1].words
        return tuple(sorted({word for phrase in phrases for word in phrase.lower().split()} - known))

    def recogniser(self) -> Recogniser:
        """The recogniser in use. Raises RecogniserError when there is none."""
        if self._loaded is None:
            raise RecogniserError("no speech model is loaded")
        return self._loaded[1]

    @property
    def is_ready(self) -> bool:
        """Whether anything can be heard."""
        return self._loaded is not None

    def _load(self) -> StockRecogniser:
        graph = self._graph()
        takes_phrases = all(_is_there(graph / name) for name in _LOOK_AHEAD)
        if not takes_phrases and not _is_there(graph / _WHOLE):
            wanted = ", ".join(_LOOK_AHEAD)
            raise RecogniserError(f"{graph} has no graph: neither {_WHOLE} nor {wanted}")
        words = _words(graph / "words.txt")
        try_out(self._directory)
        return StockRecogniser(load_vosk_model(self._directory), words, takes_phrases=takes_phrases)

    def _graph(self) -> Path:
        """Where the graph is. Raises RecogniserError when this is no model."""
        for needed, graph in _LAYOUTS:
            if all(_is_there(self._directory / name) for name in needed):
                return self._directory / graph
        needed, _ = _LAYOUTS[0]
        missing = next(name for name in needed if not _is_there(self._directory / name))
        raise RecogniserError(f"{self._directory} is no speech model: {missing} is missing or empty")

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        try:
            files = [path for path in sorted(self._directory.rglob("*")) if path.is_file()]
            return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
        except OSError as error:
            raise RecogniserError(f"the speech model in {self._directory} cannot be read: {error}") from error


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _words(path: Path) -> frozenset[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise RecogniserError(f"{path} cannot be read: {error}") from error
    words = frozenset(line.split()[0] for line in lines if line.strip())
    if not words:
        raise RecogniserError(f"{path} has no words")
    return words
