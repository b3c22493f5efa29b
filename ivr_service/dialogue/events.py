"""What can happen to a call: what the caller does, and the answers to what the core requested."""

from dataclasses import dataclass
from enum import StrEnum

from ivr_service.dialogue.values import Destination, DialGrant, DialStatus, Refusal


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
    """The caller's words at a question."""

    words: str


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True)
class DialEnded:
    """The dial is over and the caller is still there."""

    status: DialStatus


@dataclass(frozen=True)
class EntryAccepted:
    """The policy recognised the entry. `caller_id` is the id a feature code picked, if one did."""

    destination: Destination
    caller_id: str | None = None


@dataclass(frozen=True)
class MenuRequested:
    """The entry was the code that opens the menu without a number."""

    caller_id: str | None = None


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
class Granted:
    """The dial handler granted the one dial that was requested."""

    grant: DialGrant


@dataclass(frozen=True)
class Denied:
    """The dial handler said no."""

    refusal: Refusal


CallerEvent = Keys | Words | HungUp | DialEnded
Answer = EntryAccepted | MenuRequested | EntryRefused | PinAccepted | PinRefused | Granted | Denied
Event = CallerEvent | Answer
