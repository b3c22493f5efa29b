"""The model that ships with the project, with recordings of real people, as a call uses it."""

import os
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr_service.dialogue.actions import Ask
from ivr_service.dialogue.events import HeardPhrase
from ivr_service.dialogue.hearing import Doubt, judge
from ivr_service.service.listening import SpokenQuestion
from ivr_service.service.messages import HeardNumberMessage, HeardPhraseMessage, SpokenEvent
from ivr_service.speech.answers import SpokenAnswer, SpokenAnswers
from ivr_service.speech.evaluation.caller import listen, number_ask
from ivr_service.speech.evaluation.labels import read_samples
from ivr_service.speech.evaluation.run import speech_ends_ms
from ivr_service.speech.graph import write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.model_files import MANIFEST_FILE
from ivr_service.speech.recogniser import Recogniser, RecogniserError
from ivr_service.speech.site_model import SiteModel, embedded_model
from ivr_service.speech.vosk_recogniser import VoskRecogniser

RECORDINGS = Path(__file__).parents[1] / "fixtures" / "speech"
NUMBERS = [
    *sorted(RECORDINGS.glob("number-*.wav")),
    RECORDINGS / "held_out" / "string-4745420412-fsdd_yweweler.wav",
]
TEN_DIGITS = sorted(RECORDINGS.rglob(f"*-[2-9]{9 * '[0-9]'}-*.wav"))
"""What cannot go on: a one at the beginning may be followed by ten digits."""

NUMBER = Ask((), 32, words=("back",), spoken_lengths=(10, 11))
MENU = Ask((), 1, words=("call now", "help", "back"))
STOP = sorted((RECORDINGS / "held_out").glob("word-stop-*.wav"))
SILENCE = [bytes(1600)] * 80


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SiteModel:
    model = SiteModel(embedded_model(), tmp_path_factory.mktemp("speech"))
    model.prepare(("call now", "help", "back", "Reception Desk"))
    return model


def chunks(path: Path) -> Iterator[bytes]:
    with wave.open(str(path)) as file:
        while audio := file.readframes(800):
            yield audio


def heard(recogniser: Recogniser, ask: Ask, audio: list[bytes]) -> SpokenEvent | None:
    """What is understood of the audio; None when nothing was said."""
    listener = SpokenAnswer(recogniser, ask)
    listener.prompt_ended()
    for chunk in [*audio, *SILENCE]:
        update = listener.feed(chunk)
        if update.is_over:
            return update.event
    raise AssertionError("the answer did not end")


def digits(event: SpokenEvent | None) -> list[str]:
    assert event is not None
    return [one.digits for one in event.heard if isinstance(one, HeardNumberMessage)]


def test_there_are_recordings_to_test_with() -> None:
    assert len(NUMBERS) >= 3
    assert len(TEN_DIGITS) >= 5


@pytest.mark.parametrize("recording", NUMBERS, ids=lambda path: path.stem)
def test_a_recorded_number_is_the_likeliest_of_what_was_heard(model: SiteModel, recording: Path) -> None:
    event = heard(model.recogniser(), NUMBER, list(chunks(recording)))
    assert digits(event)[0] == recording.stem.split("-")[1]


@pytest.mark.parametrize("recording", TEN_DIGITS, ids=lambda path: path.stem)
def test_a_whole_number_is_understood_soon_after_its_last_word(model: SiteModel, recording: Path) -> None:
    """In audio; what the machine takes on top is measured in bench/. The aim is half a second in all."""
    samples = read_samples(recording)
    pcm = samples.astype("<i2").tobytes()
    listening = listen(model.recogniser(), number_ask(), pcm, speech_ends_ms(samples))
    assert 100 <= listening.late_ms <= 400


def test_silence_is_nothing(model: SiteModel) -> None:
    assert heard(model.recogniser(), NUMBER, []) is None


def test_digits_are_no_words_of_a_menu(model: SiteModel) -> None:
    event = heard(model.recogniser(), MENU, list(chunks(NUMBERS[0])))
    assert event is not None
    assert not [one for one in event.heard if isinstance(one, HeardPhraseMessage) and one.confidence >= 0.5]


