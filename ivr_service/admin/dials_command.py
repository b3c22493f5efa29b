"""`ivr-service dials`: who called what, and what was refused and why."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ivr_service.admin.options import plain_errors, state_option
from ivr_service.admin.store_access import existing_store
from ivr_service.dialogue.values import DialStatus, MailboxId
from ivr_service.store.dials import StoredDial

_HEADER = ("when", "mailbox", "number", "shown as", "decision", "outcome", "seconds", "recording", "told at")
_LONGEST_NUMBER = 24


@click.group("dials")
def dials_commands() -> None:
    """Look at the audit trail of dials, allowed and refused."""


@dials_commands.command("list")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many rows.")
@click.option("--mailbox", help="Only this mailbox: 103, or 103@other in a context of another name.")
@state_option
@plain_errors
def list_dials(*, last: int, mailbox: str | None, state: Path) -> None:
    """Print the latest attempts, the newest at the bottom."""
    who = None if mailbox is None else _mailbox(mailbox)
    with existing_store(state) as database, database.reading() as unit:
        rows = unit.dials.latest(last, None if who is None else str(who))
    if not rows:
        click.echo("No dials." if who is None else f"No dials of mailbox {who}.")
        return
    cells = [_HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@dials_commands.command("close")
@click.argument("grant_id", metavar="GRANT")
@state_option
@plain_errors
def close_dial(*, grant_id: str, state: Path) -> None:
    """Note that a granted dial is over, which nobody reported: after Asterisk itself has been killed, say.

    GRANT is what `dials list` shows in the outcome of an open dial. Its mailbox can then call again at once.
    """
    with existing_store(state) as database, database.intent() as unit:
        closed = unit.dials.record_outcome(grant_id, DialStatus.UNKNOWN, 0, 0, datetime.now(UTC))
    if not closed:
        raise click.ClickException(f"There is no open dial with the grant {grant_id}; nothing was changed.")
    click.echo("The dial is closed.")


def _mailbox(written: str) -> MailboxId:
    number, at, context = written.partition("@")
    return MailboxId(number, context) if at else MailboxId(number)


def _cells(row: StoredDial) -> tuple[str, ...]:
    """The row as text. What a caller made up may hold anything, so it is shown escaped."""
    number = row.number.encode("unicode_escape").decode("ascii")[:_LONGEST_NUMBER]
    return (
        row.decided_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        row.mailbox,
        number,
        row.caller_id or "-",
        "allowed" if row.allowed else f"refused: {row.reason}",
        _outcome(row),
        "-" if row.answered_s is None else str(row.answered_s),
        row.recording_state or "-",
        _told_at(row),
    )


def _told_at(row: StoredDial) -> str:
    """When the called side had heard what is announced to it; why not, when the call was recorded without."""
    if row.announced_at is not None:
        return row.announced_at.astimezone().strftime("%H:%M:%S")
    if row.recording is None:
        return "-"
    return "not heard" if row.has_notice else "no notice"


def _outcome(row: StoredDial) -> str:
    if not row.allowed:
        return "-"
    return row.outcome or f"open, grant {row.grant_id}"
