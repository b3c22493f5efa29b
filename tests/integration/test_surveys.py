"""Surveys of whoever was called: which are begun, what is kept, and that nothing can be dialled in one."""

from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.events import Denied, EndedBy, Granted
from ivr_service.dialogue.values import (
    CallKind,
    CallOptions,
    Destination,
    NumberClass,
    Origin,
    RefusalReason,
    SurveyRule,
)
from ivr_service.policy.asker import Asker
from ivr_service.service.dial_handler import DialHandler, DialRequest
from ivr_service.service.directory import find_mailbox, mailbox_id
from ivr_service.service.messages import (
    CallReply,
    DialAction,
    HungUpEvent,
    PostOutcome,
    PostTurn,
    RecordedEvent,
    StartCall,
)
from ivr_service.service.messages import KeysEvent as KeysMessage
from ivr_service.store.survey_answers import SurveyAnswer
from tests.conftest import Site


def start(site: Site, kind: CallKind, extension: str = "s", mailbox: str = "", survey: str = "") -> CallReply:
    call = StartCall(
        call_id=token_hex(16),
        kind=kind,
        extension=extension,
        mailbox=mailbox,
        origin=Origin.INSIDE,
        survey=survey,
    )
    return site.service.start(call)


def press(site: Site, reply: CallReply, key: str) -> CallReply:
    event = KeysMessage(keys=key, ended_by=EndedBy.FULL)
    return site.service.turn(reply.call_id, PostTurn(turn=reply.turn + 1, event=event))


def dial_with_survey(site: Site, entry: str = "9*2125551234") -> tuple[str, DialAction]:
    """Make the call; its id, and what the front end is told to dial."""
    reply = press(site, start(site, CallKind.DIAL_OUT, entry, "106"), "1")
    [dial] = [action for action in reply.actions if isinstance(action, DialAction)]
    return reply.call_id, dial


def report(site: Site, call_id: str, dial: DialAction, status: str) -> None:
    site.service.outcome(call_id, PostOutcome(grant_id=dial.grant_id, dial_status=status))


def does(reply: CallReply) -> list[str]:
    return [action.do for action in reply.actions]


def answers(site: Site) -> tuple[SurveyAnswer, ...]:
    with site.database.reading() as unit:
        return unit.survey_answers.list()


def survey_of(dial: DialAction) -> str:
    assert dial.survey is not None
    return dial.survey


def test_answers_are_kept_with_the_dial_that_they_are_about(site: Site) -> None:
    call_id, dial = dial_with_survey(site)
    asked = start(site, CallKind.SURVEY, survey=survey_of(dial))
    press(site, asked, "4")
    [kept] = answers(site)
    assert kept == SurveyAnswer(
        dial.grant_id, "content", call_id, "106@default", "called", "one-to-five", "4", None, site.clock.now
    )


@pytest.mark.parametrize("survey", ["", f"{'0' * 32}-{'0' * 8}"])
def test_a_survey_of_no_known_call_asks_nothing(site: Site, survey: str) -> None:
    assert does(start(site, CallKind.SURVEY, survey=survey)) == ["hang_up"]


def test_the_grant_must_be_the_one_of_the_call(site: Site) -> None:
    call_id, one = dial_with_survey(site)
    report(site, call_id, one, "ANSWER")
    _, other = dial_with_survey(site, "9*3125550000")
    forged = f"{call_id}-{other.grant_id[:8]}"
    assert forged not in (one.survey, other.survey)
    assert does(start(site, CallKind.SURVEY, survey=forged)) == ["hang_up"]


def test_a_call_without_a_survey_gets_none(site: Site) -> None:
    call_id, dial = dial_with_survey(site, "2125551234")
    assert dial.survey is None
    survey = f"{call_id}-{dial.grant_id[:8]}"
    assert does(start(site, CallKind.SURVEY, survey=survey)) == ["hang_up"]


def test_a_survey_is_begun_once(site: Site) -> None:
    _, dial = dial_with_survey(site)
    assert does(start(site, CallKind.SURVEY, survey=survey_of(dial))) == ["ask"]
    assert does(start(site, CallKind.SURVEY, survey=survey_of(dial))) == ["hang_up"]


@pytest.mark.parametrize(
    ("status", "expected"), [("ANSWER", "ask"), ("BUSY", "hang_up"), ("NOANSWER", "hang_up")]
)
def test_only_an_answered_call_has_one(site: Site, status: str, expected: str) -> None:
    call_id, dial = dial_with_survey(site)
    report(site, call_id, dial, status)
    assert does(start(site, CallKind.SURVEY, survey=survey_of(dial))) == [expected]


def test_it_begins_within_two_minutes_of_the_end_or_not_at_all(site: Site) -> None:
    call_id, dial = dial_with_survey(site)
    report(site, call_id, dial, "ANSWER")
    site.clock.now += timedelta(minutes=2, seconds=1)
    assert does(start(site, CallKind.SURVEY, survey=survey_of(dial))) == ["hang_up"]


