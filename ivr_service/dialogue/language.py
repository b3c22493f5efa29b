"""The caller changes to the other language, and can change back."""

from dataclasses import replace

from ivr_service.dialogue import moves
from ivr_service.dialogue.state import CallFacts, CallState, Step
from ivr_service.dialogue.values import OtherLanguage

LANGUAGES_HEARD = frozenset({"en"})
"""The languages that have words: what callers can say is in the menu table, in English."""


def change(state: CallState) -> Step:
    """Go on in the other language, at the same place and with everything that was chosen."""
    return moves.ask(replace(state, facts=_changed(state.facts), misses=0))


def _changed(facts: CallFacts) -> CallFacts:
    other = facts.other_language
    if other is None:
        return facts
    now = OtherLanguage(facts.language, facts.hears)
    return replace(facts, language=other.language, hears=other.hears, other_language=now)
