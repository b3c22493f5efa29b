"""Going from place to place: the moves that the dialogue is made of. Pure."""

from dataclasses import replace

from ivr_service.dialogue import questions
from ivr_service.dialogue.actions import CheckEntry, Effect, HangUp, Play, RequestDial
from ivr_service.dialogue.phrases import Phrase, Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import ENTRY_TRIES, KEY_TRIES, CallState, Place, Step, Waiting
from ivr_service.dialogue.values import CallKind, CallResult, Destination, DialStatus, NumberPart

_TRIES = {
    Place.ASKING_PIN: ENTRY_TRIES,
    Place.ENTERING_NUMBER: ENTRY_TRIES,
    Place.CHOOSING_SPEED_DIAL: ENTRY_TRIES,
    Place.ENTERING_REST: ENTRY_TRIES,
    Place.CORRECTING_NUMBER: ENTRY_TRIES,
    Place.CONFIRMING_NUMBER: KEY_TRIES,
    Place.CHOOSING_HEARD: KEY_TRIES,
    Place.MAIN_MENU: KEY_TRIES,
    Place.AFTER_CALL: KEY_TRIES,
    Place.CHOOSING_CALLER_ID: KEY_TRIES,
    Place.CALL_OPTIONS: KEY_TRIES,
    Place.CHOOSING_DISCLAIMER: KEY_TRIES,
    Place.CHOOSING_LISTENER: KEY_TRIES,
    Place.PEOPLE: KEY_TRIES,
    Place.MORE_CHOICES: KEY_TRIES,
    Place.CONFIRMING_CALL: KEY_TRIES,
    Place.CONFIRMING_BLOCK: KEY_TRIES,
    Place.BLOCKED: KEY_TRIES,
}


_ENTRY = (
    Place.ENTERING_NUMBER,
    Place.CHOOSING_SPEED_DIAL,
    Place.ENTERING_REST,
    Place.CONFIRMING_NUMBER,
    Place.CORRECTING_NUMBER,
    Place.CHOOSING_HEARD,
)
"""The places where a number is being entered, for the call or for somebody who is to join it."""


def check_keys(state: CallState, keys: str) -> Step:
    """Keys are read as keys, also in a callback: its caller's number came from outside, these did not."""
    return Step(replace(state, waiting=Waiting.ENTRY), (CheckEntry(keys, CallKind.DIAL_OUT),))


def request_dial(state: CallState) -> Step:
    """Ask the dial handler, which decides; nothing that was asked or answered before counts there."""
    if state.destination is None:
        return go(state, Place.MAIN_MENU)
    return Step(
        replace(state, waiting=Waiting.GRANT, refusal=None, ended=None, grant_id=None, known=None),
        (RequestDial(state.destination, state.caller_id, state.options, _who_joins(state)),),
    )


def _who_joins(state: CallState) -> tuple[Destination, ...]:
    """Colleagues inside are called alone: what is chosen for a call is for calls outside."""
    return state.people if state.destination is not None and state.destination.is_public else ()


def ask(state: CallState, *lead: Phrase) -> Step:
    """Ask the question of the place where the call is, with `lead` said before it."""
    return Step(state, (questions.ask(state, lead),))


def go(state: CallState, place: Place, *lead: Phrase) -> Step:
    """Go to a place and ask what is asked there. How a call ended is only of interest right after it."""
    if place is not Place.AFTER_CALL:
        state = replace(state, refusal=None, ended=None)
    if place not in _ENTRY:
        state = replace(state, is_adding=False)
    if place is not Place.CONFIRMING_CALL:
        state = replace(state, known=None)
    return ask(replace(without_hearing(state), place=place, misses=0, page=0), *lead)


def with_effects(step: Step, *effects: Effect) -> Step:
    """The step, and what is written to the store together with it."""
    return replace(step, outputs=(*effects, *step.outputs))


def without_hearing(state: CallState) -> CallState:
    """Forget the number that was being said."""
    return replace(state, said="", rejected=(), part=NumberPart.WHOLE, doubt=(), doubt_at=Place.STARTING)


def go_authorised(state: CallState, place: Place) -> Step:
    """Go to a place that needs the PIN. After an emergency call, which asked for none, it is asked now."""
    if state.may_continue:
        return go(state, place)
    return go(replace(state, resume=place), Place.ASKING_PIN)


def miss(state: CallState, *lead: Phrase) -> Step:
    """Ask the same again with what went wrong in front, or give up in a friendly way."""
    state = replace(state, misses=state.misses + 1)
    if state.misses >= _TRIES[state.place]:
        return say_and_end(
            state, CallResult.HANG_UP, *lead, Prompt(PromptId.TOO_MANY_TRIES), Prompt(PromptId.GOODBYE)
        )
    return ask(state, *lead)


def back(state: CallState) -> Step:
    """Star: from a question to the menu, from the menu to the messages."""
    if state.place is Place.MAIN_MENU or not state.may_continue or is_after_a_talk(state):
        return back_to_messages(state)
    if state.is_adding:
        return go(state, Place.PEOPLE)
    if state.place is Place.PEOPLE:
        return go(state, Place.CALL_OPTIONS)
    return go(replace(state, refusal=None, ended=None), Place.MAIN_MENU)


def is_after_a_talk(state: CallState) -> bool:
    """Whether the call was answered and is over: most callers want nothing more than their messages."""
    return state.place is Place.AFTER_CALL and state.ended is DialStatus.ANSWERED


def back_to_messages(state: CallState) -> Step:
    """End the dialogue; the caller goes on with their messages."""
    return say_and_end(state, CallResult.MAILBOX, Prompt(PromptId.BACK_TO_MESSAGES))


def say_and_end(state: CallState, result: CallResult, *phrases: Phrase) -> Step:
    """Say something and end the dialogue."""
    return Step(_ended(state, result), (Play(phrases), HangUp(result)))


def end(state: CallState, result: CallResult) -> Step:
    """End the dialogue without a word."""
    return Step(_ended(state, result), (HangUp(result),))


def _ended(state: CallState, result: CallResult) -> CallState:
    ended = replace(state, place=Place.ENDED, waiting=Waiting.NOTHING, result=result, known=None)
    return without_hearing(ended)
