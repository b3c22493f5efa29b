"""Slots that a mailbox's owner has, made from the command line and used in a call."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr_service.cli import main
from ivr_service.dialogue.values import CallKind, MailboxId, Origin
from ivr_service.prompting.library import PromptLibrary
from ivr_service.service.messages import StartCall
from ivr_service.store.speed_dials import StoredSpeedDial
from tests.conftest import Site


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["speed-dials", *arguments, "--mailbox", "103", "--state", str(tmp_path)])
    return done.exit_code, done.output


def slots(site: Site) -> dict[int, str]:
    with site.database.reading() as unit:
        return {dial.slot: dial.name for dial in unit.speed_dials.list(MailboxId("103"))}


def test_a_slot_that_is_made_is_spoken_and_dialled_before_those_in_the_files(
    site: Site, tmp_path: Path
) -> None:
    status, said = run(tmp_path, "set", "--slot", "7", "--name", "Aunt Helen", "--number", "+13125550123")
    assert (status, said) == (0, "Slot 7 of mailbox 103@default is Aunt Helen.\n")
    assert PromptLibrary(tmp_path / "prompts").missing_names(["Aunt Helen"], "en") == []
    call = StartCall(
        call_id="ab" * 16, kind=CallKind.DIAL_OUT, extension="7", mailbox="103", origin=Origin.INSIDE
    )
    assert "Aunt Helen" in site.service.start(call).model_dump_json()


@pytest.mark.parametrize(
    ("slot", "name", "number", "expected"),
    [
        ("0", "Helen", "+13125550123", "slot"),
        ("5", "H3len", "+13125550123", "name"),
        ("5", "Helen", "911", "could not be called|emergency"),
        ("5", "Helen", "+18765550123", "banned-area"),
        ("5", "Helen", "+19005550123", "premium"),
        ("5", "Helen", "3125550123;x", "number"),
    ],
)
def test_what_could_not_be_dialled_or_said_is_refused_and_nothing_changes(
    site: Site, tmp_path: Path, slot: str, name: str, number: str, expected: str
) -> None:
    status, said = run(tmp_path, "set", "--slot", slot, "--name", name, "--number", number)
    assert status == 1
    assert any(word in said for word in expected.split("|"))
    assert slots(site) == {}


def test_slots_are_listed_and_removed(site: Site, tmp_path: Path) -> None:
    with site.database.turn() as unit:
        unit.speed_dials.set(
            MailboxId("103"), StoredSpeedDial(5, "Aunt Helen", "+13125550123"), site.clock.now
        )
    assert run(tmp_path, "list") == (0, " 5  +13125550123  Aunt Helen\n")
    assert run(tmp_path, "remove", "--slot", "5")[0] == 0
    assert run(tmp_path, "remove", "--slot", "5")[0] == 1
    assert run(tmp_path, "list") == (0, "No slots were made for this mailbox.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["set", "--slot", "5", "--name", "Helen", "--number", "+13125550123"],
        ["remove", "--slot", "5"],
    ],
)
def test_where_the_service_never_ran_nothing_is_made(tmp_path: Path, arguments: list[str]) -> None:
    status, said = run(tmp_path / "elsewhere", *arguments)
    assert status == 1
    assert "Start it once, or name its folder with --state." in said
    assert not (tmp_path / "elsewhere").exists()
