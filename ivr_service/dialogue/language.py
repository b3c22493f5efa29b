"""The caller changes to the other language, and can change back."""

from dataclasses import replace

from ivr_service.dialogue import moves
from ivr_service.dialogue.state import CallState, Step

LANGUAGES_HEARD = frozenset({"en"})
"""The languages that have words: what callers can say is in the menu table, in English."""


def change(state: CallState) -> Step:
    """Go on in the other language, at the same place and with everything that was chosen."""
    return moves.ask(replace(state, is_in_other_language=not state.is_in_other_language, misses=0))
