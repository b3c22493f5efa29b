"""More people on the call: who is to join, before anybody is called. Pure.

Each of them is entered, checked and granted like any number; the core only keeps the list.
"""

from dataclasses import replace

from ivr_service.dialogue import moves
from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, Place, Step
from ivr_service.dialogue.values import Destination


def show(state: CallState) -> Step:
    """Say who is to join, and what can be done about it."""
    return moves.go(state, Place.PEOPLE)


def ask_for_number(state: CallState) -> Step:
    """Ask for the number of one more."""
    return moves.go(replace(state, is_adding=True), Place.ENTERING_NUMBER)


def ask_for_speed_dial(state: CallState) -> Step:
    """Ask for the speed dial of one more."""
    return moves.go(replace(state, is_adding=True), Place.CHOOSING_SPEED_DIAL)


def add(state: CallState, person: Destination) -> Step:
    """Take somebody whom the policy has recognised. Nobody is called twice at once."""
    there = [one.number for one in (*state.people, *filter(None, (state.destination,)))]
    if person.number in there:
        return moves.go(state, Place.PEOPLE, Prompt(PromptId.PERSON_THERE_ALREADY))
    return moves.go(replace(state, people=(*state.people, person)), Place.PEOPLE)


def remove_last(state: CallState) -> Step:
    """Take out whoever was added last."""
    return moves.go(replace(state, people=state.people[:-1]), Place.PEOPLE)
