import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr_service.admin.check_command import check_command, check_configuration
from ivr_service.dialogue.values import MailboxId

EXAMPLE = Path(__file__).parents[2] / "deploy/example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def replace(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def nobody_has_a_pin(mailbox: MailboxId) -> bool:
    return False


def everybody_has_a_pin(mailbox: MailboxId) -> bool:
    return True


def test_a_valid_configuration_is_counted(tmp_path: Path) -> None:
    result = CliRunner().invoke(check_command, ["--config", str(EXAMPLE), "--state", str(tmp_path)])
    assert (result.exit_code, result.output) == (
        0,
        "Configuration is valid: 2 caller IDs, 5 mailboxes, 3 speed dials\n",
    )


def test_one_of_each_is_counted_in_the_singular(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "caller-ids.toml").write_text(
        '[[caller_ids]]\nid = "main"\nnumber = "+12025550100"\nname = "Main Office"\n'
    )
    (directory / "mailboxes.toml").write_text('[[mailboxes]]\nmailbox = "104"\ncaller_ids = ["main"]\n')
    (directory / "speed-dials.toml").write_text('[[company]]\nslot = 7\nname = "Reception"\nnumber = "101"\n')
    assert check_configuration(directory) == 0
    assert capsys.readouterr().out == "Configuration is valid: 1 caller ID, 1 mailbox, 1 speed dial\n"


def test_every_problem_is_printed_and_the_exit_code_is_one(directory: Path) -> None:
    replace(directory, "service.toml", 'number_format = "1+10"', 'number_format = "12"')
    replace(directory, "speed-dials.toml", "slot = 8", "slot = 7")
    result = CliRunner().invoke(check_command, env={"IVR_CONFIG": str(directory)})
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        'service.toml:31: trunk.number_format: "12" is not one of "1+10", "10" or "e164"; write one of these',
        (
            "speed-dials.toml:14: company[1].slot: 7 is used twice, first on line 7; "
            "keep one of the two, or change this one"
        ),
        "Configuration is not valid: 2 problems",
    ]


@pytest.mark.parametrize(
    ("edit", "warning"),
    [
        (
            ("caller-ids.toml", 'name = "Sales"', 'name = "main office"'),
            '2 caller IDs have the same name "main office", so callers cannot tell them apart',
        ),
        (
            ("speed-dials.toml", '"Building Service"', '"Reception Desk"'),
            '2 company speed dials have the same name "reception desk", so callers cannot tell them apart',
        ),
        (
            ("service.toml", '["1XX"]', '["1XX", "9XX"]'),
            "service.toml:42: pattern 9XX also fits 911, 988, but emergency comes first",
        ),
        (
            ("speed-dials.toml", '"+12025550142"', '"+19002345678"'),
            (
                "speed-dials.toml:13: Building Service would be refused by the rule: "
                "premium numbers (900, and the exchange 976) (policy.toml:20)"
            ),
        ),
        (
            ("mailboxes.toml", "inside_only = true", "inside_only = false"),
            (
                "mailboxes.toml:5: mailbox 103 needs no PIN and is open to callers from outside; "
                'write pin = "required"'
            ),
        ),
        (
            ("mailboxes.toml", '["national", "toll_free"]\n\n#', '["national", "premium"]\n\n#'),
            "mailboxes.toml:38: mailbox 105 allows premium, but policy.toml does not",
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(
    directory: Path, capsys: pytest.CaptureFixture[str], edit: tuple[str, str, str], warning: str
) -> None:
    replace(directory, *edit)
    assert check_configuration(directory) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [f"Warning: {warning}"]


def test_mailboxes_that_lack_the_pin_they_need_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_configuration(EXAMPLE, nobody_has_a_pin) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"Warning: mailboxes.toml:{line}: mailbox {mailbox} has no PIN, so it cannot call; "
        f"set one with ivr-service pin set --mailbox {mailbox}"
        for line, mailbox in ((33, 104), (38, 105))
    ]


def test_nothing_is_said_about_pins_that_are_set(capsys: pytest.CaptureFixture[str]) -> None:
    check_configuration(EXAMPLE, everybody_has_a_pin)
    assert "Warning" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("service.toml", 'language = "en"', 'language = "de"', "service.toml:9"),
        ("mailboxes.toml", 'mailbox = "103"', 'mailbox = "103"\nlanguage = "de"', "mailboxes.toml:8"),
    ],
)
def test_a_language_that_nobody_can_hear_is_a_warning(
    directory: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, where: str
) -> None:
    replace(directory, file, old, new)
    assert check_configuration(directory) == 0
    warning = capsys.readouterr().out.splitlines()[1]
    assert warning.startswith(f"Warning: {where}")
    assert warning.endswith("language de has no prompt catalogue; callers hear English")


def test_a_language_of_your_own_is_heard_once_it_is_built(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(directory, "service.toml", 'language = "en"', 'language = "de"')
    check_configuration(directory, has_prompts=lambda language: language == "de")
    assert "Warning" not in capsys.readouterr().out
