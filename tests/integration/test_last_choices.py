"""The same as last time: what a mailbox chose for its last call is taken as far as it still may be chosen."""

from dataclasses import replace

import pytest

from ivr_service.dialogue.actions import RememberChoice
from ivr_service.dialogue.state import CallFacts
from ivr_service.dialogue.values import (
    CallKind,
    CallOptions,
    LastChoice,
    MailboxId,
    OfferedCallerId,
    OfferedDisclaimer,
    OfferedSurvey,
    Offers,
    QuestionKind,
    RecordingRule,
    SurveyAsked,
    SurveyQuestion,
    SurveyRule,
)
from ivr_service.service.last_choices import last_choice, to_store
from ivr_service.store.last_choices import StoredChoice
from tests.conftest import Site

OFFERS = Offers(
    recording=RecordingRule.ALLOW,
    disclaimers=(OfferedDisclaimer("advice", "No Advice"),),
    same_as_last_time=True,
)
FACTS = CallFacts(
    kind=CallKind.CALLBACK,
    arrived_with="2125551234",
    language="en",
    pin_required=False,
    inside_only=False,
    caller_ids=(OfferedCallerId("main", "Main Office"), OfferedCallerId("sales", "Sales")),
    slots=(),
    offers=OFFERS,
)
RECORDED = CallOptions(record=True, disclaimer="advice")


def found(stored: StoredChoice | None, facts: CallFacts = FACTS) -> LastChoice | None:
    return last_choice(lambda: stored, facts, "main")


def kept(caller_id: str, options: CallOptions) -> StoredChoice:
    return to_store(RememberChoice(caller_id, options))


def test_what_was_chosen_is_taken() -> None:
    assert found(kept("sales", RECORDED)) == LastChoice("sales", RECORDED)
    assert found(kept("main", RECORDED)) == LastChoice("main", RECORDED)


def test_the_usual_is_nothing_to_speak_of() -> None:
    assert found(None) is None
    assert found(kept("main", CallOptions())) is None


def test_a_caller_id_that_is_no_longer_allowed_makes_it_all_usual_again() -> None:
    assert found(kept("gone", RECORDED)) is None


@pytest.mark.parametrize(
    ("offers", "options"),
    [
        (replace(OFFERS, recording=RecordingRule.NEVER), CallOptions(disclaimer="advice")),
        (replace(OFFERS, disclaimers=()), CallOptions(record=True)),
        (replace(OFFERS, recording=RecordingRule.FORCE), RECORDED),
    ],
    ids=["recording is off", "the disclaimer is gone", "recording is forced"],
)
def test_an_option_that_is_no_longer_allowed_is_left_out(offers: Offers, options: CallOptions) -> None:
    facts = replace(FACTS, offers=offers)
    assert found(kept("sales", RECORDED), facts) == LastChoice("sales", options)


def test_recording_that_is_forced_now_is_forced_whatever_was_chosen() -> None:
    facts = replace(FACTS, offers=replace(OFFERS, recording=RecordingRule.FORCE))
    assert found(kept("sales", CallOptions()), facts) == LastChoice("sales", CallOptions(record=True))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"record": "perhaps"}'])
def test_options_that_another_version_wrote_are_the_usual_ones(text: str) -> None:
    assert found(StoredChoice("sales", text)) == LastChoice("sales", CallOptions())


def test_options_that_this_version_does_not_know_are_left_out() -> None:
    stored = StoredChoice("sales", '{"record": true, "music": "loud"}')
    assert found(stored) == LastChoice("sales", CallOptions(record=True))


def test_the_store_is_not_asked_where_the_site_does_not_offer_it() -> None:
    facts = replace(FACTS, offers=replace(OFFERS, same_as_last_time=False))
    assert last_choice(lambda: pytest.fail("it was asked"), facts, "main") is None


def test_the_store_keeps_one_choice_for_each_mailbox(site: Site) -> None:
    first, second = kept("sales", RECORDED), kept("main", CallOptions())
    with site.database.turn() as unit:
        unit.last_choices.set(MailboxId("103"), second, site.clock.now)
        unit.last_choices.set(MailboxId("104"), second, site.clock.now)
        unit.last_choices.set(MailboxId("103"), first, site.clock.now)
    with site.database.reading() as unit:
        assert unit.last_choices.load(MailboxId("103")) == first
        assert unit.last_choices.load(MailboxId("104")) == second
        assert unit.last_choices.load(MailboxId("105")) is None


def surveyed(rule: SurveyRule) -> CallFacts:
    question = SurveyQuestion("content", QuestionKind.ONE_TO_FIVE, "How was it?")
    survey = OfferedSurvey(rule, SurveyAsked.CALLED, (question,), 60)
    return replace(FACTS, offers=replace(OFFERS, survey=survey))


@pytest.mark.parametrize(
    ("facts", "chosen", "follows"),
    [
        (FACTS, True, False),
        (surveyed(SurveyRule.ALLOW), True, True),
        (surveyed(SurveyRule.ALLOW), False, False),
        (surveyed(SurveyRule.FORCE), False, True),
    ],
)
def test_a_survey_follows_as_last_time_where_its_caller_chooses(
    *, facts: CallFacts, chosen: bool, follows: bool
) -> None:
    last = found(kept("sales", CallOptions(survey=chosen)), facts)
    assert last is not None
    assert last.options.survey is follows
