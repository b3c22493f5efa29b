"""Numbers that are said: read back, confirmed, corrected in one part, completed by keys. Pure.

A number that was said is checked only after the caller has confirmed it, so that it is never dialled unheard.
"""

from dataclasses import replace

from ivr_service.dialogue import moves, questions, saving
from ivr_service.dialogue.events import EndedBy, HeardNumber, HeardPhrase, Keys, Words
from ivr_service.dialogue.hearing import Doubt, part_length, with_part
from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import ENTRY_TRIES, CallState, Place, Step
from ivr_service.dialogue.values import NumberPart


def number_said(state: CallState, number: HeardNumber) -> Step:
    """Take digits that were said, for what is asked at this place."""
    match state.place:
        case Place.ENTERING_NUMBER if number.part is NumberPart.AREA_CODE:
            return _ask_rest(state, number.digits)
        case Place.ENTERING_NUMBER if number.part is NumberPart.WHOLE:
            return _confirm(state, number.digits)
        case Place.ENTERING_REST:
            return _rest_said(state, number.digits)
        case Place.CORRECTING_NUMBER:
            return _part_said(state, number.digits)
        case Place.CONFIRMING_NUMBER if number.part is NumberPart.WHOLE:
            return _said_anew(state, number.digits)
        case Place.CONFIRMING_NUMBER:
            return _part_said(replace(state, part=number.part), number.digits)
        case Place.CHOOSING_SPEED_DIAL if number.part is NumberPart.WHOLE:
            return moves.check_keys(state, number.digits)
        case Place.SAVING_SLOT if number.part is NumberPart.WHOLE:
            return saving.slot_entered(state, number.digits)
        case _:
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))


def offer_both(state: CallState, doubt: Doubt) -> Step:
    """Two readings are too close: let the caller choose."""
    state = replace(state, doubt=(doubt.first, doubt.second), doubt_at=state.place)
    return moves.ask(replace(state, place=Place.CHOOSING_HEARD))


def chosen_of_two(state: CallState, event: Keys | Words) -> HeardPhrase | Step:
    """The phrase that was chosen, or the step that a number or anything else leads to."""
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.ask(replace(state, place=state.doubt_at, doubt=()))
        case Keys("1") | Words(questions.FIRST_WORD):
            return _take(state, 0)
        case Keys("2") | Words(questions.SECOND_WORD):
            return _take(state, 1)
        case Keys():
            return moves.miss(state, Prompt(PromptId.ERROR_KEY))
        case Words():
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))


def _take(state: CallState, position: int) -> HeardPhrase | Step:
    chosen = state.doubt[position]
    if isinstance(chosen, HeardPhrase):
        return chosen
    return number_said(replace(state, place=state.doubt_at, doubt=()), chosen)


def say_again(state: CallState) -> Step:
    """The number was heard wrongly: ask for it in another way, and never offer the same digits again."""
    state = replace(_rejecting(state), place=Place.ENTERING_NUMBER, said="")
    return moves.ask(replace(state, misses=min(state.misses + 1, ENTRY_TRIES - 1)))


def correct_area_code(state: CallState) -> Step:
    """Ask for the first three digits anew."""
    return _correct(state, NumberPart.AREA_CODE)


def correct_exchange(state: CallState) -> Step:
    """Ask for the three digits in the middle anew."""
    return _correct(state, NumberPart.EXCHANGE)


def correct_line(state: CallState) -> Step:
    """Ask for the last four digits anew."""
    return _correct(state, NumberPart.LINE)


def _correct(state: CallState, part: NumberPart) -> Step:
    return moves.ask(replace(state, place=Place.CORRECTING_NUMBER, part=part, misses=0))


def part_answer(state: CallState, event: Keys | Words) -> Step:
    """The part that is corrected was keyed."""
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return _confirm(state, state.said)
        case Keys(keys) if len(keys) == part_length(state.part) and not _may_be_a_service(keys):
            return _part_said(state, keys)
        case Keys(keys):
            return moves.check_keys(state, keys)
        case Words():
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))


def rest_answer(state: CallState, event: Keys | Words) -> Step:
    """The seven digits after an area code that was said were keyed."""
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.go(state, Place.ENTERING_NUMBER)
        case Keys(keys, EndedBy.FULL):
            return _rest_said(state, keys)
        case Keys(keys):
            # Too short for the rest, but it may be an emergency number, which no question may hold up.
            return moves.check_keys(state, keys)
        case Words():
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))


def _may_be_a_service(keys: str) -> bool:
    """No area code or exchange ends in 11 (N11 codes), and an emergency number may be keyed anywhere."""
    return keys.endswith("11") and part_length(NumberPart.AREA_CODE) == len(keys)


def _confirm(state: CallState, digits: str) -> Step:
    return moves.ask(replace(state, place=Place.CONFIRMING_NUMBER, said=digits, part=NumberPart.WHOLE))


def _said_anew(state: CallState, digits: str) -> Step:
    """Another number instead of the one read back: only a full one, for a cough must not replace a number."""
    if len(digits) not in questions.FULL_NUMBER_LENGTHS:
        return moves.miss(state, Prompt(PromptId.ERROR_WORDS))
    return _confirm(state if digits == state.said else _rejecting(state), digits)


def _ask_rest(state: CallState, area_code: str) -> Step:
    return moves.ask(replace(state, place=Place.ENTERING_REST, said=area_code, misses=0))


def _rest_said(state: CallState, digits: str) -> Step:
    if len(digits) != questions.REST_DIGITS:
        return moves.miss(state, Prompt(PromptId.ERROR_WORDS))
    return _confirm(state, f"{state.said}{digits}")


def _part_said(state: CallState, digits: str) -> Step:
    corrected = with_part(state.said, state.part, digits)
    if corrected is None:
        return moves.miss(state, Prompt(PromptId.ERROR_WORDS))
    return _confirm(state if corrected == state.said else _rejecting(state), corrected)


def _rejecting(state: CallState) -> CallState:
    return replace(state, rejected=tuple(dict.fromkeys((*state.rejected, state.said)))[-_MOST_REJECTED:])


_MOST_REJECTED = 2
"""Enough to hear something else the third time, after which the keys come first."""
