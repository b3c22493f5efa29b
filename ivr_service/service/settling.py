"""Sees to recordings behind the calls' back: one thread of each worker, which no call waits for."""

from queue import SimpleQueue
from threading import Thread

import structlog

from ivr_service.errors import IvrServiceError
from ivr_service.service.recordings import RecordingKeeper

_log = structlog.get_logger()


class Settling:
    """Settles what it is given, one after the other. What fails is seen to at the next start."""

    def __init__(self, keeper: RecordingKeeper) -> None:
        self._keeper = keeper
        self._grants: SimpleQueue[str | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="settling", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier process left."""
        self._thread.start()

    def settle(self, grant_id: str) -> None:
        """See to the recording of this dial, if it has one; returns at once."""
        self._grants.put(grant_id)

    def stop(self) -> None:
        """Take nothing more."""
        self._grants.put(None)

    def join(self) -> None:
        """Wait until all that was taken is done; after `stop`."""
        self._thread.join()

    def _run(self) -> None:
        self._see_to(None)
        while (grant_id := self._grants.get()) is not None:
            self._see_to(grant_id)

    def _see_to(self, grant_id: str | None) -> None:
        try:
            if grant_id is None:
                self._keeper.settle_all()
            else:
                self._keeper.settle_dial(grant_id)
        except (IvrServiceError, OSError) as error:
            _log.error("recording", problem=f"{error} (it is looked at again at the next start)")
