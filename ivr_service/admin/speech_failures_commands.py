"""`ivr-service speech failures`: the utterances that were kept because they were heard wrongly."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ivr_service.admin.options import plain_errors, state_option
from ivr_service.errors import IvrServiceError
from ivr_service.policy.options import SpeechFailures as Setting
from ivr_service.speech.failures import Failure, SpeechFailures


class FailuresFolderError(IvrServiceError):
    """The folder cannot be read or written."""


@click.group("failures")
def speech_failures_commands() -> None:
    """Look at and delete utterances that were heard wrongly and kept ([speech_failures] in options.toml)."""


@speech_failures_commands.command("list")
@state_option
@plain_errors
def list_failures(*, state: Path) -> None:
    """Print what was kept: when, what gave it away, what was heard and what was meant, and the recording."""
    kept = SpeechFailures(state)
    try:
        failures = kept.saved()
    except OSError as error:
        raise _folder_error(kept, error) from error
    for one in failures:
        click.echo("  ".join(_cells(one)))
    if not failures:
        click.echo("Nothing was kept.")


@speech_failures_commands.command("purge")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 365),
    default=Setting().keep_days,
    show_default=True,
    help="Delete what is older than this many days; 0 deletes everything.",
)
@state_option
@plain_errors
def purge_failures(*, days: int, state: Path) -> None:
    """Delete recordings now, and take up labels that were mended by hand."""
    kept = SpeechFailures(state)
    try:
        deleted = kept.purge(datetime.now(UTC), days)
        left = len(kept.saved())
    except OSError as error:
        raise _folder_error(kept, error) from error
    click.echo(f"{deleted} deleted, {left} left.")


def _cells(one: Failure) -> tuple[str, ...]:
    meant = one.text or "(not known)"
    return (
        f"{one.at.astimezone():%Y-%m-%d %H:%M}",
        one.why.ljust(12),
        f"heard: {one.heard or '(nothing)'}",
        f"meant: {meant}",
        one.recording.name,
    )


def _folder_error(kept: SpeechFailures, error: OSError) -> FailuresFolderError:
    return FailuresFolderError(
        f"{kept.folder} cannot be used: {error.strerror}. Run this as the service's user or as root."
    )
