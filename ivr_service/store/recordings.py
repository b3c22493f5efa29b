"""What became of the recordings of calls: the columns of the audit trail that tell of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from ivr_service.dialogue.values import RecordingState
from ivr_service.store.tables import dials


@dataclass(frozen=True)
class StoredRecording:
    """A recording that the audit trail knows of. `outcome` is the dial's; None while it is open."""

    name: str
    grant_id: str
    state: str | None
    mailbox: str
    number: str
    decided_at: datetime
    outcome: str | None

    @property
    def is_unsettled(self) -> bool:
        """Whether its call is over, and nobody has looked for its file."""
        return self.state == RecordingState.RECORDING and self.outcome is not None


class Recordings:
    """The recordings, seen from one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> tuple[StoredRecording, ...]:
        """Every recording that was begun, the oldest first."""
        return self._found()

    def unsettled(self) -> tuple[StoredRecording, ...]:
        """Those whose call is over and whose file nobody has looked for."""
        return self._found(dials.c.recording_state == RecordingState.RECORDING, dials.c.outcome.is_not(None))

    def find(self, grant_id: str) -> StoredRecording | None:
        """The recording of this dial, if there is one."""
        return next(iter(self._found(dials.c.grant_id == grant_id)), None)

    def settle(self, name: str, state: RecordingState) -> bool:
        """Note what became of a recording after its call. False, and no change, when that is known."""
        changed = self._connection.execute(
            update(dials)
            .where(dials.c.recording == name, dials.c.recording_state == RecordingState.RECORDING)
            .values(recording_state=state.value)
        )
        return changed.rowcount == 1

    def note_deleted(self, name: str, at: datetime) -> None:
        """Note that the file of a recording has been deleted."""
        self._connection.execute(
            update(dials)
            .where(dials.c.recording == name)
            .values(recording_state=RecordingState.DELETED.value, recording_deleted_at=at)
        )

    def _found(self, *which: ColumnElement[bool]) -> tuple[StoredRecording, ...]:
        rows = self._connection.execute(
            select(
                dials.c.recording,
                dials.c.grant_id,
                dials.c.recording_state,
                dials.c.mailbox,
                dials.c.number,
                dials.c.decided_at,
                dials.c.outcome,
            )
            .where(dials.c.recording.is_not(None), *which)
            .order_by(dials.c.id)
        )
        return tuple(StoredRecording(row.recording or "", row.grant_id or "", *row[2:]) for row in rows)
