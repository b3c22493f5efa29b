"""Every request and reply of the service API, in one place. The OpenAPI document is generated from these.

All are strict, frozen, and refuse unknown fields. Patterns are run by pydantic's Rust engine, where `$` is
the end of the text and nothing else (a trailing newline does not match); JSON Schema reads it the same way.
"""

from collections import Counter
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import (
    CallKind,
    CallResult,
    NumberPart,
    Origin,
    RecordingLayout,
    RefusalReason,
)

CallId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
GrantId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16,64}$")]
ArrivedText = Annotated[str, StringConstraints(max_length=128)]
KeyedText = Annotated[str, StringConstraints(pattern=r"^[0-9A-D*#]{0,64}$")]
SpokenWords = Annotated[str, StringConstraints(max_length=256)]
RawDialStatus = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,32}$")]
VoiceName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}-[0-9]{1,5}$")]
RecordingName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}-[0-9a-f]{8}$")]
SurveyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}-[0-9a-f]{8}$")]
PresentedNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{1,15}$")]
PresentedName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9' -]{0,40}$")]
DialString = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9@/._+:-]{1,128}$")]
BlacklistKey = Annotated[str, StringConstraints(pattern=r"^[0-9]{7,15}$")]
SoundPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*(?:/[a-z0-9_-]+)*$", max_length=100)
]
Milliseconds = Annotated[int, Field(ge=100, le=60_000)]
TurnNumber = Annotated[int, Field(ge=1, le=10_000)]


class Message(BaseModel):
    """Base of all messages: strict, frozen, and an unknown field is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class StartCall(Message):
    """A call has arrived. The texts are as Asterisk has them; `phone` and `mailbox` may be empty.

    A mailbox that is not configured, or is none at all, is not refused here: its caller is asked for a PIN
    that is never right, so that nobody can find out which mailboxes there are. A survey of whoever was called
    has the `survey` of the dial in place of a mailbox.
    """

    call_id: CallId
    kind: CallKind
    extension: ArrivedText
    mailbox: ArrivedText
    context: ArrivedText = "default"
    origin: Origin
    phone: ArrivedText = ""
    survey: Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{32}-[0-9a-f]{8})?$")] = ""


class KeysEvent(Message):
    """The caller's keys, without the terminator; no keys and a time-out is silence."""

    type: Literal["keys"] = "keys"
    keys: KeyedText
    ended_by: EndedBy


class WordsEvent(Message):
    """The caller's words."""

    type: Literal["words"] = "words"
    words: SpokenWords


Confidence = Annotated[float, Field(ge=0, le=1)]


class HeardPhraseMessage(Message):
    """A phrase the caller may have said, and how likely that is."""

    phrase: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    confidence: Confidence


class HeardNumberMessage(Message):
    """Digits the caller may have said, which part of a number they are, and how likely that is."""

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
    part: NumberPart = NumberPart.WHOLE
    confidence: Confidence


class SpokenEvent(Message):
    """What the caller may have said, the likeliest first; nothing when it was not understood."""

    type: Literal["spoken"] = "spoken"
    heard: Annotated[tuple[HeardPhraseMessage | HeardNumberMessage, ...], Field(max_length=8)]


class DialEndedEvent(Message):
    """The dial is over and the caller is still there. `dial_status` is Asterisk's raw DIALSTATUS."""

    type: Literal["dial_ended"] = "dial_ended"
    grant_id: GrantId
    dial_status: RawDialStatus


class ConferenceEndedEvent(Message):
    """The caller, or the last of the others, has left the conference, and the caller is still there."""

    type: Literal["conference_ended"] = "conference_ended"


class RecordedEvent(Message):
    """What the caller was to say has been recorded, or could not be, and the caller is still there.

    `length_ms` is how long the recording is; `key` is the key that ended it, if one did.
    """

    type: Literal["recorded"] = "recorded"
    is_written: bool
    length_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 0
    key: Annotated[str, StringConstraints(pattern=r"^[0-9*#]?$")] = ""


class HungUpEvent(Message):
    """The caller is gone."""

    type: Literal["hung_up"] = "hung_up"


CallerEventMessage = Annotated[
    KeysEvent
    | WordsEvent
    | SpokenEvent
    | RecordedEvent
    | DialEndedEvent
    | ConferenceEndedEvent
    | HungUpEvent,
    Field(discriminator="type"),
]


class PostTurn(Message):
    """What happened next in a call. Only a hang-up may leave the turn open (null): "whatever is next"."""

    turn: TurnNumber | None
    event: CallerEventMessage

    @model_validator(mode="after")
    def _only_a_hang_up_leaves_the_turn_open(self) -> Self:
        if self.turn is None and not isinstance(self.event, HungUpEvent):
            raise ValueError("turn may be null only for hung_up")
        return self


