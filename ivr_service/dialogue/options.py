"""Choosing what is done with the next call: recording, a disclaimer, a listener. Pure."""

from dataclasses import replace
from typing import assert_never

from ivr_service.dialogue import moves, questions
from ivr_service.dialogue.events import Keys, Words
from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, Place, Step
from ivr_service.dialogue.values import CallOptions, OptionCode


def record(state: CallState) -> Step:
    """Record the next call."""
    return _choose(state, replace(state.options, record=True))


def do_not_record(state: CallState) -> Step:
    """Do not record the next call."""
    return _choose(state, replace(state.options, record=False))


def disclaimer(state: CallState) -> Step:
    """Take the only disclaimer, or ask which one."""
    offers = state.facts.offers.disclaimers
    if len(offers) == 1:
        return _choose(state, replace(state.options, disclaimer=offers[0].id))
    return moves.go(state, Place.CHOOSING_DISCLAIMER)


def no_disclaimer(state: CallState) -> Step:
    """Play none."""
    return _choose(state, replace(state.options, disclaimer=None))


def listener(state: CallState) -> Step:
    """Take the only colleague who may listen, or ask which one."""
    offers = state.facts.offers.listeners
    if len(offers) == 1:
        return _choose(state, replace(state.options, listener=offers[0].id))
    return moves.go(state, Place.CHOOSING_LISTENER)


def no_listener(state: CallState) -> Step:
    """Let nobody listen."""
    return _choose(state, replace(state.options, listener=None))


def survey(state: CallState) -> Step:
    """Let a survey follow the next call."""
    return _choose(state, replace(state.options, survey=True))


def no_survey(state: CallState) -> Step:
    """Let none follow."""
    return _choose(state, replace(state.options, survey=False))


def usual(state: CallState) -> Step:
    """What is done when nothing is chosen."""
    return _choose(replace(state, people=()), state.facts.usual_options)


def disclaimer_answer(state: CallState, event: Keys | Words) -> Step:
    """One of several disclaimers was chosen, by its key or its name."""
    chosen = _chosen(state, event)
    return _choose(state, replace(state.options, disclaimer=chosen)) if isinstance(chosen, str) else chosen


def listener_answer(state: CallState, event: Keys | Words) -> Step:
    """One of several colleagues was chosen, by their key or their name."""
    chosen = _chosen(state, event)
    return _choose(state, replace(state.options, listener=chosen)) if isinstance(chosen, str) else chosen


def _chosen(state: CallState, event: Keys | Words) -> str | Step:
    """The id of what was chosen from the list that was read out, or the step that anything else leads to."""
    offers = questions.offered_by_key(state)
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.go(state, Place.CALL_OPTIONS)
        case Keys(key):
            chosen = dict(offers).get(key)
            error = PromptId.ERROR_KEY
        case Words(phrase):
            chosen = next((offer for _, offer in offers if offer.name.lower() == phrase), None)
            error = PromptId.ERROR_WORDS
        case _:
            assert_never(event)
    return moves.miss(state, Prompt(error)) if chosen is None else chosen.id


def with_codes(state: CallState, codes: tuple[OptionCode, ...]) -> CallState:
    """The options as the codes in front of a number switch them on; the policy has allowed them."""
    options = state.options
    for code in codes:
        match code:
            case OptionCode.RECORD:
                options = replace(options, record=True)
            case OptionCode.SURVEY:
                options = replace(options, survey=True)
            case OptionCode.DISCLAIMER:
                first = next(iter(state.facts.offers.disclaimers), None)
                options = replace(options, disclaimer=None if first is None else first.id)
            case _:
                assert_never(code)
    return replace(state, options=options)


def _choose(state: CallState, options: CallOptions) -> Step:
    """Take it, and stay: the question says what is chosen now."""
    return moves.go(replace(state, options=options), Place.CALL_OPTIONS)
