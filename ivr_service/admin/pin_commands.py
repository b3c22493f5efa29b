"""`ivr-service pin`: set, look at, unlock and remove the PIN of a mailbox. It never shows one."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import check_store, existing_store
from ivr_service.config import load_settings
from ivr_service.dialogue.values import MailboxId
from ivr_service.policy.pins import PinFailures, hash_pin, is_locked, may_try, pin_problem, wait_before_next
from ivr_service.service.directory import find_mailbox

_Parameters = ParamSpec("_Parameters")


def _of_a_mailbox(command: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
    """The options that every command here has."""

    @click.option("--mailbox", required=True, help="The mailbox, like 103.")
    @click.option("--context", default="default", show_default=True, help="Its voicemail context.")
    @state_option
    @plain_errors
    @wraps(command)
    def with_options(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        command(*args, **kwargs)

    return with_options


@click.group("pin")
def pin_commands() -> None:
    """Set, look at, unlock and remove the PIN of a mailbox."""


@pin_commands.command("set")
@_of_a_mailbox
@config_option
@click.option("--stdin", "ask", flag_value="stdin", help="Read the PIN from standard input, one line.")
def set_pin(*, mailbox: str, context: str, state: Path, config: Path, ask: str | None) -> None:
    """Set or replace the PIN: 7 to 10 digits, asked for twice and not shown. This unlocks the mailbox too."""
    who = MailboxId(mailbox, context)
    if find_mailbox(load_settings(config).settings, who) is None:
        raise click.ClickException(f"mailbox {who} is not in mailboxes.toml; add it there first")
    check_store(state)
    pin = _read_line() if ask == "stdin" else _ask_twice()
    problem = pin_problem(pin, mailbox)
    if problem is not None:
        raise click.ClickException(f"this PIN cannot be used: {problem}; nothing was changed")
    pin_hash = hash_pin(pin)
    with existing_store(state) as database, database.intent() as unit:
        unit.pins.set_hash(who, pin_hash, datetime.now(UTC))
        unit.pins.unlock(who)
    click.echo(f"The PIN of mailbox {who} is set.")


@pin_commands.command("status")
@_of_a_mailbox
def status(*, mailbox: str, context: str, state: Path) -> None:
    """Say whether a PIN is set, and whether wrong ones have locked the mailbox."""
    who = MailboxId(mailbox, context)
    with existing_store(state) as database, database.reading() as unit:
        has_pin = unit.pins.hash_of(who) is not None
        failures = unit.pins.failures(who)
    click.echo(f"Mailbox {who}: {'a PIN is set' if has_pin else 'no PIN is set'}.")
    click.echo(f"Wrong PINs in a row: {failures.in_a_row}.")
    click.echo(_readiness(failures, datetime.now(UTC)))


@pin_commands.command("unlock")
@_of_a_mailbox
def unlock(*, mailbox: str, context: str, state: Path) -> None:
    """Forget the wrong PINs, so that the right one is looked at again at once. The PIN stays."""
    who = MailboxId(mailbox, context)
    with existing_store(state) as database, database.intent() as unit:
        changed = unit.pins.unlock(who)
    said = "is unlocked" if changed else "had no wrong PINs; nothing was changed"
    click.echo(f"Mailbox {who} {said}.")


@pin_commands.command("remove")
@_of_a_mailbox
def remove(*, mailbox: str, context: str, state: Path) -> None:
    """Remove the PIN. A mailbox that needs one cannot call until another is set."""
    who = MailboxId(mailbox, context)
    with existing_store(state) as database, database.intent() as unit:
        changed = unit.pins.remove(who)
    click.echo(f"The PIN of mailbox {who} is removed." if changed else f"Mailbox {who} had no PIN.")


def _readiness(failures: PinFailures, now: datetime) -> str:
    if is_locked(failures):
        return "It is locked: no PIN is looked at until `ivr-service pin unlock`."
    if may_try(failures, now) or failures.last_failed_at is None:
        return "A PIN is looked at now."
    opens = (failures.last_failed_at + wait_before_next(failures)).astimezone()
    return f"The next PIN is looked at from {opens:%Y-%m-%d %H:%M:%S} on."


def _ask_twice() -> str:
    answer: str = click.prompt("PIN", hide_input=True, confirmation_prompt="The same PIN again")
    return answer


def _read_line() -> str:
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
