"""What an entry means: one decision for what a caller keyed, or for the caller ID of a message.

Order: emergency numbers and service codes, characters, feature codes, speed dials, then the number itself.
A speed dial is resolved first and checked afterwards, like any number that is keyed.
"""

import re
from dataclasses import dataclass, replace
from typing import assert_never

from ivr_service.dialogue.events import EntryAccepted, EntryRefused, MenuRequested
from ivr_service.dialogue.values import CallKind, Destination, OptionCode, Refusal, RefusalReason
from ivr_service.policy.asker import Asker, NamedNumber, reach_rulings, slots_of
from ivr_service.policy.codes import NO_NUMBER, read_codes
from ivr_service.policy.numbers import classify, is_extension, special_number
from ivr_service.policy.rules import Decided, RuleStep, Verdict, first_outcome, named
from ivr_service.policy.written import callback_digits, is_withheld, keyed

_SLOT = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True)
class EntryDecision:
    """The answer to an entry, and every rule that was looked at on the way to it."""

    answer: EntryAccepted | MenuRequested | EntryRefused
    trace: tuple[RuleStep, ...]


@dataclass(frozen=True)
class _Menu:
    """The entry asks for the menu without a number."""


@dataclass(frozen=True)
class _Reading:
    """What an entry says, before it is asked who wants to reach it."""

    outcome: Destination | Refusal | _Menu
    trace: tuple[RuleStep, ...]
    caller_id: str | None = None
    options: tuple[OptionCode, ...] = ()


def decide_entry(text: str, asker: Asker) -> EntryDecision:
    """Decide what an entry means, for this mailbox on these settings.

    A callback to a message whose caller ID is exactly an emergency number or a service code is that number;
    with separators in it ("9-1-1") it is invalid.
    """
    match asker.kind:
        case CallKind.CALLBACK:
            reading = _read_callback(text, asker)
        case CallKind.DIAL_OUT:
            reading = _read_keys(text, asker)
        case CallKind.SURVEY:  # whoever is asked enters no number
            reading = _Reading(Refusal(RefusalReason.NOT_AUTHORISED), ())
        case _:
            assert_never(asker.kind)
    return _answer(reading, asker)


def _answer(reading: _Reading, asker: Asker) -> EntryDecision:
    match reading.outcome:
        case _Menu():
            return EntryDecision(MenuRequested(reading.caller_id, reading.options), reading.trace)
        case Refusal() as refusal:
            return EntryDecision(EntryRefused(refusal), reading.trace)
        case Destination() as destination:
            reach = first_outcome(reach_rulings(destination, asker))
            trace = (*reading.trace, *reach.trace)
            if isinstance(reach.outcome, Refusal):
                return EntryDecision(EntryRefused(reach.outcome), trace)
            caller_id = None if destination.goes_at_once else reading.caller_id
            options = reading.options if destination.is_public else ()
            return EntryDecision(EntryAccepted(destination, caller_id, options), trace)
        case _:
            assert_never(reading.outcome)


def _refused(rule: str, refusal: Refusal, detail: str = "") -> _Reading:
    return _Reading(refusal, (RuleStep(rule, Verdict.REFUSED, (), detail or f"refused: {refusal.reason}"),))


def _special(text: str, asker: Asker) -> _Reading | None:
    ruling = special_number(text, asker.settings)
    if ruling is None or ruling.outcome is None:
        return None
    return _Reading(ruling.outcome, (ruling.step,))


def _read_callback(text: str, asker: Asker) -> _Reading:
    special = _special(text, asker)
    if special is not None:
        return special
    if is_withheld(text):
        return _refused("the message has a caller's number", Refusal(RefusalReason.WITHHELD))
    rule = "characters: digits, one leading plus, and - ( ) . space"
    digits = callback_digits(text)
    if digits is None:
        return _refused(rule, Refusal(RefusalReason.INVALID))
    return _after(RuleStep(rule, Verdict.PASSED), _ordinary(classify(digits, asker.settings)))


def _read_keys(text: str, asker: Asker) -> _Reading:
    rule = "characters: only the keys of a telephone"
    keys = keyed(text)
    if keys is None:
        return _refused(rule, Refusal(RefusalReason.INVALID))
    if not keys:
        return _refused("something was keyed", Refusal(RefusalReason.EMPTY))
    special = _special(keys, asker)
    if special is not None:
        return special
    codes = read_codes(keys, asker)
    if codes.refusal is not None:
        reading = _Reading(codes.refusal, codes.trace)
    else:
        last = _read_redial(asker) if codes.is_redial else _read_rest(codes.rest, asker)
        reading = replace(last, caller_id=codes.caller_id, options=codes.options)
        reading = replace(reading, trace=(*codes.trace, *reading.trace))
    return _after(RuleStep(rule, Verdict.PASSED), reading)


def _after(step: RuleStep, reading: _Reading) -> _Reading:
    return replace(reading, trace=(step, *reading.trace))


def _read_redial(asker: Asker) -> _Reading:
    """The number that was called last, decided anew like any other."""
    number = asker.last_dialled()
    if number is None:
        return _refused("a number was called before", Refusal(RefusalReason.NOTHING_TO_REDIAL))
    step = RuleStep("the number that was called last", Verdict.PASSED)
    return _after(step, _ordinary(classify(number, asker.settings)))


def _read_rest(rest: str, asker: Asker) -> _Reading:
    """What follows the codes: nothing, the menu key, a slot, or a number."""
    if rest in NO_NUMBER:
        return _Reading(_Menu(), (RuleStep("the menu without a number", Verdict.DECIDED),))
    special = _special(rest, asker)
    if special is not None:
        return special
    if not _SLOT.fullmatch(rest) or int(rest) == 0:
        return _classified(rest, asker)
    return _read_slot(rest, asker)


def _read_slot(keys: str, asker: Asker) -> _Reading:
    rule = "speed dial"
    slot = slots_of(asker).get(int(keys))
    if slot is not None:
        step = RuleStep(rule, Verdict.PASSED, slot.setting, f"slot {slot.speed_dial.slot}")
        reading = _ordinary(classify(slot.speed_dial.number, asker.settings))
        if isinstance(reading.outcome, Destination):
            reading = replace(reading, outcome=_said_as(reading.outcome, slot.speed_dial))
        return _after(step, reading)
    if is_extension(keys, asker.settings):
        return _classified(keys, asker)
    return _refused(rule, Refusal(RefusalReason.UNKNOWN_SLOT, keys=keys))


def _said_as(destination: Destination, speed_dial: NamedNumber) -> Destination:
    if speed_dial.name:
        destination = named(destination, speed_dial.name)
    return replace(destination, recording=speed_dial.recording)


def _classified(digits: str, asker: Asker) -> _Reading:
    decided = classify(digits, asker.settings)
    return _Reading(_outcome(decided), decided.trace)


def _ordinary(decided: Decided) -> _Reading:
    """An ordinary number: a speed dial or a disguised caller ID never leads to an emergency or N11 number."""
    outcome = _outcome(decided)
    if isinstance(outcome, Destination) and outcome.goes_at_once:
        step = RuleStep("emergency numbers and service codes are only dialled as they are", Verdict.REFUSED)
        return _Reading(Refusal(RefusalReason.INVALID), (*decided.trace, step))
    return _Reading(outcome, decided.trace)


def _outcome(decided: Decided) -> Destination | Refusal:
    """The outcome; none at all means no."""
    return decided.outcome or Refusal(RefusalReason.INVALID)
