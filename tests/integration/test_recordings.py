"""What recordings come to: seen to after the call, shown to the admin, deleted when they are old."""

import os
import wave
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr_service.cli import main
from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, DialStatus, Origin, RecordingState
from ivr_service.service.calls import CallService
from ivr_service.service.dial_handler import DialHandler
from ivr_service.service.messages import DialAction, KeysEvent, PlayAction, PostOutcome, PostTurn, StartCall
from ivr_service.service.recording_files import RecordingFiles
from ivr_service.service.recordings import CLOSED_WITHIN_S, RecordingKeeper
from ivr_service.service.settling import Settling
from ivr_service.store.dials import StoredDial
from tests.conftest import EXAMPLE, Site
from tests.fakes.remembering_observer import RememberingObserver

CALL_ID = "0123456789abcdef" * 2


@dataclass
class Shelf:
    """A site that records, and the folder its Asterisk would write to."""

    site: Site
    folder: Path
    observer: RememberingObserver = field(default_factory=RememberingObserver)
    waited_s: list[float] = field(default_factory=list)

    @property
    def keeper(self) -> RecordingKeeper:
        return RecordingKeeper(
            self.site.database, RecordingFiles(self.folder), self.observer, wait=self.waited_s.append
        )

    @property
    def service(self) -> CallService:
        return replace(self.site.service, observer=self.observer, settle_recording=self.keeper.settle_dial)

    def dial(self, number: str = "5*2125551234", mailbox: str = "106", call_id: str = CALL_ID) -> DialAction:
        arrived = StartCall(
            call_id=call_id, kind=CallKind.DIAL_OUT, extension=number, mailbox=mailbox, origin=Origin.INSIDE
        )
        self.service.start(arrived)
        pressed = PostTurn(turn=1, event=KeysEvent(keys="1", ended_by=EndedBy.FULL))
        reply = self.service.turn(call_id, pressed)
        [dial] = [action for action in reply.actions if isinstance(action, DialAction)]
        return dial

    def end(self, dial: DialAction, status: str = "ANSWER", call_id: str = CALL_ID) -> None:
        self.service.outcome(call_id, PostOutcome(grant_id=dial.grant_id, dial_status=status))

    def row(self, call_id: str = CALL_ID) -> StoredDial:
        with self.site.database.reading() as unit:
            [row] = unit.dials.of_call(call_id)
        return row

    def write(self, dial: DialAction, part: str = "", samples: int = 80) -> Path:
        assert dial.recording is not None
        path = self.folder / f"{dial.recording.name}{part}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(2 * samples))
        return path


@pytest.fixture
def shelf(site: Site, tmp_path: Path) -> Shelf:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return Shelf(site, folder)


def admin(shelf: Shelf, *arguments: str, status: int = 0) -> str:
    state = ("--state", str(shelf.folder.parent))
    config = ("--config", str(EXAMPLE)) if arguments[0] == "purge" else ()
    done = CliRunner().invoke(main, ["recordings", *arguments, *state, *config])
    assert done.exit_code == status, done.output
    return done.output


# --- after the call


def test_a_recording_that_is_there_is_kept(shelf: Shelf) -> None:
    dial = shelf.dial()
    assert shelf.row().recording_state == "recording"
    shelf.write(dial)
    shelf.end(dial)
    assert shelf.row().recording_state == "kept"
    assert shelf.observer.states == [RecordingState.KEPT]


def test_a_recording_that_asterisk_did_not_write_is_lost_and_said_so_once(shelf: Shelf) -> None:
    dial = shelf.dial()
    shelf.end(dial)
    shelf.end(dial)
    shelf.keeper.settle_all()
    assert shelf.row().recording_state == "lost"
    assert shelf.observer.states == [RecordingState.LOST]


@pytest.mark.parametrize("status", ["BUSY", "NOANSWER", "CANCEL", "CHANUNAVAIL"])
def test_what_was_recorded_of_a_call_that_nobody_answered_is_deleted(shelf: Shelf, status: str) -> None:
    dial = shelf.dial()
    path = shelf.write(dial)
    shelf.end(dial, status)
    assert shelf.row().recording_state == "needless"
    assert not path.exists()


