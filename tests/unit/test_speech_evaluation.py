"""Measuring recordings: labels, lines, the honest caller, the figures, and all of it on people's voices."""

import json
import shutil
import wave
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from ivr_service.cli import main
from ivr_service.dialogue import machine
from ivr_service.dialogue.actions import CheckEntry
from ivr_service.dialogue.events import HeardNumber, HeardPhrase, Spoken
from ivr_service.dialogue.state import Step
from ivr_service.dialogue.values import CallKind, NumberPart
from ivr_service.service.messages import HeardNumberMessage, HeardPhraseMessage, SpokenEvent
from ivr_service.speech.evaluation.caller import (
    NOTHING,
    Ending,
    Listening,
    Trial,
    as_spoken,
    converse,
    key_part,
    the_question,
)
from ivr_service.speech.evaluation.conditions import CONDITIONS, speech_level
from ivr_service.speech.evaluation.labels import Kind, LabelsError, Recording, read_labels, read_samples
from ivr_service.speech.evaluation.report import edits, figures, plot
from ivr_service.speech.evaluation.run import speech_ends_ms

EXAMPLE = Path(__file__).parents[2] / "deploy/example"
HELD_OUT = Path(__file__).parents[1] / "fixtures/speech/held_out"
WANTED = "2125551234"


def write_wav(path: Path, samples: "np.ndarray[tuple[int], np.dtype[np.int16]]", rate_hz: int = 8000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())


def folder(tmp_path: Path, labels: str, rate_hz: int = 8000) -> Path:
    write_wav(tmp_path / "a.wav", np.zeros(800, np.int16), rate_hz)
    (tmp_path / "labels.toml").write_text(labels, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("recording = []\n", "names no recording; add a [[recording]]"),
        ("[[recording]]\n", "file: Field required. Write the name of a wav file"),
        ('[[recording]]\nfile = "../a.wav"\ntext = ""\n', "Write the name of a wav file in this folder"),
        ('[[recording]]\nfile = "b.wav"\ntext = ""\n', "names b.wav, which is not in"),
        ('[[recording]]\nfile = "a.wav"\ntext = "2125551234"\n', "Write the words that are said"),
        ('[[recording]]\nfile = "a.wav"\ntext = "hello"\nkind = "number"\n', '"hello" is no number'),
        ('[[recording]]\nfile = "a.wav"\ntext = ""\nkind = "song"\n', "It is one of number, phrase"),
        (
            '[[recording]]\nfile = "a.wav"\ntext = "one"\nparts = ["a.wav"]\n',
            "Write three files: the area code",
        ),
        (
            '[[recording]]\nfile = "a.wav"\ntext = "one"\nparts = ["a.wav", "b.wav", "a.wav"]\n',
            "names b.wav, which is not in",
        ),
        ("[[recording\n", "cannot be read"),
        ("[recordings]\n", "Write a [[recording]] table for each file"),
    ],
)
def test_a_label_that_is_wrong_is_told_with_a_remedy(tmp_path: Path, labels: str, told: str) -> None:
    with pytest.raises(LabelsError) as error:
        read_labels(folder(tmp_path, labels), ("call now",))
    assert told in str(error.value)
    assert "labels.toml" in str(error.value)


def test_a_folder_without_labels_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"there is no .*labels\.toml; write one"):
        read_labels(tmp_path, ())


def test_a_recording_of_another_form_is_told_with_the_command_that_mends_it(tmp_path: Path) -> None:
    labels = '[[recording]]\nfile = "a.wav"\ntext = ""\n'
    (recording,) = read_labels(folder(tmp_path, labels, rate_hz=16000), ())
    with pytest.raises(LabelsError, match="sox IN -r 8000"):
        read_samples(recording.path)


@pytest.mark.parametrize(
    ("text", "kind", "digits"),
    [
        ("call now", Kind.PHRASE, ""),
        ("two one two five five five one two three four", Kind.NUMBER, WANTED),
        ("double five", Kind.NUMBER, "55"),
        ("", Kind.NOISE, ""),
        ("good morning", Kind.FOREIGN, ""),
    ],
)
def test_what_a_recording_is_for_is_told_by_its_words(
    tmp_path: Path, text: str, kind: Kind, digits: str
) -> None:
    labels = f'[[recording]]\nfile = "a.wav"\ntext = "{text}"\n'
    (recording,) = read_labels(folder(tmp_path, labels), ("call now",))
    assert (recording.kind, recording.digits) == (kind, digits)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_line_changes_no_length_and_is_the_same_each_time(name: str) -> None:
    samples = (8000 * np.sin(np.arange(8000) / 5)).astype(np.float32)
    heard = CONDITIONS[name].apply(samples, seed=7)
    assert len(heard) == 16000
    assert heard == CONDITIONS[name].apply(samples, seed=7)


