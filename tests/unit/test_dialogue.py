"""What a caller meets at each place, as a table of short calls."""

from dataclasses import replace

import pytest

from ivr_service.dialogue.actions import Ask, CheckEntry, CheckPin, Dial, HangUp, Play, RequestDial
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
from ivr_service.dialogue.machine import UnexpectedEventError, begin, step
from ivr_service.dialogue.phrases import Prompt, SpokenKeys, SpokenMoment, SpokenName, SpokenNumber
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.questions import FIRST_KEY_MS
from ivr_service.dialogue.state import CallFacts, CallState, OfferedSlot, Place, Step
from ivr_service.dialogue.values import (
    CallKind,
    CallResult,
    Destination,
    DialGrant,
    DialStatus,
    NumberClass,
    OfferedCallerId,
    Refusal,
    RefusalReason,
)

FACTS = CallFacts(
    kind=CallKind.CALLBACK,
    arrived_with="2125551234",
    language="en",
    pin_required=False,
    inside_only=False,
    caller_ids=(OfferedCallerId("main", "Main Office"), OfferedCallerId("sales", "Sales")),
    slots=(OfferedSlot(7, "Reception Desk"),),
)
NUMBER = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
OTHER = Destination("+13125550000", NumberClass.NATIONAL, ("312", "555", "0000"))
RECEPTION = Destination("+12125550107", NumberClass.NATIONAL, ("212", "555", "0107"), "Reception Desk")
EXTENSION = Destination("105", NumberClass.INTERNAL, ("105",))
EMERGENCY = Destination("911", NumberClass.EMERGENCY, ("911",))
GRANT = DialGrant("ab" * 8, "PJSIP/12125551234@trunk", 45, 7200, "12125550100", "Main Office")
SILENCE = Keys("", EndedBy.TIMEOUT)
ACCEPTED = EntryAccepted(NUMBER)


def key(keys: str) -> Keys:
    return Keys(keys, EndedBy.FULL)


def entered(keys: str) -> Keys:
    return Keys(keys, EndedBy.TERMINATOR)


def run(facts: CallFacts, *events: Event) -> Step:
    now = begin(facts, "main")
    for event in events:
        now = step(now.state, event)
    return now


def asked(now: Step) -> Ask:
    question = now.outputs[-1]
    assert isinstance(question, Ask)
    return question


def prompts(now: Step) -> list[PromptId]:
    return [
        phrase.id
        for output in now.outputs
        if isinstance(output, Ask | Play)
        for phrase in output.phrases
        if isinstance(phrase, Prompt)
    ]


def refused(reason: RefusalReason) -> EntryRefused:
    return EntryRefused(Refusal(reason))


def test_what_arrived_is_checked_before_anything_is_asked() -> None:
    assert begin(replace(FACTS, pin_required=True), "main").outputs == (
        CheckEntry("2125551234", CallKind.CALLBACK),
    )


def test_a_callback_is_read_back_in_groups_with_the_caller_id_and_one_is_the_first_choice() -> None:
    question = asked(run(FACTS, ACCEPTED))
    assert question.phrases[:5] == (
        Prompt(PromptId.READY_TO_CALL),
        SpokenNumber(("212", "555", "1234")),
        Prompt(PromptId.THEY_WILL_SEE),
        SpokenName("Main Office"),
        Prompt(PromptId.MENU_CALL_NOW),
    )
    assert question.max_digits == 1
    assert "call now" in question.words


def test_one_key_requests_the_dial_and_only_a_grant_dials() -> None:
    requested = run(FACTS, ACCEPTED, key("1"))
    assert requested.outputs == (RequestDial(NUMBER, "main"),)
    assert step(requested.state, Granted(GRANT)).outputs == (Dial(GRANT),)


def test_a_denied_dial_says_why_and_never_dials() -> None:
    refusal = Refusal(RefusalReason.HOURLY_LIMIT, until="2026-05-04T15:30", asked_at="2026-05-04T15:05")
    denied = run(FACTS, ACCEPTED, key("1"), Denied(refusal))
    assert prompts(denied)[:2] == [PromptId.REFUSED_HOURLY_LIMIT, PromptId.YOU_MAY_CALL_AGAIN]
    assert SpokenMoment("2026-05-04T15:30", "2026-05-04T15:05") in asked(denied).phrases
    assert PromptId.MENU_TRY_AGAIN not in prompts(denied)


