"""Walks every reachable state of the dialogue and proves what must hold in all of them."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_service.dialogue import menu
from ivr_service.dialogue.actions import (
    Action,
    Ask,
    CheckEntry,
    CheckPin,
    CheckSlot,
    Confer,
    Dial,
    Effect,
    HangUp,
    LookUp,
    Play,
    Record,
    RememberChoice,
    Request,
    RequestDial,
    SaveSpeedDial,
)
from ivr_service.dialogue.events import (
    Denied,
    DialEnded,
    EndedBy,
    EntryAccepted,
    EntryRefused,
    Event,
    Granted,
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
from ivr_service.dialogue.known import Known, PastCall
from ivr_service.dialogue.machine import begin, step
from ivr_service.dialogue.phrases import Prompt, PromptInLanguage
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.dialogue.state import KEY_TRIES, CallFacts, CallState, OfferedSlot, Place, Step, Waiting
from ivr_service.dialogue.values import (
    CallKind,
    CallOptions,
    CallResult,
    Destination,
    DialGrant,
    DialStatus,
    KnownCode,
    LastChoice,
    NumberClass,
    NumberPart,
    OfferedCallerId,
    OfferedDisclaimer,
    OfferedListener,
    OfferedSurvey,
    Offers,
    OptionCode,
    OtherLanguage,
    QuestionKind,
    RecordingRule,
    Refusal,
    RefusalReason,
    SurveyAsked,
    SurveyQuestion,
    SurveyRule,
)

NATIONAL = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
EXTENSION = Destination("105", NumberClass.INTERNAL, ("105",))
EMERGENCY = Destination("911", NumberClass.EMERGENCY, ("911",))
NAMED = Destination("+12125550107", NumberClass.NATIONAL, ("212", "555", "0107"), "Reception Desk")
GRANT = DialGrant("ab" * 8, "PJSIP/12125551234@trunk", 45, 7200, "12125550100", "Main Office")
SILENCE = Keys("", EndedBy.TIMEOUT)

OF_AN_ENTRY = (RefusalReason.INVALID, RefusalReason.UNKNOWN_CODE, RefusalReason.EMERGENCY_FROM_OUTSIDE)
OF_A_DIAL = (RefusalReason.HOURLY_LIMIT, RefusalReason.CALL_IN_PROGRESS, RefusalReason.CALLER_ID)
"""One reason of each kind: the walk would be long, and no wiser, with all of them."""


ENDINGS = tuple(set(DialStatus) - {DialStatus.CANCELLED, DialStatus.UNKNOWN})
"""Those two are told like a failure."""

TWO_DISCLAIMERS = (OfferedDisclaimer("advice", "No Advice"), OfferedDisclaimer("sales", "Sales"))

TWO_LISTENERS = (OfferedListener("boss", "The Boss"), OfferedListener("ann", "Ann"))
LAST_CALLS = [
    PastCall("2026-05-03T09:40", DialStatus.ANSWERED, 60),
    PastCall("2026-05-03T09:40", DialStatus.ANSWERED, 300),
    PastCall("2026-05-03T09:40", DialStatus.ANSWERED, 9000),
    *(PastCall("2026-05-03T09:40", status) for status in DialStatus if status is not DialStatus.ANSWERED),
]
NOW = "2026-05-04T23:40"
KNOWN = (
    Known(NOW),
    Known(NOW, place=("Chicago", "Illinois"), time_there="2026-05-04T22:40", is_new=True),
    Known(NOW, late_there="2026-05-04T22:40"),
    Known(NOW, is_unfamiliar=True),
    Known(NOW, is_unfamiliar=True, country="Jamaica", late_there="2026-05-04T22:40"),
    *(Known(NOW, own=call, company=call) for call in LAST_CALLS),
    Known(NOW, company=LAST_CALLS[0]),
)
"""Nothing, a place, that it is late there, that it is abroad, and each kind of past call."""

OWN_SLOT = OfferedSlot(2, "", ("212", "555", "0102"))
KNOWN_CODES = (
    KnownCode("1*", caller_id_name="Main Office"),
    *(KnownCode(f"{key}*", option=option) for key, option in enumerate(OptionCode, start=2)),
    KnownCode("0*"),
)

SAID = HeardNumber("3125550000")
SPOKEN = (
    Spoken(()),
    Spoken((HeardPhrase("back", 0.1),)),
    Spoken((SAID,)),
    Spoken((HeardNumber("312", NumberPart.AREA_CODE),)),
    Spoken((HeardNumber("0001", NumberPart.LINE),)),
    Spoken((replace(SAID, confidence=0.5), HeardNumber("3125550001", confidence=0.48))),
    Spoken((HeardPhrase("slot 0", 0.5), HeardPhrase("slot 1", 0.5))),
)
"""Something that was not understood, numbers and parts of them, and two readings that are close."""


def facts(kind: CallKind, caller_ids: int, slots: int, **more: bool) -> CallFacts:
    return CallFacts(
        kind=kind,
        arrived_with="2125551234",
        language="en",
        pin_required=more.get("pin_required", False),
        inside_only=more.get("inside_only", False),
        caller_ids=tuple(OfferedCallerId(f"id{n}", f"Name {n}") for n in range(caller_ids)),
        hears=more.get("hears", False),
        slots=tuple(OfferedSlot(n + 1, f"Slot {n}") for n in range(slots)),
        offers=Offers(
            blocking=more.get("blocking", False),
            knowledge=more.get("knowledge", False),
            same_as_last_time=more.get("last", False),
            saving=more.get("saving", False),
            recording=RecordingRule.ALLOW if more.get("options") else RecordingRule.NEVER,
            disclaimers=TWO_DISCLAIMERS if more.get("options") else (),
            listeners=TWO_LISTENERS if more.get("people") else (),
            most_people=1 if more.get("people") else 0,
        ),
    )


BILINGUAL = replace(facts(CallKind.CALLBACK, 2, 0), other_language=OtherLanguage("es"))


def survey_of(asked: SurveyAsked, *kinds: QuestionKind) -> OfferedSurvey:
    questions = tuple(SurveyQuestion(f"q{n}", kind, f"Question {n}") for n, kind in enumerate(kinds))
    return OfferedSurvey(SurveyRule.ALLOW, asked, questions, 60)


SURVEY_SITE = replace(
    facts(CallKind.SURVEY, 0, 0, hears=True),
    offers=Offers(survey=survey_of(SurveyAsked.CALLED, *QuestionKind, QuestionKind.ONE_TO_FIVE)),
    surveyed_grant="ab" * 8,
)

SITES = [
    facts(CallKind.CALLBACK, 2, 1),
    facts(CallKind.DIAL_OUT, 2, 1),
    facts(CallKind.CALLBACK, 0, 0),
    facts(CallKind.DIAL_OUT, 7, 7, pin_required=True),
    facts(CallKind.CALLBACK, 1, 0, pin_required=True, inside_only=True),
    facts(CallKind.DIAL_OUT, 0, 2, hears=True),
    facts(CallKind.CALLBACK, 1, 1, blocking=True),
    facts(CallKind.DIAL_OUT, 1, 0, options=True),
    facts(CallKind.DIAL_OUT, 0, 1, people=True),
    facts(CallKind.CALLBACK, 1, 1, knowledge=True),
    BILINGUAL,
    replace(facts(CallKind.CALLBACK, 2, 0, last=True), last=LastChoice("id1", CallOptions())),
    replace(facts(CallKind.DIAL_OUT, 0, 0, saving=True), codes=KNOWN_CODES),
    replace(
        facts(CallKind.CALLBACK, 1, 0),
        offers=Offers(survey=survey_of(SurveyAsked.USER, QuestionKind.YES_OR_NO, QuestionKind.COMMENT)),
    ),
    SURVEY_SITE,
]


def slot_answers(slot: int) -> Iterable[Event]:
    """What can be said of a slot; one that can be used is enough to see all that can happen."""
    yield SlotRefused(Refusal(RefusalReason.SLOT_IS_EXTENSION))
    yield SlotRefused(Refusal(RefusalReason.BLOCKED_NUMBER))
    if slot == OWN_SLOT.slot - 1:
        yield from (SlotChecked(slot), SlotChecked(slot, hides_another=True))


def dial_answers(request: RequestDial, codes: tuple[OptionCode, ...]) -> Iterable[Event]:
    """What the dial handler can say."""
    yield Granted(GRANT)
    if request.people:
        yield Granted(GRANT, people=(GRANT,), listener=GRANT)
        yield Granted(GRANT, denied=((NATIONAL, Refusal(RefusalReason.PREMIUM)),))
    if codes:
        yield Granted(replace(GRANT, recording_refused=True))
    yield from (
        Denied(Refusal(reason, until="2026-05-04T08:00", asked_at="2026-05-04T07:00")) for reason in OF_A_DIAL
    )


def request_answers(
    request: CheckPin | CheckSlot | LookUp | RequestDial, codes: tuple[OptionCode, ...]
) -> Iterable[Event]:
    """What the service can answer."""
    match request:
        case CheckPin():
            yield from (PinAccepted(), PinRefused())
        case CheckSlot(slot):
            yield from slot_answers(slot)
        case LookUp():
            yield from KNOWN
        case RequestDial():
            yield from dial_answers(request, codes)


def answers(
    output: Action | Effect | Request, *, hears: bool = False, codes: tuple[OptionCode, ...] = ()
) -> Iterable[Event]:
    """Every event that can follow an output."""
    match output:
        case Ask(words=words):
            yield SILENCE
            yield from (Keys(key, EndedBy.FULL) for key in "0123456789*#")
            yield Keys("", EndedBy.TERMINATOR)
            yield Keys("3125550000", EndedBy.TERMINATOR)
            yield from (Words(phrase) for phrase in (*words, "no such words"))
            yield from SPOKEN if hears else ()
        case Record():
            yield from (
                Recorded("a-1"),
                Recorded(None),
                Recorded(None, has_failed=True),
                Recorded(None, key="*"),
            )
        case Dial() | Confer():
            yield from (DialEnded(status) for status in ENDINGS)
        case CheckEntry():
            yield from (EntryAccepted(place) for place in (NATIONAL, EXTENSION, EMERGENCY, NAMED))
            yield MenuRequested()
            yield from (EntryAccepted(NATIONAL, options=(code,)) for code in codes)
            yield from (EntryRefused(Refusal(reason)) for reason in OF_AN_ENTRY)
        case CheckPin() | CheckSlot() | LookUp() | RequestDial():
            yield from request_answers(output, codes)
        case _:  # an effect, or an action that is not the last
            return


@dataclass
class Walk:
    """All steps that can be reached: each state, and each event with the step it leads to."""

    steps: dict[CallState, Step] = field(default_factory=dict)
    outputs: list[tuple[CallState, Event, Step]] = field(default_factory=list)


def codes_of(site: CallFacts) -> tuple[OptionCode, ...]:
    """The codes that the policy lets this mailbox use."""
    return tuple(OptionCode) if site.offers.disclaimers else ()


@cache
def walk(site: CallFacts) -> Walk:
    found = Walk()
    own = (OWN_SLOT,) if site.offers.saving else ()
    first = begin(site, site.caller_ids[0].id if site.caller_ids else None, own)
    todo = deque([first])
    while todo:
        now = todo.popleft()
        if now.state in found.steps:
            continue
        found.steps[now.state] = now
        for event in (*answers(now.outputs[-1], hears=site.hears, codes=codes_of(site)), HungUp()):
            following = step(now.state, event)
            found.outputs.append((now.state, event, following))
            todo.append(following)
    return found


def test_whoever_was_called_is_never_trapped_in_a_survey_and_nothing_is_dialled_there() -> None:
    for _, _, following in walk(SURVEY_SITE).outputs:
        assert not any(
            isinstance(output, Dial | Confer | RequestDial | CheckEntry | CheckPin | LookUp)
            for output in following.outputs
        )
    state, asked = begin(SURVEY_SITE, None).state, 0
    while state.place is not Place.ENDED:
        event = Recorded(None) if state.place is Place.SURVEY_COMMENT else SILENCE
        state, asked = step(state, event).state, asked + 1
    assert asked == 7  # three questions twice, and one comment


@pytest.mark.parametrize("site", SITES)
def test_every_step_says_what_to_do_next_exactly_once(site: CallFacts) -> None:
    for _, _, following in walk(site).outputs:
        *before, last = following.outputs
        assert all(
            isinstance(output, Effect) or (isinstance(output, Play) and output.phrases) for output in before
        )
        assert not isinstance(last, Play)
        assert isinstance(last, HangUp) == (following.state.place is Place.ENDED)


def states_that_cannot_end(found: Walk) -> set[CallState]:
    """The states from which no answers lead to the end, besides hanging up."""
    backwards: dict[CallState, set[CallState]] = {state: set() for state in found.steps}
    for state, event, following in found.outputs:
        if not isinstance(event, HungUp):
            backwards[following.state].add(state)
    ending = {state for state in found.steps if state.place is Place.ENDED}
    todo = deque(ending)
    while todo:
        for before in backwards[todo.popleft()] - ending:
            ending.add(before)
            todo.append(before)
    return set(found.steps) - ending


@pytest.mark.parametrize("site", SITES)
def test_no_state_is_a_dead_end(site: CallFacts) -> None:
    assert states_that_cannot_end(walk(site)) == set()


def test_a_dead_end_would_be_found() -> None:
    found = walk(SITES[0])
    trap = replace(begin(SITES[0], None).state, page=99)
    entrance = next(iter(found.steps))
    doctored = Walk(
        steps={**found.steps, trap: Step(trap, ())},
        outputs=[*found.outputs, (entrance, SILENCE, Step(trap, ())), (trap, SILENCE, Step(trap, ()))],
    )
    assert states_that_cannot_end(doctored) == {trap}


@pytest.mark.parametrize("site", SITES)
def test_a_silent_caller_is_let_go_soon_wherever_they_are(site: CallFacts) -> None:
    for now in walk(site).steps.values():
        silent, asked = now, 0
        while isinstance(silent.outputs[-1], Ask):
            silent, asked = step(silent.state, SILENCE), asked + 1
            assert asked <= KEY_TRIES


@pytest.mark.parametrize("site", SITES)
def test_nothing_is_requested_before_the_pin_but_what_goes_at_once(site: CallFacts) -> None:
    for _, _, following in walk(site).outputs:
        for output in following.outputs:
            if isinstance(output, RequestDial) and not output.destination.goes_at_once:
                assert following.state.may_continue
                assert not site.inside_only


@pytest.mark.parametrize("site", SITES)
def test_no_wrong_turn_costs_the_number_that_was_entered(site: CallFacts) -> None:
    """Only another number takes its place, or that it was blocked."""
    for before, event, following in walk(site).outputs:
        after = following.state.destination
        if before.destination is None or (after is not None and after.number == before.destination.number):
            continue
        assert isinstance(event, EntryAccepted) or before.place is Place.BLOCKED


MISTAKES = {PromptId.ERROR_KEY, PromptId.ERROR_WORDS, PromptId.ERROR_SILENCE, PromptId.ERROR_SLOT}


def says_a_mistake(following: Step) -> bool:
    """Whether the caller is told that a key, a word or a slot was not understood, or that nothing was."""
    spoken = [output.phrases for output in following.outputs if isinstance(output, Play | Ask)]
    return any(isinstance(one, Prompt) and one.id in MISTAKES for phrases in spoken for one in phrases)


@pytest.mark.parametrize("site", SITES)
def test_what_was_not_understood_changes_nothing_but_the_count_of_tries(site: CallFacts) -> None:
    """A wrong key, silence, an unclear word: all that was entered and chosen is as it was.

    Of two readings one was chosen, and it may be none that is understood where they were heard.
    """
    seen: set[Place] = set()
    for before, _, following in walk(site).outputs:
        after = following.state
        if not says_a_mistake(following) or after.place is Place.ENDED:
            continue
        seen.add(before.place)
        chosen_of_two = replace(before, place=before.doubt_at, doubt=())
        assert replace(after, misses=before.misses, waiting=before.waiting) in (before, chosen_of_two)
    assert Place.MAIN_MENU in seen or site.inside_only or site.kind is CallKind.SURVEY


@pytest.mark.parametrize("site", SITES)
def test_silence_is_answered_wherever_something_is_asked(site: CallFacts) -> None:
    """It is called a mistake, or it ends a call whose talk is over; a survey goes on."""
    for before, event, following in walk(site).outputs:
        if event == SILENCE and before.place is not Place.SURVEY_QUESTION:
            is_over = before.place is Place.AFTER_CALL and before.ended is DialStatus.ANSWERED
            assert says_a_mistake(following) != is_over
            assert not is_over or following.state.result is CallResult.MAILBOX


@pytest.mark.parametrize("site", SITES)
def test_nothing_is_saved_before_the_name_was_said_or_done_without(site: CallFacts) -> None:
    for before, event, following in walk(site).outputs:
        for output in following.outputs:
            if isinstance(output, SaveSpeedDial):
                assert before.may_continue
                assert before.place is Place.CHECKING_NAME or (
                    isinstance(event, Recorded) and event.has_failed
                )
                assert before.destination is not None
                assert output.number == before.destination.number


@pytest.mark.parametrize("site", SITES)
def test_only_a_grant_dials(site: CallFacts) -> None:
    dials = [
        (event, following)
        for _, event, following in walk(site).outputs
        if isinstance(following.outputs[-1], Dial | Confer)
    ]
    assert bool(dials) is (site.kind is not CallKind.SURVEY)
    for event, following in dials:
        assert isinstance(event, Granted)
        *before, dial = following.outputs
        is_told = event.grant.recording_refused or bool(event.denied)
        said = [output for output in before if not isinstance(output, RememberChoice)]
        assert [type(output) for output in said] == [Play] * is_told
        assert len(before) - len(said) <= site.offers.same_as_last_time
        if event.people:
            assert dial == Confer((event.grant, *event.people), event.listener)
        else:
            assert dial == Dial(event.grant, event.listener)


@pytest.mark.parametrize("site", SITES)
def test_the_caller_id_is_spoken_at_the_question_that_can_call_a_number_outside(site: CallFacts) -> None:
    for now in walk(site).steps.values():
        state = now.state
        if (
            state.place is not Place.MAIN_MENU
            or state.waiting is not Waiting.NOTHING
            or state.caller_id is None
        ):
            continue
        question = now.outputs[-1]
        assert isinstance(question, Ask)
        spoken = {phrase.id for phrase in question.phrases if isinstance(phrase, Prompt)}
        explains = PromptId.HELP_MENU in spoken
        assert explains or spoken & {PromptId.THEY_WILL_SEE, PromptId.THEY_WILL_SEE_YOUR_PHONE}


def test_a_change_of_language_changes_nothing_else() -> None:
    changes = [
        (state, following.state)
        for state, event, following in walk(BILINGUAL).outputs
        if state.place is Place.MAIN_MENU and event == Keys(menu.LANGUAGE_KEY, EndedBy.FULL)
    ]
    assert {before.language for before, _ in changes} == {"en", "es"}
    for before, after in changes:
        assert (after.language, after.offered_language) == (before.offered_language, before.language)
        assert after == replace(before, is_in_other_language=after.is_in_other_language, misses=0)


@pytest.mark.parametrize("site", SITES)
def test_no_level_offers_more_than_six_choices_or_one_key_twice(site: CallFacts) -> None:
    for state in walk(site).steps:
        rows = menu.offered(state)
        assert len([row for row in rows if row.key not in f"*0#{menu.LANGUAGE_KEY}"]) <= menu.MOST_CHOICES
        assert len({row.key for row in rows}) == len(rows)
        phrases = menu.words(state)
        assert len(set(phrases)) == len(phrases)


def test_the_walk_reaches_every_place_and_says_every_prompt() -> None:
    """Proves that the walk is not vacuous, and that no prompt is written for nothing."""
    places, said = set(), set()
    for site in SITES:
        for _, _, following in walk(site).outputs:
            places.add(following.state.place)
            for output in following.outputs:
                if isinstance(output, Ask | Play):
                    said |= {
                        phrase.id
                        for phrase in output.phrases
                        if isinstance(phrase, Prompt | PromptInLanguage)
                    }
    assert places | {Place.STARTING} == set(Place)
    unsaid = {prompt_id for prompt_id in set(PromptId) - said if not prompt_id.startswith("refused.")}
    assert unsaid == {
        PromptId.APOLOGY,  # the front end's
        PromptId.RECORDING_NOTICE,  # the dial handler's, as are the next two
        PromptId.LISTENING_NOTICE,
        PromptId.LISTENER_INTRODUCTION,
        PromptId.RECORDING_PAUSED,  # these three are said during the call
        PromptId.RECORDING_GOES_ON,
        PromptId.RECORDED_CALL_ENDS_SOON,
    }


def test_every_code_for_an_option_has_its_prompt() -> None:
    assert {f"code.{option}" for option in OptionCode} <= set(PromptId)


def test_every_refusal_has_its_prompt() -> None:
    assert {f"refused.{reason}" for reason in RefusalReason} == {
        prompt_id for prompt_id in PromptId if prompt_id.startswith("refused.")
    }


@given(
    st.lists(
        st.sampled_from([*(Keys(key, EndedBy.FULL) for key in "0123456789*#"), SILENCE, Words("help")]),
        max_size=40,
    ),
    st.data(),
)
def test_a_whole_call_of_any_keys_keeps_to_the_rules(events: list[Event], data: st.DataObject) -> None:
    now = begin(SITES[3], "id0")
    for event in events:
        while not isinstance(now.outputs[-1], Ask | HangUp):
            now = step(now.state, data.draw(st.sampled_from(list(answers(now.outputs[-1])))))
        if isinstance(now.outputs[-1], HangUp):
            assert now.state.place is Place.ENDED
            return
        now = step(now.state, event)
