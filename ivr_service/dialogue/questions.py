"""What is asked at each place: the phrases, the keys and the words. Every question takes keys or words."""

from typing import assert_never

from ivr_service.dialogue import menu
from ivr_service.dialogue.actions import Ask
from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenKeys, SpokenMoment, SpokenName, SpokenNumber
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, OfferedSlot, Place
from ivr_service.dialogue.values import Destination, NumberClass, OfferedCallerId, Refusal

TERMINATOR = "#"
BACK_KEY = "*"
MORE_KEY = "0"
HELP_KEY = "0"
BACK_WORD = "back"
HELP_WORD = "help"
DONE_WORD = "done"
MOST_DIGITS = 32
"""Longer than any number with feature codes in front; what comes after is cut off by the front end."""

PIN_FEWEST_DIGITS = 7
PIN_MOST_DIGITS = 10
SLOT_MOST_DIGITS = 4
"""A slot has two at most; an emergency number that is keyed here has up to four."""

FIRST_KEY_MS = 6000
NEXT_KEY_MS = 4000


def ask(state: CallState, lead: tuple[Phrase, ...] = ()) -> Ask:
    """The question at the place where the call is, with `lead` (an error, a refusal) said before it.

    After a lead, keys pressed before it was heard do not count.
    """
    match state.place:
        case Place.MAIN_MENU:
            return _one_key(state, lead, (*_what_will_happen(state), *_prompts(menu.spoken(state))))
        case Place.AFTER_CALL:
            return _one_key(state, (*lead, *_how_it_ended(state)), _prompts(menu.spoken(state)))
        case Place.CHOOSING_CALLER_ID:
            return _caller_id_question(state, lead)
        case Place.CHOOSING_SPEED_DIAL:
            return _slot_question(state, lead)
        case Place.ENTERING_NUMBER:
            return _entry((*lead, Prompt(PromptId.ASK_NUMBER)), MOST_DIGITS, heed=bool(lead))
        case Place.ASKING_PIN:
            return _pin_question(lead)
        case Place.STARTING | Place.DIALLING | Place.ENDED:
            raise AssertionError(f"nothing is asked while {state.place}")
        case _:
            assert_never(state.place)


def help_phrases(state: CallState) -> tuple[Phrase, ...]:
    """What zero says: what this place is for, and every key that works here."""
    match state.place:
        case Place.AFTER_CALL:
            return (Prompt(PromptId.HELP_AFTER_CALL), *_prompts(menu.all_spoken(state)))
        case Place.CHOOSING_CALLER_ID:
            return (Prompt(PromptId.HELP_CALLER_ID), Prompt(PromptId.MENU_BACK))
        case _:
            return (Prompt(PromptId.HELP_MENU), *_prompts(menu.all_spoken(state)))


def refusal_phrases(refusal: Refusal) -> tuple[Phrase, ...]:
    """Why it was refused, the keys that were not understood, and when to try again."""
    phrases: list[Phrase] = [Prompt(PromptId(f"refused.{refusal.reason}"))]
    if refusal.keys:
        phrases.append(SpokenKeys(refusal.keys))
    if refusal.until and refusal.asked_at:
        phrases.append(Prompt(PromptId.YOU_MAY_CALL_AGAIN))
        phrases.append(SpokenMoment(refusal.until, refusal.asked_at))
    return tuple(phrases)


def caller_ids_on_page(state: CallState) -> tuple[tuple[str, OfferedCallerId], ...]:
    """The caller IDs offered now, each with its key. More than six are offered in pages of five."""
    offers = state.facts.caller_ids
    size = _page_size(len(offers))
    page = offers[state.page * size : (state.page + 1) * size]
    return tuple((str(position), offer) for position, offer in enumerate(page, start=1))


def slots_on_page(state: CallState) -> tuple[OfferedSlot, ...]:
    """The speed dials read out now."""
    size = _page_size(len(state.facts.slots))
    return state.facts.slots[state.page * size : (state.page + 1) * size]


