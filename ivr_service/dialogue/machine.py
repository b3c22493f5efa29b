"""The dialogue: begin a call, then step it with one event at a time.

    state, outputs = begin(facts)
    state, outputs = step(state, event)

Pure: the same state and event always give the same step. The last output is an Ask, Dial or HangUp for the
front end, or a request that the service answers with the next event. The core never makes a grant.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ivr_service.dialogue import (
    blocking,
    hearing,
    knowledge,
    language,
    menu,
    moves,
    options,
    own_slots,
    people,
    questions,
    saving,
    speed_dial_names,
    spoken,
    survey,
)
from ivr_service.dialogue.actions import CheckEntry, CheckPin, Confer, Dial, HangUp, Play, RememberChoice
from ivr_service.dialogue.events import (
    Denied,
    DialEnded,
    EndedBy,
    EntryAccepted,
    EntryRefused,
    Event,
    Granted,
    Heard,
    HeardNumber,
    HeardPhrase,
    HungUp,
    Keys,
    MenuRequested,
    PinAccepted,
    PinRefused,
    Recorded,
    SlotChecked,
    SlotRefused,
    Spoken,
    Words,
)
from ivr_service.dialogue.known import Known
from ivr_service.dialogue.menu import MenuAction
from ivr_service.dialogue.phrases import Phrase, Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import (
    CallFacts,
    CallState,
    OfferedSlot,
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


def begin(facts: CallFacts, caller_id: str | None, own: tuple[OfferedSlot, ...] = ()) -> Step:
    """Start a call; `own` are the speed dials that the mailbox's owner made.

    What the call arrived with is checked first, for an emergency must meet no question at all. A survey of
    somebody who was called checks and dials nothing.
    """
    if facts.kind is CallKind.SURVEY:
        return survey.begin_with_called(CallState(facts))
    usual = CallState(facts, caller_id=caller_id, options=facts.usual_options, own_slots=own)
    if facts.last is None:
        return _check_arrival(usual)
    return _check_arrival(replace(usual, caller_id=facts.last.caller_id, options=facts.last.options))


def step(state: CallState, event: Event) -> Step:
    """Take one event.

    Raises UnexpectedEventError when the event answers a request that was not made.
    """
    match event:
        case HungUp():
            return moves.end(state, CallResult.HANG_UP)
        case _ if state.place is Place.ENDED:
            return Step(state, (HangUp(state.result or CallResult.HANG_UP),))
        case Keys() | Words() | Spoken() if state.waiting is Waiting.NOTHING:
            return _answered(state, event)
        case DialEnded(status):
            return _dial_ended(state, status)
        case Recorded() if state.place in _RECORDED:
            return _RECORDED[state.place](state, event)
        case EntryAccepted() | MenuRequested() | EntryRefused() if state.waiting is Waiting.ENTRY:
            return _entry_checked(replace(state, waiting=Waiting.NOTHING), event)
        case PinAccepted() | PinRefused() if state.waiting is Waiting.PIN:
            return _pin_checked(replace(state, waiting=Waiting.NOTHING), event)
        case Granted() | Denied() if state.waiting is Waiting.GRANT:
            return _dial_decided(replace(state, waiting=Waiting.NOTHING), event)
        case _:
            return _looked_up(state, event)


def _looked_up(state: CallState, event: Event) -> Step:
    """What was asked about a slot, or about a number."""
    match event:
        case SlotChecked() | SlotRefused() if state.waiting is Waiting.SLOT:
            return saving.slot_checked(replace(state, waiting=Waiting.NOTHING), event)
        case Known() if state.waiting in (Waiting.KNOWLEDGE, Waiting.DOUBTS):
            return knowledge.found(state, event)
        case _:
            raise UnexpectedEventError(f"{type(event).__name__} in {state.place} waiting for {state.waiting}")


# --- requests and their answers


def _check_arrival(state: CallState) -> Step:
    request = CheckEntry(state.facts.arrived_with, state.facts.kind)
    return Step(replace(state, waiting=Waiting.ENTRY), (request,))


def _entry_checked(state: CallState, event: EntryAccepted | MenuRequested | EntryRefused) -> Step:
    if isinstance(event, EntryAccepted) and event.destination.goes_at_once:
        return moves.request_dial(replace(state, destination=event.destination))
    if isinstance(event, EntryRefused) and event.refusal.reason is RefusalReason.EMERGENCY_FROM_OUTSIDE:
        return moves.say_and_end(state, CallResult.HANG_UP, *questions.refusal_phrases(event.refusal))
    if state.place is Place.ASKING_PIN:
        return moves.miss(state, Prompt(PromptId.ERROR_PIN))
    if state.place is Place.SAVING_SLOT:
        return moves.miss(state, Prompt(PromptId.ERROR_SLOT))
    if state.facts.inside_only:
        why = questions.refusal_phrases(Refusal(RefusalReason.INSIDE_ONLY))
        return moves.say_and_end(state, CallResult.HANG_UP, *why, Prompt(PromptId.GOODBYE))
    if not state.may_continue:
        return moves.go(replace(state, resume=Place.STARTING), Place.ASKING_PIN)
    return _entry_taken(state, event)


def _entry_taken(state: CallState, event: EntryAccepted | MenuRequested | EntryRefused) -> Step:
    match event:
        case EntryAccepted(destination) if state.is_adding:
            return people.add(state, destination)
        case MenuRequested() if state.is_adding:
            return people.show(state)
        case EntryAccepted(destination, caller_id, codes):
            return _offer_call(options.with_codes(state, codes), destination, caller_id)
        case MenuRequested(caller_id, codes):
            # It keeps the number that was chosen before: zero may have been meant as help.
            return _offer_call(options.with_codes(state, codes), state.destination, caller_id)
        case EntryRefused(refusal):
            return _entry_refused(state, refusal)


def _offer_call(state: CallState, destination: Destination | None, caller_id: str | None) -> Step:
    """Offer the call. A number that was confirmed a moment ago is not read back once more."""
    offered = replace(
        state,
        place=Place.MAIN_MENU,
        destination=destination,
        caller_id=caller_id or state.caller_id,
        misses=0,
        page=0,
        confirmed=state.confirmed and destination == state.destination,
        said=state.said if state.place is Place.CONFIRMING_NUMBER else "",
    )
    if menu.is_told_about(offered) and destination != state.destination:
        return knowledge.look_up(offered)
    return Step(moves.without_hearing(offered), (questions.ask(offered),))


def _entry_refused(state: CallState, refusal: Refusal) -> Step:
    why = questions.refusal_phrases(refusal, state.facts.codes)
    if state.place is Place.CONFIRMING_NUMBER:
        state = replace(state, place=Place.ENTERING_NUMBER, said="")
    if state.place is not Place.STARTING:
        return moves.miss(state, *why)
    if state.facts.kind is CallKind.CALLBACK:
        return moves.go(replace(state, refusal=refusal), Place.AFTER_CALL)
    return moves.go(state, Place.ENTERING_NUMBER, *why)


def _pin_checked(state: CallState, event: PinAccepted | PinRefused) -> Step:
    if isinstance(event, PinRefused):
        return moves.miss(state, Prompt(PromptId.ERROR_PIN))
    state = replace(state, authorised=True, misses=0)
    if state.resume is Place.STARTING:
        return _check_arrival(replace(state, place=Place.STARTING))
    return moves.go(state, state.resume)


def _dial_decided(state: CallState, event: Granted | Denied) -> Step:
    match event:
        case Granted(grant):
            state = replace(state, place=Place.DIALLING, grant_id=grant.grant_id, misses=0)
            connected = Step(state, (*_told_before(event), _connect(event)))
            return moves.with_effects(connected, *_remembered(state))
        case Denied(refusal):
            return moves.go(replace(state, refusal=refusal), Place.AFTER_CALL)


def _told_before(event: Granted) -> tuple[Play, ...]:
    """What the caller must know before it rings: it is not recorded, or somebody is not called."""
    recording = (Prompt(PromptId.RECORDING_REFUSED),) if event.grant.recording_refused else ()
    phrases = (*recording, *questions.denied_phrases(event.denied))
    return (Play(phrases),) if phrases else ()


def _connect(event: Granted) -> Dial | Confer:
    if event.people:
        return Confer((event.grant, *event.people), event.listener)
    return Dial(event.grant, event.listener)


def _remembered(state: CallState) -> tuple[RememberChoice, ...]:
    """What the next call can be made like; calls inside show no choice."""
    is_wanted = state.facts.offers.same_as_last_time
    if (
        not is_wanted
        or state.caller_id is None
        or state.destination is None
        or not state.destination.is_public
    ):
        return ()
    return (RememberChoice(state.caller_id, state.options),)


def _dial_ended(state: CallState, status: DialStatus) -> Step:
    if state.place is not Place.DIALLING:
        raise UnexpectedEventError(f"a dial ended in {state.place}, where none was made")
    ended = replace(state, ended=status)
    if survey.is_due(ended):
        return survey.begin_with_user(ended)
    grant_id = state.grant_id if menu.may_answer_survey(ended) else None
    return moves.go(replace(ended, grant_id=grant_id), Place.AFTER_CALL)


# --- what the caller answers


def _answered(state: CallState, event: Keys | Words | Spoken) -> Step:
    if state.place is Place.SURVEY_QUESTION:
        return survey.answered(state, event)
    handler = _ANSWERS.get(state.place)
    if handler is None:
        raise UnexpectedEventError(f"an answer in {state.place}, where nothing was asked")
    if isinstance(event, Spoken):
        return _heard(state, event)
    if isinstance(event, Keys) and not event.keys and event.ended_by is EndedBy.TIMEOUT:
        return _silent(state)
    return handler(state, event)


def _silent(state: CallState) -> Step:
    if moves.is_after_a_talk(state):
        return moves.back_to_messages(state)
    return moves.miss(state, Prompt(PromptId.ERROR_SILENCE))


def _heard(state: CallState, event: Spoken) -> Step:
    match _judged(state, hearing.merged(event.heard, lambda phrase: _meaning(state, phrase))):
        case None:
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))
        case hearing.Doubt() if state.place is Place.CHOOSING_HEARD:
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))
        case hearing.Doubt() as doubt:
            return spoken.offer_both(state, doubt)
        case HeardPhrase(phrase):
            return _answered(state, Words(phrase))
        case HeardNumber() as number:
            return spoken.number_said(state, number)


def _meaning(state: CallState, phrase: str) -> MenuAction | OfferedSlot | None:
    return menu.chosen_by_words(state, phrase) or speed_dial_names.named(state, phrase)


def _judged(state: CallState, heard: Sequence[Heard]) -> Heard | hearing.Doubt | None:
    if state.place is Place.CORRECTING_NUMBER:
        return hearing.judge_part(heard, hearing.part_of(state.said, state.part))
    return hearing.judge(heard, state.rejected)


def _chosen_of_two(state: CallState, event: Keys | Words) -> Step:
    match spoken.chosen_of_two(state, event):
        case HeardPhrase(phrase):
            return _answered(replace(state, place=state.doubt_at, doubt=()), Words(phrase))
        case Step() as step_taken:
            return step_taken


def _menu_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(keys):
            action = menu.chosen_by_key(state, keys)
            return moves.miss(state, Prompt(PromptId.ERROR_KEY)) if action is None else _choose(state, action)
        case Words(phrase):
            action = menu.chosen_by_words(state, phrase)
            return _name_said(state, phrase) if action is None else _choose(state, action)


def _choose(state: CallState, action: MenuAction) -> Step:
    return _CHOICES[action](state)


def _go_authorised_to(place: Place) -> Callable[[CallState], Step]:
    return lambda state: moves.go_authorised(state, place)


_CHOICES: dict[MenuAction, Callable[[CallState], Step]] = {
    MenuAction.CALL_NOW: knowledge.before_call,
    MenuAction.CALL_ANYWAY: knowledge.call_anyway,
    MenuAction.TELL_KNOWN: knowledge.look_up,
    MenuAction.ENTER_NUMBER: _go_authorised_to(Place.ENTERING_NUMBER),
    MenuAction.SPEED_DIALS: _go_authorised_to(Place.CHOOSING_SPEED_DIAL),
    MenuAction.CALLER_ID: _go_authorised_to(Place.CHOOSING_CALLER_ID),
    MenuAction.CALL_OPTIONS: _go_authorised_to(Place.CALL_OPTIONS),
    MenuAction.RECORD: options.record,
    MenuAction.DO_NOT_RECORD: options.do_not_record,
    MenuAction.DISCLAIMER: options.disclaimer,
    MenuAction.NO_DISCLAIMER: options.no_disclaimer,
    MenuAction.LISTENER: options.listener,
    MenuAction.NO_LISTENER: options.no_listener,
    MenuAction.PEOPLE: people.show,
    MenuAction.ADD_PERSON: people.ask_for_number,
    MenuAction.ADD_SPEED_DIAL: people.ask_for_speed_dial,
    MenuAction.REMOVE_PERSON: people.remove_last,
    MenuAction.SURVEY: options.survey,
    MenuAction.NO_SURVEY: options.no_survey,
    MenuAction.ANSWER_SURVEY: survey.begin_with_user,
    MenuAction.USUAL_OPTIONS: options.usual,
    MenuAction.MORE_CHOICES: _go_authorised_to(Place.MORE_CHOICES),
    MenuAction.OTHER_LANGUAGE: language.change,
    MenuAction.BLOCK_NUMBER: blocking.ask_first,
    MenuAction.CONFIRM_BLOCK: blocking.block,
    MenuAction.UNDO_BLOCK: blocking.undo,
    MenuAction.SAVE_NUMBER: saving.ask_slot,
    MenuAction.REPLACE_SLOT: saving.record_name,
    MenuAction.ANOTHER_SLOT: saving.ask_slot,
    MenuAction.KEEP_NAME: saving.keep_name,
    MenuAction.RECORD_AGAIN: saving.record_name,
    MenuAction.WITHOUT_NAME: saving.without_name,
    MenuAction.OWN_SPEED_DIALS: own_slots.show,
    MenuAction.NEXT_SLOT: own_slots.following,
    MenuAction.PREVIOUS_SLOT: own_slots.previous,
    MenuAction.DELETE_SLOT: own_slots.ask_first,
    MenuAction.CONFIRM_DELETE: own_slots.delete,
    MenuAction.CONFIRM: lambda state: moves.check_keys(state, state.said),
    MenuAction.SAY_AGAIN: spoken.say_again,
    MenuAction.CORRECT_AREA_CODE: spoken.correct_area_code,
    MenuAction.CORRECT_EXCHANGE: spoken.correct_exchange,
    MenuAction.CORRECT_LINE: spoken.correct_line,
    MenuAction.HELP: lambda state: moves.ask(state, *questions.help_phrases(state)),
    MenuAction.BACK: lambda state: _BACK.get(state.place, moves.back)(state),
    MenuAction.DONE: moves.back_to_messages,
}
"""What each choice of the menus does."""


_BACK: dict[Place, Callable[[CallState], Step]] = {
    Place.BLOCKED: blocking.leave,
    Place.REPLACING_SLOT: saving.leave,
    Place.CHECKING_NAME: saving.leave,
    Place.DELETING_SLOT: own_slots.leave_it,
}
"""Where star leads from a menu, when it is not the usual way."""


def _number_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.back(state)
        case Keys(keys):
            return moves.check_keys(state, keys)
        case Words(phrase):
            return _name_said(state, phrase)


def _name_said(state: CallState, phrase: str) -> Step:
    """A speed dial by its name does what its slot does when it is keyed: it is read out, not called yet."""
    offer = speed_dial_names.named(state, phrase)
    if offer is None:
        return moves.miss(state, Prompt(PromptId.ERROR_WORDS))
    if not state.may_continue:
        return moves.go_authorised(state, Place.CHOOSING_SPEED_DIAL)
    if state.place is Place.AFTER_CALL:
        state = replace(state, place=Place.MAIN_MENU, refusal=None, ended=None, misses=0)
    return moves.check_keys(state, str(offer.slot))


def _pin_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.back_to_messages(state)
        case Keys(keys) if len(keys) < questions.PIN_FEWEST_DIGITS:
            # Too short for a PIN, but it may be an emergency number, which no question may hold up.
            return moves.check_keys(state, keys)
        case Keys(keys):
            return Step(replace(state, waiting=Waiting.PIN), (CheckPin(keys),))
        case Words():
            return moves.miss(state, Prompt(PromptId.ERROR_WORDS))


def _slot_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.back(state)
        case Keys(questions.MORE_KEY):
            return moves.ask(replace(state, page=questions.next_page(state.page, len(state.slots))))
        case Keys(keys):
            return moves.check_keys(state, keys)
        case Words(phrase):
            return _name_said(state, phrase)


def _caller_id_answer(state: CallState, event: Keys | Words) -> Step:
    match event:
        case Keys(questions.BACK_KEY) | Words(questions.BACK_WORD):
            return moves.back(state)
        case Keys(questions.HELP_KEY) | Words(questions.HELP_WORD):
            return moves.ask(state, *questions.help_phrases(state))
        case Keys(questions.TERMINATOR) | Words(questions.DONE_WORD):
            return moves.back_to_messages(state)
        case Keys(key) if key == questions.more_caller_ids_key(state):
            following = questions.next_page(state.page, len(state.facts.caller_ids))
            return moves.ask(replace(state, page=following))
        case Keys(key):
            chosen = dict(questions.caller_ids_on_page(state)).get(key)
            return _caller_id_chosen(state, chosen, Prompt(PromptId.ERROR_KEY))
        case Words(phrase):
            chosen = next((offer for offer in state.facts.caller_ids if offer.name.lower() == phrase), None)
            return _caller_id_chosen(state, chosen, Prompt(PromptId.ERROR_WORDS))


def _caller_id_chosen(state: CallState, chosen: OfferedCallerId | None, error: Phrase) -> Step:
    if chosen is None:
        return moves.miss(state, error)
    return moves.go(replace(state, caller_id=chosen.id), Place.MAIN_MENU)


_RECORDED: dict[Place, Callable[[CallState, Recorded], Step]] = {
    Place.RECORDING_NAME: saving.name_recorded,
    Place.SURVEY_COMMENT: survey.commented,
}
"""Who takes what was recorded at each place where something is."""

_ANSWERS: dict[Place, Callable[[CallState, Keys | Words], Step]] = {
    **dict.fromkeys((row.place for row in menu.MENU), _menu_answer),
    Place.ASKING_PIN: _pin_answer,
    Place.ENTERING_NUMBER: _number_answer,
    Place.CHOOSING_SPEED_DIAL: _slot_answer,
    Place.CHOOSING_CALLER_ID: _caller_id_answer,
    Place.CHOOSING_DISCLAIMER: options.disclaimer_answer,
    Place.CHOOSING_LISTENER: options.listener_answer,
    Place.ENTERING_REST: spoken.rest_answer,
    Place.CORRECTING_NUMBER: spoken.part_answer,
    Place.CHOOSING_HEARD: _chosen_of_two,
    Place.SAVING_SLOT: saving.slot_answer,
}
"""Who takes the answer at each place. The menus are read from their table."""
