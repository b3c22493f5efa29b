"""Where a call stands. One frozen value holds it all, so that it can be stored and taken up by any worker."""

from dataclasses import dataclass, field
from enum import StrEnum

from ivr_service.dialogue.actions import Action, Effect, Request
from ivr_service.dialogue.events import Heard
from ivr_service.dialogue.known import Known
from ivr_service.dialogue.values import (
    CallKind,
    CallOptions,
    CallResult,
    Destination,
    DialStatus,
    KnownCode,
    LastChoice,
    NumberPart,
    OfferedCallerId,
    Offers,
    OtherLanguage,
    RecordingRule,
    Refusal,
    SurveyRule,
)

ENTRY_TRIES = 3
"""How often a number, a slot or a PIN may go wrong before the friendly goodbye."""

KEY_TRIES = 4
"""How often a single key may go wrong before the friendly goodbye."""


class Place(StrEnum):
    """Every place a call can be in. The stored names; a rename needs a migration."""

    STARTING = "starting"
    ASKING_PIN = "asking_pin"
    MAIN_MENU = "main_menu"
    CALL_OPTIONS = "call_options"
    CHOOSING_DISCLAIMER = "choosing_disclaimer"
    CHOOSING_LISTENER = "choosing_listener"
    PEOPLE = "people"
    MORE_CHOICES = "more_choices"
    CONFIRMING_CALL = "confirming_call"
    CONFIRMING_BLOCK = "confirming_block"
    BLOCKED = "blocked"
    SAVING_SLOT = "saving_slot"
    REPLACING_SLOT = "replacing_slot"
    RECORDING_NAME = "recording_name"
    CHECKING_NAME = "checking_name"
    OWN_SPEED_DIALS = "own_speed_dials"
    DELETING_SLOT = "deleting_slot"
    ENTERING_NUMBER = "entering_number"
    CHOOSING_SPEED_DIAL = "choosing_speed_dial"
    CHOOSING_CALLER_ID = "choosing_caller_id"
    ENTERING_REST = "entering_rest"
    CONFIRMING_NUMBER = "confirming_number"
    CORRECTING_NUMBER = "correcting_number"
    CHOOSING_HEARD = "choosing_heard"
    DIALLING = "dialling"
    AFTER_CALL = "after_call"
    SURVEY_QUESTION = "survey_question"
    SURVEY_COMMENT = "survey_comment"
    ENDED = "ended"


_NOT_ASKING = (Place.STARTING, Place.RECORDING_NAME, Place.DIALLING, Place.SURVEY_COMMENT, Place.ENDED)

ASKING = tuple(place for place in Place if place not in _NOT_ASKING)
"""The places where something is asked."""


class Waiting(StrEnum):
    """The request whose answer the call waits for. Answered within the turn, so never seen by a caller."""

    NOTHING = "nothing"
    ENTRY = "entry"
    PIN = "pin"
    SLOT = "slot"
    GRANT = "grant"
    KNOWLEDGE = "knowledge"
    DOUBTS = "doubts"


@dataclass(frozen=True)
class OfferedSlot:
    """A speed dial this mailbox can use: its slot (1 to 99) and what is said for it.

    `recording` is what its owner calls it. Without one it is its name, or without that its number, which is
    read in `groups`.
    """

    slot: int
    name: str
    groups: tuple[str, ...] = ()
    recording: str | None = None


@dataclass(frozen=True)
class CallFacts:
    """What is known when the call arrives, and does not change.

    `arrived_with` is the text the dialplan handed over: untrusted, only ever given to the policy.
    `inside_only` is true when this mailbox must call from inside and this caller does not. `hears` is true
    when what the caller says can be understood. `offers` is what else can be done with a call, and `last`
    what this mailbox chose for its last one. `extensions` are the patterns of the numbers inside the
    building, such as "1XX". `language` is the mailbox's own, and `other_language` the one that the caller can
    change to.
    `slots` are the speed dials of the configuration; the caller's own are in CallState. `codes` are the
    feature codes this mailbox may key in front of a number.
    """

    kind: CallKind
    arrived_with: str
    language: str
    pin_required: bool
    inside_only: bool
    caller_ids: tuple[OfferedCallerId, ...]
    slots: tuple[OfferedSlot, ...]
    hears: bool = False
    offers: Offers = field(default_factory=Offers)
    last: LastChoice | None = None
    extensions: tuple[str, ...] = ()
    other_language: OtherLanguage | None = None
    codes: tuple[KnownCode, ...] = ()
    surveyed_grant: str | None = None

    @property
    def usual_options(self) -> CallOptions:
        """What is done with a call when the caller chooses nothing."""
        survey = self.offers.survey
        return CallOptions(
            record=self.offers.recording is RecordingRule.FORCE,
            survey=survey is not None and survey.rule is SurveyRule.FORCE,
        )


