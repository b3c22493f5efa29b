"""The forms a setting can have: one place for the check, the admin's message and the documentation."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ivr_service.policy.pronunciation import PHONES, PronunciationError, parse_name, parse_pronunciation

SETTING_ERROR = "setting"
"""The pydantic error type of a refused setting; its context holds `wrong` and `remedy`."""

_LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """A value from a file as its writer would recognise it, cut when it is long."""
    match value:
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case bool():
            text = str(value).lower()
        case list():
            text = "a list"
        case dict():
            text = "a table"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def refused(wrong: str, remedy: str) -> PydanticCustomError:
    """The error that says what is wrong with a setting and what would be right."""
    return PydanticCustomError(SETTING_ERROR, "{wrong}; {remedy}", {"wrong": wrong, "remedy": remedy})


@dataclass(frozen=True)
class Form:
    """Put into an annotation: what the value must be (`kind`), how to write it, and the check for it.

    `example` is TOML. `accepts` is asked before pydantic looks at the value, so that every message is ours.
    """

    kind: str
    remedy: str
    example: str
    accepts: Callable[[object], bool]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check before anything else does."""
        return core_schema.no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> object:
        if self.accepts(value):
            return value
        if isinstance(value, str) or not self.example.startswith('"'):
            raise refused(f"{shown(value)} is not {self.kind}", self.remedy)
        raise refused(f"{shown(value)} is not text in quotation marks", f"write it like {self.example}")


