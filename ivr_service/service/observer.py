"""What the service tells whoever keeps figures: an outlet for metrics, without knowing about any."""

from typing import Protocol

from ivr_service.dialogue.values import CallKind, DialStatus, RecordingState, RefusalReason


class CallObserver(Protocol):
    """Told of what happens in calls. Must not raise, and must be quick."""

    def call_started(self, kind: CallKind) -> None:
        """A call has arrived."""

    def turn_taken(self, event_type: str) -> None:
        """A turn was posted and answered."""

    def dial_granted(self) -> None:
        """A dial was granted."""

    def dial_refused(self, reason: RefusalReason) -> None:
        """An entry or a dial was refused."""

    def pin_refused(self) -> None:
        """A PIN was wrong, or could not be tried."""

    def dial_ended(self, status: DialStatus) -> None:
        """The outcome of a granted dial became known."""

    def inbound_refused(self) -> None:
        """Somebody who is blocked called in."""

    def recording_ended(self, state: RecordingState) -> None:
        """It became known what a recording came to."""


class SilentObserver:
    """Keeps no figures."""

    def call_started(self, kind: CallKind) -> None:
        """Do nothing."""

    def turn_taken(self, event_type: str) -> None:
        """Do nothing."""

    def dial_granted(self) -> None:
        """Do nothing."""

    def dial_refused(self, reason: RefusalReason) -> None:
        """Do nothing."""

    def pin_refused(self) -> None:
        """Do nothing."""

    def dial_ended(self, status: DialStatus) -> None:
        """Do nothing."""

    def inbound_refused(self) -> None:
        """Do nothing."""

    def recording_ended(self, state: RecordingState) -> None:
        """Do nothing."""