class PostOutcome(Message):
    """How a granted dial ended: raw DIALSTATUS, ANSWEREDTIME in seconds, HANGUPCAUSE (Q.850, 0 for none).

    `announced_at` is when the called side had heard its announcement to the end, in whole seconds since 1970;
    0 when there was none, or it was not heard.
    """

    grant_id: GrantId
    dial_status: RawDialStatus
    answered_s: Annotated[int, Field(ge=0, le=604_800)] = 0
    hangup_cause: Annotated[int, Field(ge=0, le=999)] = 0
    announced_at: Annotated[int, Field(ge=0, le=253_402_300_799)] = 0


class AskInbound(Message):
    """Somebody calls in. `number` is what the trunk presents, in whatever form; empty when it is withheld.

    The list of the company counts for everybody; that of a mailbox when the dialplan names one.
    """

    number: ArrivedText
    mailbox: ArrivedText = ""
    context: ArrivedText = ""


class PromptSound(Message):
    """One sound to play: its path below the prompts directory without ".wav", and the text it says.

    "recorded/NAME" is what a caller has recorded, in the recordings directory.
    """

    sound: SoundPath
    text: Annotated[str, StringConstraints(max_length=1000)]


PromptSounds = Annotated[tuple[PromptSound, ...], Field(max_length=200)]


class PlayAction(Message):
    """Play without interruption."""

    do: Literal["play"] = "play"
    prompts: PromptSounds


class AskAction(Message):
    """Play, and take keys or words from the first moment on.

    With `heed_lead` the prompts begin with an error or a refusal: keys pressed before they started do not
    count. With `listen` the caller's voice may be sent to the question's speech address.
    """

    do: Literal["ask"] = "ask"
    prompts: PromptSounds
    max_digits: Annotated[int, Field(ge=1, le=64)]
    terminator: Literal["#", ""] = ""
    stop_keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,12}$")] = ""
    first_digit_timeout_ms: Milliseconds = 5000
    inter_digit_timeout_ms: Milliseconds = 3000
    words: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=64)], ...], Field(max_length=200)
    ] = ()
    secret: bool = False
    heed_lead: bool = False
    listen: bool = False


class RecordAction(Message):
    """Record what the caller says, to a file of this name.

    It ends at any key, after `silence_s` seconds without a word, or after `longest_s`. With `beep` a tone
    comes first. Ends the list: the turn event recorded follows. A sound "recorded/NAME" plays it later.
    """

    do: Literal["record"] = "record"
    name: VoiceName
    longest_s: Annotated[int, Field(ge=1, le=600)]
    silence_s: Annotated[int, Field(ge=1, le=60)]
    beep: bool = True


class SetCallerIdAction(Message):
    """Present this caller ID on the dial that follows."""

    do: Literal["set_caller_id"] = "set_caller_id"
    number: PresentedNumber
    name: PresentedName


class CallRecording(Message):
    """How a call is recorded: the file's name without its ending, its layout, the seconds between beeps.

    0 is no beep. `paused` and `goes_on` are said to the user whose key stops the recording and starts it
    again. `ends_soon` is said half a minute before the call is ended because it is recorded for too long.
    """

    name: RecordingName
    layout: RecordingLayout
    beep_s: Annotated[int, Field(ge=0, le=120)] = 0
    paused: PromptSound
    goes_on: PromptSound
    ends_soon: PromptSound | None = None


class CallLeg(Message):
    """One dial of a call that has several: to somebody who joins it, or who listens to it.

    Times are seconds; `caller_id` is empty for the phone's own. Its channel reports its own outcome.
    """

    grant_id: GrantId
    dial_string: DialString
    ring_s: Annotated[int, Field(ge=1, le=600)]
    max_length_s: Annotated[int, Field(ge=1, le=86_400)]
    caller_id: PresentedNumber | Literal[""] = ""
    caller_id_name: PresentedName = ""
    announcement: PromptSound | None = None


class DialAction(Message):
    """Dial once, exactly as granted. Times are seconds.

    With a `recording` the call is recorded, from now on. `announcement` is played to the called side before
    it is connected, and `announcement_to_caller` to the caller in the same moment. A `listener` listens, and
    is heard by the caller only.
    """

    do: Literal["dial"] = "dial"
    grant_id: GrantId
    dial_string: DialString
    ring_s: Annotated[int, Field(ge=1, le=600)]
    max_length_s: Annotated[int, Field(ge=1, le=86_400)]
    recording: CallRecording | None = None
    announcement: PromptSound | None = None
    announcement_to_caller: PromptSound | None = None
    listener: CallLeg | None = None
    survey: SurveyId | None = None


