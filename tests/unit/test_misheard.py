"""What a caller does next tells whether they were heard wrongly, and what they meant."""

from dataclasses import dataclass, field

import pytest

from ivr_service.dialogue.actions import CheckEntry
from ivr_service.dialogue.events import (
    CallerEvent,
    EndedBy,
    EntryAccepted,
    EntryRefused,
    Heard,
    HeardNumber,
    HeardPhrase,
    HungUp,
    Keys,
    MenuRequested,
    Spoken,
)
from ivr_service.dialogue.machine import begin, step
from ivr_service.dialogue.misheard import Lesson, TakenTurn, Utterance, Why, learn
from ivr_service.dialogue.state import CallFacts, CallState, OfferedSlot, Place
from ivr_service.dialogue.values import (
    CallKind,
    Destination,
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


@dataclass
class Call:
    """A call whose every utterance is kept, and what is learnt from its turns."""

    state: CallState = field(default_factory=lambda: step(begin(FACTS, "main").state, MenuRequested()).state)
    number: int = 0
    waiting: tuple[Utterance, ...] = ()
    misheard: list[Utterance] = field(default_factory=list)
    refuses: bool = False

    def takes(self, *events: CallerEvent) -> "Call":
        for event in events:
            self._take(event)
        return self

    def _take(self, event: CallerEvent, *, was_kept: bool | None = None) -> None:
        taken = step(self.state, event)
        last = taken.outputs[-1]
        if isinstance(last, CheckEntry):
            taken = step(taken.state, self._checked(last.text))
        kept = isinstance(event, Spoken) if was_kept is None else was_kept
        lesson = learn(self.waiting, TakenTurn(self.number, self.state, event, taken.state, kept))
        self.state, self.number, self.waiting = taken.state, self.number + 1, lesson.waiting
        self.misheard += lesson.misheard

    def _checked(self, text: str) -> EntryAccepted | EntryRefused:
        if self.refuses:
            return EntryRefused(Refusal(RefusalReason.BANNED_AREA))
        return EntryAccepted(Destination(f"+1{text[-10:]}", NumberClass.NATIONAL, (text,)))

    def speaks_and_keys(self, keys: str) -> "Call":
        """The caller began to speak, and a key ended the listening."""
        self._take(key(keys), was_kept=True)
        return self

    @property
    def learnt(self) -> list[tuple[int, str, str, Why | None]]:
        return [(one.turn, one.heard, one.meant, one.why) for one in self.misheard]


def key(keys: str) -> Keys:
    return Keys(keys, EndedBy.FULL)


def number(digits: str, part: NumberPart = NumberPart.WHOLE) -> Spoken:
    return Spoken((HeardNumber(digits, part, 0.9),))


def either(*heard: Heard) -> Spoken:
    return Spoken(heard)


def phrase(said: str) -> Spoken:
    return Spoken((HeardPhrase(said, 0.9),))


YES, NO = key("1"), key("2")
NUMBERS = key("1")
SLOTS = key("3")
TWO_NUMBERS = either(HeardNumber("2125551234", confidence=0.5), HeardNumber("2125951234", confidence=0.45))
TWO_NAMES = either(HeardPhrase("ann lee", 0.45), HeardPhrase("anne leigh", 0.45))


@pytest.mark.parametrize("yes", [YES, phrase("yes")])
def test_what_was_heard_rightly_is_not_kept(yes: CallerEvent) -> None:
    call = Call().takes(NUMBERS, number("2125551234"))
    assert [one.heard for one in call.waiting] == ["2125551234"]
    call.takes(yes)
    assert (call.waiting, call.learnt) == ((), [])


@pytest.mark.parametrize("no", [NO, phrase("no")])
def test_a_no_and_the_number_that_is_confirmed_then(no: CallerEvent) -> None:
    call = Call().takes(NUMBERS, number("2125551235"), no, number("2125551234"), YES)
    assert call.learnt == [(1, "2125551235", "2125551234", Why.SAID_NO)]
    assert call.waiting == ()


def test_a_confirmed_number_that_may_not_be_called_was_heard_rightly() -> None:
    call = Call(refuses=True).takes(NUMBERS, number("8765551234"), YES)
    assert (call.state.place, call.waiting, call.learnt) == (Place.ENTERING_NUMBER, (), [])


@pytest.mark.parametrize(
    "correction",
    [
        (number("1234", NumberPart.LINE),),
        (key("5"), key("1234")),
        (key("5"), number("1234")),
        (number("2125551234"),),
    ],
)
def test_a_correction_of_a_part(correction: tuple[CallerEvent, ...]) -> None:
    call = Call().takes(NUMBERS, number("2125551235"), *correction, YES)
    assert call.learnt == [(1, "2125551235", "2125551234", Why.CORRECTED)]
    assert call.waiting == ()


def test_a_correction_that_was_misheard_itself() -> None:
    call = Call().takes(
        *(
            NUMBERS,
            number("2125551235"),
            number("1239", NumberPart.LINE),
            number("1234", NumberPart.LINE),
            YES,
        )
    )
    assert call.learnt == [
        (1, "2125551235", "2125551234", Why.CORRECTED),
        (2, "1239", "1234", Why.CORRECTED),
    ]


def test_the_second_of_two_numbers_and_the_first() -> None:
    assert Call().takes(NUMBERS, TWO_NUMBERS, key("2"), YES).learnt == [
        (1, "2125551234", "2125951234", Why.CHOSE_SECOND)
    ]
    assert Call().takes(NUMBERS, TWO_NUMBERS, phrase("the second"), YES).learnt == [
        (1, "2125551234", "2125951234", Why.CHOSE_SECOND)
    ]
    first = Call().takes(NUMBERS, TWO_NUMBERS, key("1"), YES)
    assert (first.learnt, first.waiting) == ([], ())


def test_the_second_of_two_names_the_first_and_neither() -> None:
    assert Call().takes(SLOTS, TWO_NAMES, key("2")).learnt == [(1, "ann lee", "anne leigh", Why.CHOSE_SECOND)]
    first = Call().takes(SLOTS, TWO_NAMES, key("1"))
    assert (first.learnt, first.waiting) == ([], ())
    neither = Call().takes(SLOTS, TWO_NAMES, key("*"), phrase("back"))
    assert neither.learnt == [(1, "ann lee", "back", Why.SAID_NO)]


def test_asked_again_and_understood_then() -> None:
    call = Call().takes(NUMBERS, either(), number("2125551234"), YES)
    assert call.learnt == [(1, "", "2125551234", Why.ASKED_AGAIN)]
    assert Call().takes(either(), phrase("caller id")).learnt == [(0, "", "caller id", Why.ASKED_AGAIN)]


def test_asked_again_and_keyed_then() -> None:
    call = Call().takes(NUMBERS, either(), key("2125551234"))
    assert call.learnt == [(1, "", "2125551234", Why.ASKED_AGAIN)]
    assert Call().takes(either(), NUMBERS).learnt == [(0, "", "", Why.ASKED_AGAIN)]


def test_keyed_after_speaking() -> None:
    call = Call().takes(NUMBERS).speaks_and_keys("2125551234")
    assert call.learnt == [(1, "", "2125551234", Why.KEYED)]
    assert Call().speaks_and_keys("1").learnt == [(0, "", "", Why.KEYED)]


def test_the_parts_of_a_number_are_known_from_the_whole() -> None:
    call = Call().takes(NUMBERS, number("213", NumberPart.AREA_CODE), key("5551234"))
    call.takes(number("212", NumberPart.AREA_CODE), YES)
    assert call.learnt == [(1, "213", "212", Why.CORRECTED)]


@pytest.mark.parametrize("end", [HungUp(), key("*")])
def test_at_the_end_what_was_doubted_is_kept_and_all_else_forgotten(end: CallerEvent) -> None:
    doubted = Call().takes(NUMBERS, number("2125551235"), NO, number("2125551234"), key("*"), end)
    assert doubted.state.place is Place.ENDED
    assert doubted.learnt == [(1, "2125551235", "", Why.SAID_NO)]
    assert doubted.waiting == ()
    assert Call().takes(NUMBERS, number("2125551235"), HungUp()).learnt == []


def test_without_audio_nothing_is_learnt() -> None:
    state = Call().state
    turn = TakenTurn(0, state, either(), state, was_kept=False)
    assert learn((), turn) == Lesson((), ())
