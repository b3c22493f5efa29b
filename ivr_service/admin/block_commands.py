"""`ivr-service block`: the numbers that may not be called any more, nor call."""

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeVar

import click

from ivr_service.admin.asterisk_blacklist import delete_command, put_command, run_in_asterisk, shown
from ivr_service.admin.blocked_file import BlockedFileError, Defaults, read_blocked, write_blocked
from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import existing_store
from ivr_service.config import load_settings
from ivr_service.dialogue.values import MailboxId
from ivr_service.policy.blockable import NotBlockable, blockable_number
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.directory import find_mailbox
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber

_HEADER = ("number", "blocked for", "blocked by", "when", "call")
_STANDARD_INPUT = "-"
_NOTHING_TOLD = (
    "Asterisk was told nothing: FreePBX's blacklist is for what is blocked for the whole company, "
    "and only with freepbx_blacklist = true in options.toml."
)
_Command = TypeVar("_Command", bound=Callable[..., None])

_mailbox_option = click.option(
    "--mailbox", help="Only for this mailbox, like 103; without it, for the whole company."
)
_context_option = click.option(
    "--context", default="default", show_default=True, help="The mailbox's voicemail context."
)
_asterisk_option = click.option(
    "--asterisk",
    "in_asterisk",
    is_flag=True,
    help="Run the commands for FreePBX's blacklist in Asterisk, instead of printing them.",
)


def _whom_options(command: _Command) -> _Command:
    return _mailbox_option(_context_option(command))


@click.group("block")
def block_commands() -> None:
    """Look at and change the numbers that may not be called any more, nor call."""


@block_commands.command("list")
@_whom_options
@state_option
@plain_errors
def list_blocked(*, mailbox: str | None, context: str, state: Path) -> None:
    """Print the blocked numbers: all of them, or those that were blocked for one mailbox only."""
    entries = _entries(state, mailbox, context)
    if not entries:
        click.echo("No numbers are blocked.")
        return
    cells = [_HEADER, *map(_cells, entries)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@block_commands.command("add")
@click.argument("number")
@_whom_options
@_asterisk_option
@config_option
@state_option
@plain_errors
def add_blocked(  # noqa: PLR0913 - one parameter for each option of the command
    *, number: str, mailbox: str | None, context: str, in_asterisk: bool, config: Path, state: Path
) -> None:
    """Block NUMBER, in force at once. It is written as people write it: (212) 555-1234, +44 20 7183 8750."""
    settings = load_settings(config).settings
    entry = BlockedNumber(_number(number, settings), _whom(mailbox, context, settings), "", "", _now())
    with existing_store(state) as database, database.turn() as unit:
        is_new = unit.blocked_numbers.add(entry)
    said = "is blocked" if is_new else "was blocked already"
    click.echo(f"{entry.number} {said} for {_for_whom(entry.mailbox)}.")
    _tell_asterisk(map(put_command, _for_freepbx([entry], settings)), in_asterisk=in_asterisk)


@block_commands.command("remove")
@click.argument("number")
@_whom_options
@_asterisk_option
@config_option
@state_option
@plain_errors
def remove_blocked(  # noqa: PLR0913 - one parameter for each option of the command
    *, number: str, mailbox: str | None, context: str, in_asterisk: bool, config: Path, state: Path
) -> None:
    """Unblock NUMBER, for the whole company or for one mailbox, as it was blocked."""
    settings = load_settings(config).settings
    entry = BlockedNumber(_number(number, settings), _id_of(mailbox, context), "", "", _now())
    with existing_store(state) as database, database.turn() as unit:
        removed = unit.blocked_numbers.remove(entry.number, entry.mailbox)
    if not removed:
        raise click.ClickException(
            f"{entry.number} is not blocked for {_for_whom(entry.mailbox)}; nothing was changed. "
            '"ivr-service block list" shows what is.'
        )
    click.echo(f"{entry.number} is no longer blocked for {_for_whom(entry.mailbox)}.")
    _tell_asterisk(map(delete_command, _for_freepbx([entry], settings)), in_asterisk=in_asterisk)


@block_commands.command("import")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@_whom_options
@_asterisk_option
@config_option
@state_option
@plain_errors
def import_blocked(  # noqa: PLR0913 - one parameter for each option of the command
    *, file: str, mailbox: str | None, context: str, in_asterisk: bool, config: Path, state: Path
) -> None:
    """Block the numbers of a CSV FILE ("-" for standard input): all of them, or none when there is a mistake.

    The first line names the columns; only "number" must be there. "block export" writes such a file.
    """
    settings = load_settings(config).settings
    defaults = Defaults(_whom(mailbox, context, settings), _now())
    entries = _read(file, settings, defaults)
    with existing_store(state) as database, database.turn() as unit:
        added = sum(unit.blocked_numbers.add(entry) for entry in entries)
    click.echo(f"{added} blocked, {len(entries) - added} were blocked already.")
    _tell_asterisk(map(put_command, _for_freepbx(entries, settings)), in_asterisk=in_asterisk)


@block_commands.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True), default="-")
@_whom_options
@state_option
@plain_errors
def export_blocked(*, file: IO[str], mailbox: str | None, context: str, state: Path) -> None:
    """Write the blocked numbers to a CSV FILE, or to standard output: what "block list" shows."""
    file.write(write_blocked(_entries(state, mailbox, context)))


