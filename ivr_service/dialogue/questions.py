"""What is asked at each place: the phrases, the keys and the words. Every question takes keys or words."""

from collections.abc import Callable
from dataclasses import replace

from ivr_service.dialogue import known, menu, speed_dial_names, survey_questions
from ivr_service.dialogue.actions import Ask
from ivr_service.dialogue.events import Heard, HeardNumber
from ivr_service.dialogue.hearing import groups_of, part_length
from ivr_service.dialogue.phrases import (
    Phrase,
    Prompt,
    PromptInLanguage,
    SpokenKeys,
    SpokenMoment,
    SpokenName,
    SpokenNumber,
    SpokenRecording,
)
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, OfferedSlot, Place
from ivr_service.dialogue.values import (
    Destination,
    DialStatus,
    KnownCode,
    NumberClass,
    NumberPart,
    OfferedCallerId,
    OfferedDisclaimer,
    OfferedListener,
    Refusal,
    RefusalReason,
)

TERMINATOR = "#"
BACK_KEY = "*"
MORE_KEY = "0"
HELP_KEY = "0"
BACK_WORD = "back"
HELP_WORD = "help"
DONE_WORD = "done"
FIRST_WORD = "the first"
SECOND_WORD = "the second"
MOST_DIGITS = 32
"""Longer than any number with feature codes in front; what comes after is cut off by the front end."""

PIN_FEWEST_DIGITS = 7
PIN_MOST_DIGITS = 10
SLOT_MOST_DIGITS = 4
"""A slot has two at most; an emergency number that is keyed here has up to four."""

SAVED_SLOT_DIGITS = 2

EVERY_WORD = (BACK_WORD, HELP_WORD, DONE_WORD, FIRST_WORD, SECOND_WORD)
"""The words that are understood outside the menus, but for those of surveys."""

REST_DIGITS = 7
"""What follows an area code."""

FULL_NUMBER_LENGTHS = (10, 11)
"""A number with its area code, with or without a one in front."""

_FULL_NUMBERS = ("NXXXXXXXXX", "1NXXXXXXXXX")
"""The same as patterns. No area code begins with 0 or 1; what the rest may be is weighed later."""

_WHOLE_LENGTHS = (*FULL_NUMBER_LENGTHS, 7, 5, 4, 3, 2, 1)
"""What can be said where a number is asked, the likeliest first: a number, an extension, a slot."""

FIRST_KEY_MS = 6000
NEXT_KEY_MS = 4000
AFTER_A_TALK_MS = 3000
"""How long silence is after an answered call, where most want nothing more than their messages."""


def ask(state: CallState, lead: tuple[Phrase, ...] = ()) -> Ask:
    """The question at the place where the call is, with `lead` (an error, a refusal) said before it.

    After a lead, keys pressed before it was heard do not count.
    """
    return _QUESTIONS[state.place](state, lead)


def _what_is_blocked(state: CallState) -> tuple[Phrase, ...]:
    number = () if state.destination is None else _read_back(state.destination)
    return (*number, Prompt(PromptId.BLOCK_WARNING))


def help_phrases(state: CallState) -> tuple[Phrase, ...]:
    """What zero says: what this place is for, and every key that works here."""
    if state.place is Place.CHOOSING_CALLER_ID:
        return (Prompt(PromptId.HELP_CALLER_ID), Prompt(PromptId.MENU_BACK))
    purpose = _HELP.get(state.place, PromptId.HELP_MENU)
    by_name = (Prompt(PromptId.HELP_BY_NAME),) if state.hears and speed_dial_names.phrases(state) else ()
    return (Prompt(purpose), *by_name, *_choices_read(state, menu.all_spoken(state)))


_HELP = {
    Place.AFTER_CALL: PromptId.HELP_AFTER_CALL,
    Place.CONFIRMING_NUMBER: PromptId.HELP_CONFIRMING,
    Place.CALL_OPTIONS: PromptId.HELP_CALL_OPTIONS,
    Place.PEOPLE: PromptId.HELP_PEOPLE,
    Place.MORE_CHOICES: PromptId.HELP_MORE_CHOICES,
    Place.CONFIRMING_CALL: PromptId.HELP_CONFIRMING_CALL,
    Place.CONFIRMING_BLOCK: PromptId.HELP_BLOCKING,
    Place.BLOCKED: PromptId.HELP_BLOCKING,
    Place.REPLACING_SLOT: PromptId.HELP_SAVING,
    Place.CHECKING_NAME: PromptId.HELP_SAVING,
    Place.OWN_SPEED_DIALS: PromptId.HELP_OWN_SPEED_DIALS,
    Place.DELETING_SLOT: PromptId.HELP_OWN_SPEED_DIALS,
}


