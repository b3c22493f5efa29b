"""Saving the number of the call as a speed dial: which slot, and what its owner calls it. Pure.

Nothing is saved before the name has been recorded or done without, so whoever hangs up has saved nothing.
The number stays chosen whatever happens here.
"""

import re
from dataclasses import replace

from ivr_service.dialogue import moves, questions
from ivr_service.dialogue.actions import CheckSlot, Play, Record, SaveSpeedDial
from ivr_service.dialogue.events import Keys, Recorded, SlotChecked, SlotRefused, Words
from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenKeys
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, OfferedSlot, Place, Step, Waiting
from ivr_service.dialogue.values import RefusalReason

NAME_LONGEST_S = 5
NAME_SILENCE_S = 2

_SLOT = re.compile(r"0?[1-9]|[1-9][0-9]")


def ask_slot(state: CallState) -> Step:
    """Ask which slot. A speed dial is for whoever owns the mailbox, so the PIN comes first."""
    return moves.go_authorised(state, Place.SAVING_SLOT)


def slot_answer(state: CallState, event: Keys | Words) -> Step:
    """The slot was keyed."""
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.back(state)
        case Keys(keys) if len(keys) > questions.SAVED_SLOT_DIGITS:
            # No slot, but it may be an emergency number, which no question may hold up.
            return moves.check_keys(state, keys)
        case Keys(keys):
            return slot_entered(state, keys)
        case Words():
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))


def slot_entered(state: CallState, digits: str) -> Step:
    """The slot was keyed or said."""
    if state.destination is None:
        return moves.go(state, Place.MAIN_MENU)
    if not _SLOT.fullmatch(digits):
        return moves.miss(state, Prompt(PromptId.ERROR_SLOT))
    asked = replace(state, waiting=Waiting.SLOT)
    return Step(asked, (CheckSlot(int(digits), state.destination.number),))


def slot_checked(state: CallState, event: SlotChecked | SlotRefused) -> Step:
    """Record the name, unless the slot is used: then that is asked first."""
    match event:
        case SlotRefused(refusal) if refusal.reason is RefusalReason.SLOT_IS_EXTENSION:
            return moves.miss(state, *questions.refusal_phrases(refusal))
        case SlotRefused(refusal):
            return moves.go(state, Place.MAIN_MENU, *questions.refusal_phrases(refusal))
        case SlotChecked(slot) if any(offer.slot == slot for offer in state.own_slots):
            return moves.go(replace(state, slot=slot), Place.REPLACING_SLOT)
        case SlotChecked(slot, hides_another):
            lead = (Prompt(PromptId.SLOT_HIDES_ANOTHER),) if hides_another else ()
            return _record(replace(state, slot=slot), *lead)


def record_name(state: CallState) -> Step:
    """Record what the owner calls it, or record it again."""
    return _record(state)


def _record(state: CallState, *lead: Phrase) -> Step:
    recording = replace(state, place=Place.RECORDING_NAME, voice=None, misses=0)
    said = Play((*lead, Prompt(PromptId.SAY_NAME)))
    return Step(moves.without_hearing(recording), (said, Record(NAME_LONGEST_S, NAME_SILENCE_S)))


def name_recorded(state: CallState, event: Recorded) -> Step:
    """Let the caller hear it. A name that cannot be recorded keeps nobody from saving the number."""
    if event.key == questions.BACK_KEY:
        return leave(state)
    if event.has_failed:
        return _save(state, Prompt(PromptId.NAME_NOT_RECORDED))
    return moves.go(replace(state, voice=event.voice), Place.CHECKING_NAME)


def keep_name(state: CallState) -> Step:
    """Save it with the name that was heard."""
    return _save(state)


def without_name(state: CallState) -> Step:
    """Save it without a name: its number is read."""
    return _save(replace(state, voice=None))


def leave(state: CallState) -> Step:
    """Save nothing, and say so; the number stays chosen."""
    return moves.go(state, Place.MAIN_MENU, Prompt(PromptId.NOT_SAVED))


def _save(state: CallState, *lead: Phrase) -> Step:
    slot, destination = state.slot, state.destination
    if slot is None or destination is None:
        return moves.go(state, Place.MAIN_MENU)
    made = OfferedSlot(slot, "", destination.groups, state.voice)
    others = tuple(offer for offer in state.own_slots if offer.slot != slot)
    for replaced in set(state.own_slots) - set(others):
        state = moves.without_voice(state, replaced.recording)
    said = (*lead, Prompt(PromptId.SAVED_AS), SpokenKeys(str(slot)))
    saved = moves.go(replace(state, own_slots=_in_order(*others, made)), Place.MAIN_MENU, *said)
    return moves.with_effects(saved, SaveSpeedDial(slot, destination.number, made.recording))


def _in_order(*slots: OfferedSlot) -> tuple[OfferedSlot, ...]:
    return tuple(sorted(slots, key=lambda offer: offer.slot))