@pytest.mark.parametrize(
    "reason",
    [RefusalReason.CALL_IN_PROGRESS, RefusalReason.SYSTEM_BUSY, RefusalReason.UNAVAILABLE],
)
def test_a_refusal_that_may_pass_offers_another_try(reason: RefusalReason) -> None:
    denied = run(FACTS, ACCEPTED, key("1"), Denied(Refusal(reason)))
    assert PromptId.MENU_TRY_AGAIN in prompts(denied)
    assert step(denied.state, key("1")).outputs == (RequestDial(NUMBER, "main"),)


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (key("4"), Place.CHOOSING_CALLER_ID),
        (key("3"), Place.CHOOSING_SPEED_DIAL),
        (key("2"), Place.ENTERING_NUMBER),
        (key("0"), Place.MAIN_MENU),
        (key("*"), Place.ENDED),
        (key("#"), Place.ENDED),
        (key("9"), Place.MAIN_MENU),
        (Words("speed dials"), Place.CHOOSING_SPEED_DIAL),
        (Words("another number"), Place.ENTERING_NUMBER),
        (Words("pizza"), Place.MAIN_MENU),
        (SILENCE, Place.MAIN_MENU),
    ],
)
def test_the_main_menu_takes_keys_and_words(event: Event, wanted: Place) -> None:
    assert run(FACTS, ACCEPTED, event).state.place is wanted


def test_words_and_keys_do_the_same() -> None:
    assert run(FACTS, ACCEPTED, Words("call now")) == run(FACTS, ACCEPTED, key("1"))


def test_back_and_done_return_to_the_messages() -> None:
    for pressed in "*#":
        assert run(FACTS, ACCEPTED, key(pressed)).outputs[-1] == HangUp(CallResult.MAILBOX)


def test_the_chosen_caller_id_is_spoken_and_requested() -> None:
    chosen = run(FACTS, ACCEPTED, key("4"), key("2"))
    assert SpokenName("Sales") in asked(chosen).phrases
    assert step(chosen.state, key("1")).outputs == (RequestDial(NUMBER, "sales"),)


def test_every_caller_id_is_read_by_name_with_its_key() -> None:
    phrases = asked(run(FACTS, ACCEPTED, key("4"))).phrases
    spoken = [phrase for phrase in phrases if isinstance(phrase, SpokenName | SpokenKeys)]
    assert spoken == [SpokenName("Main Office"), SpokenKeys("1"), SpokenName("Sales"), SpokenKeys("2")]


def test_more_than_six_caller_ids_come_in_pages_of_five_and_six_turns_the_page() -> None:
    many = replace(FACTS, caller_ids=tuple(OfferedCallerId(f"id{n}", f"Name {n}") for n in range(12)))
    first = run(many, ACCEPTED, key("4"))
    third = step(step(first.state, key("6")).state, key("6"))
    assert [phrase.text for phrase in asked(third).phrases if isinstance(phrase, SpokenName)] == [
        "Name 10",
        "Name 11",
    ]
    assert step(third.state, key("2")).state.caller_id == "id11"
    assert step(third.state, key("6")).state.page == 0


def test_a_code_in_front_of_the_number_picks_the_caller_id() -> None:
    assert SpokenName("Sales") in asked(run(FACTS, EntryAccepted(NUMBER, "sales"))).phrases


def test_the_menu_opens_without_a_number_and_one_asks_for_it() -> None:
    menu = run(FACTS, MenuRequested())
    assert PromptId.NO_NUMBER_YET in prompts(menu)
    assert PromptId.MENU_CALL_NOW not in prompts(menu)
    assert step(menu.state, key("1")).state.place is Place.ENTERING_NUMBER


def test_an_entered_number_replaces_the_one_that_was_offered() -> None:
    offered = run(FACTS, ACCEPTED, key("2"), entered("3125550000"), EntryAccepted(OTHER))
    assert step(offered.state, key("1")).outputs == (RequestDial(OTHER, "main"),)


