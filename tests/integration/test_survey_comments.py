"""Comments in surveys: recorded by the rules of recordings, kept after a hang-up, and deleted when old."""

import wave
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import numpy as np
import pytest
from click.testing import CliRunner

from ivr_service.admin.recordings_commands import RECORDINGS_NAME, VOICES_NAME
from ivr_service.cli import main
from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin, RecordingState
from ivr_service.prompting.voices import polished
from ivr_service.service.dial_handler import DialHandler
from ivr_service.service.messages import (
    CallReply,
    DialAction,
    HungUpEvent,
    KeysEvent,
    PlayAction,
    PostTurn,
    RecordAction,
    RecordedEvent,
    StartCall,
)
from ivr_service.service.voices import VoiceFiles
from ivr_service.store.survey_answers import SurveyAnswer
from tests.conftest import EXAMPLE, Site
from tests.fakes.remembering_observer import RememberingObserver


@dataclass
class Asked:
    """A called side that has reached the comment, at a site whose folders lie where the commands look."""

    site: Site
    state: Path
    voices: Path
    observer: RememberingObserver = field(default_factory=RememberingObserver)

    def comment(self, key: str = "#") -> CallReply:
        """Call, hang up, and leave the first question out or answer it."""
        arrived = StartCall(
            call_id=token_hex(16),
            kind=CallKind.DIAL_OUT,
            extension="9*2125551234",
            mailbox="106",
            origin=Origin.INSIDE,
        )
        granted = self.press(self.site.service.start(arrived), "1")
        [dial] = [action for action in granted.actions if isinstance(action, DialAction)]
        assert dial.survey is not None
        survey = StartCall(
            call_id=token_hex(16),
            kind=CallKind.SURVEY,
            extension="s",
            mailbox="",
            origin=Origin.OUTSIDE,
            survey=dial.survey,
        )
        return self.press(self.site.service.start(survey), key)

    def press(self, reply: CallReply, key: str) -> CallReply:
        event = KeysEvent(keys=key, ended_by=EndedBy.FULL)
        return self.site.service.turn(reply.call_id, PostTurn(turn=reply.turn + 1, event=event))

    def speak(self, reply: CallReply) -> Path:
        """Write what Asterisk would write of somebody who speaks."""
        [record] = [action for action in reply.actions if isinstance(action, RecordAction)]
        path = self.voices / f"{record.name}.wav"
        samples = 8000 * np.sin(2 * np.pi * 600 * np.arange(8000) / 8000)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(np.round(samples).astype("<i2").tobytes())
        return path

    def answers(self) -> tuple[SurveyAnswer, ...]:
        with self.site.database.reading() as unit:
            return unit.survey_answers.list()


@pytest.fixture
def asked(site: Site, tmp_path: Path) -> Asked:
    voices = tmp_path / RECORDINGS_NAME / VOICES_NAME
    voices.mkdir(parents=True)
    made = Asked(site, tmp_path, voices)
    site.service = replace(site.service, voices=VoiceFiles(voices, polished), observer=made.observer)
    return made


def admin(asked: Asked, *arguments: str) -> str:
    config = ("--config", str(EXAMPLE)) if arguments[:2] == ("recordings", "purge") else ()
    done = CliRunner().invoke(main, [*arguments, "--state", str(asked.state), *config])
    assert done.exit_code == 0, done.output
    return done.output


def recorded(asked: Asked) -> Path:
    reply = asked.comment()
    path = asked.speak(reply)
    event = RecordedEvent(is_written=True, key="#")
    asked.site.service.turn(reply.call_id, PostTurn(turn=reply.turn + 1, event=event))
    return path


def test_a_comment_is_kept_when_its_survey_is_over(asked: Asked) -> None:
    path = recorded(asked)
    assert path.exists()
    assert [(one.question, one.recording) for one in asked.answers()] == [("comment", path.stem)]


def test_whoever_ends_a_comment_by_hanging_up_is_heard(asked: Asked) -> None:
    reply = asked.comment()
    path = asked.speak(reply)
    asked.site.service.turn(reply.call_id, PostTurn(turn=None, event=HungUpEvent()))
    assert path.exists()
    assert [one.recording for one in asked.answers()] == [path.stem]


def test_whoever_hangs_up_before_a_word_leaves_no_comment(asked: Asked) -> None:
    reply = asked.comment()
    asked.site.service.turn(reply.call_id, PostTurn(turn=None, event=HungUpEvent()))
    assert asked.answers() == ()
    assert list(asked.voices.iterdir()) == []


@pytest.mark.parametrize(("free_mb", "is_recorded"), [(0, False), (499, False), (500, True)])
def test_a_comment_needs_as_much_room_as_a_call(asked: Asked, *, free_mb: int, is_recorded: bool) -> None:
    asked.site.service = replace(asked.site.service, dial_handler=DialHandler(free_mb=lambda: free_mb))
    reply = asked.comment()
    assert any(isinstance(action, RecordAction) for action in reply.actions) is is_recorded
    assert asked.observer.states == [RecordingState.DISK_FULL] * (not is_recorded)
    if not is_recorded:
        said, _ = reply.actions
        assert isinstance(said, PlayAction)
        texts = [sound.text for sound in said.prompts]
        assert texts == ["Your comment could not be recorded.", "Thank you.", "Goodbye."]


def test_the_answers_before_a_comment_without_room_are_kept(asked: Asked) -> None:
    asked.site.service = replace(asked.site.service, dial_handler=DialHandler(free_mb=lambda: 0))
    asked.comment("3")
    assert [(one.question, one.answer) for one in asked.answers()] == [("content", "3")]


def test_comments_are_listed_with_the_recordings_and_in_the_report(asked: Asked) -> None:
    path = recorded(asked)
    row = admin(asked, "recordings", "list").splitlines()[-1]
    assert row.split()[2:] == [
        "106@default",
        "-",
        str(-(-path.stat().st_size // 1000)),
        "comment",
        f"{VOICES_NAME}/{path.name}",
    ]
    path.unlink()
    assert " missing " in admin(asked, "recordings", "list")


@pytest.mark.parametrize(
    ("days", "arguments", "is_deleted"),
    [
        (89, (), False),
        (91, (), True),
        (2, ("--older-than", "1"), True),
        (2, ("--older-than", "3"), False),
    ],
)
def test_a_purge_deletes_comments_by_the_same_rule_and_the_report_says_so(
    *, asked: Asked, days: int, arguments: tuple[str, ...], is_deleted: bool
) -> None:
    asked.site.clock.now = datetime.now(UTC) - timedelta(days=days)
    path = recorded(asked)
    would = admin(asked, "recordings", "purge", "--dry-run", *arguments)
    assert (path.stem in would) is is_deleted
    assert path.exists()
    done = admin(asked, "recordings", "purge", *arguments)
    assert done == ("1 deleted.\n" if is_deleted else "Nothing was deleted.\n")
    assert path.exists() is not is_deleted
    [answer] = asked.answers()
    assert (answer.recording_deleted_at is not None) is is_deleted
    assert admin(asked, "survey", "report").endswith("  deleted\n") is is_deleted
    assert admin(asked, "recordings", "purge", *arguments) == "Nothing was deleted.\n"
