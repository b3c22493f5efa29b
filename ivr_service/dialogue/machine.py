"""The dialogue: begin a call, then step it with one event at a time.

    state, outputs = begin(facts)
    state, outputs = step(state, event)

Pure: the same state and event always give the same step. The last output is an Ask, Dial or HangUp for the
front end, or a request that the service answers with the next event. The core never makes a grant.
"""

from collections.abc import Callable
from dataclasses import replace

from ivr_service.dialogue import menu, questions
from ivr_service.dialogue.actions import CheckEntry, CheckPin, Dial, HangUp, Play, RequestDial
from ivr_service.dialogue.events import (
    Denied,
    DialEnded,
    EndedBy,
    EntryAccepted,
    EntryRefused,
    Event,
    Granted,
    HungUp,
    Keys,
    MenuRequested,
    PinAccepted,
    PinRefused,
    Words,
)
from ivr_service.dialogue.menu import MenuAction
from ivr_service.dialogue.phrases import Phrase, Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import (
    ENTRY_TRIES,
    KEY_TRIES,
    CallFacts,
    CallState,
    Place,
    Step,
    Waiting,
)
from ivr_service.dialogue.values import (
    CallKind,
    CallResult,
    Destination,
    DialStatus,
    OfferedCallerId,
    Refusal,
    RefusalReason,
)
from ivr_service.errors import IvrServiceError


class UnexpectedEventError(IvrServiceError):
    """An event came that the call cannot have in its place: the front end or the service is at fault."""


_TRIES = {
    Place.ASKING_PIN: ENTRY_TRIES,
    Place.ENTERING_NUMBER: ENTRY_TRIES,
    Place.CHOOSING_SPEED_DIAL: ENTRY_TRIES,
    Place.MAIN_MENU: KEY_TRIES,
    Place.AFTER_CALL: KEY_TRIES,
    Place.CHOOSING_CALLER_ID: KEY_TRIES,
}


def begin(facts: CallFacts, caller_id: str | None) -> Step:
    """Start a call. What it arrived with is checked first, for an emergency must meet no question at all."""
    return _check_arrival(CallState(facts, caller_id=caller_id))


def step(state: CallState, event: Event) -> Step:
    """Take one event.

    Raises UnexpectedEventError when the event answers a request that was not made.
    """
    match event:
        case HungUp():
            return _end(state, CallResult.HANG_UP)
        case _ if state.place is Place.ENDED:
            return Step(state, (HangUp(state.result or CallResult.HANG_UP),))
        case Keys() | Words() if state.waiting is Waiting.NOTHING:
            return _answered(state, event)
        case DialEnded(status):
            return _dial_ended(state, status)
        case EntryAccepted() | MenuRequested() | EntryRefused() if state.waiting is Waiting.ENTRY:
            return _entry_checked(replace(state, waiting=Waiting.NOTHING), event)
        case PinAccepted() | PinRefused() if state.waiting is Waiting.PIN:
            return _pin_checked(replace(state, waiting=Waiting.NOTHING), event)
        case Granted() | Denied() if state.waiting is Waiting.GRANT:
            return _dial_decided(replace(state, waiting=Waiting.NOTHING), event)
        case _:
            raise UnexpectedEventError(f"{type(event).__name__} in {state.place} waiting for {state.waiting}")


# --- requests and their answers


def _check_arrival(state: CallState) -> Step:
    request = CheckEntry(state.facts.arrived_with, state.facts.kind)
    return Step(replace(state, waiting=Waiting.ENTRY), (request,))


def _check_keys(state: CallState, keys: str) -> Step:
    """Keys are read as keys, also in a callback: its caller's number came from outside, these did not."""
    return Step(replace(state, waiting=Waiting.ENTRY), (CheckEntry(keys, CallKind.DIAL_OUT),))


def _request_dial(state: CallState) -> Step:
    if state.destination is None:
        return _go(state, Place.MAIN_MENU)
    return Step(
        replace(state, waiting=Waiting.GRANT, refusal=None, ended=None, grant_id=None),
        (RequestDial(state.destination, state.caller_id),),
    )