def test_going_back_from_another_number_keeps_the_first() -> None:
    assert run(FACTS, ACCEPTED, key("2"), key("*"), key("1")).outputs == (RequestDial(NUMBER, "main"),)


def test_a_speed_dial_is_read_back_by_name() -> None:
    picked = run(FACTS, ACCEPTED, key("3"), entered("7"))
    assert picked.outputs == (CheckEntry("7", CallKind.DIAL_OUT),)
    assert SpokenName("Reception Desk") in asked(step(picked.state, EntryAccepted(RECEPTION))).phrases


def test_a_speed_dial_may_be_said_by_name() -> None:
    assert run(FACTS, ACCEPTED, key("3"), Words("reception desk")).outputs == (
        CheckEntry("7", CallKind.DIAL_OUT),
    )


def test_a_code_alone_changes_what_they_will_see_and_keeps_the_number() -> None:
    changed = run(FACTS, ACCEPTED, key("2"), entered("2*"), MenuRequested("sales"), key("1"))
    assert changed.outputs == (RequestDial(NUMBER, "sales"),)


def test_zero_at_the_speed_dials_reads_them_again_and_costs_nothing() -> None:
    again = run(FACTS, ACCEPTED, key("3"), entered("0"))
    assert asked(again) == asked(run(FACTS, ACCEPTED, key("3")))
    assert step(step(again.state, key("*")).state, key("1")).outputs == (RequestDial(NUMBER, "main"),)


@pytest.mark.parametrize("chosen", ["2", "3", "4"])
def test_back_may_be_said_at_every_question(chosen: str) -> None:
    question = run(FACTS, ACCEPTED, key(chosen))
    assert "back" in asked(question).words
    assert step(question.state, Words("back")) == step(question.state, key("*"))


def test_an_extension_goes_out_with_the_phones_own_number() -> None:
    offered = prompts(run(FACTS, EntryAccepted(EXTENSION)))
    assert PromptId.THEY_WILL_SEE_YOUR_PHONE in offered
    assert PromptId.MENU_CALLER_ID not in offered


@pytest.mark.parametrize(
    "reason", [RefusalReason.INVALID, RefusalReason.WITHHELD, RefusalReason.FOREIGN_COUNTRY]
)
def test_a_refused_callback_says_why_and_offers_another_number(reason: RefusalReason) -> None:
    told = run(FACTS, refused(reason))
    assert prompts(told)[0] == f"refused.{reason}"
    assert PromptId.MENU_TRY_AGAIN not in prompts(told)
    assert step(told.state, key("2")).state.place is Place.ENTERING_NUMBER


def test_a_refused_dial_out_says_why_and_asks_for_the_number_again() -> None:
    told = run(replace(FACTS, kind=CallKind.DIAL_OUT), refused(RefusalReason.PREMIUM))
    assert prompts(told) == [PromptId.REFUSED_PREMIUM, PromptId.ASK_NUMBER]
    assert asked(told).heed_lead


def test_an_unknown_code_is_named() -> None:
    told = run(
        replace(FACTS, kind=CallKind.DIAL_OUT), EntryRefused(Refusal(RefusalReason.UNKNOWN_CODE, keys="9*"))
    )
    assert SpokenKeys("9*") in asked(told).phrases


def test_three_tries_for_an_entry_then_goodbye() -> None:
    wrong = (entered("1"), refused(RefusalReason.INVALID))
    assert run(FACTS, ACCEPTED, key("2"), *wrong, *wrong).state.place is Place.ENTERING_NUMBER
    given_up = run(FACTS, ACCEPTED, key("2"), *wrong, *wrong, *wrong)
    assert prompts(given_up)[-2:] == [PromptId.TOO_MANY_TRIES, PromptId.GOODBYE]
    assert given_up.outputs[-1] == HangUp(CallResult.HANG_UP)


def test_four_tries_for_a_key_then_goodbye() -> None:
    assert run(FACTS, ACCEPTED, key("9"), SILENCE, key("8")).state.place is Place.MAIN_MENU
    assert run(FACTS, ACCEPTED, key("9"), SILENCE, key("8"), SILENCE).state.place is Place.ENDED


