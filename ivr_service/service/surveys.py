"""Surveys of whoever was called: a call of its own, which only a dial that wanted it makes legal."""

import re
from datetime import datetime, timedelta

from ivr_service.dialogue.state import CallFacts
from ivr_service.dialogue.values import CallKind, DialStatus, Offers, SurveyAsked
from ivr_service.policy.asker import Asker
from ivr_service.service.directory import language_of, offered_survey
from ivr_service.store.database import Unit
from ivr_service.store.dials import StoredDial

MAY_BEGIN_FOR = timedelta(minutes=2)
"""How long after the end of the call a survey may begin; Asterisk begins it at once."""

_SURVEY_ID = re.compile(r"([0-9a-f]{32})-([0-9a-f]{8})")


def survey_id(call_id: str, grant_id: str) -> str:
    """What a survey is begun with: the call, and enough of the grant that nobody can guess it."""
    return f"{call_id}-{grant_id[:8]}"


def dial_to_survey(unit: Unit, written: str, now: datetime) -> StoredDial | None:
    """The dial that this survey belongs to, or None when there is none that may have one now.

    It must have been granted with a survey of the called side, be answered a moment ago or not be over, and
    have had no survey yet.
    """
    parts = _SURVEY_ID.fullmatch(written)
    if parts is None:
        return None
    return next(
        (
            dial
            for dial in unit.dials.of_call(parts[1])
            if (dial.grant_id or "").startswith(parts[2]) and _may_begin(dial, now)
        ),
        None,
    )


def _may_begin(dial: StoredDial, now: datetime) -> bool:
    if not dial.allowed or dial.survey != SurveyAsked.CALLED or dial.surveyed_at is not None:
        return False
    if dial.outcome is None or dial.ended_at is None:
        return dial.expires_at is not None and now < dial.expires_at
    return dial.outcome == DialStatus.ANSWERED and now - dial.ended_at <= MAY_BEGIN_FOR


def survey_facts(asker: Asker, dial: StoredDial | None, *, hears: bool) -> CallFacts:
    """What the dialogue needs to know of a survey; without a dial there is nothing to ask."""
    return CallFacts(
        kind=CallKind.SURVEY,
        arrived_with="",
        language=language_of(asker),
        pin_required=False,
        inside_only=False,
        caller_ids=(),
        slots=(),
        hears=hears,
        offers=Offers(survey=offered_survey(asker)),
        surveyed_grant=None if dial is None else dial.grant_id,
    )
