"""What becomes of a recording: looked for and put together after its call, and deleted when it is old."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr_service.dialogue.values import DialStatus, RecordingState
from ivr_service.service.observer import CallObserver, SilentObserver
from ivr_service.service.recording_files import RecordedFiles, RecordingFiles
from ivr_service.store.database import Database
from ivr_service.store.recordings import StoredRecording

CLOSED_WITHIN_S = 15.0
"""How long Asterisk is waited for to close a file, once its call is over."""

_LOOKS_EVERY_S = 0.25
_NOBODY_TALKED = {DialStatus.BUSY, DialStatus.NO_ANSWER, DialStatus.FAILED, DialStatus.CANCELLED}
_MAY_HAVE_FILE = {RecordingState.RECORDING, RecordingState.KEPT}


@dataclass(frozen=True)
class KeptRecording:
    """A recording on the disk, in the audit trail, or in both.

    Without `dial` nobody knows what it is of; without `files` somebody has taken it away.
    """

    name: str
    dial: StoredRecording | None
    files: RecordedFiles | None

    @property
    def made_at(self) -> datetime:
        """When its call began, or when its file was written last."""
        known = [
            at for at in (self.dial and self.dial.decided_at, self.files and self.files.changed_at) if at
        ]
        return known[0]

    @property
    def is_over(self) -> bool:
        """Whether its call is over, as far as anybody knows."""
        return self.dial is None or self.dial.outcome is not None


@dataclass(frozen=True)
class RecordingKeeper:
    """Keeps the folder and the audit trail in step. Methods raise StoreUnavailableError and OSError."""

    database: Database
    files: RecordingFiles
    observer: CallObserver = SilentObserver()  # noqa: RUF009 - it has no state
    wait: Callable[[float], None] = time.sleep

    def settle_dial(self, grant_id: str) -> None:
        """See what became of the recording of a dial that is over, if it has one."""
        with self.database.reading() as unit:
            recording = unit.recordings.find(grant_id)
        if recording is not None and recording.is_unsettled:
            self._settle(recording)

    def settle_all(self) -> None:
        """See to every recording whose call is over and that nobody has seen to."""
        with self.database.reading() as unit:
            waiting = unit.recordings.unsettled()
        for recording in waiting:
            self._settle(recording)

    def all(self) -> tuple[KeptRecording, ...]:
        """Every recording that is, or should be, on the disk; the oldest first."""
        on_disk = self.files.all()
        with self.database.reading() as unit:
            known = {recording.name: recording for recording in unit.recordings.list()}
        expected = {name for name, recording in known.items() if recording.state in _MAY_HAVE_FILE}
        names = expected | set(on_disk)
        found = [KeptRecording(name, known.get(name), on_disk.get(name)) for name in names]
        return tuple(sorted(found, key=lambda recording: (recording.made_at, recording.name)))

    def older_than(self, age: timedelta, now: datetime) -> tuple[KeptRecording, ...]:
        """Those that may be deleted: older than that, and not of a call that goes on."""
        return tuple(kept for kept in self.all() if kept.is_over and kept.made_at < now - age)

    def delete(self, recording: KeptRecording, now: datetime) -> None:
        """Delete a recording's files, then note it."""
        self.files.delete(recording.name)
        if recording.dial is not None:
            with self.database.turn() as unit:
                unit.recordings.note_deleted(recording.name, now)

    def _settle(self, recording: StoredRecording) -> None:
        self._await_whole(recording.name)
        with self.files.alone():
            if not self._is_still_unsettled(recording):
                return
            state = self._state_after(recording)
            with self.database.turn() as unit:
                unit.recordings.settle(recording.name, state)
        self.observer.recording_ended(state)

    def _is_still_unsettled(self, recording: StoredRecording) -> bool:
        with self.database.reading() as unit:
            now = unit.recordings.find(recording.grant_id)
        return now is not None and now.is_unsettled

    def _state_after(self, recording: StoredRecording) -> RecordingState:
        if recording.outcome in _NOBODY_TALKED:
            self.files.delete(recording.name)
            return RecordingState.NEEDLESS
        return RecordingState.KEPT if self.files.finish(recording.name) else RecordingState.LOST

    def _await_whole(self, name: str) -> None:
        """A caller who hangs up leaves the file open for a moment; a killed Asterisk, for good."""
        for _ in range(round(CLOSED_WITHIN_S / _LOOKS_EVERY_S)):
            if self.files.is_whole(name):
                return
            self.wait(_LOOKS_EVERY_S)