def _now() -> datetime:
    return datetime.now(UTC)


def _id_of(mailbox: str | None, context: str) -> str:
    return EVERYBODY if mailbox is None else str(MailboxId(mailbox, context))


def _whom(mailbox: str | None, context: str, settings: SiteSettings) -> str:
    """For whom to block. A mailbox must be one that is configured, so that a slip is not kept unnoticed."""
    if mailbox is not None and find_mailbox(settings, MailboxId(mailbox, context)) is None:
        raise click.ClickException(
            f"mailbox {MailboxId(mailbox, context)} is not in mailboxes.toml; nothing was changed"
        )
    return _id_of(mailbox, context)


def _number(written: str, settings: SiteSettings) -> str:
    number = blockable_number(written, settings)
    if isinstance(number, NotBlockable):
        raise click.ClickException(f"{written!r} {number}. Nothing was changed.")
    return number


def _read(file: str, settings: SiteSettings, defaults: Defaults) -> tuple[BlockedNumber, ...]:
    name = "standard input" if file == _STANDARD_INPUT else file
    try:
        return read_blocked(_content(file).decode("utf-8-sig"), settings, defaults)
    except OSError as error:
        raise click.ClickException(f"{name}: {error.strerror}; nothing was changed") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{name} is not UTF-8 text; nothing was changed") from error
    except BlockedFileError as error:
        mistakes = "\n".join(f"{name}: {mistake}" for mistake in error.mistakes)
        raise click.ClickException(f"nothing was changed:\n{mistakes}") from error


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == _STANDARD_INPUT else Path(file).read_bytes()


def _entries(state: Path, mailbox: str | None, context: str) -> Sequence[BlockedNumber]:
    with existing_store(state) as database, database.reading() as unit:
        entries = unit.blocked_numbers.list()
    if mailbox is None:
        return entries
    return [entry for entry in entries if entry.mailbox == _id_of(mailbox, context)]


def _cells(entry: BlockedNumber) -> tuple[str, ...]:
    return (
        entry.number,
        entry.mailbox or "everybody",
        entry.blocked_by or "admin",
        entry.blocked_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        entry.call_id or "-",
    )


def _for_whom(mailbox: str) -> str:
    return "the whole company" if mailbox == EVERYBODY else f"mailbox {mailbox}"


def _for_freepbx(entries: Iterable[BlockedNumber], settings: SiteSettings) -> list[str]:
    """The numbers that FreePBX's blacklist has to know of: it knows no mailboxes."""
    blocking = settings.options.blocking
    if blocking is None or not blocking.freepbx_blacklist:
        return []
    return [entry.number for entry in entries if entry.mailbox == EVERYBODY]


def _tell_asterisk(commands: Iterable[tuple[str, ...]], *, in_asterisk: bool) -> None:
    wanted = list(commands)
    if in_asterisk and not wanted:
        click.echo(_NOTHING_TOLD)
    if in_asterisk:
        run_in_asterisk(wanted)
        return
    if wanted:
        click.echo("FreePBX's blacklist is in Asterisk. Bring it in step with:")
    for command in wanted:
        click.echo(shown(command))
