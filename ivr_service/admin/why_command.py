"""`ivr-service why`: what would happen to a number, and because of which line of which file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import STORE_NAME, existing_store
from ivr_service.admin.why import Question, destination_of, explain
from ivr_service.config import LoadedSettings, load_settings
from ivr_service.dialogue.values import CallKind, MailboxId, Origin
from ivr_service.policy.asker import Asker
from ivr_service.policy.limits import Usage
from ivr_service.prompting.catalogue import load_catalogue, shipped_catalogue
from ivr_service.service.directory import mailbox_or_nobody
from ivr_service.store.database import Unit


@click.command("why")
@click.argument("number")
@click.option("--mailbox", required=True, help="Whose call it would be, like 103.")
@click.option("--context", default="default", show_default=True, help="The mailbox's voicemail context.")
@click.option("--caller-id", metavar="ID", help="The caller ID that is picked in the menu.")
@click.option(
    "--from-outside",
    "origin",
    flag_value=Origin.OUTSIDE,
    default=Origin.INSIDE,
    type=Origin,
    help="The caller's phone is not in the building.",
)
@click.option(
    "--callback",
    "kind",
    flag_value=CallKind.CALLBACK,
    default=CallKind.DIAL_OUT,
    type=CallKind,
    help="NUMBER is the caller ID of a message, and not keyed.",
)
@config_option
@state_option
@plain_errors
def why_command(  # noqa: PLR0913 - one for each option
    *,
    number: str,
    mailbox: str,
    context: str,
    caller_id: str | None,
    origin: Origin,
    kind: CallKind,
    config: Path,
    state: Path,
) -> None:
    """Print every rule that decides about NUMBER, the line that sets it, and what the caller would hear.

    Nothing is dialled and nothing is counted. What the mailbox has used of its limits is read from the state.
    """
    loaded = load_settings(config)
    who = MailboxId(mailbox, context)
    now = datetime.now(UTC)
    with _unit(state) as unit:
        asker = _asker(loaded, who, kind, origin, unit)
        usage = _usage(number, asker, who, unit, now)
    language = asker.mailbox.language or loaded.settings.service.service.language
    question = Question(number, asker, loaded, usage, now, caller_id)
    click.echo(explain(question, load_catalogue(shipped_catalogue(language))))


@contextmanager
def _unit(state: Path) -> Iterator[Unit | None]:
    """The store for reading, or None when the service never ran here."""
    if not (state / STORE_NAME).exists():
        yield None
        return
    with existing_store(state) as database, database.reading() as unit:
        yield unit


def _asker(
    loaded: LoadedSettings, who: MailboxId, kind: CallKind, origin: Origin, unit: Unit | None
) -> Asker:
    stored = unit.speed_dials.list(who) if unit is not None else ()
    return Asker(
        kind=kind,
        origin=origin,
        mailbox=mailbox_or_nobody(loaded.settings, who),
        settings=loaded.settings,
        own_slots={dial.slot: dial for dial in stored},
    )


def _usage(number: str, asker: Asker, who: MailboxId, unit: Unit | None, now: datetime) -> Usage:
    destination = destination_of(number, asker)
    if unit is None or destination is None:
        return Usage()
    return unit.dials.usage(who, destination.number, now)