def whole_number(low: int, high: int) -> Form:
    """A whole number from `low` to `high`, both included; true and 5.0 are none."""

    def accepts(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    kind = f"a whole number from {low} to {high}"
    return Form(kind, f"write {low} to {high}, without quotation marks or a point", str(low), accepts)


def text_matching(pattern: str, kind: str, remedy: str, example: str) -> Form:
    """A text that matches the whole of `pattern`."""
    compiled = re.compile(pattern)

    def accepts(value: object) -> bool:
        return isinstance(value, str) and compiled.fullmatch(value) is not None

    return Form(kind, remedy, json.dumps(example), accepts)


def one_of(*choices: str) -> Form:
    """One of these texts."""
    listed = " or ".join(filter(None, [", ".join(map(shown, choices[:-1])), shown(choices[-1])]))
    return Form(f"one of {listed}", "write one of these", shown(choices[0]), lambda value: value in choices)


def _is_zone(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        return False
    return True


def _is_dial_string(value: object) -> bool:
    if not isinstance(value, str) or value.count("{number}") != 1:
        return False
    without = value.replace("{number}", "")
    has_technology = re.match(r"[A-Za-z0-9]+/", value) is not None
    return has_technology and re.fullmatch(r"[A-Za-z0-9@/._+:-]{1,100}", without) is not None


def _is_time_of_day(value: object) -> bool:
    if isinstance(value, time):
        return value.tzinfo is None
    return isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value) is not None


@dataclass(frozen=True)
class PhonesForm(Form):
    """A written pronunciation; its message names the part that is not a phone."""

    parse: Callable[[str], object]

    def _checked(self, value: object) -> object:
        if not isinstance(value, str):
            return super()._checked(value)
        try:
            self.parse(value)
        except PronunciationError as error:
            raise refused(f"{shown(value)} is not {self.kind}: {error}", self.remedy) from error
        return value


def _phones(kind: str, remedy: str, example: str, parse: Callable[[str], object]) -> PhonesForm:
    listed = f"the phones of the CMU dictionary ({' '.join(PHONES)})"
    return PhonesForm(kind, f"{remedy} {listed}, like {example}", example, lambda _: False, parse)


YES_OR_NO = Form(
    "true or false",
    "write true or false, without quotation marks",
    "true",
    lambda value: isinstance(value, bool),
)
TIME_ZONE = Form("a known time zone", 'use a name like "America/New_York"', '"America/New_York"', _is_zone)
DIAL_STRING = Form(
    "a dial string",
    "begin with a technology and a slash, write {number} once, and otherwise only letters, digits and "
    '@ / . _ + : -, like "PJSIP/{number}@trunk"',
    '"PJSIP/{number}@trunk"',
    _is_dial_string,
)
TIME_OF_DAY = Form("a time of day", 'write hours and minutes, like "22:00"', '"22:00"', _is_time_of_day)
COUNTRY = Form(
    "a country code",
    'write the two capital letters of ISO 3166, like "US" or "GB"',
    '"US"',
    lambda value: isinstance(value, str) and value in SUPPORTED_REGIONS,
)
IDENTIFIER = text_matching(
    r"[a-z0-9][a-z0-9-]{0,31}",
    "an id",
    "use 1 to 32 small letters, digits and hyphens, and begin with a letter or digit",
    "main",
)
SPOKEN_NAME = text_matching(
    r"[A-Za-z][A-Za-z' -]{0,39}",
    "a name that can be spoken",
    "use 1 to 40 letters, spaces, hyphens and apostrophes, begin with a letter, and spell numbers as words",
    "Main Office",
)
WORD_PRONUNCIATION = _phones("a word's pronunciation", "write", '"SH AH0 V AO1 N"', parse_pronunciation)
NAME_PRONUNCIATION = _phones(
    "a name's pronunciation",
    "put a comma between words, and write each in",
    '"SH AH0 V AO1 N, K EH1 L IY0"',
    parse_name,
)
SPOKEN_WORD = text_matching(
    r"[A-Za-z][A-Za-z'-]{0,39}",
    "a word of a name",
    "use 1 to 40 letters, hyphens and apostrophes, and begin with a letter",
    "siobhan",
)
SPOKEN_TEXT = text_matching(
    r"[A-Za-z][A-Za-z ,.;:?!'-]{0,499}",
    "a text that can be spoken",
    "use 1 to 500 letters, spaces and . , ; : ? ! ' -, begin with a letter, and spell numbers as words",
    "This call may be monitored.",
)
NANP_NUMBER = text_matching(
    r"\+1[2-9][0-9]{2}[2-9][0-9]{6}",
    "a North American number",
    'write it as +1 and ten digits, like "+12025550100"',
    "+12025550100",
)
AREA_CODE = text_matching(
    r"[2-9][0-9]{2}", "an area code", 'write three digits, the first 2 to 9, like "876"', "876"
)
MAILBOX_PART = text_matching(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}",
    "a mailbox or context name",
    "use 1 to 32 letters, digits, _ and -, and begin with a letter or digit",
    "103",
)
LANGUAGE = text_matching(r"[a-z]{2}", "a language", 'write two small letters, like "en"', "en")
EXTENSION_PATTERN = text_matching(
    r"[0-9XZN]{2,8}",
    "an extension pattern",
    'use 2 to 8 of the digits and X (0 to 9), Z (1 to 9) and N (2 to 9), like "1XX"',
    "1XX",
)
FEATURE_CODE = text_matching(
    r"[1-9]\*", "a feature code", 'write one digit from 1 to 9 and a star, like "1*"', "1*"
)
REDIAL_CODE = text_matching(
    r"(?:[0-9]\*)?",
    "a code for redial",
    'write one digit and a star, like "0*", or "" for none',
    "0*",
)
EXTENSION = text_matching(
    r"[0-9]{2,8}", "an extension", 'write the digits of an extension, like "104"', "104"
)
SERVICE_CODE = text_matching(
    r"[2-8]11", "a service code", 'write 211, 311 and so on to 811, like "311"', "311"
)
EMERGENCY_KEYS = text_matching(
    r"[0-9]{3,5}", "an emergency number as it is keyed", 'write three to five digits, like "9911"', "9911"
)
EMERGENCY_NUMBER = text_matching(r"[0-9]{3}", "an emergency number", 'write three digits, like "911"', "911")
SHA256 = text_matching(
    r"[0-9a-f]{64}",
    "a SHA-256",
    "write its 64 digits and small letters, as sha256sum prints them",
    "378420e3d4d1333dd7b3285a1916900a72c883d0da40d32332ea61be41363385",
)
HTTPS_URL = text_matching(
    r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/[A-Za-z0-9._~/%+=&?,:-]{1,1000}",
    "an address to fetch from",
    "begin with https://, without a user's name or a password",
    "https://models.example.com/small.zip",
)
WEBSOCKET_URL = text_matching(
    r"wss?://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+=&?,:-]{0,1000})?",
    "a server's address",
    "begin with ws:// or wss://, then write its name and port, without a user's name or a password",
    "ws://127.0.0.1:2700",
)
FOLDER = text_matching(
    r"/?(?!\.\.?(/|\Z))[A-Za-z0-9_.+-]{1,128}(/(?!\.\.?(/|\Z))[A-Za-z0-9_.+-]{1,128}){0,20}",
    "a folder",
    "use letters, digits and . _ + - with / between the names, and no ..",
    "vosk-model-small-en-us",
)
FILE_OF_A_MODEL = text_matching(
    r"(?!\.\.?(/|\Z))[A-Za-z0-9_.+-]{1,128}(/(?!\.\.?(/|\Z))[A-Za-z0-9_.+-]{1,128}){0,5}",
    "a file of a model",
    "write it from the model's folder on, without a / in front",
    "am/final.mdl",
)
DIALLABLE = text_matching(
    r"\+1[2-9][0-9]{2}[2-9][0-9]{6}|\+[2-9][0-9]{6,14}|[0-9]{2,8}",
    "a number to dial",
    'write a full number with + and country code, like "+12025550123", or an extension, like "104"',
    "+12025550123",
)
