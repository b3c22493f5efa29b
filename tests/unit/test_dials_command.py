"""What the admin sees of the audit trail."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr_service.cli import main
from ivr_service.dialogue.values import CallKind, MailboxId, NumberClass, Origin, RefusalReason
from ivr_service.store.database import Database
from ivr_service.store.dials import DialAttempt

GRANT = "ab" * 16
WHEN = datetime(2026, 5, 4, 19, 5, tzinfo=UTC)


def attempt(number: str, mailbox: str = "103") -> DialAttempt:
    return DialAttempt(
        call_id="cd" * 16,
        mailbox=MailboxId(mailbox),
        number=number,
        number_class=NumberClass.NATIONAL,
        caller_id="12025550100",
        kind=CallKind.CALLBACK,
        origin=Origin.INSIDE,
        decided_at=WHEN,
    )


@pytest.fixture
def state(tmp_path: Path) -> Path:
    database = Database(f"sqlite:///{tmp_path}/ivr.sqlite")
    database.migrate()
    with database.intent() as unit:
        unit.dials.record_refusal(attempt("\x1b[2Jevil\n", "105"), RefusalReason.INVALID)
        unit.dials.record_grant(attempt("+12125551234"), GRANT, WHEN + timedelta(hours=3))
    database.close()
    return tmp_path


def output(state: Path, *arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["dials", *arguments, "--state", str(state)])
    assert done.exit_code == status, done.output
    return done.output


def test_every_attempt_is_listed_with_its_decision(state: Path) -> None:
    _, refused, allowed = output(state, "list").splitlines()
    assert "105@default" in refused
    assert "refused: invalid" in refused
    assert allowed.split()[2:6] == ["103@default", "+12125551234", "12025550100", "allowed"]
    assert f"open, grant {GRANT}" in allowed


def test_what_a_caller_made_up_cannot_write_on_the_admins_terminal(state: Path) -> None:
    assert "\\x1b[2Jevil\\n" in output(state, "list")
    assert "\x1b" not in output(state, "list")


@pytest.mark.parametrize("written", ["103", "103@default"])
def test_one_mailbox_alone(state: Path, written: str) -> None:
    listed = output(state, "list", "--mailbox", written)
    assert "103@default" in listed
    assert "105@default" not in listed


@pytest.mark.parametrize(("written", "meant"), [("104", "104@default"), ("103@elsewhere", "103@elsewhere")])
def test_a_mailbox_that_never_dialled_is_named(state: Path, written: str, meant: str) -> None:
    assert output(state, "list", "--mailbox", written) == f"No dials of mailbox {meant}.\n"


@pytest.mark.parametrize("written", ["103@", "@default", "103@a@b", "1 3"])
def test_what_names_no_mailbox_is_a_plain_error(state: Path, written: str) -> None:
    assert output(state, "list", "--mailbox", written, status=1).startswith("Error: ")


def test_an_open_dial_can_be_closed_once(state: Path) -> None:
    assert "closed" in output(state, "close", GRANT)
    assert "unknown" in output(state, "list")
    assert "nothing was changed" in output(state, "close", GRANT, status=1)


def test_without_a_store_it_says_where_it_looked(tmp_path: Path) -> None:
    assert str(tmp_path) in output(tmp_path, "list", status=1)
