"""Somebody who looks at the turns of calls without having a say in them."""

from typing import Protocol

from ivr_service.dialogue.events import CallerEvent
from ivr_service.dialogue.state import CallState


class TurnWatcher(Protocol):
    """Told of each turn once it is taken. Must not raise, and must be quick."""

    def turn_was_taken(
        self, call_id: str, number: int, before: CallState, event: CallerEvent, after: CallState
    ) -> None:
        """The question of turn `number` was answered by `event`."""


class NobodyWatches:
    """Looks away."""

    def turn_was_taken(
        self, call_id: str, number: int, before: CallState, event: CallerEvent, after: CallState
    ) -> None:
        """Do nothing."""