@dataclass(frozen=True)
class CallState:
    """The whole state of a dialogue.

    `misses` counts what went wrong at the present question. `page` is the part of a long list that is
    offered. `resume` is where the caller goes once the PIN was right.

    `own_slots` are the speed dials that the mailbox's owner made, as they are now. `slot` is the one that is
    being saved, and `voice` the name that was recorded for it.

    `people` are to join the call; while `is_adding` is true, what is entered is one more of them.

    `said` are the digits of a number that was said and is not yet confirmed, or was confirmed just now, and
    `rejected` those that were read back wrongly. `part` is the part of it that is being corrected. `doubt`
    are the two readings that the caller chooses from, and `doubt_at` the place where they were heard.

    `known` is what speaks against the call while the caller is asked about it, and `confirmed` is true once
    they said yes for this destination.
    """

    facts: CallFacts
    place: Place = Place.STARTING
    waiting: Waiting = Waiting.NOTHING
    destination: Destination | None = None
    caller_id: str | None = None
    options: CallOptions = field(default_factory=CallOptions)
    is_in_other_language: bool = False
    own_slots: tuple[OfferedSlot, ...] = ()
    slot: int | None = None
    voice: str | None = None
    people: tuple[Destination, ...] = ()
    is_adding: bool = False
    authorised: bool = False
    misses: int = 0
    page: int = 0
    resume: Place = Place.STARTING
    said: str = ""
    rejected: tuple[str, ...] = ()
    part: NumberPart = NumberPart.WHOLE
    doubt: tuple[Heard, ...] = ()
    doubt_at: Place = Place.STARTING
    known: Known | None = None
    confirmed: bool = False
    survey_at: int = 0
    grant_id: str | None = None
    ended: DialStatus | None = None
    refusal: Refusal | None = None
    result: CallResult | None = None

    @property
    def may_continue(self) -> bool:
        """Whether the caller has shown all that this mailbox asks for."""
        return self.authorised or not self.facts.pin_required

    @property
    def is_as_last_time(self) -> bool:
        """Whether this call is made as the mailbox's last one was, and not as usual."""
        return self.facts.last is not None and self.facts.last == LastChoice(
            self.caller_id or "", self.options
        )

    @property
    def language(self) -> str:
        """The language that the caller hears now. Whoever is called hears the mailbox's own."""
        other = self.facts.other_language
        return other.language if other is not None and self.is_in_other_language else self.facts.language

    @property
    def hears(self) -> bool:
        """Whether what the caller says in this language can be understood."""
        other = self.facts.other_language
        return other.hears if other is not None and self.is_in_other_language else self.facts.hears

    @property
    def offered_language(self) -> str | None:
        """The language that the caller can change to now, if there is one."""
        if self.is_in_other_language:
            return self.facts.language
        return self.facts.other_language.language if self.facts.other_language is not None else None

    @property
    def slots(self) -> tuple[OfferedSlot, ...]:
        """Every speed dial this mailbox can use now, in order: the owner's before those of the site."""
        known = {offer.slot: offer for offer in (*self.facts.slots, *self.own_slots)}
        return tuple(known[slot] for slot in sorted(known))

    @property
    def caller_id_name(self) -> str | None:
        """The spoken name of the caller ID that is chosen now."""
        return next((offer.name for offer in self.facts.caller_ids if offer.id == self.caller_id), None)


@dataclass(frozen=True)
class Step:
    """One step of the dialogue: the new state, and what to do now.

    `outputs` are any number of Play and effects followed by exactly one Ask, Record, Dial, HangUp or request.
    """

    state: CallState
    outputs: tuple[Action | Effect | Request, ...]
