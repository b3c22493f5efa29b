"""The typed values a call is made of. Whatever a caller can influence becomes one of these or is refused."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ivr_service.dialogue.phrases import Phrase
from ivr_service.errors import IvrServiceError

_MAILBOX_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class InvalidValueError(IvrServiceError, ValueError):
    """A text from outside does not have the form its type promises."""


class CallKind(StrEnum):
    """Which Comedian Mail choice brought the caller here; or a survey of somebody who was called."""

    CALLBACK = "callback"
    DIAL_OUT = "dial_out"
    SURVEY = "survey"


class Origin(StrEnum):
    """Where the caller's own phone is, as told by the dialplan. Anything but a clear "inside" is outside."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class NumberClass(StrEnum):
    """What kind of number a destination is, for the rules about who may dial what."""

    INTERNAL = "internal"
    NATIONAL = "national"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    OTHER_NANP = "other_nanp"
    INTERNATIONAL = "international"
    SERVICE_CODE = "service_code"
    EMERGENCY = "emergency"


@dataclass(frozen=True)
class MailboxId:
    """A voicemail box as Asterisk names it: number@context."""

    number: str
    context: str = "default"

    def __post_init__(self) -> None:
        for part in (self.number, self.context):
            if not _MAILBOX_PART.fullmatch(part):
                raise InvalidValueError(
                    "a mailbox is letters, digits, '_' and '-' (1 to 32), like 103 in default"
                )

    def __str__(self) -> str:
        return f"{self.number}@{self.context}"


@dataclass(frozen=True)
class Destination:
    """A number that the policy recognised, in the one form that will be dialled.

    `number` is E.164 with its plus for the public network ("+12125551234"), and bare digits for an
    extension, an emergency number or a service code. `groups` is how it is read back ("212", "555", "1234").
    `name` or `recording` is set when the caller picked a speed dial: what is said for it.
    """

    number: str
    number_class: NumberClass
    groups: tuple[str, ...]
    name: str | None = None
    recording: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether it is somebody's number outside the building."""
        return self.number_class is not NumberClass.INTERNAL and not self.goes_at_once

    @property
    def goes_at_once(self) -> bool:
        """Emergency numbers and service codes never meet a menu, a PIN or a limit (47 USC 623)."""
        return self.number_class in (NumberClass.EMERGENCY, NumberClass.SERVICE_CODE)


class NumberPart(StrEnum):
    """Which part of a number was said: all of it, or the first three, middle three or last four digits."""

    WHOLE = "whole"
    AREA_CODE = "area_code"
    EXCHANGE = "exchange"
    LINE = "line"


@dataclass(frozen=True)
class OfferedCallerId:
    """A caller ID this mailbox may present: the configured id and the name that is spoken."""

    id: str
    name: str


class RecordingRule(StrEnum):
    """Whether a mailbox's calls are recorded: never, when its caller wants it, or always."""

    NEVER = "never"
    ALLOW = "allow"
    FORCE = "force"


class RecordingLayout(StrEnum):
    """How a recording is kept: all voices in one channel, or the user left, the others right."""

    MIXED = "mixed"
    STEREO = "stereo"


class RecordingState(StrEnum):
    """What became of a recording that was wanted.

    It is refused for want of room (disk-full), or the call is being recorded. After the call its file is
    kept, is needless because nobody answered, or is lost because Asterisk did not write it. Later it is
    deleted.
    """

    DISK_FULL = "disk-full"
    RECORDING = "recording"
    KEPT = "kept"
    NEEDLESS = "needless"
    LOST = "lost"
    DELETED = "deleted"


class OptionCode(StrEnum):
    """What a feature code in front of a number can switch on for that call."""

    RECORD = "record"
    DISCLAIMER = "disclaimer"
    SURVEY = "survey"


@dataclass(frozen=True)
class KnownCode:
    """A feature code this mailbox may key: its keys ("1*"), and the name of the caller ID that it picks.

    One that picks none switches on an option, or without that calls the last number again.
    """

    keys: str
    caller_id_name: str | None = None
    option: OptionCode | None = None


@dataclass(frozen=True)
class OfferedDisclaimer:
    """A disclaimer that can be played to whoever is called: the configured id and the name that is spoken."""

    id: str
    name: str


@dataclass(frozen=True)
class OfferedListener:
    """A colleague who may be asked to listen in: the configured id and the name that is spoken."""

    id: str
    name: str


class SurveyRule(StrEnum):
    """Whether a survey follows a mailbox's calls: never, when its caller wants it, or always."""

    NEVER = "never"
    ALLOW = "allow"
    FORCE = "force"


class SurveyAsked(StrEnum):
    """Who is asked: whoever was called, once the user has hung up, or the user."""

    CALLED = "called"
    USER = "user"


class QuestionKind(StrEnum):
    """What answers a question: a key from one to five, yes or no, or a comment that is recorded."""

    ONE_TO_FIVE = "one-to-five"
    YES_OR_NO = "yes-no"
    COMMENT = "comment"


