"""`ivr-service recordings`: what has been recorded, and deleting what is old."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import existing_store
from ivr_service.config import load_settings
from ivr_service.dialogue.values import RecordingState
from ivr_service.errors import IvrServiceError
from ivr_service.policy.options import Recording
from ivr_service.service.comments import CommentKeeper, KeptComment
from ivr_service.service.recording_files import RecordingFiles
from ivr_service.service.recordings import KeptRecording, RecordingKeeper
from ivr_service.service.voices import VoiceFiles

RECORDINGS_NAME = "recordings"
VOICES_NAME = "voices"
"""The folder in it of what callers say alone."""

_HEADER = ("when", "mailbox", "number", "kilobytes", "state", "file")
_LONGEST_NUMBER = 24


class RecordingsError(IvrServiceError):
    """The folder of the recordings cannot be used."""


@click.group("recordings")
def recordings_commands() -> None:
    """Look at the recordings of calls and of comments, and delete old ones."""


@recordings_commands.command("list")
@state_option
@plain_errors
def list_recordings(*, state: Path) -> None:
    """Print every recording, the newest at the bottom; also files that no dial is known for.

    The comments of surveys come after the calls.
    """
    with _keepers(state) as (calls, comments):
        _print(calls.all(), comments.all(), "No recordings.")


@recordings_commands.command("purge")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 3650),
    metavar="DAYS",
    help="How old; left out, keep_days of [recording] in options.toml.",
)
@click.option("--dry-run", is_flag=True, help="Only print what would be deleted.")
@config_option
@state_option
@plain_errors
def purge_recordings(*, days: int | None, dry_run: bool, config: Path, state: Path) -> None:
    """Delete the recordings that are older, and note it in the audit trail.

    A recording is as old as its call; a file that no dial is known for, as its last change. The recording of
    a call that goes on is left alone. The comments of surveys are deleted in the same way.
    """
    now = datetime.now(UTC)
    age = timedelta(days=_keep_days(config) if days is None else days)
    with _keepers(state) as (calls, comments):
        old, spoken = calls.older_than(age, now), comments.older_than(age, now)
        if dry_run:
            _print(old, spoken, "Nothing would be deleted.")
            return
        for recording in old:
            calls.delete(recording, now)
        for comment in spoken:
            comments.delete(comment, now)
    count = len(old) + len(spoken)
    click.echo(f"{count} deleted." if count else "Nothing was deleted.")


@contextmanager
def _keepers(state: Path) -> Iterator[tuple[RecordingKeeper, CommentKeeper]]:
    """What keeps the recordings of this state folder. Raises RecordingsError when the disk refuses."""
    folder = state / RECORDINGS_NAME
    with existing_store(state) as database:
        try:
            calls = RecordingKeeper(database, RecordingFiles(folder))
            yield calls, CommentKeeper(database, VoiceFiles(folder / VOICES_NAME))
        except OSError as error:
            raise RecordingsError(f"{error.filename}: {error.strerror}. Run this as root.") from error


def _keep_days(config: Path) -> int:
    return (load_settings(config).settings.options.recording or Recording()).keep_days


def _print(recordings: tuple[KeptRecording, ...], comments: tuple[KeptComment, ...], if_none: str) -> None:
    if not recordings and not comments:
        click.echo(if_none)
        return
    cells = [_HEADER, *map(_cells, recordings), *map(_comment_cells, comments)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(recording: KeptRecording) -> tuple[str, ...]:
    """The row as text. A number that a caller made up may hold anything, so it is shown escaped."""
    dial, files = recording.dial, recording.files
    number = "-" if dial is None else dial.number.encode("unicode_escape").decode("ascii")[:_LONGEST_NUMBER]
    return (
        recording.made_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "-" if dial is None else dial.mailbox,
        number,
        "-" if files is None else str(-(-files.size_bytes // 1000)),
        _state(recording),
        f"{recording.name}.wav",
    )


def _comment_cells(comment: KeptComment) -> tuple[str, ...]:
    """The row of a comment. Who said it is known from the survey's report; a number is none of it."""
    size = comment.size_bytes
    return (
        comment.answer.answered_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        comment.answer.mailbox,
        "-",
        "-" if size is None else str(-(-size // 1000)),
        "missing" if size is None else "comment",
        f"{VOICES_NAME}/{comment.voice}.wav",
    )


def _state(recording: KeptRecording) -> str:
    """What it is now; a file nobody knows a dial for, or a dial whose file somebody took away, says so."""
    if recording.dial is None:
        return "no dial"
    if recording.files is None and recording.dial.state == RecordingState.KEPT:
        return "missing"
    return recording.dial.state or "-"
