"""Blocking the number of this call for good, and undoing it while the caller is still here. Pure."""

from dataclasses import replace

from ivr_service.dialogue import moves
from ivr_service.dialogue.actions import BlockNumber, UnblockNumber
from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, Place, Step


def ask_first(state: CallState) -> Step:
    """Nothing is blocked before the caller has heard which number it is, and said yes."""
    return moves.go(state, Place.CONFIRMING_BLOCK)


def block(state: CallState) -> Step:
    """Block the number. It stays chosen, so that this can be undone."""
    if state.destination is None:
        return moves.go(state, Place.MAIN_MENU)
    return moves.with_effects(moves.go(state, Place.BLOCKED), BlockNumber(state.destination.number))


def undo(state: CallState) -> Step:
    """Unblock the number that was blocked a moment ago."""
    if state.destination is None:
        return moves.go(state, Place.MAIN_MENU)
    undone = moves.go(state, Place.MAIN_MENU, Prompt(PromptId.BLOCK_UNDONE))
    return moves.with_effects(undone, UnblockNumber(state.destination.number))


def leave(state: CallState) -> Step:
    """Leave it blocked: the number is no longer what the caller is about to call."""
    return moves.go(replace(state, destination=None), Place.MAIN_MENU)