@dataclass(frozen=True)
class SurveyQuestion:
    """A question of the survey: the configured id, and the text that is spoken."""

    id: str
    kind: QuestionKind
    text: str


@dataclass(frozen=True)
class OfferedSurvey:
    """The survey that can follow a call. `comment_s` is the longest comment in seconds."""

    rule: SurveyRule
    asked: SurveyAsked
    questions: tuple[SurveyQuestion, ...]
    comment_s: int


@dataclass(frozen=True)
class OtherLanguage:
    """A language that the caller can change to, and whether what they say in it can be understood."""

    language: str
    hears: bool = False


@dataclass(frozen=True)
class Offers:
    """What the site lets this mailbox do with a call, besides making it. Nothing, unless it is said."""

    blocking: bool = False
    recording: RecordingRule = RecordingRule.NEVER
    disclaimers: tuple[OfferedDisclaimer, ...] = ()
    listeners: tuple[OfferedListener, ...] = ()
    most_people: int = 0
    knowledge: bool = False
    same_as_last_time: bool = False
    saving: bool = False
    survey: OfferedSurvey | None = None


@dataclass(frozen=True)
class CallOptions:
    """What is to be done with the next call: record it, and play the disclaimer with this id."""

    record: bool = False
    disclaimer: str | None = None
    listener: str | None = None
    survey: bool = False


@dataclass(frozen=True)
class LastChoice:
    """What a mailbox showed and did in its last call outside, when that was not the usual."""

    caller_id: str
    options: CallOptions


class RefusalReason(StrEnum):
    """Why an entry or a dial was refused. Each has a prompt of its own, `refused.<value>`."""

    # what was entered
    EMPTY = "empty"
    WITHHELD = "withheld"
    INVALID = "invalid"
    UNKNOWN_CODE = "unknown-code"
    REPEATED_CODE = "repeated-code"
    UNKNOWN_SLOT = "unknown-slot"
    SLOT_IS_EXTENSION = "slot-is-extension"
    NOTHING_TO_REDIAL = "nothing-to-redial"
    # what kind of number it is
    BANNED_AREA = "banned-area"
    FOREIGN_COUNTRY = "foreign-country"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    TOLL_FREE = "toll-free"
    PERSONAL_NUMBER = "personal-number"
    OPERATOR = "operator"
    DIRECTORY = "directory"
    SERVICE_CODE = "service-code"
    CLASS_NOT_ALLOWED = "class-not-allowed"
    BLOCKED_NUMBER = "blocked-number"
    EMERGENCY_FROM_OUTSIDE = "emergency-from-outside"
    # who is asking, and how often
    NOT_AUTHORISED = "not-authorised"
    INSIDE_ONLY = "inside-only"
    CALLER_ID = "caller-id"
    OPTION_NOT_ALLOWED = "option-not-allowed"
    QUIET_HOURS = "quiet-hours"
    HOURLY_LIMIT = "hourly-limit"
    DAILY_LIMIT = "daily-limit"
    DISTINCT_NUMBERS = "distinct-numbers"
    SAME_NUMBER = "same-number"
    SYSTEM_BUSY = "system-busy"
    SYSTEM_LIMIT = "system-limit"
    CALL_IN_PROGRESS = "call-in-progress"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Refusal:
    """A no, with what the caller needs to hear: the code or digits not understood, or when to try again.

    `keys` are the characters of the entry that were not understood ("3*"). `country` is the country or
    area's English name, when known. `until` is local time in ISO 8601 to the minute, when waiting would
    help; `asked_at` is the local time of the refusal in the same form.
    """

    reason: RefusalReason
    keys: str = ""
    country: str = ""
    until: str = ""
    asked_at: str = ""


@dataclass(frozen=True)
class GrantedRecording:
    """A call is recorded: the file's name without its ending, its layout, and the seconds between beeps.

    With `ends_the_call` the call is ended because a recording may not be longer.
    """

    name: str
    layout: RecordingLayout
    beep_s: int
    ends_the_call: bool = False


@dataclass(frozen=True)
class DialGrant:
    """Permission for one dial: bound to this call and number, used once. Only the dial handler makes one.

    `caller_id_number` is None when the phone's own caller ID must go out untouched (emergency, internal).
    Times are whole seconds. `recording` says how the call is recorded, if it is; with `recording_refused` it
    should have been, and cannot be.
    `announcement` is what the called side hears before it is connected, and `announcement_to_caller` what the
    caller hears meanwhile. `survey` is the id under which the called side is asked afterwards.
    """

    grant_id: str
    dial_string: str
    ring_s: int
    max_length_s: int
    caller_id_number: str | None
    caller_id_name: str
    recording: GrantedRecording | None = None
    recording_refused: bool = False
    announcement: tuple[Phrase, ...] = ()
    announcement_to_caller: tuple[Phrase, ...] = ()
    survey: str | None = None


class DialStatus(StrEnum):
    """How a dial ended, from Asterisk's DIALSTATUS (app_dial)."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class CallResult(StrEnum):
    """What the dialplan should do when the dialogue is over."""

    MAILBOX = "mailbox"
    HANG_UP = "hang_up"
