"""Numbers and phrases that are said: doubted, read back, confirmed, corrected, completed by keys."""

from dataclasses import replace

import pytest

from ivr_service.dialogue.actions import Ask, CheckEntry, HangUp, RequestDial
from ivr_service.dialogue.events import (
    EndedBy,
    EntryAccepted,
    EntryRefused,
    Event,
    Heard,
    HeardNumber,
    HeardPhrase,
    Keys,
    MenuRequested,
    Spoken,
    Words,
)
from ivr_service.dialogue.hearing import Doubt, groups_of, judge, with_part
from ivr_service.dialogue.machine import begin, step
from ivr_service.dialogue.phrases import Prompt, SpokenKeys, SpokenName, SpokenNumber
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.questions import ask
from ivr_service.dialogue.state import CallFacts, CallState, OfferedSlot, Place, Step
from ivr_service.dialogue.values import (
    CallKind,
    Destination,
    DialStatus,
    NumberClass,
    NumberPart,
    OfferedCallerId,
    Refusal,
    RefusalReason,
)

FACTS = CallFacts(
    kind=CallKind.DIAL_OUT,
    arrived_with="0#",
    language="en",
    pin_required=False,
    inside_only=False,
    caller_ids=(OfferedCallerId("main", "Main Office"), OfferedCallerId("sales", "Sales")),
    slots=(OfferedSlot(7, "Ann Lee"), OfferedSlot(8, "Anne Leigh")),
    hears=True,
)
NUMBER = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
SILENCE = Keys("", EndedBy.TIMEOUT)


def key(keys: str) -> Keys:
    return Keys(keys, EndedBy.FULL)


def number(digits: str, part: NumberPart = NumberPart.WHOLE, confidence: float = 0.9) -> HeardNumber:
    return HeardNumber(digits, part, confidence)


def said(*heard: Heard) -> Spoken:
    return Spoken(heard)


def go(*events: Event) -> Step:
    """A dial-out that asked for the menu, then for another number, and then had these events."""
    now = begin(FACTS, "main")
    for event in (MenuRequested(), key("1"), *events):
        now = step(now.state, event)
    return now


def question(now: Step) -> Ask:
    asked = now.outputs[-1]
    assert isinstance(asked, Ask)
    return asked


def read_back(now: Step) -> tuple[str, ...]:
    groups = [phrase.groups for phrase in question(now).phrases if isinstance(phrase, SpokenNumber)]
    assert len(groups) == 1
    return groups[0]


def prompts(now: Step) -> set[PromptId]:
    return {phrase.id for phrase in question(now).phrases if isinstance(phrase, Prompt)}


SAID = said(number("2125551234"))


@pytest.mark.parametrize("confidence", [0.48, 0.45])
def test_two_names_that_sound_the_same_are_offered_both(confidence: float) -> None:
    """Each has less than half, and together they are sure: the recogniser hears no difference."""
    heard = (HeardPhrase("ann lee", confidence), HeardPhrase("anne leigh", confidence))
    assert judge(heard) == Doubt(*heard)
    assert judge((*heard, HeardPhrase("back", 0.04))) == Doubt(*heard)


def test_two_names_that_are_both_unlikely_are_asked_again() -> None:
    assert judge((HeardPhrase("ann lee", 0.24), HeardPhrase("anne leigh", 0.24))) is None
    assert judge((HeardPhrase("ann lee", 0.48), HeardPhrase("anne leigh", 0.2))) is None


def test_a_number_that_is_said_is_read_back_and_not_looked_at_before_it_is_confirmed() -> None:
    now = go(SAID)
    assert now.state.place is Place.CONFIRMING_NUMBER
    assert read_back(now) == ("212", "555", "1234")


@pytest.mark.parametrize("yes", [key("1"), Words("yes"), said(HeardPhrase("correct", 0.9))])
def test_a_yes_hands_exactly_what_was_read_back_to_the_policy(yes: Event) -> None:
    assert go(SAID, yes).outputs == (CheckEntry("2125551234", CallKind.DIAL_OUT),)


def test_a_confirmed_number_is_called_with_one_key_and_is_not_read_back_twice() -> None:
    offered = go(SAID, key("1"), EntryAccepted(NUMBER))
    assert offered.state.place is Place.MAIN_MENU
    assert PromptId.READY_TO_CALL in prompts(offered)
    assert PromptId.THEY_WILL_SEE in prompts(offered)
    assert not [phrase for phrase in question(offered).phrases if isinstance(phrase, SpokenNumber)]
    assert step(offered.state, key("1")).outputs == (RequestDial(NUMBER, "main"),)
    assert read_back(step(offered.state, SILENCE)) == ("212", "555", "1234")