def test_help_costs_no_try() -> None:
    assert run(FACTS, ACCEPTED, *[key("0")] * 9).state.misses == 0


def test_help_reads_every_choice() -> None:
    read = prompts(run(FACTS, ACCEPTED, key("0")))
    assert {PromptId.HELP_MENU, PromptId.MENU_BACK, PromptId.MENU_DONE, PromptId.MENU_CALL_NOW} <= set(read)


PIN_FACTS = replace(FACTS, pin_required=True)


@pytest.mark.parametrize("answer", [ACCEPTED, MenuRequested(), refused(RefusalReason.INVALID)])
def test_a_pin_is_asked_before_anything_is_said_about_the_entry(answer: Event) -> None:
    question = run(PIN_FACTS, answer)
    assert prompts(question) == [PromptId.ASK_PIN]
    assert asked(question).secret


def test_the_right_pin_leads_on_to_what_was_entered() -> None:
    right = run(PIN_FACTS, ACCEPTED, entered("4711471"))
    assert right.outputs == (CheckPin("4711471"),)
    again = step(right.state, PinAccepted())
    assert again.outputs == (CheckEntry("2125551234", CallKind.CALLBACK),)
    assert step(again.state, ACCEPTED).state.place is Place.MAIN_MENU


def test_three_wrong_pins_end_the_call() -> None:
    wrong = (entered("4711471"), PinRefused())
    assert prompts(run(PIN_FACTS, ACCEPTED, *wrong)) == [PromptId.ERROR_PIN, PromptId.ASK_PIN]
    assert run(PIN_FACTS, ACCEPTED, *wrong, *wrong, *wrong).outputs[-1] == HangUp(CallResult.HANG_UP)


def test_an_emergency_number_meets_no_pin_and_no_menu() -> None:
    assert run(PIN_FACTS, EntryAccepted(EMERGENCY)).outputs == (RequestDial(EMERGENCY, "main"),)


def test_an_emergency_number_keyed_at_the_pin_goes_out() -> None:
    keyed = run(PIN_FACTS, ACCEPTED, entered("911"))
    assert keyed.outputs == (CheckEntry("911", CallKind.DIAL_OUT),)
    assert step(keyed.state, EntryAccepted(EMERGENCY)).outputs == (RequestDial(EMERGENCY, "main"),)


def test_anything_else_that_is_too_short_for_a_pin_is_a_wrong_pin() -> None:
    for answer in (ACCEPTED, EntryAccepted(EXTENSION), MenuRequested(), refused(RefusalReason.INVALID)):
        told = run(PIN_FACTS, ACCEPTED, entered("105"), answer)
        assert prompts(told) == [PromptId.ERROR_PIN, PromptId.ASK_PIN]
        assert told.state.misses == 1


def test_an_emergency_number_keyed_at_the_speed_dials_is_not_cut_short() -> None:
    assert asked(run(FACTS, ACCEPTED, key("3"))).max_digits >= len("9911")
    assert run(FACTS, ACCEPTED, key("3"), entered("9911"), EntryAccepted(EMERGENCY)).outputs == (
        RequestDial(EMERGENCY, "main"),
    )


def test_a_service_code_shows_no_choice_of_caller_id() -> None:
    code = Destination("711", NumberClass.SERVICE_CODE, ("711",))
    failed = run(FACTS, EntryAccepted(code), Granted(GRANT), DialEnded(DialStatus.BUSY))
    menu = step(failed.state, key("*"))
    assert PromptId.MENU_CALLER_ID not in prompts(menu)
    assert PromptId.THEY_WILL_SEE not in prompts(menu)


def test_an_emergency_number_meets_no_inside_rule_either() -> None:
    barred = replace(PIN_FACTS, inside_only=True)
    assert run(barred, EntryAccepted(EMERGENCY)).outputs == (RequestDial(EMERGENCY, "main"),)


def test_after_an_emergency_call_other_numbers_still_need_the_pin() -> None:
    ended = run(PIN_FACTS, EntryAccepted(EMERGENCY), Granted(GRANT), DialEnded(DialStatus.BUSY))
    asks_pin = step(ended.state, key("2"))
    assert prompts(asks_pin) == [PromptId.ASK_PIN]
    right = step(step(asks_pin.state, entered("4711471")).state, PinAccepted())
    assert right.state.place is Place.ENTERING_NUMBER


