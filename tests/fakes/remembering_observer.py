"""An observer that remembers what became of recordings."""

from ivr_service.dialogue.values import RecordingState
from ivr_service.service.observer import SilentObserver


class RememberingObserver(SilentObserver):
    """Tells the states in which recordings ended, in their order."""

    def __init__(self) -> None:
        self.states: list[RecordingState] = []

    def recording_ended(self, state: RecordingState) -> None:
        self.states.append(state)
