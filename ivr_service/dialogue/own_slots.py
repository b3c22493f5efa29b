"""Hearing the speed dials that the mailbox's owner made, one after the other, and deleting them. Pure."""

from dataclasses import replace

from ivr_service.dialogue import moves, questions
from ivr_service.dialogue.actions import DeleteSpeedDial
from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, Place, Step


def show(state: CallState) -> Step:
    """Begin with the first. They are nobody's business but the owner's, so the PIN comes first."""
    return moves.go_authorised(state, Place.OWN_SPEED_DIALS)


def following(state: CallState) -> Step:
    """Say the next one; after the last comes the first."""
    return _turn(state, 1)


def previous(state: CallState) -> Step:
    """Say the one before."""
    return _turn(state, -1)


def ask_first(state: CallState) -> Step:
    """Nothing is deleted before the caller has heard what it is, and said yes."""
    deleting = moves.go(state, Place.DELETING_SLOT).state
    return moves.ask(replace(deleting, page=state.page))


def leave_it(state: CallState) -> Step:
    """Delete nothing, and say the same one again."""
    back = moves.go(state, Place.OWN_SPEED_DIALS).state
    return moves.ask(replace(back, page=state.page))


def delete(state: CallState) -> Step:
    """Empty the slot. What the site has in it counts again."""
    gone = questions.own_slot(state)
    left = tuple(offer for offer in state.own_slots if offer is not gone)
    place = Place.OWN_SPEED_DIALS if left else Place.MAIN_MENU
    state = moves.without_voice(replace(state, own_slots=left), gone.recording)
    deleted = moves.go(state, place, Prompt(PromptId.SLOT_DELETED))
    return moves.with_effects(deleted, DeleteSpeedDial(gone.slot))


def _turn(state: CallState, by: int) -> Step:
    page = (state.page + by) % len(state.own_slots)
    return moves.ask(replace(state, page=page, misses=0))
