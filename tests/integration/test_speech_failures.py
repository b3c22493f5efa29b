"""Utterances that were heard wrongly are kept where a site wants it, labelled, private, and not for ever."""

import os
import tomllib
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from ivr_service.cli import main
from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, NumberPart, Origin
from ivr_service.service.calls import CallService
from ivr_service.service.messages import (
    AskAction,
    HeardNumberMessage,
    HeardPhraseMessage,
    HungUpEvent,
    KeysEvent,
    PostTurn,
    SpokenEvent,
    StartCall,
)
from ivr_service.speech.answers import SpokenAnswers
from ivr_service.speech.evaluation.labels import Kind, read_labels, read_samples
from ivr_service.speech.failures import SpeechFailures
from ivr_service.speech.kept_answers import KeptAnswers
from ivr_service.speech.recogniser import Hearing, Progress
from tests.conftest import Site

CALL_ID = "0123456789abcdef" * 2
OTHER_CALL = "fedcba9876543210" * 2
VOICE = bytes(range(256)) * 50


@dataclass
class Listened:
    """A call whose caller is heard: each `says` is kept by one worker, and its turn taken by another."""

    service: CallService
    state: Path
    call_id: str = CALL_ID
    turn: int = 0
    listens: SpeechFailures | None = None

    def begin(self) -> "Listened":
        request = StartCall(
            call_id=self.call_id,
            kind=CallKind.DIAL_OUT,
            extension="0#",
            mailbox="103",
            origin=Origin.INSIDE,
        )
        self.service.start(request)
        return self.keys("1")

    def says(self, *heard: HeardNumberMessage | HeardPhraseMessage) -> "Listened":
        (self.listens or SpeechFailures(self.state)).keep(self.call_id, self.turn, VOICE)
        return self._take(SpokenEvent(heard=heard))

    def keys(self, keys: str) -> "Listened":
        return self._take(KeysEvent(keys=keys, ended_by=EndedBy.FULL))

    def hangs_up(self) -> "Listened":
        return self._take(HungUpEvent())

    def _take(self, event: SpokenEvent | KeysEvent | HungUpEvent) -> "Listened":
        self.turn += 1
        self.service.turn(self.call_id, PostTurn(turn=self.turn, event=event))
        return self


@pytest.fixture
def call(site: Site, tmp_path: Path) -> Iterator[Listened]:
    previous = os.umask(0)
    yield Listened(replace(site.service, watcher=SpeechFailures(tmp_path)), tmp_path)
    os.umask(previous)


class HearsAnything:
    """Takes any sound for a word."""

    def listen(self, phrases: Sequence[str], alternatives: int = 20) -> "HearsAnything":
        return self

    def feed(self, pcm: bytes) -> Progress:
        return Progress(("back",))

    def alternatives(self) -> tuple[Hearing, ...]:
        return (Hearing(("back",), 0.0),)

    def close(self) -> None:
        pass


def number(digits: str, part: NumberPart = NumberPart.WHOLE) -> HeardNumberMessage:
    return HeardNumberMessage(digits=digits, part=part, confidence=0.9)


def files(state: Path, folder: str) -> list[str]:
    return sorted(path.name for path in (state / folder).glob("*") if path.name != ".lock")


def command(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["speech", "failures", *arguments, "--state", str(state)])


def test_a_number_that_was_denied_is_kept_with_the_one_that_was_confirmed(call: Listened) -> None:
    call.begin().says(number("2125551235")).keys("2").says(number("2125551234")).keys("1")
    assert files(call.state, "speech-pending") == []
    folder = call.state / "speech-failures"
    labels = tomllib.loads((folder / "labels.toml").read_text())
    assert labels["phrases"] == ["back", "call building service", "call workshop"]
    [label] = labels["recording"]
    assert label["file"] == f"{CALL_ID}-1.wav"
    assert label["text"] == "two one two five five five one two three four"
    assert (label["heard"], label["why"]) == ("2125551235", "said_no")
    with wave.open(str(folder / label["file"])) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        assert file.readframes(file.getnframes()) == VOICE


def test_what_is_kept_is_for_the_service_alone_and_named_after_the_call(call: Listened) -> None:
    call.begin().says(number("2125551235"))
    for folder in ("speech-pending", "speech-failures"):
        assert files(call.state, folder)
        assert (call.state / folder).stat().st_mode & 0o777 == 0o700
        for path in (call.state / folder).iterdir():
            assert path.stat().st_mode & 0o777 == 0o600, path
            assert path.name.startswith((CALL_ID, ".lock", "labels.toml"))
        call.keys("2").hangs_up()


def test_nothing_is_kept_of_what_was_heard_rightly(call: Listened) -> None:
    call.begin().says(number("2125551234"))
    assert files(call.state, "speech-pending") == [f"{CALL_ID}-1.wav", f"{CALL_ID}.json"]
    call.says(HeardPhraseMessage(phrase="yes", confidence=0.9))
    assert files(call.state, "speech-pending") == []
    assert files(call.state, "speech-failures") == []


def test_at_the_hang_up_nothing_is_left_waiting_and_an_unknown_meaning_has_no_label(call: Listened) -> None:
    call.begin().says(number("2125551235")).keys("2").says(number("2125551236")).hangs_up()
    assert files(call.state, "speech-pending") == []
    assert files(call.state, "speech-failures") == [f"{CALL_ID}-1.toml", f"{CALL_ID}-1.wav"]
    assert "meant: (not known)" in command(call.state, "list").output