def test_an_outside_caller_who_needs_help_is_told_and_let_go_at_once() -> None:
    told = run(PIN_FACTS, refused(RefusalReason.EMERGENCY_FROM_OUTSIDE))
    assert prompts(told) == [PromptId.REFUSED_EMERGENCY_FROM_OUTSIDE]
    assert told.outputs[-1] == HangUp(CallResult.HANG_UP)


def test_a_mailbox_for_inside_phones_refuses_callers_from_outside() -> None:
    assert prompts(run(replace(FACTS, inside_only=True), ACCEPTED))[0] is PromptId.REFUSED_INSIDE_ONLY


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (DialStatus.BUSY, PromptId.ENDED_BUSY),
        (DialStatus.NO_ANSWER, PromptId.ENDED_NO_ANSWER),
        (DialStatus.FAILED, PromptId.ENDED_FAILED),
        (DialStatus.UNKNOWN, PromptId.ENDED_FAILED),
    ],
)
def test_after_a_failed_call_the_caller_may_try_again(status: DialStatus, said: PromptId) -> None:
    after = run(FACTS, ACCEPTED, key("1"), Granted(GRANT), DialEnded(status))
    assert prompts(after)[:2] == [said, PromptId.MENU_TRY_AGAIN]
    assert step(after.state, key("1")).outputs == (RequestDial(NUMBER, "main"),)
    assert step(after.state, key("2")).state.place is Place.ENTERING_NUMBER
    assert step(after.state, key("#")).outputs[-1] == HangUp(CallResult.MAILBOX)


@pytest.mark.parametrize("answer", [SILENCE, key("*"), key("#"), Words("done"), Words("back")])
def test_after_an_answered_call_silence_or_one_key_leads_back_to_the_messages(answer: Event) -> None:
    answered = (ACCEPTED, key("1"), Granted(GRANT), DialEnded(DialStatus.ANSWERED))
    assert asked(run(FACTS, *answered)).first_digit_timeout_ms < FIRST_KEY_MS
    after = run(FACTS, *answered, answer)
    assert after.outputs == (Play((Prompt(PromptId.BACK_TO_MESSAGES),)), HangUp(CallResult.MAILBOX))


def test_after_an_answered_call_help_and_a_wrong_key_are_answered_first() -> None:
    answered = (ACCEPTED, key("1"), Granted(GRANT), DialEnded(DialStatus.ANSWERED))
    assert asked(run(FACTS, *answered, key("9"))).phrases[0] == Prompt(PromptId.ERROR_KEY)
    assert asked(run(FACTS, *answered, key("0"))).phrases[0] == Prompt(PromptId.HELP_AFTER_CALL)


def test_after_an_answered_call_it_is_called_again_by_a_new_grant() -> None:
    answered = (ACCEPTED, key("1"), Granted(GRANT), DialEnded(DialStatus.ANSWERED))
    again = run(FACTS, *answered, key("1"))
    assert again.outputs == (RequestDial(NUMBER, "main"),)
    assert again.state.grant_id is None


def test_a_hang_up_ends_the_call_wherever_it_is() -> None:
    for events in [(), (ACCEPTED,), (ACCEPTED, key("2")), (ACCEPTED, key("1"), Granted(GRANT))]:
        assert run(FACTS, *events, HungUp()).state.place is Place.ENDED


@pytest.mark.parametrize("event", [Granted(GRANT), PinAccepted(), ACCEPTED, DialEnded(DialStatus.BUSY)])
def test_an_answer_to_nothing_is_an_error_and_never_a_dial(event: Event) -> None:
    state: CallState = run(FACTS, ACCEPTED).state
    with pytest.raises(UnexpectedEventError):
        step(state, event)


def test_keys_while_dialling_are_an_error() -> None:
    state = run(FACTS, ACCEPTED, key("1"), Granted(GRANT)).state
    with pytest.raises(UnexpectedEventError):
        step(state, key("1"))