def _entry_checked(state: CallState, event: EntryAccepted | MenuRequested | EntryRefused) -> Step:
    if isinstance(event, EntryAccepted) and event.destination.goes_at_once:
        return _request_dial(replace(state, destination=event.destination))
    if isinstance(event, EntryRefused) and event.refusal.reason is RefusalReason.EMERGENCY_FROM_OUTSIDE:
        return _say_and_end(state, CallResult.HANG_UP, *questions.refusal_phrases(event.refusal))
    if state.place is Place.ASKING_PIN:
        return _miss(state, Prompt(PromptId.ERROR_PIN))
    if state.facts.inside_only:
        why = questions.refusal_phrases(Refusal(RefusalReason.INSIDE_ONLY))
        return _say_and_end(state, CallResult.HANG_UP, *why, Prompt(PromptId.GOODBYE))
    if not state.may_continue:
        return _go(replace(state, resume=Place.STARTING), Place.ASKING_PIN)
    match event:
        case EntryAccepted(destination, caller_id):
            return _offer_call(state, destination, caller_id)
        case MenuRequested(caller_id):
            # A code alone ("2*") changes what they will see, and keeps the number that was chosen before.
            return _offer_call(state, state.destination if caller_id else None, caller_id)
        case EntryRefused(refusal):
            return _entry_refused(state, refusal)


def _offer_call(state: CallState, destination: Destination | None, caller_id: str | None) -> Step:
    return _go(
        replace(state, destination=destination, caller_id=caller_id or state.caller_id), Place.MAIN_MENU
    )


def _entry_refused(state: CallState, refusal: Refusal) -> Step:
    if state.place is not Place.STARTING:
        return _miss(state, *questions.refusal_phrases(refusal))
    if state.facts.kind is CallKind.CALLBACK:
        return _go(replace(state, refusal=refusal), Place.AFTER_CALL)
    return _go(state, Place.ENTERING_NUMBER, *questions.refusal_phrases(refusal))


def _pin_checked(state: CallState, event: PinAccepted | PinRefused) -> Step:
    if isinstance(event, PinRefused):
        return _miss(state, Prompt(PromptId.ERROR_PIN))
    state = replace(state, authorised=True, misses=0)
    if state.resume is Place.STARTING:
        return _check_arrival(replace(state, place=Place.STARTING))
    return _go(state, state.resume)


def _dial_decided(state: CallState, event: Granted | Denied) -> Step:
    match event:
        case Granted(grant):
            state = replace(state, place=Place.DIALLING, grant_id=grant.grant_id, misses=0)
            return Step(state, (Dial(grant),))
        case Denied(refusal):
            return _go(replace(state, refusal=refusal), Place.AFTER_CALL)


def _dial_ended(state: CallState, status: DialStatus) -> Step:
    if state.place is not Place.DIALLING:
        raise UnexpectedEventError(f"a dial ended in {state.place}, where none was made")
    if status is DialStatus.ANSWERED:
        return _back_to_messages(state)
    return _go(replace(state, ended=status), Place.AFTER_CALL)


# --- what the caller answers


def _answered(state: CallState, event: Keys | Words) -> Step:
    handler = _ANSWERS.get(state.place)
    if handler is None:
        raise UnexpectedEventError(f"an answer in {state.place}, where nothing was asked")
    if isinstance(event, Keys) and not event.keys and event.ended_by is EndedBy.TIMEOUT:
        return _miss(state, Prompt(PromptId.ERROR_SILENCE))
    return handler(state, event)


def _menu_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(keys):
            action = menu.chosen_by_key(state, keys)
            return _miss(state, Prompt(PromptId.ERROR_KEY)) if action is None else _choose(state, action)
        case Words(phrase):
            action = menu.chosen_by_words(state, phrase)
            return _miss(state, Prompt(PromptId.ERROR_WORDS)) if action is None else _choose(state, action)


def _choose(state: CallState, action: MenuAction) -> Step:
    match action:
        case MenuAction.CALL_NOW:
            return _request_dial(state)
        case MenuAction.ENTER_NUMBER:
            return _go_authorised(state, Place.ENTERING_NUMBER)
        case MenuAction.SPEED_DIALS:
            return _go_authorised(state, Place.CHOOSING_SPEED_DIAL)
        case MenuAction.CALLER_ID:
            return _go_authorised(state, Place.CHOOSING_CALLER_ID)
        case MenuAction.HELP:
            return _ask(state, *questions.help_phrases(state))
        case MenuAction.BACK:
            return _back(state)
        case MenuAction.DONE:
            return _back_to_messages(state)


def _number_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return _back(state)
        case Keys(keys):
            return _check_keys(state, keys)
        case Words():
            return _miss(state, Prompt(PromptId.ERROR_WORDS))


