"""Telling what is known about a number, and asking once more before a call that may be a mistake. Pure."""

from dataclasses import replace

from ivr_service.dialogue import menu, moves, questions
from ivr_service.dialogue.actions import LookUp
from ivr_service.dialogue.known import Known, warning
from ivr_service.dialogue.state import CallState, Place, Step, Waiting


def look_up(state: CallState) -> Step:
    """Find out what is known, to tell it at the question where the call is."""
    return _look_up(state, Waiting.KNOWLEDGE)


def before_call(state: CallState) -> Step:
    """Find out whether the caller is asked once more; a number is confirmed once."""
    if not menu.is_told_about(state) or state.confirmed:
        return moves.request_dial(state)
    return _look_up(state, Waiting.DOUBTS)


def found(state: CallState, known: Known) -> Step:
    """Tell it, or ask before the call, or call."""
    wanted, state = state.waiting, replace(state, waiting=Waiting.NOTHING)
    if wanted is Waiting.KNOWLEDGE:
        return _tell(state, known)
    if not known.has_doubts:
        return moves.request_dial(state)
    return moves.go(replace(state, known=known), Place.CONFIRMING_CALL)


def call_anyway(state: CallState) -> Step:
    """The caller has heard what speaks against it."""
    return moves.request_dial(replace(state, confirmed=True))


def _look_up(state: CallState, waiting: Waiting) -> Step:
    if state.destination is None:
        return moves.go(state, Place.MAIN_MENU)
    return Step(replace(state, waiting=waiting), (LookUp(state.destination),))


def _tell(state: CallState, known: Known) -> Step:
    """Say it with the question, where any key stops it; a warning is heard first. It is said once."""
    lead = warning(known) if state.place is Place.MAIN_MENU else ()
    return Step(moves.without_hearing(state), (questions.ask(replace(state, known=known), lead),))
