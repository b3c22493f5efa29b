"""Walks the machine on small example sites and names the ways from place to place, for the call flow page."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from ivr_service.dialogue import menu
from ivr_service.dialogue.actions import (
    Ask,
    CheckEntry,
    CheckPin,
    CheckSlot,
    Confer,
    Dial,
    LookUp,
    Record,
    RequestDial,
)
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
    Keys,
    MenuRequested,
    PinAccepted,
    PinRefused,
    Recorded,
    SlotChecked,
    SlotRefused,
    Spoken,
)
from ivr_service.dialogue.known import Known, PastCall
from ivr_service.dialogue.machine import begin, step
from ivr_service.dialogue.menu import MenuAction
from ivr_service.dialogue.questions import BACK_KEY
from ivr_service.dialogue.state import CallFacts, CallState, OfferedSlot, Place, Step, Waiting
from ivr_service.dialogue.values import (
    CallKind,
    CallResult,
    Destination,
    DialGrant,
    DialStatus,
    NumberClass,
    NumberPart,
    OfferedCallerId,
    OfferedDisclaimer,
    OfferedListener,
    OfferedSurvey,
    Offers,
    OtherLanguage,
    QuestionKind,
    RecordingRule,
    Refusal,
    RefusalReason,
    SurveyAsked,
    SurveyQuestion,
    SurveyRule,
)

Node = Place | CallResult
"""A place, or one of the two ends."""

Ways = dict[tuple[Node, Node], list[str]]
"""From where to where, and what leads there."""

EXAMPLE_DESTINATION = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
EXAMPLE_FACTS = CallFacts(
    kind=CallKind.CALLBACK,
    arrived_with="2125551234",
    language="en",
    pin_required=False,
    inside_only=False,
    caller_ids=(OfferedCallerId("main", "Main Office"), OfferedCallerId("sales", "Sales")),
    slots=(OfferedSlot(7, "Front Desk"),),
    hears=True,
    offers=Offers(
        blocking=True,
        knowledge=True,
        saving=True,
        recording=RecordingRule.ALLOW,
        listeners=(OfferedListener("boss", "The Boss"), OfferedListener("ann", "Ann")),
        most_people=2,
        disclaimers=(OfferedDisclaimer("advice", "No Advice"), OfferedDisclaimer("sales", "Sales")),
        survey=OfferedSurvey(
            rule=SurveyRule.ALLOW,
            asked=SurveyAsked.USER,
            questions=(
                SurveyQuestion("content", QuestionKind.ONE_TO_FIVE, "How content are you?"),
                SurveyQuestion("comment", QuestionKind.COMMENT, "What would you like to tell us?"),
            ),
            comment_s=60,
        ),
    ),
    other_language=OtherLanguage("es"),
)
EXAMPLE_KNOWN = Known(
    now="2026-05-04T22:40",
    place=("Chicago", "Illinois"),
    time_there="2026-05-04T21:40",
    late_there="2026-05-04T21:40",
    own=PastCall("2026-05-03T09:40", DialStatus.ANSWERED, 300),
)
EXAMPLE_SLOT = OfferedSlot(12, "", ("212", "555", "0102"), recording="0")
EXAMPLE_SLOTS = (EXAMPLE_SLOT, replace(EXAMPLE_SLOT, slot=13))
EXAMPLE_SAID = "2125551234"
EXAMPLE_DOUBT: tuple[Heard, ...] = (
    HeardNumber(EXAMPLE_SAID, confidence=0.5),
    HeardNumber("2125551243", confidence=0.5),
)

_GIVEN_UP = "too many tries"

_KINDS = {CallKind.CALLBACK: "callback", CallKind.DIAL_OUT: "dial-out", CallKind.SURVEY: "survey"}
_EMERGENCY = Destination("911", NumberClass.EMERGENCY, ("911",))
_GRANT = DialGrant("0" * 32, "PJSIP/12125551234@trunk", 45, 7200, "12025550100", "Main Office")
_SILENCE = Keys("", EndedBy.TIMEOUT)
_ONE_LANGUAGE = replace(EXAMPLE_FACTS, other_language=None)
_PLAIN = replace(_ONE_LANGUAGE, offers=Offers(blocking=True))
_SMALL = replace(_ONE_LANGUAGE, caller_ids=EXAMPLE_FACTS.caller_ids[:1], slots=(), hears=False)
"""Numbers that are said, speed dials and caller IDs are walked at the plain site: here they multiply."""

_SITES = (
    _PLAIN,
    replace(_PLAIN, kind=CallKind.DIAL_OUT),
    replace(_PLAIN, pin_required=True),
    replace(_PLAIN, kind=CallKind.DIAL_OUT, pin_required=True),
    replace(_PLAIN, inside_only=True),
    # One offer at a time: with all of them together there are more states than anybody would wait for.
    replace(
        _SMALL,
        offers=Offers(recording=RecordingRule.ALLOW, disclaimers=EXAMPLE_FACTS.offers.disclaimers),
    ),
    replace(_SMALL, offers=Offers(knowledge=True)),
    replace(_SMALL, offers=Offers(listeners=EXAMPLE_FACTS.offers.listeners)),
    replace(_SMALL, hears=True, slots=EXAMPLE_FACTS.slots, offers=Offers(most_people=1)),
    replace(_SMALL, offers=Offers(saving=True)),
    replace(_SMALL, offers=Offers(survey=EXAMPLE_FACTS.offers.survey)),
    replace(_PLAIN, kind=CallKind.SURVEY, offers=EXAMPLE_FACTS.offers, surveyed_grant="0" * 32),
)

_SPOKEN: dict[Place, dict[Event, str]] = {
    Place.ENTERING_NUMBER: {
        Spoken((HeardNumber(EXAMPLE_SAID),)): "a number is said",
        Spoken((HeardNumber("212", NumberPart.AREA_CODE),)): "an area code is said",
        Spoken(EXAMPLE_DOUBT): "two readings are close",
    },
    Place.SAVING_SLOT: {
        Keys("11", EndedBy.TERMINATOR): "a slot",
        Keys("12", EndedBy.TERMINATOR): "a used slot",
    },
    Place.ENTERING_REST: {Spoken((HeardNumber("5551234"),)): "seven digits"},
    Place.CORRECTING_NUMBER: {Spoken((HeardNumber(digits),)): "the digits" for digits in ("212", "1234")},
}

_ORDINARY: dict[Event, str] = {
    EntryAccepted(EXAMPLE_DESTINATION): "understood",
    MenuRequested(): "understood",
    EntryRefused(Refusal(RefusalReason.INVALID)): "refused",
}
_FROM_OUTSIDE: dict[Event, str] = {
    EntryRefused(Refusal(RefusalReason.EMERGENCY_FROM_OUTSIDE)): "emergency, from outside"
}
_AT_ONCE: dict[Event, str] = {EntryAccepted(_EMERGENCY): "emergency"}
_PIN_ANSWERS: dict[Event, str] = {PinAccepted(): "right PIN", PinRefused(): "wrong PIN"}
_TOLD: dict[Event, str] = {Known(): ""}
_DOUBTS: dict[Event, str] = {Known(): "", EXAMPLE_KNOWN: "a doubtful call"}
_RECORDINGS: dict[Event, str] = {
    Recorded("0"): "recorded",
    Recorded(None, has_failed=True): "cannot be recorded",
    Recorded(None, key=BACK_KEY): "back",
}
_DIAL_ANSWERS: dict[Event, str] = {
    Granted(_GRANT): "granted",
    Denied(Refusal(RefusalReason.CALL_IN_PROGRESS)): "no grant",
    Denied(Refusal(RefusalReason.PREMIUM)): "no grant",
}


def routes() -> Ways:
    """Every way from one place to another, but for giving up after too many tries, which all places have."""
    found: Ways = {}
    for facts in _SITES:
        for start, label, end in _walk(facts):
            labels = found.setdefault((start, end), [])
            if label not in (*labels, _GIVEN_UP):
                labels.append(label)
    nodes: list[Node] = [*Place, *CallResult]
    return {
        (start, end): found[start, end]
        for start in nodes
        for end in nodes
        if found.get((start, end)) and start is not end
    }


def tries(state: CallState) -> int:
    """How often a caller who says nothing is asked at this place."""
    place, asked = state.place, 0
    while state.place is place:
        state, asked = step(state, _SILENCE).state, asked + 1
    return asked


def _walk(facts: CallFacts) -> Iterator[tuple[Node, str, Node]]:
    first = begin(facts, facts.caller_ids[0].id, EXAMPLE_SLOTS if facts.offers.saving else ())
    seen: set[CallState] = set()
    todo = deque(_settled(first, ("a survey of the called side",) if facts.kind is CallKind.SURVEY else ()))
    yield from (
        (Place.STARTING, _label(first.state, said, end.state), _node(end.state)) for said, end in todo
    )
    while todo:
        _, now = todo.popleft()
        known = _without_own_names(now.state)
        if known in seen:
            continue
        seen.add(known)
        for event, name in _caller_events(now).items():
            for said, end in _settled(step(now.state, event), (name,)):
                yield _node(now.state), _label(now.state, said, end.state), _node(end.state)
                todo.append((said, end))


def _without_own_names(state: CallState) -> CallState:
    """The state but for what is in the own slots: where a call can go depends on how many there are."""
    return replace(state, own_slots=EXAMPLE_SLOTS[: len(state.own_slots)], voice=state.voice and "0")


def _settled(now: Step, said: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Step]]:
    """Answer the requests in every way, until something is asked or dialled or the call is over."""
    answers = _answers(now)
    if not answers:
        yield said, now
    for event, name in answers.items():
        yield from _settled(step(now.state, event), (*said, name))


def _answers(now: Step) -> dict[Event, str]:
    match now.outputs[-1]:
        case CheckEntry():
            return _entry_answers(now.state)
        case CheckPin():
            return _PIN_ANSWERS
        case LookUp():
            return _DOUBTS if now.state.waiting is Waiting.DOUBTS else _TOLD
        case CheckSlot(slot):
            return {
                SlotChecked(slot): "free" if slot != EXAMPLE_SLOT.slot else "used",
                SlotRefused(Refusal(RefusalReason.PREMIUM)): "refused",
            }
        case RequestDial():
            return _DIAL_ANSWERS
        case _:
            return {}


def _entry_answers(state: CallState) -> dict[Event, str]:
    """What the policy can say here: it lets no slot lead to an emergency, nor an outside caller make one."""
    match state.place:
        case Place.CHOOSING_SPEED_DIAL | Place.SAVING_SLOT:
            return _ORDINARY
        case Place.STARTING if state.authorised:
            return _ORDINARY  # the entry waited for the PIN; an emergency would not have
        case _ if state.facts.inside_only:
            return {**_ORDINARY, **_FROM_OUTSIDE}
        case _:
            return {**_ORDINARY, **_FROM_OUTSIDE, **_AT_ONCE}


def _caller_events(now: Step) -> dict[Event, str]:
    match now.outputs[-1]:
        case Ask() if now.state.place in {row.place for row in menu.MENU}:
            choices = {_key(row.key): _name(row.action) for row in menu.offered(now.state)}
            return {**choices, _SILENCE: "silence"}
        case Ask() if now.state.place is Place.CHOOSING_HEARD:
            return {_key("1"): "the first", _key(BACK_KEY): "neither", _SILENCE: "silence"}
        case Ask() if now.state.place in _SPOKEN:
            said = {event: name for event, name in _SPOKEN[now.state.place].items() if _can_come(event, now)}
            return {**said, _key("7"): "", _key(BACK_KEY): "back", _SILENCE: "silence"}
        case Ask() if now.state.place is Place.SURVEY_QUESTION:
            return {_key("1"): "an answer", _key(BACK_KEY): "back", _SILENCE: "silence"}
        case Ask(max_digits=1):
            return {_key("1"): "a name", _key(BACK_KEY): "back", _key("#"): "done", _SILENCE: "silence"}
        case Ask():
            return {_key("7"): "", _key(BACK_KEY): "back", _SILENCE: "silence"}
        case Record() if now.state.place is Place.SURVEY_COMMENT:
            return {Recorded("a-1"): "a comment", Recorded(None, key=BACK_KEY): "back"}
        case Record():
            return _RECORDINGS
        case Dial() | Confer():
            return {DialEnded(status): _dial_name(status) for status in DialStatus}
        case _:
            return {}


def _can_come(event: Event, now: Step) -> bool:
    return now.state.hears or not isinstance(event, Spoken)


def _key(key: str) -> Event:
    return Keys(key, EndedBy.FULL)


def _name(action: MenuAction) -> str:
    return action.value.replace("_", " ")


def _dial_name(status: DialStatus) -> str:
    return "answered" if status is DialStatus.ANSWERED else "not answered"


def _label(before: CallState, said: tuple[str, ...], after: CallState) -> str:
    """What led there, in as few words as tell it."""
    if after.place is Place.ENDED and after.misses > before.misses:
        return _GIVEN_UP
    if after.place is Place.ASKING_PIN:
        return "the PIN is needed first"
    if before.facts.inside_only and said != (*_FROM_OUTSIDE.values(),):
        return "only phones inside may call"
    arriving = before.place in (Place.STARTING, Place.ASKING_PIN)
    refused = f"{_KINDS[before.facts.kind]} refused" if arriving else "refused"
    return ", ".join(refused if name == "refused" else name for name in said if name)


def _node(state: CallState) -> Node:
    return state.place if state.result is None else state.result
