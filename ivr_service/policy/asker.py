"""Who is asking: the mailbox, where its caller is, and what its settings let it reach."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, assert_never

from ivr_service.dialogue.values import (
    CallKind,
    Destination,
    NumberClass,
    OptionCode,
    Origin,
    RecordingRule,
    RefusalReason,
    SurveyRule,
)
from ivr_service.policy.options import Listener
from ivr_service.policy.rules import Ruling, SettingPath, passed, refused
from ivr_service.policy.settings import CallerId, Mailbox, SiteSettings


class NamedNumber(Protocol):
    """A speed dial, from the files or from the store."""

    @property
    def slot(self) -> int:
        """1 to 99."""

    @property
    def name(self) -> str:
        """What is spoken for it."""

    @property
    def number(self) -> str:
        """The number as it would be keyed. It is decided anew at each use."""

    @property
    def recording(self) -> str | None:
        """What its owner recorded as its name, if they did."""


@dataclass(frozen=True)
class Slot:
    """A speed dial that this mailbox can use, and where it is set (nowhere for one that a caller made)."""

    speed_dial: NamedNumber
    setting: SettingPath


@dataclass(frozen=True)
class Asker:
    """A mailbox that wants to dial. `own_slots` are those its owner made by telephone.

    `last_dialled` tells what number this mailbox called last, as it was dialled. `is_blocked`
    tells of a number as it would be dialled whether this mailbox may not call it any more.
    """

    kind: CallKind
    origin: Origin
    mailbox: Mailbox
    settings: SiteSettings
    own_slots: Mapping[int, NamedNumber] = field(default_factory=dict)
    is_blocked: Callable[[str], bool] = lambda _: False
    last_dialled: Callable[[], str | None] = lambda: None

    @property
    def is_inside(self) -> bool:
        """Whether the caller's phone is known to be in the building."""
        return self.origin is Origin.INSIDE

    @property
    def mailbox_path(self) -> SettingPath:
        """Where this mailbox is in the settings; the whole list for one that is not in it."""
        known = self.settings.mailboxes.mailboxes
        if self.mailbox not in known:
            return ("mailboxes", "mailboxes")
        return ("mailboxes", "mailboxes", known.index(self.mailbox))

    @property
    def default_caller_id(self) -> str | None:
        """The id that is used when the caller picks none: the mailbox's default, else its first."""
        return self.mailbox.default_caller_id or next(iter(self.mailbox.caller_ids), None)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Whom this mailbox may ask to listen, in the order they are offered."""
        known = {row.id: row for row in self.settings.options.listeners}
        return tuple(known[id_] for id_ in self.mailbox.listeners if id_ in known)

    @property
    def recording(self) -> RecordingRule:
        """Whether this mailbox's calls are recorded; never, where the site records none."""
        return self.mailbox.recording if self.settings.options.recording else RecordingRule.NEVER

    @property
    def survey(self) -> SurveyRule:
        """Whether a survey follows this mailbox's calls; never, where the site has none."""
        return self.mailbox.survey if self.settings.options.survey else SurveyRule.NEVER

    def may_use(self, option: OptionCode) -> bool:
        """Whether this mailbox may switch this on for a call."""
        match option:
            case OptionCode.RECORD:
                return self.recording is not RecordingRule.NEVER
            case OptionCode.SURVEY:
                return self.survey is not SurveyRule.NEVER
            case OptionCode.DISCLAIMER:
                return bool(self.settings.options.disclaimers)
            case _:
                assert_never(option)

    def caller_id(self, caller_id: str | None) -> CallerId | None:
        """The caller ID with this id, if it exists and this mailbox may present it."""
        if caller_id not in self.mailbox.caller_ids:
            return None
        return next((known for known in self.settings.caller_ids.caller_ids if known.id == caller_id), None)


def slots_of_site(asker: Asker) -> dict[int, Slot]:
    """The slots this mailbox has from the files alone."""
    return slots_of(replace(asker, own_slots={}))


def slots_of(asker: Asker) -> dict[int, Slot]:
    """Every slot this mailbox can use: its owner's, before its own in the file, before the company's."""
    speed_dials = asker.settings.speed_dials
    slots: dict[int, Slot] = {
        dial.slot: Slot(dial, ("speed_dials", "company", position))
        for position, dial in enumerate(speed_dials.company)
    }
    for index, own in enumerate(speed_dials.mailboxes):
        if (own.mailbox, own.context) == (asker.mailbox.mailbox, asker.mailbox.context):
            for position, dial in enumerate(own.speed_dials):
                path = ("speed_dials", "mailboxes", index, "speed_dials", position)
                slots[dial.slot] = Slot(dial, path)
    slots.update({number: Slot(dial, ()) for number, dial in asker.own_slots.items()})
    return dict(sorted(slots.items()))


def reach_rulings(destination: Destination, asker: Asker) -> Iterable[Ruling]:
    """The rules about who may reach what kind of number. None of them has an outcome but a refusal."""
    match destination.number_class:
        case NumberClass.EMERGENCY:
            yield _emergency_from_inside(asker)
        case NumberClass.SERVICE_CODE:
            yield _service_code_from_inside(asker)
        case _:
            yield _class_of_the_mailbox(destination, asker)
            yield _not_blocked(destination, asker)


def _not_blocked(destination: Destination, asker: Asker) -> Ruling:
    rule = "numbers that were blocked"
    if asker.is_blocked(destination.number):
        return refused(rule, RefusalReason.BLOCKED_NUMBER, (), "see ivr-service block list")
    return passed(rule)


def _emergency_from_inside(asker: Asker) -> Ruling:
    rule = "an emergency number, from a phone in the building"
    if asker.is_inside:
        return passed(rule, (), "no other rule may hold it up")
    return refused(rule, RefusalReason.EMERGENCY_FROM_OUTSIDE, (), "help would go to the wrong place")


def _service_code_from_inside(asker: Asker) -> Ruling:
    rule = "a service code, from a phone in the building"
    if asker.is_inside:
        return passed(rule, (), "it meets no limit")
    return refused(rule, RefusalReason.SERVICE_CODE, (), "the caller is outside")


def _class_of_the_mailbox(destination: Destination, asker: Asker) -> Ruling:
    rule = "classes of number this mailbox may dial"
    allowed = asker.mailbox.allowed
    path = (*asker.mailbox_path, "allowed")
    if destination.number_class not in allowed:
        return refused(rule, RefusalReason.CLASS_NOT_ALLOWED, path, f"not {destination.number_class}")
    return passed(rule, (*path, allowed.index(destination.number_class)), str(destination.number_class))
