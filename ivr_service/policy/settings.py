"""The admin's settings as frozen, validated values. `ivr_service.config` reads them from TOML files."""

import re
from datetime import time
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ivr_service.dialogue.values import NumberClass


class Settings(BaseModel):
    """A part of the settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError('is not a known time zone; use a name like "America/New_York"') from error
    return name


def _dial_string_template(text: str) -> str:
    if text.count("{number}") != 1 or re.search(r"[^A-Za-z0-9@/._+:{}-]", text):
        raise ValueError(
            'must hold {number} exactly once and otherwise only letters, digits and @ / . _ + : -, like "PJSIP/{number}@trunk"'
        )
    if "{" in text.replace("{number}", "") or "}" in text.replace("{number}", ""):
        raise ValueError('may hold no braces but those of {number}, like "PJSIP/{number}@trunk"')
    return text


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}\Z")]
SpokenText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z' -]{0,39}\Z")]
NanpNumber = Annotated[str, StringConstraints(pattern=r"^\+1[2-9][0-9]{2}[2-9][0-9]{6}\Z")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[2-9][0-9]{2}\Z")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\Z")]
DialStringTemplate = Annotated[str, AfterValidator(_dial_string_template)]
TimeZoneName = Annotated[str, AfterValidator(_known_zone)]


class NumberFormat(StrEnum):
    """How the trunk wants a North American number written: 12125551234, 2125551234 or +12125551234."""

    ONE_PLUS_TEN = "1+10"
    TEN = "10"
    E164 = "e164"


class Trunk(Settings):
    """Where calls go out. `ring_s` and `max_call_s` are seconds."""

    dial_string: DialStringTemplate
    number_format: NumberFormat = NumberFormat.ONE_PLUS_TEN
    ring_s: Annotated[int, Field(ge=5, le=300)] = 45
    max_call_s: Annotated[int, Field(ge=60, le=86400)] = 7200


class Extensions(Settings):
    """Numbers inside the building: Asterisk-like patterns ("5XX": X is 0-9, Z 1-9, N 2-9) and their dial string."""

    patterns: tuple[Annotated[str, StringConstraints(pattern=r"^[0-9XZN]{2,8}\Z")], ...] = ()
    dial_string: DialStringTemplate = "Local/{number}@from-internal"


class Service(Settings):
    """How the service itself runs. A loopback `tcp_port` is for development only."""

    time_zone: TimeZoneName = "America/New_York"
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}\Z")] = "en"
    workers: Annotated[int, Field(ge=1, le=32)] = 2
    threads: Annotated[int, Field(ge=1, le=64)] = 8
    tcp_port: Annotated[int, Field(ge=1024, le=65535)] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class ServiceFile(Settings):
    """service.toml."""

    service: Service = Service()
    trunk: Trunk
    extensions: Extensions = Extensions()


class CallerId(Settings):
    """A number the site owns and may present, and the name spoken for it."""

    id: Identifier
    number: NanpNumber
    name: SpokenText


class CallerIdsFile(Settings):
    """caller-ids.toml. `codes` maps a feature code ("1*") to the id of the caller ID that it picks."""

    caller_ids: Annotated[tuple[CallerId, ...], Field(min_length=1)]
    codes: dict[Annotated[str, StringConstraints(pattern=r"^[1-9]\*\Z")], Identifier] = {}


class Limits(Settings):
    """How much one mailbox may dial. A window is the last 60 minutes, or the last 24 hours."""

    calls_per_hour: Annotated[int, Field(ge=0, le=10000)] = 20
    calls_per_day: Annotated[int, Field(ge=0, le=100000)] = 60
    distinct_numbers_per_day: Annotated[int, Field(ge=0, le=100000)] = 30
    same_number_per_hour: Annotated[int, Field(ge=0, le=10000)] = 6


class Mailbox(Settings):
    """Who may do what. `limits` replaces the policy's limits for this mailbox."""

    mailbox: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")]
    context: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")] = "default"
    caller_ids: tuple[Identifier, ...] = ()
    default_caller_id: Identifier | None = None
    allowed: tuple[NumberClass, ...] = (NumberClass.INTERNAL, NumberClass.NATIONAL, NumberClass.TOLL_FREE)
    pin: Literal["required", "not-required"] = "required"
    inside_only: bool = False
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}\Z")] | None = None
    limits: Limits | None = None


class MailboxesFile(Settings):
    """mailboxes.toml."""

    mailboxes: tuple[Mailbox, ...] = ()


class QuietHours(Settings):
    """No calls to the public network between these local times; may span midnight. The same time twice is never."""

    start: time
    end: time


class Emergency(Settings):
    """Numbers that go to the site's emergency context with the phone's own caller ID, and how to get there.

    `dial_string` is used only for phones inside the building. `numbers` maps what is keyed to what is
    dialled ("9911" = "911").
    """

    numbers: dict[
        Annotated[str, StringConstraints(pattern=r"^[0-9]{3,5}\Z")],
        Annotated[str, StringConstraints(pattern=r"^[0-9]{3}\Z")],
    ] = {"911": "911", "9911": "911", "1911": "911", "988": "988"}
    dial_string: DialStringTemplate = "Local/{number}@emergency"


class Policy(Settings):
    """policy.toml: the rules for every mailbox.

    `service_codes` are the N11 codes that may be dialled; `directory_assistance` allows 411 and NPA-555-1212,
    which are charged. `international_countries` are allowed only for mailboxes with the class international.
    """

    home_countries: tuple[CountryCode, ...] = ("US", "CA")
    international: bool = False
    international_countries: tuple[CountryCode, ...] = ()
    banned_area_codes: tuple[AreaCode, ...] = ()
    banned_country_codes: tuple[Annotated[int, Field(ge=1, le=999)], ...] = (222, 232)
    premium: bool = False
    toll_free: bool = True
    directory_assistance: bool = False
    service_codes: tuple[Annotated[str, StringConstraints(pattern=r"^[2-8]11\Z")], ...] = (
        "211",
        "311",
        "511",
        "711",
        "811",
    )
    limits: Limits = Limits()
    system_calls_at_once: Annotated[int, Field(ge=1, le=10000)] = 20
    system_calls_per_hour: Annotated[int, Field(ge=0, le=100000)] = 200
    quiet_hours: QuietHours | None = None
    emergency: Emergency = Emergency()


class PolicyFile(Settings):
    """policy.toml."""

    policy: Policy = Policy()


class SpeedDial(Settings):
    """A slot. `number` is written as a caller would key it ("+12125551234" or an extension)."""

    slot: Annotated[int, Field(ge=1, le=99)]
    name: SpokenText
    number: Annotated[str, StringConstraints(pattern=r"^(\+1[2-9][0-9]{9}|\+[2-9][0-9]{6,14}|[0-9]{2,8})\Z")]


class MailboxSpeedDials(Settings):
    """The own slots of one mailbox; they come before the company's."""

    mailbox: str
    context: str = "default"
    speed_dials: tuple[SpeedDial, ...] = ()


class SpeedDialsFile(Settings):
    """speed-dials.toml."""

    company: tuple[SpeedDial, ...] = ()
    mailboxes: tuple[MailboxSpeedDials, ...] = ()


class SiteSettings(Settings):
    """The whole set, cross-checked: every caller ID, mailbox and slot that is named exists."""

    service: ServiceFile
    caller_ids: CallerIdsFile
    mailboxes: MailboxesFile
    policy: PolicyFile
    speed_dials: SpeedDialsFile
