import re
import shutil
from datetime import time
from pathlib import Path

import pytest

from ivr_service.config import ConfigurationError, load_settings, names
from ivr_service.dialogue.values import NumberClass
from ivr_service.policy.settings import QuietHours

EXAMPLE = Path(__file__).parents[2] / "deploy/example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def replace(directory: Path, file: str, old: str, new: str) -> None:
    path = directory / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_example_configuration_is_valid_and_safe() -> None:
    settings = load_settings(EXAMPLE).settings
    policy = settings.policy.policy
    assert [policy.premium, policy.international, policy.directory_assistance] == [False] * 3
    assert policy.emergency.numbers["911"] == "911"
    open_mailboxes = [box for box in settings.mailboxes.mailboxes if box.pin == "not-required"]
    assert [(box.mailbox, box.inside_only) for box in open_mailboxes] == [
        ("103", True),
        ("106", True),
        ("107", True),
    ]


def test_the_example_bans_the_area_codes_that_the_ftc_named() -> None:
    # FTC consumer alert of 2014
    banned = load_settings(EXAMPLE).settings.policy.policy.banned_area_codes
    assert set(banned) == {"268", "284", "473", "664", "649", "767", "809", "829", "849", "876"}


def test_the_examples_only_present_numbers_that_are_kept_for_fiction() -> None:
    numbers = [caller_id.number for caller_id in load_settings(EXAMPLE).settings.caller_ids.caller_ids]
    assert all(number.startswith("+120255501") for number in numbers)


COMMENTED_DEFAULT = re.compile(
    r"# ((?:workers|threads|log_level|ring_s|max_call_s|dial_string|service_codes|system_calls_at_once"
    r"|system_calls_per_hour|language) = .*)"
)


def _with_its_default_written(line: str) -> str:
    found = COMMENTED_DEFAULT.fullmatch(line)
    return found[1] if found else line


def test_every_commented_default_in_the_examples_is_the_real_default(directory: Path) -> None:
    before = load_settings(directory).settings
    for path in directory.glob("*.toml"):
        lines = path.read_text().splitlines()
        path.write_text("\n".join(map(_with_its_default_written, lines)))
    after = load_settings(directory).settings
    boxes = [box.model_copy(update={"language": None}) for box in after.mailboxes.mailboxes]
    assert tuple(boxes) == before.mailboxes.mailboxes
    assert after.service == before.service
    assert after.policy == before.policy


def test_names_are_in_order_and_each_once(directory: Path) -> None:
    replace(directory, "speed-dials.toml", '"Building Service"', '"Sales"')
    assert names(load_settings(directory).settings) == (
        "Main Office",
        "Sales",
        "Reception Desk",
        "Front Desk",
        "Workshop",
        "No Advice",
        "Nothing said in this call is legal advice.",
        "How content are you with this call?",
        "What would you like to tell us?",
    )


def test_a_byte_order_mark_is_no_trouble(directory: Path) -> None:
    path = directory / "policy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_settings(directory).settings == load_settings(EXAMPLE).settings


def test_windows_line_ends_are_no_trouble(directory: Path) -> None:
    path = directory / "policy.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_settings(directory).settings == load_settings(EXAMPLE).settings


@pytest.mark.parametrize("written", ['start = "22:00"\nend = "06:30"', "start = 22:00:00\nend = 06:30:00"])
def test_quiet_hours_are_text_or_toml_times(directory: Path, written: str) -> None:
    replace(
        directory,
        "policy.toml",
        "[policy.emergency]\n",
        f"[policy.quiet_hours]\n{written}\n[policy.emergency]\n",
    )
    assert load_settings(directory).settings.policy.policy.quiet_hours == QuietHours(
        start=time(22, 0), end=time(6, 30)
    )


def test_a_mailbox_that_only_calls_inside_needs_no_caller_id(directory: Path) -> None:
    replace(directory, "mailboxes.toml", 'caller_ids = ["main"]', 'allowed = ["internal"]')
    assert load_settings(directory).settings.mailboxes.mailboxes[1].allowed == (NumberClass.INTERNAL,)


def test_the_fingerprint_follows_the_contents(directory: Path) -> None:
    before = load_settings(directory).fingerprint
    assert before == load_settings(EXAMPLE).fingerprint
    replace(directory, "policy.toml", "premium = false", "premium = true")
    assert load_settings(directory).fingerprint != before


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("policy", "policy", "banned_area_codes", 3), "policy.toml:9"),
        (("policy", "policy", "banned_area_codes", 99), "policy.toml:9"),
        (("policy", "policy", "limits", "calls_per_day"), "policy.toml:39"),
        (("policy", "policy", "system_calls_at_once"), "policy.toml (default)"),
        (("policy", "policy", "quiet_hours", "start"), "policy.toml (default)"),
        (("policy", "policy", "banned_area_codes"), "policy.toml:9"),
        (("service", "extensions", "patterns", 0), "service.toml:42"),
        (("caller_ids", "codes", "2*"), "caller-ids.toml:21"),
        (("mailboxes", "mailboxes", 2), "mailboxes.toml:38"),
        (("mailboxes", "mailboxes", 2, "allowed", 1), "mailboxes.toml:41"),
        (("mailboxes", "mailboxes", 1, "allowed", 0), "mailboxes.toml (default)"),
        (("speed_dials", "mailboxes", 0, "speed_dials", 0), "speed-dials.toml:23"),
        (("policy",), "policy.toml"),
    ],
)
def test_the_place_of_a_setting_is_told(path: tuple[str | int, ...], where: str) -> None:
    file, *rest = path
    assert load_settings(EXAMPLE).sources.where(str(file), *rest) == where


def ask_more(directory: Path, count: int) -> None:
    path = directory / "options.toml"
    more = (f'[[survey.questions]]\nid = "q{n}"\nkind = "comment"\ntext = "And?"' for n in range(count))
    path.write_text("\n\n".join((path.read_text(), *more)))


def test_a_survey_has_ten_questions_at_most(directory: Path) -> None:
    ask_more(directory, 8)
    survey = load_settings(directory).settings.options.survey
    assert survey is not None
    assert len(survey.questions) == 10
    ask_more(directory, 9)
    with pytest.raises(ConfigurationError) as told:
        load_settings(directory)
    assert "there are more than 10 questions; take this one out" in str(told.value)
