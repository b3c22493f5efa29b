"""The menu table: key, words, prompt, when it is offered, what it does.

The keys, the spoken help, the words understood and the documentation all come from here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import CallState, Place
from ivr_service.dialogue.values import (
    DialStatus,
    NumberClass,
    RecordingRule,
    RefusalReason,
    SurveyAsked,
    SurveyRule,
)

MOST_CHOICES = 6
"""A caller can hold no more than this in mind at one level, beside star, zero, pound and the language."""

LANGUAGE_KEY = "9"
"""Who wants the other language hears its offer in that language, and need not understand the rest."""


class MenuAction(StrEnum):
    """What a choice does."""

    CALL_NOW = "call_now"
    ENTER_NUMBER = "enter_number"
    SPEED_DIALS = "speed_dials"
    CALLER_ID = "caller_id"
    CALL_OPTIONS = "call_options"
    RECORD = "record"
    DO_NOT_RECORD = "do_not_record"
    DISCLAIMER = "disclaimer"
    NO_DISCLAIMER = "no_disclaimer"
    SURVEY = "survey"
    NO_SURVEY = "no_survey"
    ANSWER_SURVEY = "answer_survey"
    LISTENER = "listener"
    NO_LISTENER = "no_listener"
    PEOPLE = "people"
    ADD_PERSON = "add_person"
    ADD_SPEED_DIAL = "add_speed_dial"
    REMOVE_PERSON = "remove_person"
    USUAL_OPTIONS = "usual_options"
    MORE_CHOICES = "more_choices"
    OTHER_LANGUAGE = "other_language"
    BLOCK_NUMBER = "block_number"
    TELL_KNOWN = "tell_known"
    CALL_ANYWAY = "call_anyway"
    CONFIRM_BLOCK = "confirm_block"
    UNDO_BLOCK = "undo_block"
    SAVE_NUMBER = "save_number"
    REPLACE_SLOT = "replace_slot"
    ANOTHER_SLOT = "another_slot"
    KEEP_NAME = "keep_name"
    RECORD_AGAIN = "record_again"
    WITHOUT_NAME = "without_name"
    OWN_SPEED_DIALS = "own_speed_dials"
    NEXT_SLOT = "next_slot"
    PREVIOUS_SLOT = "previous_slot"
    DELETE_SLOT = "delete_slot"
    CONFIRM_DELETE = "confirm_delete"
    CONFIRM = "confirm"
    SAY_AGAIN = "say_again"
    CORRECT_AREA_CODE = "correct_area_code"
    CORRECT_EXCHANGE = "correct_exchange"
    CORRECT_LINE = "correct_line"
    HELP = "help"
    BACK = "back"
    DONE = "done"


@dataclass(frozen=True)
class Choice:
    """One row of the table."""

    place: Place
    key: str
    words: tuple[str, ...]
    prompt: PromptId
    action: MenuAction
    is_offered: Callable[[CallState], bool]


def _always(_: CallState) -> bool:
    return True


def _has_number(state: CallState) -> bool:
    return state.destination is not None


def _has_no_number(state: CallState) -> bool:
    return state.destination is None


def _has_slots(state: CallState) -> bool:
    return bool(state.slots)


def _may_choose_caller_id(state: CallState) -> bool:
    destination = state.destination
    shows_a_choice = destination is None or not (
        destination.goes_at_once or destination.number_class is NumberClass.INTERNAL
    )
    return len(state.facts.caller_ids) > 1 and shows_a_choice


def _may_choose_options(state: CallState) -> bool:
    """Extensions are colleagues: what is chosen here is for calls outside."""
    offers, destination = state.facts.offers, state.destination
    is_for_this_number = destination is None or destination.is_public
    is_any = offers.recording is RecordingRule.ALLOW or offers.disclaimers or offers.listeners
    has_survey = offers.survey is not None and offers.survey.rule is SurveyRule.ALLOW
    return is_for_this_number and bool(is_any or has_survey or offers.most_people)


def _may_record(state: CallState) -> bool:
    return state.facts.offers.recording is RecordingRule.ALLOW and not state.options.record


def _may_stop_recording(state: CallState) -> bool:
    return state.facts.offers.recording is RecordingRule.ALLOW and state.options.record


def _may_choose_disclaimer(state: CallState) -> bool:
    return bool(state.facts.offers.disclaimers) and state.options.disclaimer is None


def _has_disclaimer(state: CallState) -> bool:
    return state.options.disclaimer is not None


def _may_survey(state: CallState) -> bool:
    survey = state.facts.offers.survey
    return survey is not None and survey.rule is SurveyRule.ALLOW and not state.options.survey


def _may_leave_out_survey(state: CallState) -> bool:
    survey = state.facts.offers.survey
    return survey is not None and survey.rule is SurveyRule.ALLOW and state.options.survey


def may_answer_survey(state: CallState) -> bool:
    """Whether the user can be asked about the call: it was answered, outside, and between two."""
    survey, called = state.facts.offers.survey, state.destination
    was_answered = state.ended is DialStatus.ANSWERED and state.grant_id is not None
    is_between_two = called is not None and called.is_public and not state.people
    return survey is not None and survey.asked is SurveyAsked.USER and was_answered and is_between_two


def _may_choose_listener(state: CallState) -> bool:
    return bool(state.facts.offers.listeners) and state.options.listener is None


def _has_listener(state: CallState) -> bool:
    return state.options.listener is not None


def _may_have_people(state: CallState) -> bool:
    return state.facts.offers.most_people > 0


def _may_add_person(state: CallState) -> bool:
    return len(state.people) < state.facts.offers.most_people


def _may_add_speed_dial(state: CallState) -> bool:
    return _may_add_person(state) and _has_slots(state)


def _has_people(state: CallState) -> bool:
    return bool(state.people)


def _has_unusual_options(state: CallState) -> bool:
    return state.options != state.facts.usual_options or bool(state.people)


def _may_block(state: CallState) -> bool:
    destination = state.destination
    return state.facts.offers.blocking and destination is not None and destination.is_public


def _may_block_after_call(state: CallState) -> bool:
    """What somebody else has just blocked is theirs to undo."""
    reason = None if state.refusal is None else state.refusal.reason
    return _may_block(state) and reason is not RefusalReason.BLOCKED_NUMBER


def is_told_about(state: CallState) -> bool:
    """Whether the site tells this caller about the number that is chosen."""
    destination = state.destination
    return state.facts.offers.knowledge and destination is not None and destination.is_public


def _may_save(state: CallState) -> bool:
    destination = state.destination
    return state.facts.offers.saving and destination is not None and not destination.goes_at_once


def _has_own_slots(state: CallState) -> bool:
    return state.facts.offers.saving and bool(state.own_slots)


def _has_other_own_slots(state: CallState) -> bool:
    return len(state.own_slots) > 1


def _has_name(state: CallState) -> bool:
    return state.voice is not None


def _has_more_choices(state: CallState) -> bool:
    about_the_number = _may_save(state) or _may_block(state) or is_told_about(state)
    return about_the_number or _has_own_slots(state)


def _has_other_language(state: CallState) -> bool:
    return state.facts.other_language is not None


def _has_parts(state: CallState) -> bool:
    return len(state.said) in (10, 11)


WORTH_ANOTHER_TRY = frozenset(
    {RefusalReason.CALL_IN_PROGRESS, RefusalReason.SYSTEM_BUSY, RefusalReason.UNAVAILABLE}
)
"""Refusals that may be gone in a moment, so that trying the same again makes sense."""


def _may_call_again(state: CallState) -> bool:
    return state.destination is not None and state.ended is DialStatus.ANSWERED


def _may_try_again(state: CallState) -> bool:
    if state.destination is None or state.ended is DialStatus.ANSWERED:
        return False
    return state.refusal is None or state.refusal.reason in WORTH_ANOTHER_TRY


def _ways_out(place: Place) -> tuple[Choice, ...]:
    """What every menu offers besides its own choices."""
    return (
        Choice(place, "0", ("help",), PromptId.MENU_HELP, MenuAction.HELP, _always),
        Choice(place, "*", ("back", "go back"), PromptId.MENU_BACK, MenuAction.BACK, _always),
        Choice(place, "#", ("done", "goodbye"), PromptId.MENU_DONE, MenuAction.DONE, _always),
    )


MENU: tuple[Choice, ...] = (
    Choice(
        Place.MAIN_MENU,
        "1",
        ("call now", "call", "yes"),
        PromptId.MENU_CALL_NOW,
        MenuAction.CALL_NOW,
        _has_number,
    ),
    Choice(
        Place.MAIN_MENU,
        "1",
        ("number", "enter a number"),
        PromptId.MENU_ENTER_NUMBER,
        MenuAction.ENTER_NUMBER,
        _has_no_number,
    ),
    Choice(
        Place.MAIN_MENU,
        "2",
        ("another number", "different number"),
        PromptId.MENU_ANOTHER_NUMBER,
        MenuAction.ENTER_NUMBER,
        _has_number,
    ),
    Choice(
        Place.MAIN_MENU,
        "3",
        ("speed dial", "speed dials"),
        PromptId.MENU_SPEED_DIALS,
        MenuAction.SPEED_DIALS,
        _has_slots,
    ),
    Choice(
        Place.MAIN_MENU,
        "4",
        ("caller id", "change caller id"),
        PromptId.MENU_CALLER_ID,
        MenuAction.CALLER_ID,
        _may_choose_caller_id,
    ),
    Choice(
        Place.MAIN_MENU,
        "5",
        ("call options", "options"),
        PromptId.MENU_CALL_OPTIONS,
        MenuAction.CALL_OPTIONS,
        _may_choose_options,
    ),
    Choice(
        Place.MAIN_MENU,
        "6",
        ("more choices", "more"),
        PromptId.MENU_MORE_CHOICES,
        MenuAction.MORE_CHOICES,
        _has_more_choices,
    ),
    Choice(
        Place.MAIN_MENU,
        LANGUAGE_KEY,
        ("spanish", "other language"),
        PromptId.MENU_LANGUAGE,
        MenuAction.OTHER_LANGUAGE,
        _has_other_language,
    ),
    *_ways_out(Place.MAIN_MENU),
    Choice(
        Place.CALL_OPTIONS,
        "1",
        ("record", "record this call"),
        PromptId.MENU_RECORD,
        MenuAction.RECORD,
        _may_record,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "1",
        ("do not record",),
        PromptId.MENU_DO_NOT_RECORD,
        MenuAction.DO_NOT_RECORD,
        _may_stop_recording,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "2",
        ("disclaimer",),
        PromptId.MENU_DISCLAIMER,
        MenuAction.DISCLAIMER,
        _may_choose_disclaimer,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "2",
        ("no disclaimer",),
        PromptId.MENU_NO_DISCLAIMER,
        MenuAction.NO_DISCLAIMER,
        _has_disclaimer,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "3",
        ("survey",),
        PromptId.MENU_SURVEY,
        MenuAction.SURVEY,
        _may_survey,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "3",
        ("no survey",),
        PromptId.MENU_NO_SURVEY,
        MenuAction.NO_SURVEY,
        _may_leave_out_survey,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "4",
        ("listener", "let a colleague listen"),
        PromptId.MENU_LISTENER,
        MenuAction.LISTENER,
        _may_choose_listener,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "4",
        ("no listener",),
        PromptId.MENU_NO_LISTENER,
        MenuAction.NO_LISTENER,
        _has_listener,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "5",
        ("people", "add people", "conference"),
        PromptId.MENU_PEOPLE,
        MenuAction.PEOPLE,
        _may_have_people,
    ),
    Choice(
        Place.CALL_OPTIONS,
        "6",
        ("the usual", "usual"),
        PromptId.MENU_USUAL_OPTIONS,
        MenuAction.USUAL_OPTIONS,
        _has_unusual_options,
    ),
    *_ways_out(Place.CALL_OPTIONS),
    Choice(
        Place.PEOPLE,
        "1",
        ("number", "add a number"),
        PromptId.MENU_ADD_PERSON,
        MenuAction.ADD_PERSON,
        _may_add_person,
    ),
    Choice(
        Place.PEOPLE,
        "2",
        ("speed dial", "add a speed dial"),
        PromptId.MENU_ADD_SPEED_DIAL,
        MenuAction.ADD_SPEED_DIAL,
        _may_add_speed_dial,
    ),
    Choice(
        Place.PEOPLE,
        "3",
        ("take out the last", "remove"),
        PromptId.MENU_REMOVE_PERSON,
        MenuAction.REMOVE_PERSON,
        _has_people,
    ),
    *_ways_out(Place.PEOPLE),
    Choice(
        Place.MORE_CHOICES,
        "1",
        ("save this number", "save"),
        PromptId.MENU_SAVE_NUMBER,
        MenuAction.SAVE_NUMBER,
        _may_save,
    ),
    Choice(
        Place.MORE_CHOICES,
        "2",
        ("your own speed dials", "my speed dials"),
        PromptId.MENU_OWN_SPEED_DIALS,
        MenuAction.OWN_SPEED_DIALS,
        _has_own_slots,
    ),
    Choice(
        Place.MORE_CHOICES,
        "3",
        ("block this number", "block"),
        PromptId.MENU_BLOCK_NUMBER,
        MenuAction.BLOCK_NUMBER,
        _may_block,
    ),
    Choice(
        Place.MORE_CHOICES,
        "4",
        ("what is known", "about this number"),
        PromptId.MENU_KNOWN,
        MenuAction.TELL_KNOWN,
        is_told_about,
    ),
    *_ways_out(Place.MORE_CHOICES),
    Choice(
        Place.CONFIRMING_CALL,
        "1",
        ("yes", "call anyway"),
        PromptId.MENU_CALL_ANYWAY,
        MenuAction.CALL_ANYWAY,
        _always,
    ),
    *_ways_out(Place.CONFIRMING_CALL),
    Choice(
        Place.CONFIRMING_BLOCK,
        "1",
        ("yes", "block"),
        PromptId.MENU_CONFIRM_BLOCK,
        MenuAction.CONFIRM_BLOCK,
        _always,
    ),
    *_ways_out(Place.CONFIRMING_BLOCK),
    Choice(
        Place.BLOCKED,
        "1",
        ("undo", "no"),
        PromptId.MENU_UNDO_BLOCK,
        MenuAction.UNDO_BLOCK,
        _always,
    ),
    *_ways_out(Place.BLOCKED),
    Choice(
        Place.REPLACING_SLOT,
        "1",
        ("yes", "replace"),
        PromptId.MENU_REPLACE_SLOT,
        MenuAction.REPLACE_SLOT,
        _always,
    ),
    Choice(
        Place.REPLACING_SLOT,
        "2",
        ("no", "another slot"),
        PromptId.MENU_ANOTHER_SLOT,
        MenuAction.ANOTHER_SLOT,
        _always,
    ),
    *_ways_out(Place.REPLACING_SLOT),
    Choice(
        Place.CHECKING_NAME,
        "1",
        ("keep it", "yes"),
        PromptId.MENU_KEEP_NAME,
        MenuAction.KEEP_NAME,
        _has_name,
    ),
    Choice(
        Place.CHECKING_NAME,
        "2",
        ("again", "no"),
        PromptId.MENU_RECORD_AGAIN,
        MenuAction.RECORD_AGAIN,
        _always,
    ),
    Choice(
        Place.CHECKING_NAME,
        "3",
        ("without a name",),
        PromptId.MENU_WITHOUT_NAME,
        MenuAction.WITHOUT_NAME,
        _always,
    ),
    *_ways_out(Place.CHECKING_NAME),
    Choice(
        Place.OWN_SPEED_DIALS,
        "1",
        ("next",),
        PromptId.MENU_NEXT_SLOT,
        MenuAction.NEXT_SLOT,
        _has_other_own_slots,
    ),
    Choice(
        Place.OWN_SPEED_DIALS,
        "2",
        ("previous",),
        PromptId.MENU_PREVIOUS_SLOT,
        MenuAction.PREVIOUS_SLOT,
        _has_other_own_slots,
    ),
    Choice(
        Place.OWN_SPEED_DIALS,
        "3",
        ("delete",),
        PromptId.MENU_DELETE_SLOT,
        MenuAction.DELETE_SLOT,
        _always,
    ),
    *_ways_out(Place.OWN_SPEED_DIALS),
    Choice(
        Place.DELETING_SLOT,
        "1",
        ("yes", "delete"),
        PromptId.MENU_CONFIRM_DELETE,
        MenuAction.CONFIRM_DELETE,
        _always,
    ),
    *_ways_out(Place.DELETING_SLOT),
    Choice(
        Place.AFTER_CALL,
        "1",
        ("try again", "again"),
        PromptId.MENU_TRY_AGAIN,
        MenuAction.CALL_NOW,
        _may_try_again,
    ),
    Choice(
        Place.AFTER_CALL,
        "1",
        ("call again", "again"),
        PromptId.MENU_CALL_AGAIN,
        MenuAction.CALL_NOW,
        _may_call_again,
    ),
    Choice(
        Place.AFTER_CALL,
        "2",
        ("another number", "different number"),
        PromptId.MENU_ANOTHER_NUMBER,
        MenuAction.ENTER_NUMBER,
        _always,
    ),
    Choice(
        Place.AFTER_CALL,
        "3",
        ("save this number", "save"),
        PromptId.MENU_SAVE_AFTER_CALL,
        MenuAction.SAVE_NUMBER,
        _may_save,
    ),
    Choice(
        Place.AFTER_CALL,
        "4",
        ("block this number", "block"),
        PromptId.MENU_BLOCK_AFTER_CALL,
        MenuAction.BLOCK_NUMBER,
        _may_block_after_call,
    ),
    Choice(
        Place.AFTER_CALL,
        "5",
        ("survey",),
        PromptId.MENU_ANSWER_SURVEY,
        MenuAction.ANSWER_SURVEY,
        may_answer_survey,
    ),
    *_ways_out(Place.AFTER_CALL),
    Choice(
        Place.CONFIRMING_NUMBER,
        "1",
        ("yes", "correct", "right"),
        PromptId.MENU_CONFIRM,
        MenuAction.CONFIRM,
        _always,
    ),
    Choice(
        Place.CONFIRMING_NUMBER,
        "2",
        ("no", "wrong", "start over"),
        PromptId.MENU_SAY_AGAIN,
        MenuAction.SAY_AGAIN,
        _always,
    ),
    Choice(
        Place.CONFIRMING_NUMBER,
        "3",
        ("area code", "first three"),
        PromptId.MENU_AREA_CODE,
        MenuAction.CORRECT_AREA_CODE,
        _has_parts,
    ),
    Choice(
        Place.CONFIRMING_NUMBER,
        "4",
        ("middle three",),
        PromptId.MENU_MIDDLE_THREE,
        MenuAction.CORRECT_EXCHANGE,
        _has_parts,
    ),
    Choice(
        Place.CONFIRMING_NUMBER,
        "5",
        ("last four",),
        PromptId.MENU_LAST_FOUR,
        MenuAction.CORRECT_LINE,
        _has_parts,
    ),
    *_ways_out(Place.CONFIRMING_NUMBER),
)

_SPOKEN_KEYS = frozenset("123456") | {LANGUAGE_KEY}
"""Keys whose prompts are read with the menu; help, back and done are read in the help."""


def offered(state: CallState) -> tuple[Choice, ...]:
    """The choices at the place where the call is."""
    return tuple(row for row in MENU if row.place is state.place and row.is_offered(state))


def spoken(state: CallState) -> tuple[PromptId, ...]:
    """The prompts that read the choices aloud, in the order of their keys."""
    return tuple(row.prompt for row in offered(state) if row.key in _SPOKEN_KEYS)


def all_spoken(state: CallState) -> tuple[PromptId, ...]:
    """The prompts that read every choice aloud, those for star, zero and pound too."""
    return tuple(row.prompt for row in offered(state))


def words(state: CallState) -> tuple[str, ...]:
    """The phrases understood at the place where the call is."""
    return tuple(phrase for row in offered(state) for phrase in row.words)


def chosen_by_key(state: CallState, key: str) -> MenuAction | None:
    """What the key does here, or None when it does nothing."""
    return next((row.action for row in offered(state) if row.key == key), None)


def chosen_by_words(state: CallState, phrase: str) -> MenuAction | None:
    """What the phrase does here, or None when it is not understood."""
    return next((row.action for row in offered(state) if phrase in row.words), None)


def every_phrase() -> tuple[str, ...]:
    """Every phrase of the table, once."""
    return tuple(dict.fromkeys(phrase for row in MENU for phrase in row.words))


ENDED_PROMPTS: dict[DialStatus, PromptId] = {
    DialStatus.ANSWERED: PromptId.ENDED_ANSWERED,
    DialStatus.BUSY: PromptId.ENDED_BUSY,
    DialStatus.NO_ANSWER: PromptId.ENDED_NO_ANSWER,
    DialStatus.FAILED: PromptId.ENDED_FAILED,
    DialStatus.CANCELLED: PromptId.ENDED_FAILED,
    DialStatus.UNKNOWN: PromptId.ENDED_FAILED,
}
"""What the caller hears after a dial."""