def test_a_call_that_is_not_recorded_has_no_state(shelf: Shelf) -> None:
    shelf.end(shelf.dial("2125551234"))
    assert (shelf.row().recording, shelf.row().recording_state) == (None, None)
    assert shelf.observer.states == []


def test_the_two_sides_become_one_file(shelf: Shelf) -> None:
    dial = shelf.dial()
    shelf.write(dial, "-user")
    shelf.write(dial, "-others", 60)
    shelf.end(dial)
    [path] = shelf.folder.iterdir()
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 80)


def test_a_file_that_is_still_open_is_waited_for_and_no_longer_than_promised(shelf: Shelf) -> None:
    dial = shelf.dial()
    path = shelf.write(dial)
    data = bytearray(path.read_bytes())
    data[40:44] = bytes(4)
    path.write_bytes(data)
    shelf.end(dial)
    assert sum(shelf.waited_s) == pytest.approx(CLOSED_WITHIN_S)
    assert shelf.row().recording_state == "kept"
    with wave.open(str(path)) as file:
        assert file.getnframes() == 80


def test_the_next_start_sees_to_what_was_left(shelf: Shelf) -> None:
    dial = shelf.dial()
    shelf.write(dial)
    shelf.site.service.outcome(CALL_ID, PostOutcome(grant_id=dial.grant_id, dial_status="ANSWER"))
    assert shelf.row().recording_state == "recording"
    settling = Settling(shelf.keeper)
    settling.start()
    settling.settle(dial.grant_id)
    settling.stop()
    settling.join()
    assert shelf.row().recording_state == "kept"
    assert shelf.observer.states == [RecordingState.KEPT]


def test_a_call_that_goes_on_is_not_seen_to(shelf: Shelf) -> None:
    dial = shelf.dial()
    shelf.write(dial, "-user")
    shelf.keeper.settle_all()
    shelf.keeper.settle_dial(dial.grant_id)
    assert shelf.row().recording_state == "recording"
    assert [path.name for path in shelf.folder.iterdir()] == [f"{shelf.row().recording}-user.wav"]


def test_a_folder_that_is_none_costs_the_recording_only(shelf: Shelf) -> None:
    shelf.folder.rmdir()
    shelf.folder.touch()
    dial = shelf.dial()
    shelf.end(dial)
    assert shelf.row().recording_state == "lost"


# --- a full disk


@pytest.mark.parametrize(("mailbox", "number"), [("106", "5*2125551234"), ("107", "2125551234")])
def test_without_room_the_call_goes_on_and_everybody_knows(shelf: Shelf, mailbox: str, number: str) -> None:
    shelf.site.service = replace(shelf.site.service, dial_handler=DialHandler(free_mb=lambda: 499))
    service = shelf.service
    service.start(
        StartCall(
            call_id=CALL_ID, kind=CallKind.DIAL_OUT, extension=number, mailbox=mailbox, origin=Origin.INSIDE
        )
    )
    reply = service.turn(CALL_ID, PostTurn(turn=1, event=KeysEvent(keys="1", ended_by=EndedBy.FULL)))
    said, _, dial, _ = reply.actions
    assert isinstance(said, PlayAction)
    assert [sound.text for sound in said.prompts] == [
        "This call cannot be recorded, because the disk is full."
    ]
    assert isinstance(dial, DialAction)
    assert (dial.recording, dial.announcement, dial.announcement_to_caller) == (None, None, None)
    row = shelf.row()
    assert (row.allowed, row.recording, row.recording_state) == (True, None, "disk-full")
    assert shelf.observer.states == [RecordingState.DISK_FULL]


def test_just_enough_room_is_enough(shelf: Shelf) -> None:
    shelf.site.service = replace(shelf.site.service, dial_handler=DialHandler(free_mb=lambda: 500))
    assert shelf.dial().recording is not None


# --- the admin


