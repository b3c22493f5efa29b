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
from ivr_service.service.recording_files import RecordingFiles
from ivr_service.service.recordings import KeptRecording, RecordingKeeper

RECORDINGS_NAME = "recordings"
_HEADER = ("when", "mailbox", "number", "kilobytes", "state", "file")
_LONGEST_NUMBER = 24


class RecordingsError(IvrServiceError):
    """The folder of the recordings cannot be used."""


@click.group("recordings")
def recordings_commands() -> None:
    """Look at the recordings of calls, and delete old ones."""


@recordings_commands.command("list")
@state_option
@plain_errors
def list_recordings(*, state: Path) -> None:
    """Print every recording, the newest at the bottom; also files that no dial is known for."""
    with _keeper(state) as keeper:
        _print(keeper.all(), "No recordings.")


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
    a call that goes on is left alone.
    """
    now = datetime.now(UTC)
    age = timedelta(days=_keep_days(config) if days is None else days)
    with _keeper(state) as keeper:
        old = keeper.older_than(age, now)
        if dry_run:
            _print(old, "Nothing would be deleted.")
            return
        for recording in old:
            keeper.delete(recording, now)
    click.echo("Nothing was deleted." if not old else f"{len(old)} deleted.")


@contextmanager
def _keeper(state: Path) -> Iterator[RecordingKeeper]:
    """What keeps the recordings of this state folder. Raises RecordingsError when the disk refuses."""
    with existing_store(state) as database:
        try:
            yield RecordingKeeper(database, RecordingFiles(state / RECORDINGS_NAME))
        except OSError as error:
            raise RecordingsError(f"{error.filename}: {error.strerror}. Run this as root.") from error


def _keep_days(config: Path) -> int:
    return (load_settings(config).settings.options.recording or Recording()).keep_days


def _print(recordings: tuple[KeptRecording, ...], if_none: str) -> None:
    if not recordings:
        click.echo(if_none)
        return
    cells = [_HEADER, *map(_cells, recordings)]
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


def _state(recording: KeptRecording) -> str:
    """What it is now; a file nobody knows a dial for, or a dial whose file somebody took away, says so."""
    if recording.dial is None:
        return "no dial"
    if recording.files is None and recording.dial.state == RecordingState.KEPT:
        return "missing"
    return recording.dial.state or "-"