def test_a_model_that_was_loaded_before_a_fork_hears_in_the_child(model: SiteModel) -> None:
    recogniser = model.recogniser()
    child = os.fork()
    if child == 0:
        understood = digits(heard(recogniser, NUMBER, list(chunks(NUMBERS[0]))))
        os._exit(0 if understood[0] == NUMBERS[0].stem.split("-")[1] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_several_callers_are_heard_by_one_model_at_once(model: SiteModel) -> None:
    listeners = [SpokenAnswer(model.recogniser(), NUMBER) for _ in range(10)]
    audio = [*chunks(NUMBERS[1]), *SILENCE]
    events: dict[int, SpokenEvent] = {}
    for chunk in audio:
        for which, listener in enumerate(listeners):
            update = None if which in events else listener.feed(chunk)
            if update is not None and update.event is not None:
                events[which] = update.event
    assert [digits(events[which])[0] for which in range(10)] == [NUMBERS[1].stem.split("-")[1]] * 10


def test_words_that_cannot_be_pronounced_are_named_and_the_others_are_heard(tmp_path: Path) -> None:
    model = SiteModel(embedded_model(), tmp_path)
    assert model.prepare(("Xqzzt Desk", "call now")) == ("xqzzt",)
    assert model.is_ready


def test_a_name_that_the_lexicon_does_not_know_is_heard_as_it_is_written(tmp_path: Path) -> None:
    model = SiteModel(embedded_model(), tmp_path)
    assert model.prepare(("Xqzzt", "back"), {"xqzzt": (("S", "T", "AA", "P"),)}) == ()
    for recording in STOP:
        event = heard(model.recogniser(), Ask((), 1, words=("xqzzt", "back")), list(chunks(recording)))
        assert event is not None
        assert [one.phrase for one in event.heard if isinstance(one, HeardPhraseMessage)] == ["xqzzt"]


def test_of_two_names_that_sound_the_same_the_caller_is_asked_which(tmp_path: Path) -> None:
    model = SiteModel(embedded_model(), tmp_path)
    model.prepare(("stop", "Xqzzt", "back"), {"xqzzt": (("S", "T", "AA", "P"),)})
    for recording in STOP:
        question = Ask((), 1, words=("stop", "xqzzt", "back"))
        event = heard(model.recogniser(), question, list(chunks(recording)))
        assert event is not None
        said = [one for one in event.heard if isinstance(one, HeardPhraseMessage)]
        judged = judge([HeardPhrase(one.phrase, one.confidence) for one in said])
        assert isinstance(judged, Doubt)
        assert {one.phrase for one in said[:2]} == {"stop", "xqzzt"}


def test_new_names_make_a_new_graph_and_the_same_names_none(tmp_path: Path) -> None:
    model = SiteModel(embedded_model(), tmp_path)
    model.prepare(("call now",))
    first = model.recogniser()
    model.prepare(("call now",))
    assert model.recogniser() is first
    model.prepare(("call now", "reception"))
    assert model.recogniser() is not first
    assert len(list(tmp_path.iterdir())) == 2


def test_the_lexicon_is_read_again_only_for_other_words_or_when_it_has_changed(tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(embedded_model(), base)
    (base / MANIFEST_FILE).unlink()  # which would tell of any change
    model = SiteModel(base, tmp_path / "graphs")
    assert model.prepare(("Xqzzt", "call now")) == ("xqzzt",)
    lexicon = base / LEXICON_FILE
    before = lexicon.stat()
    lexicon.write_bytes(b"not a lexicon")
    os.utime(lexicon, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert model.prepare(("Xqzzt", "call now")) == ("xqzzt",)
    with pytest.raises(RecogniserError, match="lexicon"):
        model.prepare(("Xqzzt", "call now", "back"))
    os.utime(lexicon)
    with pytest.raises(RecogniserError, match="lexicon"):
        model.prepare(("Xqzzt", "call now"))


def test_before_a_model_is_loaded_and_without_one_there_is_an_error_and_no_crash(tmp_path: Path) -> None:
    model = SiteModel(tmp_path / "none", tmp_path / "graphs")
    with pytest.raises(RecogniserError):
        model.prepare(("call now",))
    assert not model.is_ready
    answers = SpokenAnswers(
        lambda _call, _turn: SpokenQuestion(NUMBER, "en"), lambda _language: model.recogniser()
    )
    with pytest.raises(RecogniserError):
        answers.listen("ab" * 16, 1)


@pytest.mark.parametrize(
    "name", ["am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt"]
)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_broken_model_is_refused_before_the_library_sees_it(tmp_path: Path, name: str, how: str) -> None:
    lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
    directory = tmp_path / "model"
    write_model(directory, embedded_model(), {"one": lexicon.pronunciations("one")})
    for part in ("am", "conf"):
        source = (directory / part).resolve()
        (directory / part).unlink()
        (directory / part).mkdir()
        for file in source.iterdir():
            (directory / part / file.name).write_bytes(file.read_bytes())
    (directory / name).unlink()
    if how == "empty":
        (directory / name).touch()
    with pytest.raises(RecogniserError, match=name):
        VoskRecogniser.load(directory)


def test_the_model_is_small() -> None:
    files = [path for path in embedded_model().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 8_000_000


def test_a_graph_that_a_power_failure_emptied_is_made_again(tmp_path: Path) -> None:
    SiteModel(embedded_model(), tmp_path).prepare(("call now",))
    [directory] = tmp_path.iterdir()
    (directory / "graph" / "HCLr.fst").write_bytes(b"")
    model = SiteModel(embedded_model(), tmp_path)
    model.prepare(("call now",))
    assert (
        digits(heard(model.recogniser(), NUMBER, list(chunks(NUMBERS[0]))))[0]
        == NUMBERS[0].stem.split("-")[1]
    )


@pytest.mark.parametrize("how", ["cut off", "overwritten"])
def test_a_corrupt_network_is_an_error_and_no_crash(tmp_path: Path, how: str) -> None:
    base = tmp_path / "base"
    shutil.copytree(embedded_model(), base)
    network = (base / "am" / "final.mdl").read_bytes()
    broken = (
        network[: len(network) // 2] if how == "cut off" else network[:2000] + bytes(400) + network[2400:]
    )
    (base / "am" / "final.mdl").write_bytes(broken)
    with pytest.raises(RecogniserError):
        SiteModel(base, tmp_path / "graphs").prepare(("call now",))