def test_a_label_that_was_written_by_hand_counts_after_a_purge(call: Listened) -> None:
    call.begin().says(number("2125551235")).keys("2").hangs_up()
    label = call.state / "speech-failures" / f"{CALL_ID}-1.toml"
    label.write_text(label.read_text().replace('text = ""', 'text = "two one two"'))
    assert command(call.state, "purge").output == "0 deleted, 1 left.\n"
    assert 'text = "two one two"' in (call.state / "speech-failures" / "labels.toml").read_text()


def test_what_is_kept_can_be_evaluated(call: Listened) -> None:
    call.begin().says(number("2125551235")).keys("2").says(number("2125551234")).keys("1").keys("*")
    other = Listened(call.service, call.state, OTHER_CALL).begin().keys("*").keys("3")
    likely, less = (HeardPhraseMessage(phrase=name, confidence=0.45) for name in ("workshop", "back"))
    other.says(likely, less).keys("2").hangs_up()
    found = {one.path.name: one for one in read_labels(call.state / "speech-failures", ())}
    first, second = found[f"{CALL_ID}-1.wav"], found[f"{OTHER_CALL}-3.wav"]
    assert (first.kind, first.digits) == (Kind.NUMBER, "2125551234")
    assert (second.kind, second.text) == (Kind.PHRASE, "back")
    assert read_samples(first.path).size == len(VOICE) // 2


def test_a_part_is_labelled_as_it_can_be_said(call: Listened) -> None:
    wrong, right = (number(digits, NumberPart.LINE) for digits in ("1239", "1234"))
    call.begin().says(number("2125551234")).says(wrong).says(right).keys("1")
    labels = tomllib.loads((call.state / "speech-failures" / "labels.toml").read_text())
    assert [label["text"] for label in labels["recording"]] == ["last four one two three four"]


def test_two_calls_do_not_touch_each_others_utterances(call: Listened) -> None:
    other = Listened(call.service, call.state, OTHER_CALL).begin().says(number("3125550000"))
    call.begin().says(number("2125551234")).keys("1").hangs_up()
    assert files(call.state, "speech-pending") == [f"{OTHER_CALL}-1.wav", f"{OTHER_CALL}.json"]
    other.hangs_up()
    assert files(call.state, "speech-pending") == []


def test_what_is_old_is_deleted_and_what_was_left_behind_after_an_hour(call: Listened) -> None:
    call.begin().says(number("2125551235")).keys("2").hangs_up()
    Listened(call.service, call.state, OTHER_CALL).begin().says(number("3125550000"))
    kept, now = SpeechFailures(call.state), datetime.now(UTC)
    assert kept.purge(now + timedelta(minutes=59), keep_days=30) == 0
    assert len(files(call.state, "speech-pending")) == 2
    assert kept.purge(now + timedelta(minutes=61), keep_days=30) == 0
    assert files(call.state, "speech-pending") == []
    assert len(kept.saved()) == 1
    assert kept.purge(now + timedelta(days=31), keep_days=30) == 1
    assert files(call.state, "speech-failures") == []


def test_the_commands_list_and_purge(call: Listened) -> None:
    assert command(call.state, "list").output == "Nothing was kept.\n"
    assert command(call.state, "purge").output == "0 deleted, 0 left.\n"
    call.begin().says(number("2125551235")).keys("2").says(number("2125551234")).keys("1")
    listed = command(call.state, "list").output
    assert "said_no       heard: 2125551235  meant: two one two five five five one two three four" in listed
    assert command(call.state, "purge", "--older-than", "0").output == "1 deleted, 0 left.\n"
    assert files(call.state, "speech-failures") == []


@pytest.mark.parametrize("folder", ["speech-pending", "speech-failures"])
def test_a_folder_that_cannot_be_written_is_logged_once_and_the_call_goes_on(
    site: Site, tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).write_text("in the way")
    failures = SpeechFailures(tmp_path)
    call = Listened(replace(site.service, watcher=failures), tmp_path, listens=failures)
    with capture_logs() as logs:
        call.begin().says(number("2125551235")).keys("2").says(number("2125551234")).keys("1").hangs_up()
    own = [line for line in logs if line["event"] == "speech failures"]
    assert len(own) == 1
    assert "cannot be kept" in own[0]["problem"]


def test_the_answer_to_the_question_for_a_pin_is_never_kept(site: Site, tmp_path: Path) -> None:
    """The front end is not told to listen there, and whoever does all the same finds nothing kept."""
    request = StartCall(
        call_id=CALL_ID, kind=CallKind.DIAL_OUT, extension="0#", mailbox="104", origin=Origin.INSIDE
    )
    [question] = site.service.start(request).actions
    assert isinstance(question, AskAction)
    assert question.secret
    assert not question.listen
    kept = SpeechFailures(tmp_path)
    speech = KeptAnswers(
        SpokenAnswers(site.service.question, lambda _language: HearsAnything()),
        site.service.question,
        lambda: True,
        kept.keep,
    )
    listener = speech.listen(CALL_ID, 0)
    listener.feed(VOICE)
    listener.close()
    assert files(tmp_path, "speech-pending") == []


def test_a_repeated_turn_teaches_nothing_twice(call: Listened) -> None:
    call.begin().says(number("2125551235"))
    call.service.turn(CALL_ID, PostTurn(turn=2, event=SpokenEvent(heard=(number("2125551235"),))))
    call.keys("2").hangs_up()
    assert len(SpeechFailures(call.state).saved()) == 1
