"""Choosing what is done with the next call: recording it, and playing a disclaimer first. Pure."""

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


def usual(state: CallState) -> Step:
    """What is done when nothing is chosen."""
    return _choose(state, state.facts.usual_options)


def disclaimer_answer(state: CallState, event: Keys | Words) -> Step:
    """One of several disclaimers was chosen, by its key or its name."""
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.go(state, Place.CALL_OPTIONS)
        case Keys(key):
            chosen = dict(questions.disclaimers_by_key(state)).get(key)
            error = PromptId.ERROR_KEY
        case Words(phrase):
            offers = state.facts.offers.disclaimers
            chosen = next((offer for offer in offers if offer.name.lower() == phrase), None)
            error = PromptId.ERROR_WORDS
        case _:
            assert_never(event)
    if chosen is None:
        return moves.miss(state, Prompt(error))
    return _choose(state, replace(state.options, disclaimer=chosen.id))


def with_codes(state: CallState, codes: tuple[OptionCode, ...]) -> CallState:
    """The options as the codes in front of a number switch them on; the policy has allowed them."""
    options = state.options
    for code in codes:
        match code:
            case OptionCode.RECORD:
                options = replace(options, record=True)
            case OptionCode.DISCLAIMER:
                first = next(iter(state.facts.offers.disclaimers), None)
                options = replace(options, disclaimer=None if first is None else first.id)
            case _:
                assert_never(code)
    return replace(state, options=options)


def _choose(state: CallState, options: CallOptions) -> Step:
    """Take it, and stay: the question says what is chosen now."""
    return moves.go(replace(state, options=options), Place.CALL_OPTIONS)
