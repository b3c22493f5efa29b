"""Numbers blocked from the command line, and in force in a call at once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr_service.cli import main
from ivr_service.dialogue.values import CallKind, MailboxId, Origin, RefusalReason
from ivr_service.policy.blockable import NotBlockable
from ivr_service.service.messages import StartCall
from ivr_service.store.blocked_numbers import BlockedNumber
from tests.conftest import EXAMPLE, Site

CALL = "ab" * 16


def run(
    state: Path,
    *arguments: str,
    stdin: str | bytes = "",
    config: Path = EXAMPLE,
    env: dict[str, str] | None = None,
) -> tuple[int, str]:
    needs_config = arguments[0] not in ("list", "export")
    places = ["--state", str(state), *(["--config", str(config)] if needs_config else [])]
    done = CliRunner(env=env).invoke(main, ["block", *arguments, *places], input=stdin)
    return done.exit_code, done.output


def entries(site: Site) -> tuple[BlockedNumber, ...]:
    with site.database.reading() as unit:
        return unit.blocked_numbers.list()


def blocked(site: Site) -> list[tuple[str, str]]:
    return [(entry.number, entry.mailbox) for entry in entries(site)]


def refusal(site: Site, number: str, mailbox: str = "103") -> RefusalReason | None:
    call = StartCall(
        call_id=CALL, kind=CallKind.DIAL_OUT, extension=number, mailbox=mailbox, origin=Origin.INSIDE
    )
    return site.service.start(call).refusal


@pytest.fixture
def freepbx(tmp_path: Path) -> Path:
    """The example configuration, where FreePBX's blacklist is kept in step."""
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    options = config / "options.toml"
    text = options.read_text("utf-8")
    assert "freepbx_blacklist = false" in text
    options.write_text(text.replace("freepbx_blacklist = false", "freepbx_blacklist = true"), "utf-8")
    return config


