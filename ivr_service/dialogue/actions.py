"""What the core puts out: actions for the front end, effects on the store, and requests for the service.

The core cannot dial. It can only request a dial; only an answer that carries a grant leads to a Dial action.
"""

from dataclasses import dataclass, field

from ivr_service.dialogue.phrases import Phrase
from ivr_service.dialogue.values import (
    CallKind,
    CallOptions,
    CallResult,
    Destination,
    DialGrant,
    QuestionKind,
    SurveyAsked,
)


@dataclass(frozen=True)
class Play:
    """Say something that cannot be interrupted."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Ask:
    """Say something and take keys or words, from the first moment of the prompt on.

    An answer is complete at `max_digits`, at `terminator` (empty for none), after `inter_digit_timeout_ms`
    without a further key, or at once when its first key is one of `stop_keys`. `words` are the phrases
    understood here, and `spoken_lengths` how many digits a number that is said here may have (none: no number
    can be said). `spoken_complete` are patterns (X any digit, Z 1 to 9, N 2 to 9): a number that fits one is
    complete, unless it is also how a longer one begins. A `secret` answer is never shown or logged. With
    `heed_lead` the prompt begins with something the caller must not miss (an error, a refusal), so keys
    pressed before it do not count.
    """

    phrases: tuple[Phrase, ...]
    max_digits: int
    terminator: str = ""
    stop_keys: str = ""
    first_digit_timeout_ms: int = 5000
    inter_digit_timeout_ms: int = 3000
    words: tuple[str, ...] = ()
    spoken_lengths: tuple[int, ...] = ()
    spoken_complete: tuple[str, ...] = ()
    secret: bool = False
    heed_lead: bool = False


@dataclass(frozen=True)
class Record:
    """Record what the caller says after a tone, until a key, so much silence, or so much in all."""

    longest_s: int
    silence_s: int


@dataclass(frozen=True)
class Dial:
    """Set the caller ID, dial as granted, and record how it ended. A listener is rung meanwhile."""

    grant: DialGrant
    listener: DialGrant | None = None


@dataclass(frozen=True)
class Confer:
    """Ring all of them, and let those who answer and the caller talk with each other.

    The first grant is that of the number that was called. A listener is rung meanwhile.
    """

    grants: tuple[DialGrant, ...]
    listener: DialGrant | None = None


@dataclass(frozen=True)
class HangUp:
    """The dialogue is over; the dialplan does the rest."""

    result: CallResult


Action = Play | Ask | Record | Dial | Confer | HangUp


@dataclass(frozen=True)
class BlockNumber:
    """Nobody may call this number from now on (E.164, with its plus)."""

    number: str


@dataclass(frozen=True)
class UnblockNumber:
    """Undo what was blocked in this call."""

    number: str


@dataclass(frozen=True)
class RememberChoice:
    """What this mailbox chose for a call that is made now, for its next one."""

    caller_id: str
    options: CallOptions


@dataclass(frozen=True)
class SaveSpeedDial:
    """Put a number (as in Destination) in a slot of the mailbox's owner, whatever was in it.

    `recording` is what the owner calls it; None when nothing was recorded.
    """

    slot: int
    number: str
    recording: str | None


@dataclass(frozen=True)
class DeleteSpeedDial:
    """Empty a slot of the mailbox's owner."""

    slot: int


@dataclass(frozen=True)
class SaveAnswer:
    """Keep one answer of a survey about the dial with this grant. A comment has a `voice`, and no text."""

    grant_id: str
    asked: SurveyAsked
    question: str
    kind: QuestionKind
    answer: str
    voice: str | None = None


Effect = RememberChoice | BlockNumber | UnblockNumber | SaveSpeedDial | DeleteSpeedDial | SaveAnswer
"""What is written to the store together with the turn. It has no answer: when it fails, the turn fails."""


@dataclass(frozen=True)
class CheckEntry:
    """Ask the policy what an entry means: EntryAccepted, MenuRequested or EntryRefused.

    `kind` says how to read it: the caller ID of a message (callback), or keys (dial-out).
    """

    text: str
    kind: CallKind


@dataclass(frozen=True)
class CheckPin:
    """Ask whether this is the mailbox's PIN. Answered by PinAccepted or PinRefused."""

    pin: str = field(repr=False)


@dataclass(frozen=True)
class CheckSlot:
    """Ask whether this number may go into this slot. Answered by SlotChecked or SlotRefused."""

    slot: int
    number: str


@dataclass(frozen=True)
class RequestDial:
    """Ask the dial handler for a grant, and for one for each of the people. Answered by Granted or Denied."""

    destination: Destination
    caller_id: str | None
    options: CallOptions = field(default_factory=CallOptions)
    people: tuple[Destination, ...] = ()


@dataclass(frozen=True)
class LookUp:
    """Ask what is known about a number. Answered by Known."""

    destination: Destination


Request = CheckEntry | CheckPin | CheckSlot | RequestDial | LookUp