def next_page(page: int, count: int) -> int:
    """The page after this one; after the last comes the first."""
    size = _page_size(count)
    return (page + 1) % max(1, -(-count // size))


def has_more(count: int) -> bool:
    """Whether a list of this length is offered in pages."""
    return count > menu.MOST_CHOICES


def more_caller_ids_key(state: CallState) -> str | None:
    """The key that goes to the next page of caller IDs, when there are more than fit on one."""
    return str(menu.MOST_CHOICES) if has_more(len(state.facts.caller_ids)) else None


def _page_size(count: int) -> int:
    return menu.MOST_CHOICES - 1 if has_more(count) else menu.MOST_CHOICES


def _prompts(ids: tuple[PromptId, ...]) -> tuple[Phrase, ...]:
    return tuple(Prompt(prompt_id) for prompt_id in ids)


def _one_key(state: CallState, lead: tuple[Phrase, ...], phrases: tuple[Phrase, ...]) -> Ask:
    return Ask(
        phrases=(*lead, *phrases, Prompt(PromptId.MENU_HELP)),
        max_digits=1,
        first_digit_timeout_ms=FIRST_KEY_MS,
        words=menu.words(state),
        heed_lead=bool(lead),
    )


def _entry(phrases: tuple[Phrase, ...], max_digits: int, *, heed: bool) -> Ask:
    return Ask(
        phrases=phrases,
        max_digits=max_digits,
        terminator=TERMINATOR,
        stop_keys=BACK_KEY,
        first_digit_timeout_ms=FIRST_KEY_MS,
        inter_digit_timeout_ms=NEXT_KEY_MS,
        words=(BACK_WORD,),
        heed_lead=heed,
    )


def _pin_question(lead: tuple[Phrase, ...]) -> Ask:
    return Ask(
        phrases=(*lead, Prompt(PromptId.ASK_PIN)),
        max_digits=PIN_MOST_DIGITS,
        terminator=TERMINATOR,
        stop_keys=BACK_KEY,
        first_digit_timeout_ms=FIRST_KEY_MS,
        inter_digit_timeout_ms=NEXT_KEY_MS,
        words=(BACK_WORD,),
        secret=True,
        heed_lead=bool(lead),
    )


def _what_will_happen(state: CallState) -> tuple[Phrase, ...]:
    if state.destination is None:
        return (Prompt(PromptId.NO_NUMBER_YET), *_who_they_will_see(state))
    return (
        Prompt(PromptId.READY_TO_CALL),
        *_read_back(state.destination),
        *_who_they_will_see(state),
    )


def _read_back(destination: Destination) -> tuple[Phrase, ...]:
    if destination.name is not None:
        return (SpokenName(destination.name),)
    if destination.number_class is NumberClass.INTERNAL:
        return (Prompt(PromptId.EXTENSION), SpokenNumber(destination.groups))
    return (SpokenNumber(destination.groups),)


def _who_they_will_see(state: CallState) -> tuple[Phrase, ...]:
    """The current choice is always spoken before a call, so that nobody is surprised by what others saw."""
    if state.destination is not None and state.destination.number_class in _SHOWN_AS_THE_PHONE:
        return (Prompt(PromptId.THEY_WILL_SEE_YOUR_PHONE),)
    if state.destination is not None and state.destination.number_class is NumberClass.SERVICE_CODE:
        return ()  # it shows the mailbox's default, whatever was chosen for other numbers
    if state.caller_id_name is None:
        return ()
    return (Prompt(PromptId.THEY_WILL_SEE), SpokenName(state.caller_id_name))


_SHOWN_AS_THE_PHONE = (NumberClass.INTERNAL, NumberClass.EMERGENCY)


def _how_it_ended(state: CallState) -> tuple[Phrase, ...]:
    if state.refusal is not None:
        return refusal_phrases(state.refusal)
    if state.ended is None:
        return ()
    return (Prompt(menu.ENDED_PROMPTS.get(state.ended, PromptId.ENDED_FAILED)),)


def _caller_id_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    phrases: list[Phrase] = [*lead, Prompt(PromptId.ASK_CALLER_ID)]
    for key, offer in caller_ids_on_page(state):
        phrases += [
            Prompt(PromptId.CHOICE_FOR),
            SpokenName(offer.name),
            Prompt(PromptId.CHOICE_PRESS),
            SpokenKeys(key),
        ]
    if more_caller_ids_key(state) is not None:
        phrases.append(Prompt(PromptId.CHOICE_MORE))
    return Ask(
        phrases=tuple(phrases),
        max_digits=1,
        first_digit_timeout_ms=FIRST_KEY_MS,
        words=(*(offer.name.lower() for offer in state.facts.caller_ids), BACK_WORD, HELP_WORD, DONE_WORD),
        heed_lead=bool(lead),
    )


def _slot_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    phrases: list[Phrase] = [*lead, Prompt(PromptId.ASK_SLOT)]
    for offer in slots_on_page(state):
        phrases += [
            Prompt(PromptId.CHOICE_FOR),
            SpokenName(offer.name),
            Prompt(PromptId.CHOICE_PRESS),
            SpokenKeys(str(offer.slot)),
        ]
    if has_more(len(state.facts.slots)):
        phrases.append(Prompt(PromptId.SLOT_MORE))
    return Ask(
        phrases=tuple(phrases),
        max_digits=SLOT_MOST_DIGITS,
        terminator=TERMINATOR,
        stop_keys=BACK_KEY,
        first_digit_timeout_ms=FIRST_KEY_MS,
        inter_digit_timeout_ms=NEXT_KEY_MS,
        words=(*(offer.name.lower() for offer in state.facts.slots), BACK_WORD),
        heed_lead=bool(lead),
    )
