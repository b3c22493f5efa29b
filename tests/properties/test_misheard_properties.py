"""Whatever a caller does, learning from it goes without a mistake, and nothing is left waiting at the end."""

from hypothesis import given
from hypothesis import strategies as st

from ivr_service.dialogue.actions import CheckEntry, RequestDial
from ivr_service.dialogue.events import (
    CallerEvent,
    Denied,
    EndedBy,
    EntryAccepted,
    EntryRefused,
    HeardNumber,
    HeardPhrase,
    HungUp,
    Keys,
    MenuRequested,
    Spoken,
    Words,
)
from ivr_service.dialogue.machine import begin, step
from ivr_service.dialogue.misheard import TakenTurn, Utterance, learn
from ivr_service.dialogue.state import CallFacts, CallState, OfferedSlot, Place, Step
from ivr_service.dialogue.values import (
    CallKind,
    Destination,
    NumberClass,
    NumberPart,
    OfferedCallerId,
    Refusal,
    RefusalReason,
)
from ivr_service.speech.failures import spoken_text

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
NUMBERS = ("2125551234", "12125551235", "103", "5551234", "212", "1234", "7")
PHRASES = ("ann lee", "anne leigh", "sales", "back", "yes", "no", "the first", "the second", "number", "done")

heard = st.one_of(
    st.builds(HeardPhrase, st.sampled_from(PHRASES), st.sampled_from((0.1, 0.45, 0.9))),
    st.builds(
        HeardNumber,
        st.sampled_from(NUMBERS),
        st.sampled_from(tuple(NumberPart)),
        st.sampled_from((0.1, 0.45, 0.9)),
    ),
)
events = st.one_of(
    st.builds(Spoken, st.lists(heard, max_size=3).map(tuple)),
    st.builds(Keys, st.sampled_from(("", "1", "2", "3", "5", "*", "0", *NUMBERS)), st.just(EndedBy.TIMEOUT)),
    st.builds(Words, st.sampled_from(PHRASES)),
)
turns = st.lists(st.tuples(events, st.booleans(), st.booleans()), max_size=25)


def answered(state: CallState, event: CallerEvent, *, accepts: bool) -> Step:
    taken = step(state, event)
    match taken.outputs[-1]:
        case CheckEntry(text) if accepts:
            number = Destination(f"+1{text}", NumberClass.NATIONAL, (text,))
            return step(taken.state, EntryAccepted(number))
        case CheckEntry():
            return step(taken.state, EntryRefused(Refusal(RefusalReason.INVALID)))
        case RequestDial():
            return step(taken.state, Denied(Refusal(RefusalReason.HOURLY_LIMIT)))
        case _:
            return taken


@given(turns)
def test_every_call_can_be_learnt_from_and_leaves_nothing(
    taken: list[tuple[CallerEvent, bool, bool]],
) -> None:
    state = step(begin(FACTS, "main").state, MenuRequested()).state
    waiting: tuple[Utterance, ...] = ()
    seen: set[int] = set()
    for number, (event, accepts, was_kept) in enumerate([*taken, (HungUp(), True, False)]):
        if state.place is Place.ENDED:
            break
        after = answered(state, event, accepts=accepts).state
        lesson = learn(waiting, TakenTurn(number, state, event, after, was_kept))
        for one in lesson.misheard:
            assert one.why is not None
            assert one.turn not in seen
            seen.add(one.turn)
            assert set(spoken_text(one)) <= set("abcdefghijklmnopqrstuvwxyz' -")
        assert not {one.turn for one in lesson.waiting} & seen
        state, waiting = after, lesson.waiting
    assert state.place is Place.ENDED
    assert waiting == ()
