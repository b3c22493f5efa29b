"""Recognition with Vosk, in this process. It runs without Python's lock, so streams run side by side."""

import json
from collections.abc import Sequence
from pathlib import Path

import vosk

from ivr_service.speech.recogniser import (
    SAMPLE_RATE_HZ,
    Hearing,
    Progress,
    RecogniserError,
    SpeechStream,
)
from ivr_service.speech.trial import try_out

_NEEDED = (
    "am/final.mdl",
    "conf/model.conf",
    "conf/mfcc.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/disambig_tid.int",
    "graph/words.txt",
)
"""Without one of these the library aborts the process instead of saying so (model.cc in vosk-api)."""


def load_vosk_model(directory: Path) -> "vosk.Model":
    """Load a model directory. Raises RecogniserError."""
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(directory))
    except Exception as error:
        # The library raises a bare Exception.
        raise RecogniserError(f"the speech model in {directory} cannot be loaded") from error


class VoskRecogniser:
    """A loaded model. Load it before a fork, and all children share its memory."""

    def __init__(self, model: "vosk.Model") -> None:
        self._model = model

    @classmethod
    def load(cls, directory: Path) -> "VoskRecogniser":
        """Load a model directory. Raises RecogniserError when that fails, or a file is missing or empty."""
        for name in _NEEDED:
            path = directory / name
            if not path.is_file() or path.stat().st_size == 0:
                raise RecogniserError(f"{directory} is no speech model: {name} is missing or empty")
        return cls(load_vosk_model(directory))

    @classmethod
    def load_after_trial(cls, directory: Path) -> "VoskRecogniser":
        """The same for a model that nobody has tried yet: it is loaded in another process first."""
        try_out(directory)
        return cls.load(directory)

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> SpeechStream:
        """Listen for these phrases, which Vosk takes as pairs of words that may follow each other."""
        recogniser = vosk.KaldiRecognizer(self._model, SAMPLE_RATE_HZ, json.dumps(list(phrases)))
        recogniser.SetMaxAlternatives(alternatives)
        return VoskStream(recogniser)


class VoskStream:
    """One answer, in Vosk."""

    def __init__(self, recogniser: "vosk.KaldiRecognizer") -> None:
        self._recogniser: vosk.KaldiRecognizer | None = recogniser

    def feed(self, pcm: bytes) -> Progress:
        """Take audio; an odd byte at the end is left out."""
        recogniser = self._open()
        try:
            recogniser.AcceptWaveform(pcm[: len(pcm) // 2 * 2])
            partial = json.loads(recogniser.PartialResult())
        except Exception as error:
            raise RecogniserError("the recogniser failed") from error
        return Progress(tuple(str(partial.get("partial", "")).split()))

    def alternatives(self) -> tuple[Hearing, ...]:
        """What may have been said."""
        try:
            result = json.loads(self._open().FinalResult())
        except ValueError as error:
            raise RecogniserError("the recogniser's answer is not understood") from error
        finally:
            self.close()
        found = (as_hearing(one) for one in result.get("alternatives", ()))
        return tuple(hearing for hearing in found if hearing.words)

    def close(self) -> None:
        """Free the library's memory now, not when the garbage is collected."""
        self._recogniser = None

    def _open(self) -> "vosk.KaldiRecognizer":
        if self._recogniser is None:
            raise RecogniserError("the stream has ended")
        return self._recogniser


def as_hearing(alternative: dict[str, object]) -> Hearing:
    """One of the alternatives of a result, as Vosk writes them."""
    return Hearing(tuple(str(alternative["text"]).split()), float(str(alternative["confidence"])))
