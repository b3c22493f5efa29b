"""`ivr-service pin`, run as an admin runs it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr_service.admin.pin_commands import pin_commands
from ivr_service.dialogue.values import MailboxId
from ivr_service.policy.pins import verify_pin
from ivr_service.store.database import Database

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
MAILBOX = MailboxId("103")
GOOD = "4951730"


def pin(state: Path, command: str, *arguments: str, typed: str = "") -> Result:
    options = ["--mailbox", "103", "--state", str(state), *arguments]
    if command == "set":
        options += ["--config", str(EXAMPLE)]
    return CliRunner().invoke(pin_commands, [command, *options], input=typed)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as opened:
        opened.migrate()
        yield opened


def stored_hash(database: Database) -> str | None:
    with database.reading() as unit:
        return unit.pins.hash_of(MAILBOX)


def fail(database: Database, times: int, at: datetime) -> None:
    with database.intent() as unit:
        for _ in range(times):
            unit.pins.reserve_attempt(MAILBOX, at)


def test_a_pin_typed_twice_is_set_and_never_shown(tmp_path: Path, database: Database) -> None:
    result = pin(tmp_path, "set", typed=f"{GOOD}\n{GOOD}\n")
    assert result.exit_code == 0
    assert GOOD not in result.output
    assert verify_pin(stored_hash(database), GOOD)


def test_a_pin_comes_from_standard_input_too(tmp_path: Path, database: Database) -> None:
    assert pin(tmp_path, "set", "--stdin", typed=f"{GOOD}\n").exit_code == 0
    assert verify_pin(stored_hash(database), GOOD)


@pytest.mark.parametrize("command", ["set", "status", "unlock", "remove"])
def test_where_the_service_never_ran_nothing_is_made_and_nothing_is_claimed(
    tmp_path: Path, command: str
) -> None:
    state = tmp_path / "elsewhere"
    result = pin(state, command, typed=f"{GOOD}\n{GOOD}\n")
    assert result.exit_code == 1
    assert f"The service has not kept anything in {state} yet. Start it once" in result.output
    assert "PIN:" not in result.output
    assert not state.exists()


@pytest.mark.parametrize("bad", ["1234567", "7777777", "495173", "49517304951", "", "495173a"])
def test_a_bad_pin_changes_nothing_and_is_not_repeated(tmp_path: Path, database: Database, bad: str) -> None:
    pin(tmp_path, "set", "--stdin", typed=GOOD)
    result = pin(tmp_path, "set", "--stdin", typed=f"{bad}\n")
    assert result.exit_code == 1
    assert not bad or bad not in result.output
    assert verify_pin(stored_hash(database), GOOD)


def test_two_different_pins_set_none(tmp_path: Path, database: Database) -> None:
    result = pin(tmp_path, "set", typed=f"{GOOD}\n4951731\n")
    assert result.exit_code != 0
    assert stored_hash(database) is None


def test_a_mailbox_that_is_not_configured_gets_no_pin(tmp_path: Path) -> None:
    result = pin(tmp_path, "set", "--stdin", "--context", "elsewhere", typed=GOOD)
    assert result.exit_code == 1
    assert "103@elsewhere is not in mailboxes.toml" in result.output


def test_the_status_tells_what_an_admin_needs(tmp_path: Path, database: Database) -> None:
    assert "no PIN is set" in pin(tmp_path, "status").output
    pin(tmp_path, "set", "--stdin", typed=GOOD)
    fail(database, 3, datetime.now(UTC))
    waiting = pin(tmp_path, "status").output
    assert "a PIN is set" in waiting
    assert "Wrong PINs in a row: 3" in waiting
    assert "The next PIN is looked at from" in waiting


def test_after_the_wait_a_pin_is_looked_at_again(tmp_path: Path, database: Database) -> None:
    fail(database, 3, datetime.now(UTC) - timedelta(minutes=1))
    assert "A PIN is looked at now." in pin(tmp_path, "status").output


def test_a_locked_mailbox_is_unlocked_and_keeps_its_pin(tmp_path: Path, database: Database) -> None:
    pin(tmp_path, "set", "--stdin", typed=GOOD)
    fail(database, 10, datetime.now(UTC))
    assert "It is locked" in pin(tmp_path, "status").output
    assert "is unlocked" in pin(tmp_path, "unlock").output
    assert "A PIN is looked at now." in pin(tmp_path, "status").output
    assert verify_pin(stored_hash(database), GOOD)


def test_a_new_pin_unlocks(tmp_path: Path, database: Database) -> None:
    fail(database, 10, datetime.now(UTC))
    pin(tmp_path, "set", "--stdin", typed=GOOD)
    assert "Wrong PINs in a row: 0" in pin(tmp_path, "status").output


def test_a_removed_pin_is_gone(tmp_path: Path, database: Database) -> None:
    pin(tmp_path, "set", "--stdin", typed=GOOD)
    assert "is removed" in pin(tmp_path, "remove").output
    assert stored_hash(database) is None
    assert "had no PIN" in pin(tmp_path, "remove").output
    assert "nothing was changed" in pin(tmp_path, "unlock").output


def test_a_store_that_cannot_answer_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "ivr.sqlite").write_bytes(b"this is no database, however long it may be" * 100)
    result = pin(tmp_path, "status")
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert "Traceback" not in result.output


def test_a_folder_of_others_is_a_plain_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "exists", refuse)
    result = pin(tmp_path, "status")
    assert result.exit_code == 1
    assert f"Error: You may not look into {tmp_path}. Run this as root." in result.output
