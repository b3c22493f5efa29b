"""Work that is done now and then beside the calls, in a thread of its own."""

from collections.abc import Callable
from threading import Event, Thread


class NowAndThen:
    """Does something at once and then every so many seconds, until it is stopped. `work` must not raise."""

    def __init__(self, work: Callable[[], None], every_s: float) -> None:
        self._work = work
        self._every_s = every_s
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="now-and-then", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait until it is over."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        self._work()
        while not self._stopped.wait(self._every_s):
            self._work()