def test_lines_do_what_their_names_say() -> None:
    samples = (8000 * np.sin(np.arange(80_000) / 5)).astype(np.float32)
    heard = {
        name: np.frombuffer(line.apply(samples, 1), "<i2").astype(np.float64)
        for name, line in CONDITIONS.items()
    }
    error = {name: float(np.sqrt(np.mean((pcm - samples) ** 2))) for name, pcm in heard.items()}
    level = speech_level(samples)
    assert error["clean"] < error["mu-law"] < error["GSM"]
    assert 20 * np.log10(level / error["20 dB"]) == pytest.approx(20, abs=1)
    assert 20 * np.log10(level / error["10 dB"]) == pytest.approx(10, abs=1)
    lost = np.mean(np.abs(heard["3 % lost"].reshape(-1, 160)).max(axis=1) < 100)
    assert 0.01 < lost < 0.06
    assert np.abs(heard["clipped"]).max() == pytest.approx(2000, rel=0.1)


def test_the_end_of_speech_is_where_it_is_no_longer_loud() -> None:
    silence, speech = np.zeros(4000, np.float32), 3000 * np.ones(8000, np.float32)
    assert speech_ends_ms(np.concatenate([silence, speech, silence])) == 1500


def number(digits: str, confidence: float, part: NumberPart = NumberPart.WHOLE) -> HeardNumber:
    return HeardNumber(digits, part, confidence)


@pytest.mark.parametrize(
    ("heard", "corrections"),
    [
        ((number(WANTED, 0.9),), 0),
        ((number("2125551299", 0.9),), 1),
        ((number("2175551299", 0.9),), None),
        ((number("2175551299", 0.6), number(WANTED, 0.3)), 1),
        ((number("2125551299", 0.5), number(WANTED, 0.48)), 1),
        ((number("9995551299", 0.5), number("9985551299", 0.48)), None),
        ((number("212", 0.9, NumberPart.AREA_CODE),), 1),
        ((number("212555123", 0.9),), None),
        ((), None),
    ],
)
def test_an_honest_caller_gets_to_the_right_number_or_does_not(
    heard: tuple[HeardNumber, ...], corrections: int | None
) -> None:
    said = Spoken(heard)
    wanted = NOTHING if corrections is None else Ending(WANTED, corrections)
    assert converse(machine.step(the_question(), said), WANTED, said, key_part(WANTED)) == wanted


@pytest.mark.parametrize(
    ("part", "ending"), [("1234", Ending(WANTED, 1)), ("1235", NOTHING), ("123", NOTHING)]
)
def test_a_part_that_is_said_is_heard_as_it_is_said(part: str, ending: Ending) -> None:
    said = Spoken((number("2125551299", 0.9),))
    step = machine.step(the_question(), said)
    assert converse(step, WANTED, said, lambda _: Spoken((number(part, 0.9),))) == ending


def test_a_number_that_nobody_confirmed_is_counted_as_a_wrong_one() -> None:
    unasked = Step(the_question(), (CheckEntry("2125551299", CallKind.DIAL_OUT),))
    assert converse(unasked, WANTED, Spoken(()), key_part(WANTED)) == Ending("2125551299", 0)
    trials = [trial(Kind.NUMBER, "2125551299", Ending("2125551299", 0))]
    assert figures("a set", "mu-law", trials).wrong_confirmed == 100


@pytest.mark.parametrize(
    ("said", "heard", "wanted"),
    [("2125", "2125", 0), ("2125", "212", 1), ("2125", "22125", 1), ("2125", "2135", 1), ("21", "", 2)],
)
def test_errors_are_counted_in_digits(said: str, heard: str, wanted: int) -> None:
    assert edits(said, heard) == wanted


