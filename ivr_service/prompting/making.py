"""Makes names that calls wanted to say, beside the calls: they never wait for a voice."""

import os
import queue
import re
import threading
from collections.abc import Callable, Sequence

import structlog

from ivr_service.errors import IvrServiceError

_log = structlog.get_logger()

MOST_WAITING = 32
"""Names that may wait to be made. What comes when the queue is full is left out, and wanted the next time."""

MOST_REMEMBERED = 10_000
"""Names that are not asked for again by one process: there are no more than that in North America."""

_NICENESS = 10

_NAME = re.compile(r"[A-Za-z][A-Za-z' -]{0,39}")
"""What may go to a voice."""

MakeNames = Callable[[Sequence[str], str], None]
"""Makes names of one language. It may take seconds, and raise IvrServiceError."""


class NameMaker:
    """A queue of names and one thread. It may be shared by threads, and is made after the fork.

    A name is tried once by a process: one that a voice cannot read would be made again with every call.
    """

    def __init__(self, make: MakeNames) -> None:
        self._make = make
        self._waiting: queue.Queue[tuple[str, str] | None] = queue.Queue(MOST_WAITING)
        self._wanted: set[tuple[str, str]] = set()
        self._thread = threading.Thread(target=self._run, name="names", daemon=True)
        self._thread.start()

    def want(self, name: str, language: str) -> None:
        """Have a name made soon, if there is room and it can be spoken. Returns at once."""
        wanted = (name, language)
        if not _NAME.fullmatch(name):
            return
        if wanted in self._wanted or len(self._wanted) >= MOST_REMEMBERED:
            return
        try:
            self._waiting.put_nowait(wanted)
        except queue.Full:
            return
        self._wanted.add(wanted)

    def close(self, timeout_s: float = 1.0) -> None:
        """Take no more. What is being made now may be given up."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return  # the thread ends with the process
        self._thread.join(timeout_s)

    def _run(self) -> None:
        # On Linux this is for this thread, and for the processes that it starts; the calls go first.
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
        while (wanted := self._waiting.get()) is not None:
            name, language = wanted
            try:
                self._make([name], language)
            except (IvrServiceError, OSError) as error:
                _log.warning("prompts", problem=str(error), name=name)
