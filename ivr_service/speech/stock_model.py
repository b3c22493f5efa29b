"""A model as Vosk's makers publish them: its graph and its words are in its folder.

There are two sorts. A graph of look-ahead form (HCLr.fst and Gr.fst) takes the phrases of a question; a whole
one (HCLG.fst) always hears everything it knows. What is heard is held against the question afterwards in any
case. The names of the files, and that HCLG.fst goes first, are from model.cc in vosk-api.
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

    def __init__(self, model: "vosk.Model", *, takes_phrases: bool) -> None:
        self._model = model
        self._takes_phrases = takes_phrases

    def knows(self, word: str) -> bool:
        """Whether the model can hear this word."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> SpeechStream:
        """Listen for these phrases; one with a word that the model does not know cannot be heard."""
        known = [phrase for phrase in phrases if all(self.knows(word) for word in phrase.split())]
        if not known:
            raise RecogniserError("the speech model knows no phrase of the question")
        grammar = (json.dumps(known),) if self._takes_phrases else ()
        recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE_HZ, *grammar)
        recogniser.SetMaxAlternatives(alternatives)
        return VoskStream(recogniser)


class StockModel:
    """Loads the model in a folder, once."""

    def __init__(self, directory: Path, files: ModelFiles) -> None:
        self._directory = directory
        self._files = files
        self._loaded: StockRecogniser | None = None

    def prepare(
        self,
        phrases: Iterable[str],
        written: Mapping[str, tuple[Pronunciation, ...]],  # noqa: ARG002 - it cannot be taught any
    ) -> tuple[str, ...]:
        """Load it, and return the words of these phrases that it does not know. Raises RecogniserError."""
        if self._loaded is None:
            self._files.check()
            self._loaded = self._load()
        words = sorted({word for phrase in phrases for word in phrase.lower().split()})
        return tuple(word for word in words if not self._loaded.knows(word))

    def recogniser(self) -> Recogniser:
        """The recogniser in use. Raises RecogniserError when there is none."""
        if self._loaded is None:
            raise RecogniserError("no speech model is loaded")
        return self._loaded

    @property
    def is_ready(self) -> bool:
        """Whether anything can be heard."""
        return self._loaded is not None

    def _load(self) -> StockRecogniser:
        graph = self._graph()
        is_whole = _is_there(graph / _WHOLE)
        if not is_whole and not all(_is_there(graph / name) for name in _LOOK_AHEAD):
            wanted = ", ".join(_LOOK_AHEAD)
            raise RecogniserError(f"{graph} has no graph: neither {_WHOLE} nor all of {wanted}")
        try_out(self._directory)
        return StockRecogniser(load_vosk_model(self._directory), takes_phrases=not is_whole)

    def _graph(self) -> Path:
        """Where the graph is. Raises RecogniserError when this is no model."""
        for needed, graph in _LAYOUTS:
            if all(_is_there(self._directory / name) for name in needed):
                return self._directory / graph
        needed, _ = _LAYOUTS[0]
        missing = next(name for name in needed if not _is_there(self._directory / name))
        raise RecogniserError(f"{self._directory} is no speech model: {missing} is missing or empty")


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