def refusal_phrases(refusal: Refusal, codes: tuple[KnownCode, ...] = ()) -> tuple[Phrase, ...]:
    """Why it was refused, the keys that were not understood, and when to try again.

    `codes` are those that are known here: they are read after one that is not.
    """
    phrases: list[Phrase] = [Prompt(PromptId(f"refused.{refusal.reason}"))]
    if refusal.keys:
        phrases.append(SpokenKeys(refusal.keys))
    phrases += known.in_country(refusal.country)
    if refusal.reason is RefusalReason.UNKNOWN_CODE and codes:
        phrases += [Prompt(PromptId.CODES_ARE), *(phrase for code in codes for phrase in _code_phrases(code))]
    if refusal.until and refusal.asked_at:
        phrases.append(Prompt(PromptId.YOU_MAY_CALL_AGAIN))
        phrases.append(SpokenMoment(refusal.until, refusal.asked_at))
    return tuple(phrases)


def _code_phrases(code: KnownCode) -> tuple[Phrase, ...]:
    if code.caller_id_name is not None:
        return (SpokenKeys(code.keys), Prompt(PromptId.CODE_CALLER_ID), SpokenName(code.caller_id_name))
    prompt = PromptId.CODE_REDIAL if code.option is None else PromptId(f"code.{code.option}")
    return (SpokenKeys(code.keys), Prompt(prompt))


def slot_phrase(offer: OfferedSlot) -> Phrase:
    """What is said for a speed dial."""
    if offer.recording is not None:
        return SpokenRecording(offer.recording)
    return SpokenName(offer.name) if offer.name else SpokenNumber(offer.groups)


def own_slot(state: CallState) -> OfferedSlot:
    """The speed dial of the owner that is read out now."""
    return state.own_slots[state.page % len(state.own_slots)]


def caller_ids_on_page(state: CallState) -> tuple[tuple[str, OfferedCallerId], ...]:
    """The caller IDs offered now, each with its key. More than six are offered in pages of five."""
    offers = state.facts.caller_ids
    size = _page_size(len(offers))
    page = offers[state.page * size : (state.page + 1) * size]
    return tuple((str(position), offer) for position, offer in enumerate(page, start=1))


def offered_by_key(state: CallState) -> tuple[tuple[str, OfferedDisclaimer | OfferedListener], ...]:
    """The disclaimers or listeners to choose from, each with its key; there are never more than six."""
    offers = state.facts.offers
    chosen_from: tuple[OfferedDisclaimer | OfferedListener, ...] = (
        offers.listeners if state.place is Place.CHOOSING_LISTENER else offers.disclaimers
    )
    return tuple((str(key), offer) for key, offer in enumerate(chosen_from, start=1))


def slots_on_page(state: CallState) -> tuple[OfferedSlot, ...]:
    """The speed dials read out now."""
    size = _page_size(len(state.slots))
    return state.slots[state.page * size : (state.page + 1) * size]


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


def _choices_read(state: CallState, ids: tuple[PromptId, ...]) -> tuple[Phrase, ...]:
    return tuple(_choice_read(state, prompt_id) for prompt_id in ids)


def _choice_read(state: CallState, prompt_id: PromptId) -> Phrase:
    if prompt_id is PromptId.MENU_LANGUAGE and state.offered_language is not None:
        return PromptInLanguage(prompt_id, state.offered_language)
    return Prompt(prompt_id)


def _one_key(state: CallState, lead: tuple[Phrase, ...], phrases: tuple[Phrase, ...]) -> Ask:
    return Ask(
        phrases=(*lead, *phrases, Prompt(PromptId.MENU_HELP)),
        max_digits=1,
        first_digit_timeout_ms=FIRST_KEY_MS,
        words=(*menu.words(state), *speed_dial_names.phrases(state)),
        heed_lead=bool(lead),
    )


