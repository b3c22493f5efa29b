"""Telling about a number and asking before a doubtful call, step by step."""

from dataclasses import replace

import pytest

from ivr_service.dialogue.actions import Ask, LookUp, RequestDial
from ivr_service.dialogue.events import DialEnded, EndedBy, EntryAccepted, Event, Granted, Keys, MenuRequested
from ivr_service.dialogue.known import Known
from ivr_service.dialogue.machine import UnexpectedEventError, begin, step
from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.questions import refusal_phrases
from ivr_service.dialogue.state import CallFacts, Place, Step
from ivr_service.dialogue.values import (
    CallKind,
    Destination,
    DialGrant,
    DialStatus,
    NumberClass,
    OfferedCallerId,
    Offers,
    Refusal,
    RefusalReason,
)

FACTS = CallFacts(
    kind=CallKind.CALLBACK,
    arrived_with="2125551234",
    language="en",
    pin_required=False,
    inside_only=False,
    caller_ids=(OfferedCallerId("main", "Main Office"),),
    slots=(),
    offers=Offers(knowledge=True),
)
NUMBER = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
JAMAICA = Destination("+16585551234", NumberClass.OTHER_NANP, ("658", "555", "1234"))
EMERGENCY = Destination("911", NumberClass.EMERGENCY, ("911",))
GRANT = DialGrant("ab" * 8, "PJSIP/12125551234@trunk", 45, 7200, "12125550100", "Main Office")

NOTHING = Known("2026-05-04T15:05")
PLACE = Known("2026-05-04T15:05", place=("Chicago", "Illinois"))
LATE = Known("2026-05-04T15:05", late_there="2026-05-04T21:40")
ABROAD = Known("2026-05-04T15:05", is_unfamiliar=True, country="Jamaica")


def key(keys: str) -> Keys:
    return Keys(keys, EndedBy.FULL)


def run(*events: Event, facts: CallFacts = FACTS) -> Step:
    now = begin(facts, "main")
    for event in events:
        now = step(now.state, event)
    return now


def asked(now: Step) -> Ask:
    question = now.outputs[-1]
    assert isinstance(question, Ask)
    return question


def prompts(now: Step) -> list[PromptId]:
    return [phrase.id for phrase in asked(now).phrases if isinstance(phrase, Prompt)]


def test_it_is_looked_up_when_the_number_is_new_and_only_then() -> None:
    assert run(EntryAccepted(NUMBER)).outputs == (LookUp(NUMBER),)
    told = run(EntryAccepted(NUMBER), PLACE)
    assert PromptId.KNOWN_PLACE in prompts(told)
    again = run(EntryAccepted(NUMBER), PLACE, key("9"))
    assert PromptId.KNOWN_PLACE not in prompts(again)
    without_a_number = run(MenuRequested())
    assert isinstance(without_a_number.outputs[-1], Ask)


def test_any_key_stops_it_for_nothing_in_it_must_be_heard() -> None:
    assert not asked(run(EntryAccepted(NUMBER), PLACE)).heed_lead


@pytest.mark.parametrize("known", [NOTHING, PLACE])
def test_one_key_calls_at_once_where_nothing_speaks_against_it(known: Known) -> None:
    looked = run(EntryAccepted(NUMBER), known, key("1"))
    assert looked.outputs == (LookUp(NUMBER),)
    assert isinstance(step(looked.state, known).outputs[-1], RequestDial)


def test_a_warning_comes_before_the_menu_and_keys_typed_ahead_do_not_skip_it() -> None:
    warned = run(EntryAccepted(JAMAICA), ABROAD)
    assert warned.state.place is Place.MAIN_MENU
    assert prompts(warned)[:2] == [PromptId.NUMBER_IS_IN, PromptId.KNOWN_UNFAMILIAR]
    assert asked(warned).heed_lead


@pytest.mark.parametrize("known", [LATE, ABROAD])
def test_a_doubtful_call_takes_two_keys_and_the_second_counts_only_after_the_question(known: Known) -> None:
    doubtful = run(EntryAccepted(JAMAICA), known, key("1"), known)
    assert doubtful.state.place is Place.CONFIRMING_CALL
    assert asked(doubtful).heed_lead
    again = step(doubtful.state, key("7"))
    assert asked(again).heed_lead
    assert prompts(again)[0] is PromptId.ERROR_KEY
    assert set(prompts(doubtful)) <= set(prompts(again))
    assert isinstance(step(again.state, key("1")).outputs[-1], RequestDial)


def test_the_hour_counts_when_the_key_is_pressed_not_when_the_number_was_entered() -> None:
    assert run(EntryAccepted(NUMBER), PLACE, key("1"), LATE).state.place is Place.CONFIRMING_CALL
    assert isinstance(run(EntryAccepted(NUMBER), LATE, key("1"), PLACE).outputs[-1], RequestDial)


def test_a_number_is_confirmed_once_and_another_one_anew() -> None:
    from_busy: list[Event] = [EntryAccepted(NUMBER), LATE, key("1"), LATE, key("1"), Granted(GRANT)]
    busy = step(run(*from_busy).state, DialEnded(DialStatus.BUSY))
    assert isinstance(step(busy.state, key("1")).outputs[-1], RequestDial)
    other = step(step(busy.state, key("2")).state, Keys("6585551234", EndedBy.TERMINATOR))
    entered = step(step(other.state, EntryAccepted(JAMAICA)).state, ABROAD)
    assert step(step(entered.state, key("1")).state, ABROAD).state.place is Place.CONFIRMING_CALL


def test_an_emergency_is_not_looked_up() -> None:
    assert isinstance(run(EntryAccepted(EMERGENCY)).outputs[-1], RequestDial)


def test_where_the_site_tells_nothing_nothing_is_looked_up() -> None:
    facts = replace(FACTS, offers=Offers())
    assert isinstance(run(EntryAccepted(NUMBER), facts=facts).outputs[-1], Ask)
    assert isinstance(run(EntryAccepted(NUMBER), key("1"), facts=facts).outputs[-1], RequestDial)


def test_what_was_not_asked_for_is_no_answer() -> None:
    with pytest.raises(UnexpectedEventError):
        run(EntryAccepted(NUMBER), PLACE, PLACE)


def test_a_refusal_says_the_country_when_it_has_a_name() -> None:
    named = refusal_phrases(Refusal(RefusalReason.BANNED_AREA, country="Jamaica"))
    assert Prompt(PromptId.NUMBER_IS_IN) in named
    assert Prompt(PromptId.NUMBER_IS_IN) not in refusal_phrases(Refusal(RefusalReason.BANNED_AREA))
