"""The admin's settings as frozen, validated values. `ivr_service.config` reads them from TOML files.

Each setting's docstring is what the admin reads about it in docs/configuration.md.
"""

from datetime import time
from enum import StrEnum
from typing import Annotated, Literal

from ivr_service.dialogue.values import NumberClass, RecordingRule, SurveyRule
from ivr_service.policy import forms
from ivr_service.policy.base import Settings
from ivr_service.policy.models import ModelsFile
from ivr_service.policy.options import OptionsFile

Identifier = Annotated[str, forms.IDENTIFIER]
SpokenText = Annotated[str, forms.SPOKEN_NAME]
NamePronunciation = Annotated[str, forms.NAME_PRONUNCIATION]
NanpNumber = Annotated[str, forms.NANP_NUMBER]
AreaCode = Annotated[str, forms.AREA_CODE]
CountryCode = Annotated[str, forms.COUNTRY]
DialStringTemplate = Annotated[str, forms.DIAL_STRING]
TimeZoneName = Annotated[str, forms.TIME_ZONE]
LanguageCode = Annotated[str, forms.LANGUAGE]
MailboxPart = Annotated[str, forms.MAILBOX_PART]
TimeOfDay = Annotated[time, forms.TIME_OF_DAY]
YesOrNo = Annotated[bool, forms.YES_OR_NO]


GRANTED_CLASSES = (
    NumberClass.INTERNAL,
    NumberClass.NATIONAL,
    NumberClass.TOLL_FREE,
    NumberClass.PREMIUM,
    NumberClass.OTHER_NANP,
    NumberClass.INTERNATIONAL,
)
"""What a mailbox can be allowed. Emergency and service numbers are nobody's to give or take."""


class NumberFormat(StrEnum):
    """How the trunk wants a North American number written: 12125551234, 2125551234 or +12125551234."""

    ONE_PLUS_TEN = "1+10"
    TEN = "10"
    E164 = "e164"


class Trunk(Settings):
    """Where calls to the public network go out."""

    dial_string: DialStringTemplate
    """What Asterisk's Dial is given; {number} stands for the number."""
    number_format: Annotated[NumberFormat, forms.one_of(*NumberFormat)] = NumberFormat.ONE_PLUS_TEN
    """How the trunk wants 202 555 0100: "1+10" is 12025550100, "10" is 2025550100, "e164" is +12025550100."""
    ring_s: Annotated[int, forms.whole_number(5, 300)] = 45
    """Seconds a call may ring before it counts as no answer."""
    max_call_s: Annotated[int, forms.whole_number(60, 86400)] = 7200
    """Seconds after which a call is ended."""


class Extensions(Settings):
    """Numbers inside the building, reached without the trunk."""

    patterns: tuple[Annotated[str, forms.EXTENSION_PATTERN], ...] = ()
    """The extensions that may be dialled: X is any digit, Z is 1 to 9, N is 2 to 9."""
    dial_string: DialStringTemplate = "Local/{number}@from-internal"
    """What Asterisk's Dial is given for an extension; {number} stands for the extension."""


class Service(Settings):
    """How the service itself runs."""

    time_zone: TimeZoneName = "America/New_York"
    """The site's time zone, for quiet hours and for times that callers hear."""
    language: LanguageCode = "en"
    """The language callers hear, when their mailbox does not set its own."""
    workers: Annotated[int, forms.whole_number(1, 32)] = 2
    """Processes that answer calls. A change takes a restart."""
    threads: Annotated[int, forms.whole_number(1, 64)] = 4
    """Calls that one process can answer in the same moment. A change takes a restart."""
    speech: YesOrNo = True
    """Whether callers may speak as well as press keys. A change takes a restart."""
    tcp_port: Annotated[int, forms.whole_number(1024, 65535)] | None = None
    """A port on the loopback address, for development only. Left out, there is only the Unix socket."""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], forms.one_of("debug", "info", "warning", "error")
    ] = "info"
    """How much is logged. A change takes a restart."""


class SpeechBackend(StrEnum):
    """What understands callers: Vosk in the service itself, or a vosk-server."""

    VOSK = "vosk"
    SERVER = "vosk-server"


class Speech(Settings):
    """What understands callers, where they may speak ("speech" in [service])."""

    backend: Annotated[SpeechBackend, forms.one_of(*SpeechBackend)] = SpeechBackend.VOSK
    """"vosk" for the models of models.toml, in the service itself; "vosk-server" for a server."""
    server: Annotated[str, forms.WEBSOCKET_URL] | None = None
    """The server's address. Callers' voices are sent there: use wss:// where others can listen in."""


