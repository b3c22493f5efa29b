"""`ivr-service why`: what would happen to a number, and because of which line of which file."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import existing_store, has_store
from ivr_service.admin.why import Question, destination_of, explain
from ivr_service.config import LoadedSettings, load_settings
from ivr_service.dialogue.values import CallKind, MailboxId, Origin
from ivr_service.policy.asker import Asker
from ivr_service.policy.limits import Usage
from ivr_service.policy.pins import is_locked
from ivr_service.prompting.catalogue import Catalogue, load_catalogue, shipped_catalogue
from ivr_service.prompting.library import DEFAULT_LANGUAGE
from ivr_service.service.directory import find_mailbox, mailbox_or_nobody
from ivr_service.store.database import Unit

_NORTH_AMERICAN = re.compile(r"[+]1([0-9]{10})")
_INTERNATIONAL = re.compile(r"[+]([0-9]+)")


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
    keyed = _as_keyed(number) if kind is CallKind.DIAL_OUT else number
    notes = () if keyed == number else (f"A telephone has no plus: {number} is keyed as {keyed}.",)
    with _unit(state) as unit:
        asker = _asker(loaded, who, kind, origin, unit)
        usage = _usage(keyed, asker, who, unit, now)
        pin_note = _pin_note(who, asker, unit)
        language = asker.mailbox.language or loaded.settings.service.service.language
        question = Question(keyed, asker, loaded, usage, now, caller_id, notes, pin_note)
        click.echo(explain(question, _catalogue(language)))


def _as_keyed(number: str) -> str:
    """A number as `dials list` shows it, as a caller keys it; anything else stays as it is."""
    national, abroad = _NORTH_AMERICAN.fullmatch(number), _INTERNATIONAL.fullmatch(number)
    if national is not None:
        return national[1]
    return number if abroad is None else f"011{abroad[1]}"


def _catalogue(language: str) -> Catalogue:
    """The texts of a language; in English where there are none, as in a call."""
    shipped = shipped_catalogue(language)
    return load_catalogue(shipped if shipped.exists() else shipped_catalogue(DEFAULT_LANGUAGE))


def _pin_note(who: MailboxId, asker: Asker, unit: Unit | None) -> str:
    """What keeps every PIN from being the right one, and what helps; empty when nothing does."""
    if unit is None or find_mailbox(asker.settings, who) is None:
        return ""
    options = f"--mailbox {who.number}" + ("" if who.context == "default" else f" --context {who.context}")
    if unit.pins.hash_of(who) is None:
        return f"None is set, so every try fails; set one with: ivr-service pin set {options}"
    if is_locked(unit.pins.failures(who)):
        return f"Wrong ones have locked it, so every try fails: ivr-service pin unlock {options}"
    return ""


@contextmanager
def _unit(state: Path) -> Iterator[Unit | None]:
    """The store for reading, or None when the service never ran here."""
    if not has_store(state):
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
        is_blocked=lambda number: unit is not None and unit.blocked_numbers.is_blocked(who, number),
    )


def _usage(number: str, asker: Asker, who: MailboxId, unit: Unit | None, now: datetime) -> Usage:
    destination = destination_of(number, asker)
    if unit is None or destination is None:
        return Usage()
    return unit.dials.usage(who, destination.number, now)