class ConferAction(Message):
    """Ring all the legs, and let those who answer and the caller talk with each other.

    Ends the list: when the caller or the last of the others leaves, the turn event conference_ended follows.
    With a `listener`, that leg listens, and is heard by the caller only.
    """

    do: Literal["confer"] = "confer"
    legs: Annotated[tuple[CallLeg, ...], Field(min_length=2, max_length=10)]
    recording: CallRecording | None = None
    announcement_to_caller: PromptSound | None = None
    listener: CallLeg | None = None


class RecordOutcomeAction(Message):
    """Report how the dial ended, then the turn event dial_ended if the caller is still there."""

    do: Literal["record_outcome"] = "record_outcome"
    grant_id: GrantId


class SetBlacklistAction(Message):
    """Put a number in FreePBX's blacklist in Asterisk's database, or take it out. A caller may have gone."""

    do: Literal["set_blacklist"] = "set_blacklist"
    number: BlacklistKey
    blocked: bool


class HangUpAction(Message):
    """Leave the script; the dialplan goes on as `result` says."""

    do: Literal["hang_up"] = "hang_up"
    result: CallResult


ActionMessage = Annotated[
    PlayAction
    | AskAction
    | RecordAction
    | SetCallerIdAction
    | SetBlacklistAction
    | DialAction
    | ConferAction
    | RecordOutcomeAction
    | HangUpAction,
    Field(discriminator="do"),
]

_LAST = (AskAction, RecordAction, ConferAction, RecordOutcomeAction, HangUpAction)


def _in_order(actions: tuple[ActionMessage, ...]) -> tuple[ActionMessage, ...]:
    """Refuse a list that the front end could not carry out safely.

    Raises ValueError unless exactly one of ask, record, confer, record_outcome and hang_up ends the list,
    each dial is followed at once by the record_outcome of its own grant (which never comes alone), and
    set_caller_id comes directly before a dial.
    """
    if [isinstance(action, _LAST) for action in actions] != [False] * (len(actions) - 1) + [True]:
        raise ValueError("must end in exactly one of ask, record, confer, record_outcome and hang_up")
    counts = Counter(type(action) for action in actions)
    if counts[DialAction] != counts[RecordOutcomeAction]:
        raise ValueError("dial and record_outcome come together")
    for action, following in pairwise(actions):
        _check_pair(action, following)
    return actions


def _check_pair(action: ActionMessage, following: ActionMessage) -> None:
    match action:
        case SetCallerIdAction() if not isinstance(following, DialAction):
            raise ValueError("set_caller_id must be followed by dial")
        case DialAction() if not isinstance(following, RecordOutcomeAction):
            raise ValueError("dial must be followed by record_outcome")
        case DialAction(grant_id=granted) if (
            isinstance(following, RecordOutcomeAction) and following.grant_id != granted
        ):
            raise ValueError("dial and record_outcome must name the same grant")
        case _:
            return


ActionMessages = Annotated[
    tuple[ActionMessage, ...], Field(min_length=1, max_length=32), AfterValidator(_in_order)
]


class CallReply(Message):
    """What to do now. `turn` is the number of the turn this answers; 0 for the start.

    `refusal` is why this turn refused something, for whoever looks on; the caller hears it in the prompts.
    """

    call_id: CallId
    turn: Annotated[int, Field(ge=0, le=10_000)]
    actions: ActionMessages
    refusal: RefusalReason | None = None


class OutcomeReply(Message):
    """`recorded` is false when the outcome was known already."""

    recorded: bool


class InboundReply(Message):
    """Whether this caller is blocked and must not come through."""

    blocked: bool


class ErrorCode(StrEnum):
    """Every way a request can fail."""

    BAD_REQUEST = "bad-request"
    UNAUTHORISED = "unauthorised"
    NOT_FOUND = "not-found"
    UNKNOWN_CALL = "unknown-call"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    WRONG_TURN = "wrong-turn"
    TOO_LARGE = "too-large"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class ErrorDetail(Message):
    """A code for programs and a sentence for people."""

    code: ErrorCode
    message: Annotated[str, StringConstraints(max_length=2000)]


class ErrorReply(Message):
    """Why a request failed."""

    error: ErrorDetail


class LiveReply(Message):
    """The process answers."""

    live: Literal[True] = True


class PartState(StrEnum):
    """Whether a part can do its work. Degraded: calls are taken, but the admin has something to mend."""

    OK = "ok"
    DEGRADED = "degraded"
    MISSING = "missing"


class ReadyReply(Message):
    """Whether calls can be taken, and which part is missing if not (store, prompts, configuration)."""

    ready: bool
    parts: dict[str, PartState]
