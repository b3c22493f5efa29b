"""`ivr-service why`, run as an admin runs it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr_service.admin.why_command import why_command
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.values import CallKind, MailboxId, NumberClass, Origin
from ivr_service.prompting.catalogue import load_catalogue, shipped_catalogue
from ivr_service.store.database import Database
from ivr_service.store.dials import DialAttempt

FILES = {
    "service.toml": '[trunk]\ndial_string = "PJSIP/{number}@trunk"\n[extensions]\npatterns = ["1XX"]\n',
    "caller-ids.toml": """
[[caller_ids]]
id = "main"
number = "+12025550100"
name = "Main Office"

[codes]
"1*" = "main"
""",
    "mailboxes.toml": """
[[mailboxes]]
mailbox = "103"
caller_ids = ["main"]

[mailboxes.limits]
calls_per_hour = 0

[[mailboxes]]
mailbox = "104"
caller_ids = ["main"]
pin = "not-required"
inside_only = true
""",
    "policy.toml": '[policy]\nbanned_area_codes = [\n  "268",\n  "473",\n]\n',
    "speed-dials.toml": '[[company]]\nslot = 7\nname = "Front Desk"\nnumber = "+12125551234"\n',
}


def text_of(prompt_id: PromptId) -> str:
    return load_catalogue(shipped_catalogue("en")).entries[prompt_id].text


@pytest.fixture
def config(tmp_path: Path) -> Path:
    directory = tmp_path / "config"
    directory.mkdir()
    for name, text in FILES.items():
        (directory / name).write_text(text)
    return directory


@pytest.fixture
def moment_ago() -> DialAttempt:
    return DialAttempt(
        call_id="0" * 32,
        mailbox=MailboxId("104"),
        number="+12125551234",
        number_class=NumberClass.NATIONAL,
        caller_id="12025550100",
        kind=CallKind.DIAL_OUT,
        origin=Origin.INSIDE,
        decided_at=datetime.now(UTC) - timedelta(minutes=1),
    )


@pytest.fixture
def database(config: Path) -> Iterator[Database]:
    state = config.parent / "state"
    state.mkdir()
    with closing(Database(f"sqlite:///{state / 'ivr.sqlite'}")) as opened:
        opened.migrate()
        yield opened


def why(config: Path, *arguments: str) -> Result:
    state = config.parent / "state"
    options = ["--config", str(config), "--state", str(state)]
    return CliRunner().invoke(why_command, [*arguments, *options])


def deciding_line(result: Result) -> str:
    marked = [line for line in result.output.splitlines() if line.startswith(">")]
    assert len(marked) == 1, result.output
    return marked[0]


@pytest.mark.parametrize(
    ("arguments", "file_and_line", "prompt"),
    [
        (["4735551234", "--mailbox", "104"], "policy.toml:4", PromptId.REFUSED_BANNED_AREA),
        (["9005551234", "--mailbox", "104"], "policy.toml (default)", PromptId.REFUSED_PREMIUM),
        (["2125551234", "--mailbox", "103"], "mailboxes.toml:7", PromptId.REFUSED_HOURLY_LIMIT),
        (
            ["2125551234", "--mailbox", "104", "--from-outside"],
            "mailboxes.toml:13",
            PromptId.REFUSED_INSIDE_ONLY,
        ),
        (
            ["2125551234", "--mailbox", "104", "--caller-id", "sales"],
            "mailboxes.toml:11",
            PromptId.REFUSED_CALLER_ID,
        ),
        (["3*2125551234", "--mailbox", "104"], "caller-ids.toml:7", PromptId.REFUSED_UNKNOWN_CODE),
        (["anonymous", "--mailbox", "104", "--callback"], "refused", PromptId.REFUSED_WITHHELD),
        (["911", "--mailbox", "104", "--from-outside"], "", PromptId.REFUSED_EMERGENCY_FROM_OUTSIDE),
    ],
)
def test_a_refusal_names_the_line_that_decided_and_what_is_heard(
    config: Path, arguments: list[str], file_and_line: str, prompt: PromptId
) -> None:
    result = why(config, *arguments)
    assert result.exit_code == 0
    assert "refused" in deciding_line(result)
    assert file_and_line in deciding_line(result)
    assert f"The caller hears: {text_of(prompt)}" in result.output


def test_a_permit_says_what_is_dialled_and_what_is_shown(config: Path) -> None:
    result = why(config, "1*7", "--mailbox", "104")
    assert "Allowed: dials PJSIP/12125551234@trunk and shows 12025550100 (Main Office)." in result.output
    assert "speed-dials.toml:1" in result.output
    assert "Front Desk." in result.output


def test_an_emergency_call_is_made_at_once_also_for_an_unknown_mailbox(config: Path) -> None:
    result = why(config, "911", "--mailbox", "999")
    assert "Allowed: dials Local/911@ivr-emergency and shows the phone's own number." in result.output
    assert "nothing, it rings at once" in result.output
    assert "PIN" not in result.output


def test_a_mailbox_that_is_not_configured_calls_nobody(config: Path) -> None:
    result = why(config, "2125551234", "--mailbox", "999")
    assert "Refused" in result.output
    assert "Allowed" not in result.output


def test_the_pin_is_mentioned_where_it_is_asked_for(config: Path) -> None:
    assert "asked for the PIN" in why(config, "2125551234", "--mailbox", "103").output
    assert "asked for the PIN" not in why(config, "2125551234", "--mailbox", "104").output


def test_the_menu_without_a_number_is_explained_too(config: Path) -> None:
    assert "the menu, without a number" in why(config, "0", "--mailbox", "104").output


def test_what_was_dialled_already_counts(config: Path, database: Database, moment_ago: DialAttempt) -> None:
    with database.intent() as unit:
        unit.dials.record_grant(moment_ago, "ab" * 16, moment_ago.decided_at.replace(year=2100))
    result = why(config, "2125551234", "--mailbox", "104")
    assert "1 of 1 used" in deciding_line(result)
    assert text_of(PromptId.REFUSED_CALL_IN_PROGRESS) in result.output


@pytest.mark.parametrize("arguments", [["2125551234", "--mailbox", "../etc"], ["2125551234"]])
def test_a_wrong_question_is_a_plain_error(config: Path, arguments: list[str]) -> None:
    result = why(config, *arguments)
    assert result.exit_code != 0
    assert "Error:" in result.output
    assert "Traceback" not in result.output


def test_a_broken_configuration_is_a_plain_error(config: Path) -> None:
    (config / "policy.toml").write_text("[policy]\nbanned = 1\n")
    result = why(config, "2125551234", "--mailbox", "104")
    assert result.exit_code == 1
    assert "policy.toml:2" in result.output


def test_control_characters_of_a_caller_id_are_not_printed_raw(config: Path) -> None:
    result = why(config, "\x1b[2Jabc", "--mailbox", "104", "--callback")
    assert "\x1b" not in result.output


def test_the_first_line_says_that_a_mailbox_is_not_configured(config: Path) -> None:
    unknown = why(config, "2125551234", "--mailbox", "999").output
    assert "999@default (which is not in mailboxes.toml)" in unknown.splitlines()[0]
    assert "mailboxes.toml" not in why(config, "2125551234", "--mailbox", "104").output.splitlines()[0]


def test_a_mailbox_without_the_pin_it_needs_is_told_how_to_get_one(config: Path, database: Database) -> None:
    said = why(config, "2125551234", "--mailbox", "103").output
    assert "every try fails; set one with: ivr-service pin set --mailbox 103\n" in said


def test_a_locked_mailbox_is_told_how_to_unlock_it(config: Path, database: Database) -> None:
    with database.intent() as unit:
        unit.pins.set_hash(MailboxId("103"), "a hash", datetime.now(UTC))
        for _ in range(10):
            unit.pins.reserve_attempt(MailboxId("103"), datetime.now(UTC))
    said = why(config, "2125551234", "--mailbox", "103").output
    assert "every try fails: ivr-service pin unlock --mailbox 103\n" in said


def test_of_a_pin_that_works_nothing_more_is_said(config: Path, database: Database) -> None:
    with database.intent() as unit:
        unit.pins.set_hash(MailboxId("103"), "a hash", datetime.now(UTC))
    assert "is asked for the PIN first.\n" in why(config, "2125551234", "--mailbox", "103").output


def test_a_language_without_texts_is_explained_in_english(config: Path) -> None:
    (config / "service.toml").write_text(FILES["service.toml"] + '[service]\nlanguage = "de"\n')
    result = why(config, "anonymous", "--mailbox", "104", "--callback")
    assert text_of(PromptId.REFUSED_WITHHELD) in result.output


@pytest.mark.parametrize(
    ("number", "keyed"), [("+12125551234", "2125551234"), ("+442071838750", "011442071838750")]
)
def test_a_number_with_a_plus_is_looked_at_as_it_is_keyed(config: Path, number: str, keyed: str) -> None:
    said = why(config, number, "--mailbox", "104").output
    assert f"A telephone has no plus: {number} is keyed as {keyed}.\n" in said
    assert said.splitlines()[2:] == why(config, keyed, "--mailbox", "104").output.splitlines()[1:]


def test_a_callback_keeps_its_plus(config: Path) -> None:
    assert "is keyed as" not in why(config, "+12125551234", "--mailbox", "104", "--callback").output