def _number_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    most, lengths, complete = _digits_wanted(state)
    return Ask(
        phrases=(*lead, Prompt(_number_prompt(state))),
        max_digits=most,
        terminator=TERMINATOR,
        stop_keys=BACK_KEY,
        first_digit_timeout_ms=FIRST_KEY_MS,
        inter_digit_timeout_ms=NEXT_KEY_MS,
        words=(BACK_WORD, *speed_dial_names.phrases(state)),
        spoken_lengths=lengths,
        spoken_complete=complete,
        heed_lead=bool(lead),
    )


def _digits_wanted(state: CallState) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
    """How many keys are taken here, how many digits can be said, and which numbers are then complete."""
    match state.place:
        case Place.ENTERING_REST:
            return REST_DIGITS, (REST_DIGITS,), ("X" * REST_DIGITS,)
        case Place.CORRECTING_NUMBER:
            length = part_length(state.part)
            return SLOT_MOST_DIGITS, (length,), ("X" * length,)
        case _:
            return MOST_DIGITS, _WHOLE_LENGTHS, (*_FULL_NUMBERS, *state.facts.extensions)


def _number_prompt(state: CallState) -> PromptId:
    """Ask differently each time: say or enter it, say it slowly, and then the keys come first."""
    if state.place is Place.ENTERING_REST:
        return PromptId.ASK_REST
    if state.place is Place.CORRECTING_NUMBER:
        return _ASKING_FOR[state.part]
    if not state.hears or state.misses >= 2:
        return PromptId.ASK_NUMBER
    return PromptId.ASK_NUMBER_SLOWLY if state.misses else PromptId.ASK_NUMBER_SPOKEN


_ASKING_FOR = {
    NumberPart.AREA_CODE: PromptId.ASK_AREA_CODE,
    NumberPart.EXCHANGE: PromptId.ASK_MIDDLE_THREE,
    NumberPart.LINE: PromptId.ASK_LAST_FOUR,
}


def _what_was_heard(state: CallState) -> tuple[Phrase, ...]:
    return (Prompt(PromptId.I_HEARD), SpokenNumber(groups_of(state.said)))