@pytest.mark.parametrize("no", [key("2"), Words("no")])
def test_a_no_asks_again_in_another_way_and_never_offers_the_same_digits(no: Event) -> None:
    again = go(SAID, no)
    assert again.state.place is Place.ENTERING_NUMBER
    assert PromptId.ASK_NUMBER_SLOWLY in prompts(again)
    heard = said(number("2125551234", confidence=0.7), number("2125551243", confidence=0.25))
    assert read_back(step(again.state, heard)) == ("212", "555", "1243")


def test_the_keys_come_first_after_two_failures() -> None:
    assert PromptId.ASK_NUMBER in prompts(go(said(), said()))


def test_after_three_failures_the_caller_is_let_go() -> None:
    assert isinstance(go(said(), said(), said()).outputs[-1], HangUp)


CORRECTIONS = [
    ("3", NumberPart.AREA_CODE, "312", ("312", "555", "1234")),
    ("4", NumberPart.EXCHANGE, "556", ("212", "556", "1234")),
    ("5", NumberPart.LINE, "4321", ("212", "555", "4321")),
]


@pytest.mark.parametrize(("menu_key", "part", "digits", "groups"), CORRECTIONS)
def test_one_part_is_corrected_by_saying_it_at_once(
    menu_key: str, part: NumberPart, digits: str, groups: tuple[str, ...]
) -> None:
    assert read_back(go(SAID, said(number(digits, part)))) == groups
    assert read_back(go(SAID, key(menu_key), said(number(digits)))) == groups
    assert read_back(go(SAID, key(menu_key), Keys(digits, EndedBy.TERMINATOR))) == groups


def test_a_part_of_another_length_is_not_understood() -> None:
    assert go(SAID, said(number("123", NumberPart.LINE))).state.place is Place.CONFIRMING_NUMBER
    assert go(SAID, said(number("123", NumberPart.LINE))).state.misses == 1


@pytest.mark.parametrize("cough", ["8", "22", "5551234"])
def test_a_cough_at_the_read_back_costs_no_number(cough: str) -> None:
    disturbed = go(SAID, said(number(cough)))
    assert disturbed.state.place is Place.CONFIRMING_NUMBER
    assert read_back(disturbed) == ("212", "555", "1234")
    assert step(disturbed.state, key("1")).outputs == (CheckEntry("2125551234", CallKind.DIAL_OUT),)


def test_a_number_that_is_said_twice_is_not_taken_for_a_wrong_one() -> None:
    assert read_back(go(SAID, SAID, SAID)) == ("212", "555", "1234")
    assert read_back(go(SAID, said(number("1234", NumberPart.LINE)), SAID)) == ("212", "555", "1234")


@pytest.mark.parametrize("keys", ["911", "9911"])
def test_an_emergency_number_is_looked_at_also_where_a_part_is_corrected(keys: str) -> None:
    for where in (go(SAID, key("3")), go(SAID, key("4")), go(said(number("212", NumberPart.AREA_CODE)))):
        assert step(where.state, Keys(keys, EndedBy.TERMINATOR)).outputs == (
            CheckEntry(keys, CallKind.DIAL_OUT),
        )


@pytest.mark.parametrize("rest", [key("5551234"), said(number("5551234"))])
def test_the_area_code_may_be_said_and_the_rest_keyed_or_said(rest: Event) -> None:
    assert read_back(go(said(number("212", NumberPart.AREA_CODE)), rest)) == ("212", "555", "1234")


def test_two_readings_that_are_close_are_offered_as_one_and_two() -> None:
    heard = said(number("2125551234", confidence=0.5), number("2125551243", confidence=0.46))
    offered = go(heard)
    assert offered.state.place is Place.CHOOSING_HEARD
    assert [
        phrase for phrase in question(offered).phrases if isinstance(phrase, SpokenNumber | SpokenKeys)
    ] == [
        SpokenNumber(("212", "555", "1234")),
        SpokenKeys("1"),
        SpokenNumber(("212", "555", "1243")),
        SpokenKeys("2"),
    ]
    assert read_back(step(offered.state, key("2"))) == ("212", "555", "1243")
    assert read_back(step(offered.state, Words("the first"))) == ("212", "555", "1234")
    assert step(offered.state, key("*")).state.place is Place.ENTERING_NUMBER


