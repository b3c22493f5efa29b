"""The configuration of the tests' office, as the five files that an admin would write."""

from pathlib import Path

from tests.asterisk.kit.pbx import DESK, MAILBOXES, NAMED_BEFORE_THE_DESK

OPEN_MAILBOXES = MAILBOXES[:340]
LIMITED_MAILBOXES = MAILBOXES[400:420]
PIN_MAILBOXES = MAILBOXES[420:440]
INSIDE_ONLY_MAILBOX = MAILBOXES[440]
OWN_SLOT_MAILBOX = MAILBOXES[441]
RECORDED_MAILBOX = MAILBOXES[442]
NAMED_SLOTS_MAILBOX = MAILBOXES[446]
CONFERENCE_MAILBOXES = MAILBOXES[380:400]
SPANISH_MAILBOX = MAILBOXES[445]
SURVEY_MAILBOXES = MAILBOXES[340:380]
CALLED_FROM_OUTSIDE_MAILBOX = NAMED_BEFORE_THE_DESK
ALWAYS_RECORDED_MAILBOX = MAILBOXES[449]

MAIN_NUMBER = "12025550100"
SALES_NUMBER = "12025550110"
COMPANY_SLOT_7 = "12025550142"
OWN_SLOT_7 = "12025550167"
MARVIN = "12025550171"
SHEILA = "12025550172"
PIN = "4929175"

_SERVICE = f"""
[service]
time_zone = "America/New_York"
workers = 2

[trunk]
dial_string = "PJSIP/{{number}}@trunk"
ring_s = 5

[extensions]
patterns = ["20X"]
dial_string = "Local/{{number}}@from-internal"
# {DESK} is one of them.
"""

_CALLER_IDS = f"""
[[caller_ids]]
id = "main"
number = "+{MAIN_NUMBER}"
name = "Main Office"

[[caller_ids]]
id = "sales"
number = "+{SALES_NUMBER}"
name = "Sales"

[codes]
"1*" = "main"
"2*" = "sales"
"""

_POLICY = """
[policy]
banned_area_codes = ["268", "284", "473", "664", "649", "767", "809", "829", "849", "876"]
system_calls_at_once = 100
system_calls_per_hour = 10000

[policy.emergency]
dial_string = "Local/{number}@ivr-emergency"
"""

_OPTIONS = """
[recording]
min_free_mb = 0

[[disclaimers]]
id = "advice"
name = "No Advice"
text = "Nothing said in this call is legal advice."

[[disclaimers]]
id = "quality"
name = "Quality"
text = "A trainee is listening to learn how we work."
to_caller = true

[codes]
"5*" = "record"
"8*" = "disclaimer"
"9*" = "survey"

[[listeners]]
id = "boss"
name = "The Boss"
extension = "201"

[survey]
longest_comment_s = 10

[[survey.questions]]
id = "content"
kind = "one-to-five"
text = "How content are you with our call?"

[[survey.questions]]
id = "again"
kind = "yes-no"
text = "May we call you again?"

[[survey.questions]]
id = "comment"
kind = "comment"
text = "What would you like to tell us?"

[blocking]
scope = "company"
freepbx_blacklist = true

[knowledge]
"""

_SPEED_DIALS = f"""
[[company]]
slot = 7
name = "Reception Desk"
number = "+{COMPANY_SLOT_7}"

[[company]]
slot = 8
name = "Building Service"
number = "{DESK}"

[[mailboxes]]
mailbox = "{OWN_SLOT_MAILBOX}"

[[mailboxes.speed_dials]]
slot = 7
name = "Workshop"
number = "+{OWN_SLOT_7}"

[[mailboxes]]
mailbox = "{NAMED_SLOTS_MAILBOX}"

[[mailboxes.speed_dials]]
slot = 1
name = "Marvin"
number = "+{MARVIN}"

[[mailboxes.speed_dials]]
slot = 2
name = "Sheila"
number = "+{SHEILA}"
"""


def write_site(directory: Path) -> None:
    """Write the configuration into this directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in _files().items():
        (directory / name).write_text(text.lstrip(), "utf-8")


def write_recording_options(directory: Path, *lines: str) -> None:
    """Write options.toml with these lines in its [recording], in place of those it has."""
    options = _OPTIONS.replace("min_free_mb = 0", "\n".join(lines) or "min_free_mb = 0")
    (directory / "options.toml").write_text(options.lstrip(), "utf-8")


def write_survey_options(directory: Path, *lines: str) -> None:
    """Write options.toml with these lines in its [survey] too."""
    options = _OPTIONS.replace("[survey]", "\n".join(("[survey]", *lines)))
    (directory / "options.toml").write_text(options.lstrip(), "utf-8")


def _files() -> dict[str, str]:
    return {
        "service.toml": _SERVICE,
        "caller-ids.toml": _CALLER_IDS,
        "mailboxes.toml": _mailboxes(),
        "policy.toml": _POLICY,
        "speed-dials.toml": _SPEED_DIALS,
        "options.toml": _OPTIONS,
    }


def _mailboxes() -> str:
    without_pin = 'pin = "not-required"\n'
    one_call = "[mailboxes.limits]\ncalls_per_hour = 1\n"
    return "".join(
        [
            *(
                _mailbox(number, without_pin)
                for number in (*OPEN_MAILBOXES, OWN_SLOT_MAILBOX, NAMED_SLOTS_MAILBOX)
            ),
            _mailbox(CALLED_FROM_OUTSIDE_MAILBOX, without_pin),
            *(
                _mailbox(number, f'{without_pin}recording = "allow"\nmost_people = 3\nlisteners = ["boss"]\n')
                for number in CONFERENCE_MAILBOXES
            ),
            *(
                _mailbox(number, f'{without_pin}survey = "allow"\nrecording = "allow"\n')
                for number in SURVEY_MAILBOXES
            ),
            _mailbox(RECORDED_MAILBOX, f'{without_pin}recording = "allow"\n'),
            _mailbox(ALWAYS_RECORDED_MAILBOX, f'{without_pin}recording = "force"\n'),
            _mailbox(SPANISH_MAILBOX, f'{without_pin}language = "es"\nother_language = "en"\n'),
            *(_mailbox(number, without_pin + one_call) for number in LIMITED_MAILBOXES),
            *(_mailbox(number, "") for number in PIN_MAILBOXES),
            _mailbox(INSIDE_ONLY_MAILBOX, f"{without_pin}inside_only = true\n"),
        ]
    )


def _mailbox(number: str, more: str) -> str:
    return f'[[mailboxes]]\nmailbox = "{number}"\ncaller_ids = ["main", "sales"]\n{more}\n'