class ServiceFile(Settings):
    """service.toml: the service itself, the trunk and the extensions."""

    service: Service = Service()
    """Left out, every key has its default."""
    trunk: Trunk
    """This table must be there."""
    extensions: Extensions = Extensions()
    """Left out, no extension can be dialled."""
    speech: Speech = Speech()
    """Left out, the service itself understands callers."""


class CallerId(Settings):
    """A number the site owns and may present, and the name spoken for it."""

    id: Identifier
    """What the other files call it."""
    number: NanpNumber
    """The number that the person called will see. Only list numbers that the site owns."""
    name: SpokenText
    """What callers hear, and what is shown where the trunk passes names on. Spell numbers as words."""
    pronunciation: NamePronunciation | None = None
    """How callers say the name, for words that the lexicon does not have, with a comma between words."""


class CallerIdsFile(Settings):
    """caller-ids.toml: the numbers the site may present."""

    caller_ids: tuple[CallerId, ...]
    """One [[caller_ids]] table for each; at least one."""
    codes: dict[Annotated[str, forms.FEATURE_CODE], Identifier] = {}
    """Feature codes keyed in front of a number, each with the id of the caller ID that it picks."""


class Limits(Settings):
    """How much one mailbox may dial. An hour is the last 60 minutes, a day the last 24 hours."""

    calls_per_hour: Annotated[int, forms.whole_number(0, 10000)] = 20
    """Calls in an hour."""
    calls_per_day: Annotated[int, forms.whole_number(0, 100000)] = 60
    """Calls in a day."""
    distinct_numbers_per_day: Annotated[int, forms.whole_number(0, 100000)] = 30
    """Different numbers in a day."""
    same_number_per_hour: Annotated[int, forms.whole_number(0, 10000)] = 6
    """Calls to one and the same number in an hour."""


class Mailbox(Settings):
    """Who may do what."""

    mailbox: MailboxPart
    """The mailbox, as in voicemail.conf."""
    context: MailboxPart = "default"
    """The voicemail context, as in voicemail.conf."""
    caller_ids: tuple[Identifier, ...] = ()
    """The ids of the caller IDs it may present, in the order they are offered."""
    default_caller_id: Identifier | None = None
    """The id that is used when the caller picks none. Left out, it is the first of caller_ids."""
    allowed: tuple[Annotated[NumberClass, forms.one_of(*GRANTED_CLASSES)], ...] = (
        NumberClass.INTERNAL,
        NumberClass.NATIONAL,
        NumberClass.TOLL_FREE,
    )
    """The classes of number it may dial; policy.toml can still forbid a class for everybody."""
    pin: Annotated[Literal["required", "not-required"], forms.one_of("required", "not-required")] = "required"
    """Whether the caller must key the PIN that `ivr-service pin set` gave this mailbox."""
    inside_only: YesOrNo = False
    """Whether only phones inside the building may use it."""
    recording: Annotated[RecordingRule, forms.one_of(*RecordingRule)] = RecordingRule.NEVER
    """Whether its calls are recorded: "never", "allow" if its caller wants it, or "force" for every call."""
    survey: Annotated[SurveyRule, forms.one_of(*SurveyRule)] = SurveyRule.NEVER
    """Whether a survey follows its calls: "never", "allow" if its caller wants it, or "force" for all."""
    most_people: Annotated[int, forms.whole_number(0, 8)] = 0
    """How many more people its callers may bring into a call."""
    listeners: tuple[Identifier, ...] = ()
    """The ids of the listeners in options.toml whom its callers may ask to listen in; six at most."""
    may_block: YesOrNo = True
    """Whether its callers may block numbers, where options.toml lets callers do so."""
    may_save_speed_dials: YesOrNo = True
    """Whether its callers may save numbers as speed dials, and hear and delete those they made."""
    language: LanguageCode | None = None
    """The language this mailbox hears. Left out, it is the service's."""
    other_language: LanguageCode | None = None
    """A language that its callers can change to by a key of the first menu. Left out, there is none."""
    limits: Limits | None = None
    """Left out, they are the policy's; once written, each one left out has its default."""


class MailboxesFile(Settings):
    """mailboxes.toml: who may use the service, and what for."""

    mailboxes: tuple[Mailbox, ...] = ()
    """One [[mailboxes]] table for each. A mailbox that is not listed can only dial emergency numbers."""