def test_names_that_sound_alike_are_offered_by_their_names() -> None:
    menu = step(begin(FACTS, "main").state, MenuRequested())
    speed_dials = step(menu.state, key("3"))
    doubtful = step(speed_dials.state, said(HeardPhrase("ann lee", 0.5), HeardPhrase("anne leigh", 0.5)))
    names = [phrase.text for phrase in question(doubtful).phrases if isinstance(phrase, SpokenName)]
    assert names == ["Ann Lee", "Anne Leigh"]
    assert step(doubtful.state, key("2")).outputs == (CheckEntry("8", CallKind.DIAL_OUT),)


AT_THE_MENU = step(begin(FACTS, "main").state, MenuRequested()).state
AFTER_A_CALL = replace(AT_THE_MENU, place=Place.AFTER_CALL, ended=DialStatus.BUSY, destination=NUMBER)
ASKED_FOR_A_NUMBER = step(AT_THE_MENU, key("1")).state
AT_THE_SPEED_DIALS = step(AT_THE_MENU, key("3")).state
WITH_A_NUMBER = step(begin(FACTS, "main").state, EntryAccepted(NUMBER)).state


@pytest.mark.parametrize(
    "state", [AT_THE_MENU, WITH_A_NUMBER, AFTER_A_CALL, ASKED_FOR_A_NUMBER, AT_THE_SPEED_DIALS]
)
def test_a_speed_dial_is_chosen_by_call_and_its_name_and_is_read_out_first(state: CallState) -> None:
    assert {"call ann lee", "call anne leigh"} <= set(ask(state).words)
    chosen = step(state, said(HeardPhrase("call ann lee", 0.9)))
    assert chosen.outputs == (CheckEntry("7", CallKind.DIAL_OUT),)
    read = step(chosen.state, EntryAccepted(replace(NUMBER, name="Ann Lee")))
    assert read.state.place is Place.MAIN_MENU
    assert SpokenName("Ann Lee") in question(read).phrases
    assert step(read.state, key("1")).outputs == (RequestDial(replace(NUMBER, name="Ann Lee"), "main"),)


@pytest.mark.parametrize("state", [AT_THE_MENU, ASKED_FOR_A_NUMBER, AT_THE_SPEED_DIALS])
def test_a_speed_dial_that_may_not_be_called_says_why_and_keeps_the_place(state: CallState) -> None:
    refused = step(step(state, Words("call ann lee")).state, EntryRefused(Refusal(RefusalReason.PREMIUM)))
    assert refused.state.place is state.place
    assert PromptId.REFUSED_PREMIUM in prompts(refused)


def test_two_names_that_sound_alike_after_call_are_offered_by_their_names() -> None:
    doubtful = step(AT_THE_MENU, said(HeardPhrase("call ann lee", 0.5), HeardPhrase("call anne leigh", 0.45)))
    names = [phrase.text for phrase in question(doubtful).phrases if isinstance(phrase, SpokenName)]
    assert names == ["Ann Lee", "Anne Leigh"]
    assert step(doubtful.state, key("2")).outputs == (CheckEntry("8", CallKind.DIAL_OUT),)


def test_a_name_with_and_without_call_is_no_doubt() -> None:
    heard = said(HeardPhrase("ann lee", 0.4), HeardPhrase("call ann lee", 0.4))
    assert step(AT_THE_SPEED_DIALS, heard).outputs == (CheckEntry("7", CallKind.DIAL_OUT),)


def test_a_name_alone_is_understood_at_the_speed_dials_only() -> None:
    assert "ann lee" not in ask(AT_THE_MENU).words
    assert step(AT_THE_MENU, Words("ann lee")).state.misses == 1


def test_the_menu_keeps_its_phrases_from_names() -> None:
    state = replace(WITH_A_NUMBER, own_slots=(OfferedSlot(9, "Now"),))
    assert list(ask(state).words).count("call now") == 1
    assert step(state, Words("call now")).outputs == (RequestDial(NUMBER, "main"),)


def test_after_an_emergency_call_a_name_meets_the_pin_too() -> None:
    state = replace(AFTER_A_CALL, facts=replace(FACTS, pin_required=True))
    assert step(state, Words("call ann lee")).state.place is Place.ASKING_PIN


