"""The embedded model with recordings of people whom its training has not heard.

A frozen sample, so that a change of the model, the graph or the decoder options that makes it deaf is seen.
How good the model is, is measured on many more recordings: models/README.md.
"""

import tomllib
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr_service.dialogue.actions import Ask
from ivr_service.speech.evaluation.caller import listen, number_ask, phrase_ask
from ivr_service.speech.graph import UNKNOWN, write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.recogniser import Recogniser
from ivr_service.speech.site_model import embedded_model
from ivr_service.speech.vosk_recogniser import VoskRecogniser
from models.recipe.scoring import Outcome, canonical, score
from models.recipe.speakers import Split, split_of
from models.recipe.texts import DIGIT_WORDS

FOLDER = Path(__file__).parents[1] / "fixtures" / "speech" / "held_out"
MENU = ("yes", "no", "stop", "go", "up", "down", "left", "right", "on", "off")


@dataclass(frozen=True)
class Recording:
    """A file of the folder, and who says what in it."""

    file: str
    text: str
    speaker: str

    @property
    def pcm(self) -> bytes:
        with wave.open(str(FOLDER / self.file)) as file:
            return bytes(file.readframes(file.getnframes()))


ALL = tuple(
    Recording(entry["file"], entry["text"], entry["speaker"])
    for entry in tomllib.loads((FOLDER / "labels.toml").read_text(encoding="utf-8"))["recording"]
)

NOISES = tuple(recording for recording in ALL if not recording.text)


def of_kind(kind: str) -> tuple[Recording, ...]:
    return tuple(recording for recording in ALL if recording.file.startswith(f"{kind}-"))


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
    directory = tmp_path_factory.mktemp("held-out") / "model"
    write_model(directory, embedded_model(), {w: lexicon.pronunciations(w) for w in (*DIGIT_WORDS, *MENU)})
    return VoskRecogniser.load(directory)


def heard(recogniser: Recogniser, phrases: Sequence[str], recording: Recording) -> Outcome:
    stream = recogniser.listen(phrases)
    pcm = recording.pcm
    for start in range(0, len(pcm), 1600):
        stream.feed(pcm[start : start + 1600])
    found = (canonical(list(one.words)) for one in stream.alternatives())
    return Outcome(canonical(recording.text.split()), tuple(found))


def test_every_recording_is_listed_and_by_a_speaker_who_is_not_trained_on() -> None:
    assert {recording.file for recording in ALL} == {path.name for path in FOLDER.glob("*.wav")}
    assert {split_of(recording.speaker) for recording in ALL if recording.speaker} == {Split.TEST}


@pytest.mark.parametrize(("kind", "words", "anywhere"), [("digit", 90, 100), ("string", 90, 80)])
def test_digits_of_strangers_are_heard(recogniser: Recogniser, kind: str, words: int, anywhere: int) -> None:
    result = score([heard(recogniser, DIGIT_WORDS, recording) for recording in of_kind(kind)])
    assert result.words >= words
    assert result.anywhere >= anywhere


def test_menu_words_of_strangers_are_heard(recogniser: Recogniser) -> None:
    result = score([heard(recogniser, (*MENU, UNKNOWN), recording) for recording in of_kind("word")])
    assert result.best >= 75


def test_a_hiss_is_no_word(recogniser: Recogniser) -> None:
    (noise,) = (recording for recording in NOISES if recording.file == "noise.wav")
    assert heard(recogniser, (*MENU, UNKNOWN), noise).best == ()
    assert len(heard(recogniser, DIGIT_WORDS, noise).best) <= 1


@pytest.mark.parametrize("question", [number_ask(), phrase_ask(MENU)], ids=["number", "menu"])
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.file)
def test_noise_is_no_answer_in_a_call(recogniser: Recogniser, noise: Recording, question: Ask) -> None:
    assert listen(recogniser, question, noise.pcm, 0.0).event is None