def trial(kind: Kind, first: str, ending: Ending, by_voice: Ending | None = None) -> Trial:
    text = "call now" if kind is Kind.PHRASE else ""
    digits = WANTED if kind is Kind.NUMBER else ""
    recording = Recording(Path("a.wav"), text, kind, "somebody", "a set", digits, ("call now",))
    return Trial(recording, first, ending, by_voice, Listening(SpokenEvent(heard=()), 400, 10, 0.02))


def test_figures_of_numbers_tell_right_from_corrected_from_wrong() -> None:
    trials = [
        trial(Kind.NUMBER, WANTED, Ending(WANTED, 0), Ending(WANTED, 0)),
        trial(Kind.NUMBER, "2125551299", Ending(WANTED, 1), NOTHING),
        trial(Kind.NUMBER, "", NOTHING),
        trial(Kind.NUMBER, "9995551299", NOTHING),
    ]
    row = figures("a set", "mu-law", trials)
    assert (row.right_at_once, row.within_one_correction, row.wrong_read_back) == (25, 50, 50)
    assert row.with_voice == 50
    assert row.digits == pytest.approx(100 * (1 - (2 + 10 + 5) / 40))
    assert row.wrong_confirmed == 0
    assert row.cpu_percent == pytest.approx(2)
    assert row.late_ms_p95 == 410


def test_figures_of_what_must_not_be_taken_count_what_was() -> None:
    trials = [trial(Kind.FOREIGN, "call now", NOTHING), trial(Kind.FOREIGN, "", NOTHING)]
    assert figures("a set", "mu-law", trials).false_accepts == 50


def test_recordings_of_people_are_measured_and_drawn(tmp_path: Path) -> None:
    places = ("--json", str(tmp_path / "out.json"), "--plot", str(tmp_path / "out.svg"))
    done = CliRunner().invoke(
        main, ["speech", "evaluate", str(HELD_OUT), "--condition", "mu-law", *places], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    rows = {row["set_name"]: row for row in json.loads((tmp_path / "out.json").read_text())}
    assert rows["digit"]["right_at_once"] >= 90
    assert rows["string"]["digits"] >= 90
    assert rows["string"]["within_one_correction"] >= 70
    assert rows["word, phrase"]["right_at_once"] == 100
    assert rows["word, foreign"]["false_accepts"] == 0
    assert rows["noise"]["false_accepts"] == 0
    assert all(not row["wrong_confirmed"] for row in rows.values())
    drawn = ElementTree.parse(tmp_path / "out.svg").getroot()  # noqa: S314 - written a moment ago
    assert len([part for part in drawn if part.tag.endswith("rect")]) > len(rows)
    assert plot([]).startswith("<svg")


@pytest.mark.parametrize(("is_written", "heard"), [(False, 0), (True, 100)])
def test_names_of_a_site_are_heard_as_its_settings_say_them(
    tmp_path: Path, *, is_written: bool, heard: float
) -> None:
    """The recording is of "marvin", and nothing but what is written says that another word sounds so."""
    site = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    options = site / "options.toml"
    options.write_text(
        options.read_text().replace("[pronunciations]", '[pronunciations]\nxqzzt = "M AA R V AH N"')
    )
    shutil.copy(HELD_OUT / "name-marvin-gsc_7ff085e1.wav", tmp_path / "a.wav")
    (tmp_path / "labels.toml").write_text(
        'phrases = ["xqzzt"]\n[[recording]]\nfile = "a.wav"\ntext = "xqzzt"\n', "utf-8"
    )
    command = [
        "speech",
        "evaluate",
        str(tmp_path),
        "--condition",
        "clean",
        "--json",
        str(tmp_path / "o.json"),
    ]
    done = CliRunner().invoke(main, [*command, *(["--config", str(site)] if is_written else [])])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "o.json").read_text())[0]["right_at_once"] == heard


def test_phrases_and_numbers_come_back_as_the_dialogue_has_them() -> None:
    event = SpokenEvent(
        heard=(
            HeardNumberMessage(digits="212", part=NumberPart.AREA_CODE, confidence=0.5),
            HeardPhraseMessage(phrase="back", confidence=0.25),
        )
    )
    assert as_spoken(event) == Spoken((number("212", 0.5, NumberPart.AREA_CODE), HeardPhrase("back", 0.25)))
