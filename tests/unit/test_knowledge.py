"""What is said of a number, and when a caller is asked first."""

from datetime import time

import pytest

from ivr_service.dialogue import known
from ivr_service.dialogue.known import Known, PastCall
from ivr_service.dialogue.phrases import Phrase
from ivr_service.dialogue.values import DialStatus
from ivr_service.policy.knowledge import is_late
from ivr_service.policy.options import Knowledge
from tests.fakes.catalogue_prompts import CataloguePrompts

NOW = "2026-05-04T15:05"
TODAY = "2026-05-04T09:40"


def said(phrases: tuple[Phrase, ...], prompts: CataloguePrompts) -> str:
    return " ".join(sound.text for sound in prompts.render(phrases, "en"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            PastCall(TODAY, DialStatus.ANSWERED, 119),
            "nine forty a m. It was answered, for less than two minutes.",
        ),
        (PastCall(TODAY, DialStatus.ANSWERED, 120), "nine forty a m. It was answered, for two minutes."),
        (
            PastCall(TODAY, DialStatus.ANSWERED, 3599),
            "nine forty a m. It was answered, for fifty nine minutes.",
        ),
        (PastCall(TODAY, DialStatus.ANSWERED, 3600), "nine forty a m. It was answered, for an hour or more."),
        (PastCall("2026-05-03T09:40", DialStatus.BUSY), "nine forty a m, yesterday. It was busy."),
        (
            PastCall("2026-05-01T09:40", DialStatus.NO_ANSWER),
            "nine forty a m, on May first. There was no answer.",
        ),
        (PastCall(TODAY, DialStatus.FAILED), "nine forty a m. The call did not go through."),
        (PastCall(TODAY, DialStatus.UNKNOWN), "nine forty a m."),
        (PastCall(TODAY, DialStatus.CANCELLED), "nine forty a m."),
    ],
)
def test_a_call_is_told_with_its_end(call: PastCall, words: str, catalogue_prompts: CataloguePrompts) -> None:
    told = said(known.in_short(Known(NOW, own=call)), catalogue_prompts)
    assert told == f"You last called it at {words}"
    told = said(known.in_full(Known(NOW, company=call)), catalogue_prompts)
    assert told == f"Somebody here last called it at {words}"


def test_the_own_call_comes_before_those_of_others(catalogue_prompts: CataloguePrompts) -> None:
    both = Known(NOW, own=PastCall(TODAY, DialStatus.BUSY), company=PastCall(TODAY, DialStatus.FAILED))
    assert "Somebody" not in said(known.in_short(both), catalogue_prompts)
    assert "Somebody" in said(known.in_full(both), catalogue_prompts)


def test_nothing_is_said_before_the_choices_when_nothing_is_known(
    catalogue_prompts: CataloguePrompts,
) -> None:
    assert known.in_short(Known(NOW, is_new=True)) == ()
    assert said(known.in_full(Known(NOW)), catalogue_prompts) == "Nothing is known about this number."
    assert said(known.in_full(Known(NOW, is_new=True)), catalogue_prompts) == "It was never called from here."


NIGHT = Knowledge(ask_after=time(21), ask_before=time(8))


@pytest.mark.parametrize(
    ("there", "knowledge", "late"),
    [
        ("20:59", NIGHT, False),
        ("21:00", NIGHT, True),
        ("00:00", NIGHT, True),
        ("07:59", NIGHT, True),
        ("08:00", NIGHT, False),
        ("23:00", Knowledge(), False),
        ("23:00", Knowledge(ask_before=time(8)), False),
        ("03:00", Knowledge(ask_after=time(21)), False),
    ],
)
def test_callers_are_asked_outside_the_hours_there(there: str, knowledge: Knowledge, late: bool) -> None:  # noqa: FBT001
    assert is_late(time.fromisoformat(there), knowledge) is late