class QuietHours(Settings):
    """Local times between which only extensions and emergency numbers are dialled; may span midnight."""

    start: TimeOfDay
    """When they begin."""
    end: TimeOfDay
    """When they end. The same time as the start means never."""


class Emergency(Settings):
    """Numbers that never meet a menu, a PIN or a limit."""

    numbers: dict[Annotated[str, forms.EMERGENCY_KEYS], Annotated[str, forms.EMERGENCY_NUMBER]] = {
        "911": "911",
        "9911": "911",
        "1911": "911",
        "988": "988",
    }
    """What is keyed, and the emergency number that is then dialled. A written table replaces the default."""
    dial_string: DialStringTemplate = "Local/{number}@ivr-emergency"
    """What Asterisk's Dial is given, for phones inside the building only; the phone's own caller ID stays."""


class Policy(Settings):
    """The rules for every mailbox."""

    home_countries: tuple[CountryCode, ...] = ("US", "CA")
    """Countries and territories of the +1 numbering plan that count as national."""
    international: YesOrNo = False
    """Whether any mailbox may call other countries; the mailbox must also allow the class."""
    international_countries: tuple[CountryCode, ...] = ()
    """The other countries that may be called once international is true."""
    banned_area_codes: tuple[AreaCode, ...] = ()
    """Area codes that nobody may call."""
    banned_country_codes: tuple[Annotated[int, forms.whole_number(1, 999)], ...] = (222, 232)
    """Country codes that nobody may call. The default is the two that the FCC named."""
    premium: YesOrNo = False
    """Whether any mailbox may call charged numbers (area code 900, exchange 976)."""
    toll_free: YesOrNo = True
    """Whether any mailbox may call toll-free numbers."""
    directory_assistance: YesOrNo = False
    """Whether 411 and area code-555-1212 may be called; both are charged."""
    service_codes: tuple[Annotated[str, forms.SERVICE_CODE], ...] = ("211", "311", "511", "711", "811")
    """The three-digit service codes that may be called."""
    limits: Limits = Limits()
    """These are for every mailbox that has none of its own."""
    system_calls_at_once: Annotated[int, forms.whole_number(1, 10000)] = 20
    """Calls that the whole site may have at the same time."""
    system_calls_per_hour: Annotated[int, forms.whole_number(0, 100000)] = 200
    """Calls that the whole site may make in an hour."""
    quiet_hours: QuietHours | None = None
    """Left out, there are none."""
    emergency: Emergency = Emergency()
    """Left out, both keys have their defaults."""


class PolicyFile(Settings):
    """policy.toml: the rules for every mailbox."""

    policy: Policy = Policy()
    """Left out, every key has its default."""


class SpeedDial(Settings):
    """A number behind one or two keys."""

    slot: Annotated[int, forms.whole_number(1, 99)]
    """What is keyed before #."""
    name: SpokenText
    """What callers hear."""
    number: Annotated[str, forms.DIALLABLE]
    """A full number with + and country code, or an extension."""
    pronunciation: NamePronunciation | None = None
    """How callers say the name, for words that the lexicon does not have, with a comma between words."""

    @property
    def recording(self) -> None:
        """No name is recorded for what an admin has written."""
        return None


class MailboxSpeedDials(Settings):
    """The own slots of one mailbox; they come before the company's."""

    mailbox: MailboxPart
    """The mailbox, as in mailboxes.toml."""
    context: MailboxPart = "default"
    """Its context, as in mailboxes.toml."""
    speed_dials: tuple[SpeedDial, ...] = ()
    """One [[mailboxes.speed_dials]] table for each."""


class SpeedDialsFile(Settings):
    """speed-dials.toml: the company's speed dials and those of single mailboxes."""

    company: tuple[SpeedDial, ...] = ()
    """One [[company]] table for each."""
    mailboxes: tuple[MailboxSpeedDials, ...] = ()
    """One [[mailboxes]] table for each mailbox that has slots of its own."""


class SiteSettings(Settings):
    """The whole set, cross-checked: every caller ID, mailbox and slot that is named exists."""

    service: ServiceFile
    caller_ids: CallerIdsFile
    mailboxes: MailboxesFile
    policy: PolicyFile
    speed_dials: SpeedDialsFile
    options: OptionsFile = OptionsFile()
    models: ModelsFile = ModelsFile()