def _pin_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return _back_to_messages(state)
        case Keys(keys) if len(keys) < questions.PIN_FEWEST_DIGITS:
            # Too short for a PIN, but it may be an emergency number, which no question may hold up.
            return _check_keys(state, keys)
        case Keys(keys):
            return Step(replace(state, waiting=Waiting.PIN), (CheckPin(keys),))
        case Words():
            return _miss(state, Prompt(PromptId.ERROR_WORDS))


def _slot_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return _back(state)
        case Keys(questions.MORE_KEY):
            return _ask(replace(state, page=questions.next_page(state.page, len(state.facts.slots))))
        case Keys(keys):
            return _check_keys(state, keys)
        case Words(phrase):
            slot = next((offer.slot for offer in state.facts.slots if offer.name.lower() == phrase), None)
            if slot is None:
                return _miss(state, Prompt(PromptId.ERROR_WORDS))
            return _check_keys(state, str(slot))


def _caller_id_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return _back(state)
        case Keys(questions.HELP_KEY) | Words(questions.HELP_WORD):
            return _ask(state, *questions.help_phrases(state))
        case Keys(questions.TERMINATOR) | Words(questions.DONE_WORD):
            return _back_to_messages(state)
        case Keys(key) if key == questions.more_caller_ids_key(state):
            return _ask(replace(state, page=questions.next_page(state.page, len(state.facts.caller_ids))))
        case Keys(key):
            chosen = dict(questions.caller_ids_on_page(state)).get(key)
            return _caller_id_chosen(state, chosen, Prompt(PromptId.ERROR_KEY))
        case Words(phrase):
            chosen = next((offer for offer in state.facts.caller_ids if offer.name.lower() == phrase), None)
            return _caller_id_chosen(state, chosen, Prompt(PromptId.ERROR_WORDS))


def _caller_id_chosen(state: CallState, chosen: OfferedCallerId | None, error: Phrase) -> Step:
    if chosen is None:
        return _miss(state, error)
    return _go(replace(state, caller_id=chosen.id), Place.MAIN_MENU)


_ANSWERS: dict[Place, Callable[[CallState, Keys | Words], Step]] = {
    Place.ASKING_PIN: _pin_answer,
    Place.MAIN_MENU: _menu_answer,
    Place.ENTERING_NUMBER: _number_answer,
    Place.CHOOSING_SPEED_DIAL: _slot_answer,
    Place.CHOOSING_CALLER_ID: _caller_id_answer,
    Place.AFTER_CALL: _menu_answer,
}


# --- going from place to place


def _ask(state: CallState, *lead: Phrase) -> Step:
    return Step(state, (questions.ask(state, lead),))


def _go(state: CallState, place: Place, *lead: Phrase) -> Step:
    return _ask(replace(state, place=place, misses=0, page=0), *lead)


def _go_authorised(state: CallState, place: Place) -> Step:
    """Go to a place that needs the PIN. After an emergency call, which asked for none, it is asked now."""
    if state.may_continue:
        return _go(state, place)
    return _go(replace(state, resume=place), Place.ASKING_PIN)


def _miss(state: CallState, *lead: Phrase) -> Step:
    """Ask the same again with what went wrong in front, or give up in a friendly way."""
    state = replace(state, misses=state.misses + 1)
    if state.misses >= _TRIES[state.place]:
        return _say_and_end(
            state, CallResult.HANG_UP, *lead, Prompt(PromptId.TOO_MANY_TRIES), Prompt(PromptId.GOODBYE)
        )
    return _ask(state, *lead)


def _back(state: CallState) -> Step:
    """Star: from a question to the menu, from the menu to the messages."""
    if state.place is Place.MAIN_MENU or not state.may_continue:
        return _back_to_messages(state)
    return _go(replace(state, refusal=None, ended=None), Place.MAIN_MENU)


def _back_to_messages(state: CallState) -> Step:
    return _say_and_end(state, CallResult.MAILBOX, Prompt(PromptId.BACK_TO_MESSAGES))


def _say_and_end(state: CallState, result: CallResult, *phrases: Phrase) -> Step:
    ended = replace(state, place=Place.ENDED, waiting=Waiting.NOTHING, result=result)
    return Step(ended, (Play(phrases), HangUp(result)))


def _end(state: CallState, result: CallResult) -> Step:
    ended = replace(state, place=Place.ENDED, waiting=Waiting.NOTHING, result=result)
    return Step(ended, (HangUp(result),))
