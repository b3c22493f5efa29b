"""The same as last time: what a mailbox chose for its last call, as far as it still may."""

from collections.abc import Callable

from pydantic import TypeAdapter, ValidationError

from ivr_service.dialogue.actions import RememberChoice
from ivr_service.dialogue.state import CallFacts
from ivr_service.dialogue.values import CallOptions, LastChoice, RecordingRule, SurveyRule
from ivr_service.store.last_choices import StoredChoice

_OPTIONS: TypeAdapter[CallOptions] = TypeAdapter(CallOptions)


def to_store(chosen: RememberChoice) -> StoredChoice:
    """What is kept of a choice."""
    return StoredChoice(chosen.caller_id, _OPTIONS.dump_json(chosen.options).decode())


def last_choice(
    load: Callable[[], StoredChoice | None], facts: CallFacts, usual_caller_id: str | None
) -> LastChoice | None:
    """What the mailbox chose for its last call; None when that is the usual, or may not be chosen any more.

    The store is only asked where the site offers it. Raises StoreUnavailableError.
    """
    stored = load() if facts.offers.same_as_last_time else None
    if stored is None or stored.caller_id not in {offer.id for offer in facts.caller_ids}:
        return None
    last = LastChoice(stored.caller_id, _still_allowed(stored.options_json, facts))
    return None if last == LastChoice(usual_caller_id or "", facts.usual_options) else last


def _still_allowed(options_json: str, facts: CallFacts) -> CallOptions:
    """The options that may still be chosen. One that is not named here is not taken from last time."""
    try:
        options = _OPTIONS.validate_json(options_json)
    except ValidationError:  # another version wrote it
        return facts.usual_options
    offers = facts.offers
    may_choose = offers.recording is RecordingRule.ALLOW
    survey = facts.offers.survey
    may_choose_survey = survey is not None and survey.rule is SurveyRule.ALLOW
    return CallOptions(
        survey=options.survey if may_choose_survey else facts.usual_options.survey,
        record=options.record if may_choose else facts.usual_options.record,
        disclaimer=options.disclaimer
        if options.disclaimer in {row.id for row in offers.disclaimers}
        else None,
    )
