"""`ivr-service speed-dials`: the slots that a mailbox's owner has, besides those in speed-dials.toml."""

from datetime import UTC, datetime
from pathlib import Path

import click
from pydantic import ValidationError

from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import check_store, existing_store
from ivr_service.config import LoadedSettings, load_settings
from ivr_service.dialogue.events import EntryRefused
from ivr_service.dialogue.values import CallKind, MailboxId, Origin
from ivr_service.policy.asker import Asker
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.settings import SpeedDial
from ivr_service.prompting.builder import add_names
from ivr_service.prompting.catalogue import shipped_catalogue
from ivr_service.prompting.engines import choose_engine
from ivr_service.prompting.library import DEFAULT_LANGUAGE, PromptLibrary
from ivr_service.service.directory import find_mailbox, mailbox_or_nobody
from ivr_service.store.speed_dials import StoredSpeedDial

_mailbox_option = click.option("--mailbox", required=True, help="Whose slots, like 103.")
_context_option = click.option(
    "--context", default="default", show_default=True, help="The mailbox's voicemail context."
)


@click.group("speed-dials")
def speed_dials_commands() -> None:
    """Look at and change the slots a mailbox's owner made; those in the files stay as they are."""


@speed_dials_commands.command("list")
@_mailbox_option
@_context_option
@state_option
@plain_errors
def list_slots(*, mailbox: str, context: str, state: Path) -> None:
    """Print the slots that were made for this mailbox."""
    with existing_store(state) as database, database.reading() as unit:
        slots = unit.speed_dials.list(MailboxId(mailbox, context))
    for dial in slots:
        click.echo(f"{dial.slot:>2}  {dial.number}  {dial.name or _without_written_name(dial)}")
    if not slots:
        click.echo("No slots were made for this mailbox.")


@speed_dials_commands.command("set")
@_mailbox_option
@_context_option
@click.option("--slot", type=int, required=True, help="1 to 99.")
@click.option("--name", required=True, help="What callers hear. Letters only.")
@click.option("--number", required=True, help="+ and country code, or an extension.")
@config_option
@state_option
@plain_errors
def set_slot(  # noqa: PLR0913 - one parameter for each option of the command
    *, mailbox: str, context: str, slot: int, name: str, number: str, config: Path, state: Path
) -> None:
    """Fill a slot, whatever was in it; it comes before the slots in speed-dials.toml.

    The name is spoken before the slot is kept, so that no call has to wait for it.
    """
    dial, loaded, who = _checked(slot, name, number), load_settings(config), MailboxId(mailbox, context)
    _refuse_what_could_not_be_dialled(dial, loaded, who)
    check_store(state)
    _make_name(name, loaded, who, state)
    with existing_store(state) as database, database.turn() as unit:
        unit.speed_dials.set(who, StoredSpeedDial(slot, name, number), datetime.now(UTC))
    click.echo(f"Slot {slot} of mailbox {who} is {name}.")


@speed_dials_commands.command("remove")
@_mailbox_option
@_context_option
@click.option("--slot", type=int, required=True, help="1 to 99.")
@state_option
@plain_errors
def remove_slot(*, mailbox: str, context: str, slot: int, state: Path) -> None:
    """Empty a slot that was made; one in speed-dials.toml counts again."""
    with existing_store(state) as database, database.turn() as unit:
        removed = unit.speed_dials.remove(MailboxId(mailbox, context), slot)
    if not removed:
        raise click.ClickException(f"Slot {slot} was not made for this mailbox; nothing was changed.")
    click.echo(f"Slot {slot} is empty.")


def _without_written_name(dial: StoredSpeedDial) -> str:
    return "(read as its number)" if dial.recording is None else "(its owner recorded a name)"


def _checked(slot: int, name: str, number: str) -> SpeedDial:
    try:
        return SpeedDial(slot=slot, name=name, number=number)
    except ValidationError as error:
        problems = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise click.ClickException(f"{problems}. Nothing was changed.") from error


def _refuse_what_could_not_be_dialled(dial: SpeedDial, loaded: LoadedSettings, who: MailboxId) -> None:
    if find_mailbox(loaded.settings, who) is None:
        raise click.ClickException(f"mailbox {who} is not in mailboxes.toml; add it there first")
    asker = Asker(
        kind=CallKind.DIAL_OUT,
        origin=Origin.INSIDE,
        mailbox=mailbox_or_nobody(loaded.settings, who),
        settings=loaded.settings,
        own_slots={dial.slot: dial},
    )
    answer = decide_entry(str(dial.slot), asker).answer
    if isinstance(answer, EntryRefused):
        raise click.ClickException(
            f"{dial.number} could not be called from this mailbox ({answer.refusal.reason}); "
            f'nothing was changed. "ivr-service why {dial.number} --mailbox {who.number}" tells which rule.'
        )


def _make_name(name: str, loaded: LoadedSettings, who: MailboxId, state: Path) -> None:
    own = mailbox_or_nobody(loaded.settings, who).language or loaded.settings.service.service.language
    language = own if shipped_catalogue(own).exists() else DEFAULT_LANGUAGE
    if PromptLibrary(state / "prompts").missing_names([name], language):
        add_names([name], choose_engine(language), state / "prompts", language)