def old_dial(shelf: Shelf, days: float) -> DialAction:
    shelf.site.clock.now = datetime.now(UTC) - timedelta(days=days)
    dial = shelf.dial()
    shelf.write(dial)
    return dial


def orphan(shelf: Shelf, days: float) -> Path:
    path = shelf.folder / f"{'e' * 32}-{'1' * 8}.wav"
    path.write_bytes(bytes(3000))
    at = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


def test_recordings_are_listed_with_their_calls_and_files_without(shelf: Shelf) -> None:
    dial = old_dial(shelf, 2)
    shelf.end(dial)
    orphan(shelf, 3)
    _, stray, kept = admin(shelf, "list").splitlines()
    assert stray.split()[2:6] == ["-", "-", "3", "no"]
    assert kept.split()[2:6] == ["106@default", "+12125551234", "1", "kept"]
    assert kept.endswith(f"{shelf.row().recording}.wav")
    next(shelf.folder.glob(f"{CALL_ID}*")).unlink()
    assert " missing " in admin(shelf, "list")


def test_no_recordings_are_said_to_be_none(shelf: Shelf) -> None:
    assert admin(shelf, "list") == "No recordings.\n"
    assert admin(shelf, "purge") == "Nothing was deleted.\n"
    assert admin(shelf, "purge", "--dry-run") == "Nothing would be deleted.\n"


@pytest.mark.parametrize(
    ("days", "arguments", "is_deleted"),
    [
        (89, (), False),
        (91, (), True),
        (2, ("--older-than", "1"), True),
        (2, ("--older-than", "3"), False),
        (1, ("--older-than", "0"), True),
    ],
)
def test_a_purge_deletes_what_is_older_and_notes_it(
    *, shelf: Shelf, days: float, arguments: tuple[str, ...], is_deleted: bool
) -> None:
    dial = old_dial(shelf, days)
    shelf.end(dial)
    stray = orphan(shelf, days)
    would = admin(shelf, "purge", "--dry-run", *arguments)
    assert (shelf.row().recording in would) is is_deleted  # type: ignore[operator]
    assert shelf.row().recording_state == "kept"
    assert stray.exists()
    assert admin(shelf, "purge", *arguments) == ("2 deleted.\n" if is_deleted else "Nothing was deleted.\n")
    row = shelf.row()
    assert row.recording_state == ("deleted" if is_deleted else "kept")
    assert (row.recording_deleted_at is not None) is is_deleted
    assert any(shelf.folder.iterdir()) is not is_deleted


def test_a_purge_leaves_the_recording_of_a_call_that_goes_on(shelf: Shelf) -> None:
    old_dial(shelf, 100)
    assert admin(shelf, "purge") == "Nothing was deleted.\n"
    assert shelf.row().outcome is None
    assert any(shelf.folder.iterdir())


def test_a_purge_notes_what_somebody_else_took_away(shelf: Shelf) -> None:
    dial = old_dial(shelf, 100)
    shelf.end(dial)
    next(shelf.folder.iterdir()).unlink()
    admin(shelf, "purge")
    assert shelf.row().recording_state == "deleted"


def test_a_purge_leaves_other_files_alone(shelf: Shelf) -> None:
    comment = shelf.folder / "survey-1.wav"
    comment.touch()
    os.utime(comment, (0, 0))
    admin(shelf, "purge", "--older-than", "0")
    assert comment.exists()


def test_the_list_of_dials_tells_of_the_recording(shelf: Shelf) -> None:
    dial = shelf.dial()
    shelf.write(dial)
    report = PostOutcome(grant_id=dial.grant_id, dial_status="ANSWER", announced_at=1_795_849_716)
    shelf.service.outcome(CALL_ID, report)
    told_at = datetime.fromtimestamp(1_795_849_716, UTC).astimezone().strftime("%H:%M:%S")
    listed = CliRunner().invoke(main, ["dials", "list", "--state", str(shelf.folder.parent)]).output
    assert listed.splitlines()[-1].split()[-2:] == ["kept", told_at]
    assert shelf.row().outcome == DialStatus.ANSWERED