@dataclass(frozen=True)
class AsteriskProgram:
    """Stands in Asterisk's place: writes down its arguments, and fails while there is a file `down`."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.folder}:/usr/bin:/bin"}

    @property
    def told(self) -> str:
        return (self.folder / "told").read_text("utf-8")

    def install(self) -> None:
        self.folder.mkdir()
        program = self.folder / "asterisk"
        program.write_text(
            f'#!/bin/sh\nprintf "%s|" "$@" >> {self.folder}/told\ntest ! -e {self.folder}/down\n', "utf-8"
        )
        program.chmod(0o755)


@pytest.fixture
def asterisk(tmp_path: Path) -> AsteriskProgram:
    program = AsteriskProgram(tmp_path / "bin")
    program.install()
    return program


def test_a_number_is_blocked_for_the_company_and_refused_at_once(site: Site, tmp_path: Path) -> None:
    assert run(tmp_path, "add", "(212) 555-1234") == (
        0,
        "+12125551234 is blocked for the whole company.\n",
    )
    assert blocked(site) == [("+12125551234", "")]
    assert refusal(site, "2125551234") is RefusalReason.BLOCKED_NUMBER


def test_a_number_is_blocked_for_one_mailbox_only(site: Site, tmp_path: Path) -> None:
    run(tmp_path, "add", "2125551234", "--mailbox", "104")
    assert blocked(site) == [("+12125551234", "104@default")]
    assert refusal(site, "2125551234") is None


def test_what_is_blocked_already_is_said_and_kept_as_it_is(site: Site, tmp_path: Path) -> None:
    run(tmp_path, "add", "2125551234")
    before = entries(site)
    status, said = run(tmp_path, "add", "+12125551234")
    assert (status, said) == (0, "+12125551234 was blocked already for the whole company.\n")
    assert entries(site) == before


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("911", "emergency number"),
        ("211", "service code"),
        ("101", "extension"),
        ("5551234", "no whole telephone number"),
        ("someone", "no whole telephone number"),
    ],
)
def test_what_cannot_be_blocked_is_refused_and_nothing_changes(
    site: Site, tmp_path: Path, number: str, why: str
) -> None:
    status, said = run(tmp_path, "add", number)
    assert status == 1
    assert why in said
    assert "Nothing was changed." in said
    assert blocked(site) == []


@pytest.mark.parametrize("command", [["add", "2125551234"], ["import", "-"]])
def test_a_mailbox_that_is_not_configured_is_a_slip(site: Site, tmp_path: Path, command: list[str]) -> None:
    status, said = run(tmp_path, *command, "--mailbox", "999", stdin="number\n2125551234\n")
    assert status == 1
    assert "999@default is not in mailboxes.toml" in said
    assert blocked(site) == []


def test_a_number_is_unblocked_for_whom_it_was_blocked(site: Site, tmp_path: Path) -> None:
    run(tmp_path, "add", "2125551234", "--mailbox", "103")
    status, said = run(tmp_path, "remove", "2125551234")
    assert status == 1
    assert "+12125551234 is not blocked for the whole company; nothing was changed." in said
    assert len(blocked(site)) == 1
    assert run(tmp_path, "remove", "212 555 1234", "--mailbox", "103")[0] == 0
    assert blocked(site) == []
    assert refusal(site, "2125551234") is None


def test_the_list_shows_who_blocked_what_when_and_in_which_call(site: Site, tmp_path: Path) -> None:
    assert run(tmp_path, "list") == (0, "No numbers are blocked.\n")
    by_phone = BlockedNumber("+13125550000", "103@default", "103@default", CALL, site.clock.now)
    with site.database.turn() as unit:
        unit.blocked_numbers.add(by_phone)
    run(tmp_path, "add", "2125551234")
    _, company, own = run(tmp_path, "list")[1].splitlines()
    assert company.split()[:3] == ["+12125551234", "everybody", "admin"]
    assert own.split()[:3] == ["+13125550000", "103@default", "103@default"]
    assert own.split()[-1] == CALL
    assert f"{site.clock.now.astimezone():%Y-%m-%d %H:%M:%S}" in own
    assert run(tmp_path, "list", "--mailbox", "103")[1].splitlines()[1:] == [own]
    assert run(tmp_path, "list", "--mailbox", "104")[1] == "No numbers are blocked.\n"


def test_what_is_exported_can_be_imported_elsewhere_and_is_the_same(site: Site, tmp_path: Path) -> None:
    with site.database.turn() as unit:
        unit.blocked_numbers.add(
            BlockedNumber("+13125550000", "103@default", "103@default", CALL, site.clock.now)
        )
    run(tmp_path, "add", "2125551234")
    before = entries(site)
    file = tmp_path / "blocked.csv"
    assert run(tmp_path, "export", str(file)) == (0, "")
    assert run(tmp_path, "export")[1] == file.read_text("utf-8")
    run(tmp_path, "remove", "2125551234")
    run(tmp_path, "remove", "3125550000", "--mailbox", "103")
    assert blocked(site) == []
    assert run(tmp_path, "import", str(file)) == (0, "2 blocked, 0 were blocked already.\n")
    assert entries(site) == before
    assert run(tmp_path, "import", str(file)) == (0, "0 blocked, 2 were blocked already.\n")


def test_a_list_of_numbers_under_a_header_is_enough(site: Site, tmp_path: Path) -> None:
    text = "\ufeffNumber\r\n(212) 555-1234\r\n\r\n+442071838750\r\n"
    assert run(tmp_path, "import", "-", "--mailbox", "103", stdin=text)[0] == 0
    assert blocked(site) == [("+12125551234", "103@default"), ("+442071838750", "103@default")]


def test_one_mistake_is_enough_to_import_nothing_and_every_one_is_named(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "blocked.csv"
    file.write_text(
        "number,mailbox,blocked_at\n2125551234,,\n911,999,yesterday\n3125550000\n\n5551234,,2026-05-04\n",
        "utf-8",
    )
    status, said = run(tmp_path, "import", str(file))
    assert status == 1
    assert said.splitlines() == [
        "Error: nothing was changed:",
        f"{file}: line 3: '911' is an emergency number, which is never blocked",
        f"{file}: line 3: mailbox '999' is not in mailboxes.toml",
        f"{file}: line 3: blocked_at 'yesterday' is no moment like 2026-05-04T16:00:00+00:00",
        f"{file}: line 4: 1 cells, where the first line has 3",
        f"{file}: line 6: '5551234' {NotBlockable.NOT_A_NUMBER}",
        f"{file}: line 6: blocked_at '2026-05-04' is no moment like 2026-05-04T16:00:00+00:00",
    ]
    assert blocked(site) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", 'there must be a column "number"'),
        ("2125551234\n", 'there is no column "2125551234"'),
        ("number,number\n2125551234,2125551234\n", 'the column "number" is there twice'),
        ('number\n"2125551234\n', "this is not CSV"),
        (b"number\n\xff\n", "not UTF-8"),
    ],
)
def test_what_is_no_such_file_is_refused(site: Site, tmp_path: Path, text: str | bytes, why: str) -> None:
    status, said = run(tmp_path, "import", "-", stdin=text)
    assert status == 1
    assert why in said
    assert "nothing was changed" in said
    assert blocked(site) == []


def test_a_file_that_is_not_there_changes_nothing(site: Site, tmp_path: Path) -> None:
    status, said = run(tmp_path, "import", str(tmp_path / "none.csv"))
    assert status == 1
    assert "none.csv: No such file or directory; nothing was changed" in said


def test_a_file_that_names_mailboxes_takes_no_other(site: Site, tmp_path: Path) -> None:
    status, said = run(tmp_path, "import", "-", "--mailbox", "103", stdin="number,mailbox\n2125551234,104\n")
    assert status == 1
    assert "leave out --mailbox" in said
    assert blocked(site) == []


@pytest.mark.parametrize(
    "arguments", [["list"], ["add", "2125551234"], ["remove", "2125551234"], ["import", "-"], ["export"]]
)
def test_where_the_service_never_ran_nothing_is_made(tmp_path: Path, arguments: list[str]) -> None:
    status, said = run(tmp_path / "elsewhere", *arguments, stdin="number\n2125551234\n")
    assert status == 1
    assert "Start it once, or name its folder with --state." in said
    assert not (tmp_path / "elsewhere").exists()


# --- FreePBX's blacklist


def test_the_commands_for_freepbx_are_shown(site: Site, tmp_path: Path, freepbx: Path) -> None:
    shown = run(tmp_path, "add", "2125551234", config=freepbx)[1].splitlines()
    assert shown[-1] == "asterisk -rx 'database put blacklist 2125551234 1'"
    shown = run(tmp_path, "remove", "2125551234", config=freepbx)[1].splitlines()
    assert shown[-1] == "asterisk -rx 'database del blacklist 2125551234'"
    text = "number,mailbox\n2125551234,\n3125550000,103\n+442071838750,\n"
    shown = run(tmp_path, "import", "-", stdin=text, config=freepbx)[1].splitlines()
    assert shown[-2:] == [
        "asterisk -rx 'database put blacklist 2125551234 1'",
        "asterisk -rx 'database put blacklist 442071838750 1'",
    ]


def test_freepbx_is_told_nothing_of_one_mailbox_and_nothing_unless_configured(
    site: Site, tmp_path: Path, freepbx: Path
) -> None:
    assert "asterisk" not in run(tmp_path, "add", "2125551234", "--mailbox", "103", config=freepbx)[1]
    assert "asterisk" not in run(tmp_path, "add", "3125550000")[1]


def test_asterisk_is_told_when_asked_to(
    site: Site, tmp_path: Path, freepbx: Path, asterisk: AsteriskProgram
) -> None:
    environment = asterisk.environment
    assert run(tmp_path, "add", "2125551234", "--asterisk", config=freepbx, env=environment) == (
        0,
        "+12125551234 is blocked for the whole company.\n",
    )
    assert run(tmp_path, "remove", "2125551234", "--asterisk", config=freepbx, env=environment)[0] == 0
    assert asterisk.told == ("-rx|database put blacklist 2125551234 1|-rx|database del blacklist 2125551234|")


def test_asterisk_is_not_said_to_know_what_it_was_not_told(
    site: Site, tmp_path: Path, freepbx: Path, asterisk: AsteriskProgram
) -> None:
    for config, more in ((EXAMPLE, ()), (freepbx, ("--mailbox", "103"))):
        status, said = run(
            tmp_path, "add", "2125551234", "--asterisk", *more, config=config, env=asterisk.environment
        )
        assert status == 0
        assert "Asterisk was told nothing" in said
    assert not (asterisk.folder / "told").exists()


@pytest.mark.parametrize("failure", ["it refuses", "it is not there"])
def test_what_asterisk_did_not_take_is_left_to_the_admin(
    site: Site, tmp_path: Path, freepbx: Path, asterisk: AsteriskProgram, failure: str
) -> None:
    (asterisk.folder / "down").touch()
    environment = asterisk.environment if failure == "it refuses" else {"PATH": "/nowhere"}
    status, said = run(tmp_path, "add", "2125551234", "--asterisk", config=freepbx, env=environment)
    assert status == 1
    assert said.splitlines()[-1] == "asterisk -rx 'database put blacklist 2125551234 1'"
    assert blocked(site) == [("+12125551234", "")]


def test_a_mailbox_id_is_what_the_store_keeps(site: Site, tmp_path: Path) -> None:
    run(tmp_path, "add", "2125551234", "--mailbox", "103", "--context", "default")
    with site.database.reading() as unit:
        assert unit.blocked_numbers.is_blocked(MailboxId("103"), "+12125551234")
        assert not unit.blocked_numbers.is_blocked(MailboxId("104"), "+12125551234")
