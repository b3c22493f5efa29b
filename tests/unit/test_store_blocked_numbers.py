"""The list of blocked numbers in the store."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr_service.dialogue.values import MailboxId
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber
from ivr_service.store.database import Database

WHEN = datetime(2026, 5, 4, 16, 0, 0, 123_000, tzinfo=UTC)
CALL = "ab" * 16
BOX_103, BOX_104 = MailboxId("103"), MailboxId("104")
OWN = BlockedNumber("+12125551234", str(BOX_103), str(BOX_103), CALL, WHEN)
OF_ALL = replace(OWN, mailbox=EVERYBODY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path}/ivr.sqlite")) as opened:
        opened.migrate()
        yield opened


def add(database: Database, *entries: BlockedNumber) -> list[bool]:
    with database.turn() as unit:
        return [unit.blocked_numbers.add(entry) for entry in entries]


def entries(database: Database) -> tuple[BlockedNumber, ...]:
    with database.reading() as unit:
        return unit.blocked_numbers.list()


@pytest.mark.parametrize(
    ("entry", "mailbox", "number", "expected"),
    [
        (OWN, BOX_103, "+12125551234", True),
        (OWN, BOX_104, "+12125551234", False),
        (OWN, MailboxId("103", "other"), "+12125551234", False),
        (OWN, BOX_103, "+12125551235", False),
        (OWN, BOX_103, "12125551234", False),
        (OF_ALL, BOX_103, "+12125551234", True),
        (OF_ALL, BOX_104, "+12125551234", True),
        (OF_ALL, BOX_104, "+12125551235", False),
    ],
)
def test_a_number_is_blocked_for_a_mailbox_or_for_everybody(
    database: Database, entry: BlockedNumber, mailbox: MailboxId, number: str, *, expected: bool
) -> None:
    add(database, entry)
    with database.reading() as unit:
        assert unit.blocked_numbers.is_blocked(mailbox, number) is expected


def test_the_company_alone_can_be_asked_for(database: Database) -> None:
    add(database, OWN, replace(OF_ALL, number="+13125550000"))
    with database.reading() as unit:
        assert not unit.blocked_numbers.is_blocked(None, "+12125551234")
        assert unit.blocked_numbers.is_blocked(None, "+13125550000")


def test_an_entry_is_kept_as_it_was_made_and_the_first_one_stays(database: Database) -> None:
    later = replace(OWN, blocked_by="104@default", call_id="cd" * 16)
    assert add(database, OWN, later, OF_ALL) == [True, False, True]
    assert entries(database) == (OF_ALL, OWN)


def test_what_is_removed_is_removed_for_those_alone_for_whom_it_is(database: Database) -> None:
    add(database, OWN, OF_ALL)
    with database.turn() as unit:
        assert unit.blocked_numbers.remove("+12125551234", str(BOX_103))
        assert not unit.blocked_numbers.remove("+12125551234", str(BOX_103))
        assert not unit.blocked_numbers.remove("+12125551234", str(BOX_104))
    assert entries(database) == (OF_ALL,)


def test_a_call_undoes_only_what_was_blocked_in_it(database: Database) -> None:
    add(database, OWN)
    with database.turn() as unit:
        assert not unit.blocked_numbers.undo(OWN.number, OWN.mailbox, "cd" * 16)
        assert not unit.blocked_numbers.undo(OWN.number, EVERYBODY, CALL)
        assert unit.blocked_numbers.undo(OWN.number, OWN.mailbox, CALL)
    assert entries(database) == ()