def _choice_of_two(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    phrases: list[Phrase] = [*lead, Prompt(PromptId.DID_YOU_MEAN)]
    for key, heard in enumerate(state.doubt, start=1):
        phrases += _for_press(_said_back(state, heard), str(key))
    return Ask(
        phrases=(*phrases, Prompt(PromptId.CHOICE_NEITHER)),
        max_digits=1,
        first_digit_timeout_ms=FIRST_KEY_MS,
        words=(FIRST_WORD, SECOND_WORD, BACK_WORD),
        heed_lead=bool(lead),
    )


def _said_back(state: CallState, heard: Heard) -> Phrase:
    if isinstance(heard, HeardNumber):
        return SpokenNumber(groups_of(heard.digits))
    slot = speed_dial_names.named(replace(state, place=state.doubt_at), heard.phrase)
    if slot is not None:
        return slot_phrase(slot)
    names = [offer.name for offer in state.facts.caller_ids]
    return SpokenName(next((name for name in names if name.lower() == heard.phrase), heard.phrase))


def _pin_question(_: CallState, lead: tuple[Phrase, ...]) -> Ask:
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
    same = (Prompt(PromptId.SAME_AS_LAST_TIME),) if _is_like_the_last_call(state) else ()
    return (*_who_is_called(state), *same, *_who_they_will_see(state), *_what_is_done(state))


def _is_like_the_last_call(state: CallState) -> bool:
    return state.is_as_last_time and (state.destination is None or state.destination.is_public)


def _what_is_done(state: CallState) -> tuple[Phrase, ...]:
    """The options of the next call, which are always spoken before it; extensions have none."""
    if state.destination is not None and not state.destination.is_public:
        return ()
    phrases: list[Phrase] = []
    if state.options.record:
        phrases.append(Prompt(PromptId.WILL_BE_RECORDED))
    disclaimer = next(
        (offer for offer in state.facts.offers.disclaimers if offer.id == state.options.disclaimer), None
    )
    if disclaimer is not None:
        phrases += [Prompt(PromptId.WITH_DISCLAIMER), SpokenName(disclaimer.name)]
    if state.options.survey and not state.people:
        phrases.append(Prompt(PromptId.WITH_SURVEY))
    listener = next((one for one in state.facts.offers.listeners if one.id == state.options.listener), None)
    if listener is not None:
        phrases += [Prompt(PromptId.WITH_LISTENER), SpokenName(listener.name)]
    return (*phrases, *_who_joins(state))


def _who_joins(state: CallState) -> tuple[Phrase, ...]:
    if not state.people:
        return ()
    return (Prompt(PromptId.WITH_PEOPLE), *(phrase for one in state.people for phrase in _read_back(one)))


def _who_is_called(state: CallState) -> tuple[Phrase, ...]:
    if state.destination is None:
        return (Prompt(PromptId.NO_NUMBER_YET),)
    if state.said:  # it has just been read back, and confirmed
        return (Prompt(PromptId.READY_TO_CALL),)
    return (Prompt(PromptId.READY_TO_CALL), *_read_back(state.destination))


def _read_back(destination: Destination) -> tuple[Phrase, ...]:
    if destination.recording is not None:
        return (SpokenRecording(destination.recording),)
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
        phrases += _for_press(SpokenName(offer.name), key)
    if more_caller_ids_key(state) is not None:
        phrases.append(Prompt(PromptId.CHOICE_MORE))
    return Ask(
        phrases=tuple(phrases),
        max_digits=1,
        first_digit_timeout_ms=FIRST_KEY_MS,
        words=(*(offer.name.lower() for offer in state.facts.caller_ids), BACK_WORD, HELP_WORD, DONE_WORD),
        heed_lead=bool(lead),
    )


def _choice_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    """One of a short list with names: a disclaimer, or a listener."""
    is_listener = state.place is Place.CHOOSING_LISTENER
    phrases: list[Phrase] = [*lead, Prompt(PromptId.ASK_LISTENER if is_listener else PromptId.ASK_DISCLAIMER)]
    for key, offer in offered_by_key(state):
        phrases += _for_press(SpokenName(offer.name), key)
    return Ask(
        phrases=tuple(phrases),
        max_digits=1,
        first_digit_timeout_ms=FIRST_KEY_MS,
        words=(*(offer.name.lower() for _, offer in offered_by_key(state)), BACK_WORD),
        heed_lead=bool(lead),
    )


def _for_press(what: Phrase, key: str) -> tuple[Phrase, ...]:
    return (Prompt(PromptId.CHOICE_FOR), what, Prompt(PromptId.CHOICE_PRESS), SpokenKeys(key))


def _slot_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    phrases: list[Phrase] = [*lead, Prompt(PromptId.ASK_SLOT)]
    for offer in slots_on_page(state):
        phrases += _for_press(slot_phrase(offer), str(offer.slot))
    if has_more(len(state.slots)):
        phrases.append(Prompt(PromptId.SLOT_MORE))
    return Ask(
        phrases=tuple(phrases),
        max_digits=SLOT_MOST_DIGITS,
        terminator=TERMINATOR,
        stop_keys=BACK_KEY,
        first_digit_timeout_ms=FIRST_KEY_MS,
        inter_digit_timeout_ms=NEXT_KEY_MS,
        words=(*speed_dial_names.phrases(state), BACK_WORD),
        spoken_lengths=(1, 2),
        spoken_complete=tuple(str(offer.slot) for offer in state.slots),
        heed_lead=bool(lead),
    )


def _saving_slot(_: CallState, lead: tuple[Phrase, ...]) -> Ask:
    return Ask(
        phrases=(*lead, Prompt(PromptId.ASK_SAVED_SLOT)),
        max_digits=SLOT_MOST_DIGITS,
        terminator=TERMINATOR,
        stop_keys=BACK_KEY,
        first_digit_timeout_ms=FIRST_KEY_MS,
        inter_digit_timeout_ms=NEXT_KEY_MS,
        words=(BACK_WORD,),
        spoken_lengths=(1, 2),
        heed_lead=bool(lead),
    )


def _replacing_slot(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    taken = tuple(slot_phrase(offer) for offer in state.own_slots if offer.slot == state.slot)
    return _one_key(
        state, lead, (Prompt(PromptId.SLOT_TAKEN), *taken, *_choices_read(state, menu.spoken(state)))
    )


def _checking_name(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    heard = Prompt(PromptId.NO_NAME_HEARD) if state.voice is None else SpokenRecording(state.voice)
    return _one_key(state, lead, (heard, *_choices_read(state, menu.spoken(state))))


def _own_speed_dial(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    offer = own_slot(state)
    number = SpokenNumber(offer.groups)
    said = tuple(
        dict.fromkeys((Prompt(PromptId.SLOT), SpokenKeys(str(offer.slot)), slot_phrase(offer), number))
    )
    return _one_key(state, lead, (*said, *_choices_read(state, menu.spoken(state))))


def _main_menu(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    told = () if state.known is None else known.in_short(state.known)
    return _one_key(
        state, lead, (*_what_will_happen(state), *told, *_choices_read(state, menu.spoken(state)))
    )


def _call_options(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    chosen = _what_is_done(state) or (Prompt(PromptId.NO_OPTIONS),)
    return _one_key(state, lead, (*chosen, *_choices_read(state, menu.spoken(state))))


def _people_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    there = _who_joins(state) or (Prompt(PromptId.NOBODY_ADDED),)
    return _one_key(state, lead, (*there, *_choices_read(state, menu.spoken(state))))


def denied_phrases(denied: tuple[tuple[Destination, Refusal], ...]) -> tuple[Phrase, ...]:
    """Who of the people is not called, and why."""
    phrases: list[Phrase] = []
    for person, refusal in denied:
        phrases += [*_read_back(person), Prompt(PromptId.NOT_CALLED), *refusal_phrases(refusal)]
    return tuple(phrases)


def _more_choices(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    told = () if state.known is None else known.in_full(state.known)
    return _one_key(state, lead, (*told, *_choices_read(state, menu.spoken(state))))


def _call_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    """What speaks against the call must be heard before a key counts, also by who types ahead."""
    doubts = () if state.known is None else known.doubts(state.known)
    return _one_key(state, (*lead, *doubts), _choices_read(state, menu.spoken(state)))


def _block_question(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    return _one_key(state, lead, (*_what_is_blocked(state), *_choices_read(state, menu.spoken(state))))


def _after_blocking(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    return _one_key(state, lead, (Prompt(PromptId.BLOCK_DONE), *_choices_read(state, menu.spoken(state))))


def _after_call(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    question = _one_key(state, (*lead, *_how_it_ended(state)), _choices_read(state, menu.spoken(state)))
    if state.ended is DialStatus.ANSWERED:
        return replace(question, first_digit_timeout_ms=AFTER_A_TALK_MS)
    return question


def _confirmation(state: CallState, lead: tuple[Phrase, ...]) -> Ask:
    question = _one_key(state, lead, (*_what_was_heard(state), *_choices_read(state, menu.spoken(state))))
    return replace(question, spoken_lengths=FULL_NUMBER_LENGTHS, spoken_complete=_FULL_NUMBERS)


_QUESTIONS: dict[Place, Callable[[CallState, tuple[Phrase, ...]], Ask]] = {
    Place.MAIN_MENU: _main_menu,
    Place.CALL_OPTIONS: _call_options,
    Place.CHOOSING_DISCLAIMER: _choice_question,
    Place.CHOOSING_LISTENER: _choice_question,
    Place.PEOPLE: _people_question,
    Place.MORE_CHOICES: _more_choices,
    Place.CONFIRMING_CALL: _call_question,
    Place.CONFIRMING_BLOCK: _block_question,
    Place.BLOCKED: _after_blocking,
    Place.SAVING_SLOT: _saving_slot,
    Place.REPLACING_SLOT: _replacing_slot,
    Place.CHECKING_NAME: _checking_name,
    Place.OWN_SPEED_DIALS: _own_speed_dial,
    Place.DELETING_SLOT: _own_speed_dial,
    Place.AFTER_CALL: _after_call,
    Place.SURVEY_QUESTION: survey_questions.ask_survey,
    Place.CHOOSING_CALLER_ID: _caller_id_question,
    Place.CHOOSING_SPEED_DIAL: _slot_question,
    Place.CONFIRMING_NUMBER: _confirmation,
    Place.CHOOSING_HEARD: _choice_of_two,
    Place.ENTERING_NUMBER: _number_question,
    Place.ENTERING_REST: _number_question,
    Place.CORRECTING_NUMBER: _number_question,
    Place.ASKING_PIN: _pin_question,
}
"""The question of each place where something is asked."""
