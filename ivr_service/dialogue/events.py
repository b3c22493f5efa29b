"""What can happen to a call: what the caller does, and the answers to what the core requested."""

from dataclasses import dataclass
from enum import StrEnum

from ivr_service.dialogue.known import Known
from ivr_service.dialogue.values import Destination, DialGrant, DialStatus, NumberPart, OptionCode, Refusal


class EndedBy(StrEnum):
    """What ended the keying of an answer."""

    TERMINATOR = "terminator"
    FULL = "full"
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class Keys:
    """The caller's keys at a question, without the terminator. No keys and a time-out is silence."""

    keys: str
    ended_by: EndedBy


@dataclass(frozen=True)
class Words:
    """One phrase that the caller said for certain."""

    words: str


@dataclass(frozen=True)
class HeardPhrase:
    """A phrase the caller may have said, and how likely that is (0 to 1)."""

    phrase: str
    confidence: float = 1.0


@dataclass(frozen=True)
class HeardNumber:
    """Digits the caller may have said (ASCII 0 to 9), which part of a number they are, and how likely."""

    digits: str
    part: NumberPart = NumberPart.WHOLE
    confidence: float = 1.0


Heard = HeardPhrase | HeardNumber


@dataclass(frozen=True)
class Spoken:
    """What the caller may have said, the likeliest first; nothing when it was not understood at all."""

    heard: tuple[Heard, ...]


@dataclass(frozen=True)
class Recorded:
    """The recording is over. `voice` is its name; None when nothing can be heard in it.

    With `has_failed` it could not be written. `key` is the key that ended it, if one did.
    """

    voice: str | None
    has_failed: bool = False
    key: str = ""


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True)
class DialEnded:
    """The dial is over and the caller is still there."""

    status: DialStatus


@dataclass(frozen=True)
class EntryAccepted:
    """The policy recognised the entry.

    `caller_id` is the id a feature code picked, if one did, and `options` what codes switched on.
    """

    destination: Destination
    caller_id: str | None = None
    options: tuple[OptionCode, ...] = ()


@dataclass(frozen=True)
class MenuRequested:
    """The entry was the code that opens the menu without a number."""

    caller_id: str | None = None
    options: tuple[OptionCode, ...] = ()


@dataclass(frozen=True)
class EntryRefused:
    """The policy did not accept the entry."""

    refusal: Refusal


@dataclass(frozen=True)
class PinAccepted:
    """The PIN was right."""


@dataclass(frozen=True)
class PinRefused:
    """The PIN was wrong, or the mailbox is unknown or locked: the caller cannot tell which."""


@dataclass(frozen=True)
class SlotChecked:
    """The number may go into the slot. `hides_another` when a slot of the site then counts no longer."""

    slot: int
    hides_another: bool = False


@dataclass(frozen=True)
class SlotRefused:
    """The slot cannot be used (SLOT_IS_EXTENSION), or the number may not be called from here."""

    refusal: Refusal


@dataclass(frozen=True)
class Granted:
    """The dial handler granted the dial that was requested.

    `people` are the grants of those who are to join, `denied` those of them who may not be called, and why.
    `listener` is the grant of the colleague who is to listen, None when there is none or none may.
    """

    grant: DialGrant
    people: tuple[DialGrant, ...] = ()
    denied: tuple[tuple[Destination, Refusal], ...] = ()
    listener: DialGrant | None = None


@dataclass(frozen=True)
class Denied:
    """The dial handler said no."""

    refusal: Refusal


CallerEvent = Keys | Words | Spoken | Recorded | HungUp | DialEnded
"""DialEnded also ends a conference: answered when anybody was in it."""

Answer = (
    EntryAccepted
    | MenuRequested
    | EntryRefused
    | PinAccepted
    | PinRefused
    | SlotChecked
    | SlotRefused
    | Granted
    | Denied
    | Known
)
Event = CallerEvent | Answer