def test_a_comment_that_cannot_be_written_is_no_answer_and_ends_well(site: Site) -> None:
    _, dial = dial_with_survey(site)
    reply = press(site, start(site, CallKind.SURVEY, survey=survey_of(dial)), "#")
    assert does(reply) == ["play", "record"]
    lost = PostTurn(turn=reply.turn + 1, event=RecordedEvent(is_written=False))
    assert does(site.service.turn(reply.call_id, lost)) == ["play", "hang_up"]
    assert answers(site) == ()


def test_whoever_hangs_up_has_answered_so_far(site: Site) -> None:
    _, dial = dial_with_survey(site)
    reply = press(site, start(site, CallKind.SURVEY, survey=survey_of(dial)), "2")
    site.service.turn(reply.call_id, PostTurn(turn=None, event=HungUpEvent()))
    assert [answer.answer for answer in answers(site)] == ["2"]


@pytest.mark.parametrize(
    ("number", "number_class"),
    [
        ("+12125551234", NumberClass.NATIONAL),
        ("105", NumberClass.INTERNAL),
        ("911", NumberClass.EMERGENCY),
        ("311", NumberClass.SERVICE_CODE),
    ],
)
def test_nothing_is_ever_dialled_from_a_survey(site: Site, number: str, number_class: NumberClass) -> None:
    mailbox = mailbox_id("106", "default")
    known = find_mailbox(site.settings, mailbox)
    assert known is not None
    asker = Asker(CallKind.SURVEY, Origin.INSIDE, known, site.settings)
    request = DialRequest(
        call_id="a" * 32,
        mailbox=mailbox,
        is_known=True,
        authorised=True,
        asker=asker,
        wanted=RequestDial(Destination(number, number_class, (number,)), "main"),
        now=site.clock.now,
    )
    with site.database.intent() as unit:
        denied = DialHandler().decide(unit, request)
    assert isinstance(denied, Denied)
    assert denied.refusal.reason is RefusalReason.NOT_AUTHORISED
    if number_class is NumberClass.EMERGENCY:  # which any other kind of call may dial from inside
        plain = replace(request, asker=replace(asker, kind=CallKind.DIAL_OUT))
        with site.database.intent() as unit:
            assert not isinstance(DialHandler().decide(unit, plain), Denied)


NATIONAL = Destination("+12125551234", NumberClass.NATIONAL, ("212", "555", "1234"))
MORE = Destination("+13125550000", NumberClass.NATIONAL, ("312", "555", "0000"))
EXTENSION = Destination("101", NumberClass.INTERNAL, ("101",))


@pytest.mark.parametrize(
    ("rule", "wanted", "called", "people", "is_asked"),
    [
        (SurveyRule.NEVER, True, NATIONAL, (), False),
        (SurveyRule.ALLOW, False, NATIONAL, (), False),
        (SurveyRule.ALLOW, True, NATIONAL, (), True),
        (SurveyRule.FORCE, False, NATIONAL, (), True),
        (SurveyRule.FORCE, True, NATIONAL, (MORE,), False),
        (SurveyRule.FORCE, True, EXTENSION, (), False),
    ],
)
def test_the_mailbox_decides_and_a_survey_follows_a_call_outside_between_two(
    *,
    site: Site,
    rule: SurveyRule,
    wanted: bool,
    called: Destination,
    people: tuple[Destination, ...],
    is_asked: bool,
) -> None:
    mailbox = mailbox_id("106", "default")
    known = find_mailbox(site.settings, mailbox)
    assert known is not None
    asker = Asker(CallKind.DIAL_OUT, Origin.INSIDE, known.model_copy(update={"survey": rule}), site.settings)
    request = DialRequest(
        call_id="a" * 32,
        mailbox=mailbox,
        is_known=True,
        authorised=True,
        asker=asker,
        wanted=RequestDial(called, "main", CallOptions(survey=wanted), people),
        now=site.clock.now,
    )
    with site.database.intent() as unit:
        granted = DialHandler().decide(unit, request)
        rows = unit.dials.of_call("a" * 32)
    assert isinstance(granted, Granted)
    assert (granted.grant.survey is not None) is is_asked
    assert [row.survey for row in rows] == ["called" if is_asked else None] * len(rows)
    assert all(person.survey is None for person in granted.people)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.from_regex(r"[0-9a-f]{32}-[0-9a-f]{8}", fullmatch=True))
def test_nobody_guesses_a_survey(site: Site, written: str) -> None:
    _granted_before(site)
    assert does(start(site, CallKind.SURVEY, survey=written)) == ["hang_up"]


def _granted_before(site: Site) -> None:
    """One call that a survey may follow is enough to guess at."""
    with site.database.reading() as unit:
        if unit.dials.latest(1, None):
            return
    dial_with_survey(site)