def test_who_is_added_may_be_called_by_name() -> None:
    adding = step(replace(ASKED_FOR_A_NUMBER, is_adding=True), Words("call ann lee"))
    assert step(adding.state, EntryAccepted(NUMBER)).state.people == (NUMBER,)


@pytest.mark.parametrize(
    "facts", [replace(FACTS, slots=()), replace(FACTS, hears=False)], ids=["no names", "not heard"]
)
def test_help_names_names_only_where_there_are_some_and_they_are_heard(facts: CallFacts) -> None:
    assert PromptId.HELP_BY_NAME in prompts(step(AT_THE_MENU, key("0")))
    assert PromptId.HELP_BY_NAME not in prompts(step(replace(AT_THE_MENU, facts=facts), key("0")))


def test_phrases_that_do_the_same_are_no_doubt() -> None:
    menu = step(begin(FACTS, "main").state, EntryAccepted(NUMBER))
    heard = said(HeardPhrase("call", 0.4), HeardPhrase("call now", 0.4))
    assert step(menu.state, heard).outputs == (RequestDial(NUMBER, "main"),)


def test_a_slot_can_be_said() -> None:
    menu = step(begin(FACTS, "main").state, MenuRequested())
    speed_dials = step(menu.state, key("3"))
    assert step(speed_dials.state, said(number("7"))).outputs == (CheckEntry("7", CallKind.DIAL_OUT),)


def test_a_number_that_is_refused_after_it_was_confirmed_may_be_said_anew() -> None:
    refused = go(SAID, key("1"), EntryRefused(Refusal(RefusalReason.PREMIUM)))
    assert refused.state.place is Place.ENTERING_NUMBER
    assert PromptId.REFUSED_PREMIUM in prompts(refused)


def test_where_nothing_can_be_heard_nobody_is_asked_to_speak() -> None:
    now = begin(replace(FACTS, hears=False), "main")
    for event in (MenuRequested(), key("1")):
        now = step(now.state, event)
    assert prompts(now) == {PromptId.ASK_NUMBER}


JUDGED = [
    ((), None),
    ((HeardPhrase("call", 0.49),), None),
    ((number("212", confidence=0.04),), None),
    ((HeardPhrase("call", 0.5),), HeardPhrase("call", 0.5)),
    ((number("212", confidence=0.05),), number("212", confidence=0.05)),
    ((number("1", confidence=0.5), number("2", confidence=0.44)), number("1", confidence=0.5)),
    (
        (number("1", confidence=0.5), number("2", confidence=0.45)),
        Doubt(number("1", confidence=0.5), number("2", confidence=0.45)),
    ),
    (
        (number("1", confidence=0.35), number("2", confidence=0.35)),
        Doubt(number("1", confidence=0.35), number("2", confidence=0.35)),
    ),
    ((number("1", confidence=0.35), number("2", confidence=0.34)), number("1", confidence=0.35)),
]


@pytest.mark.parametrize(
    ("heard", "digits"),
    [
        ((number("1234", confidence=0.8), number("1243", confidence=0.15)), "1243"),
        ((number("1234", confidence=0.9), number("1243", confidence=0.04)), "1234"),
        ((number("1234", confidence=0.9),), "1234"),
        ((number("1299", confidence=0.9),), "1299"),
    ],
)
def test_a_part_that_is_corrected_is_not_what_was_read_back_if_it_may_be_anything_else(
    heard: tuple[Heard, ...], digits: str
) -> None:
    corrected = step(go(SAID, key("5")).state, Spoken(heard))
    assert read_back(corrected) == ("212", "555", digits)


@pytest.mark.parametrize(("heard", "judgement"), JUDGED)
def test_what_was_heard_is_taken_doubted_or_left(heard: tuple[Heard, ...], judgement: object) -> None:
    assert judge(heard) == judgement


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ("2125551234", ("212", "555", "1234")),
        ("12125551234", ("1", "212", "555", "1234")),
        ("5551234", ("555", "1234")),
        ("105", ("105",)),
    ],
)
def test_a_number_is_read_back_in_groups(digits: str, groups: tuple[str, ...]) -> None:
    assert groups_of(digits) == groups


def test_only_a_number_of_ten_digits_has_parts() -> None:
    assert with_part("12125551234", NumberPart.LINE, "9999") == "12125559999"
    assert with_part("5551234", NumberPart.LINE, "9999") is None
    assert with_part("2125551234", NumberPart.WHOLE, "2125551234") is None
