"""The settings of a running service: reloaded when the files change, and never replaced by broken ones."""

import threading
from collections.abc import Callable
from enum import Enum, StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue

from ivr_service.config import FILES, ConfigurationError, LoadedSettings, load_settings
from ivr_service.errors import IvrServiceError
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.last_good import last_good_directory, save_last_good

Prepare = Callable[[SiteSettings], None]
"""Run before a set becomes active, for example to synthesise its names. Raises to refuse it."""

_Stamp = tuple[tuple[int, ...], ...]


class PreparationError(IvrServiceError):
    """Valid settings could not be made ready, for example because a name could not be synthesised."""


class Refreshed(StrEnum):
    """What a look at the directory led to."""

    UNCHANGED = "unchanged"
    WAITING = "waiting"
    ACTIVE = "active"
    REJECTED = "rejected"


def nothing_to_prepare(settings: SiteSettings) -> None:
    """For a service that needs no preparation."""


class SettingsStore:
    """Holds the current good settings.

    `current` is immutable and is replaced by one assignment, so any thread may read it at any time. Take it
    once per turn, so that a turn is decided by one set.
    """

    def __init__(
        self, directory: Path, snapshot_directory: Path, prepare: Prepare = nothing_to_prepare
    ) -> None:
        """Load the directory, or the last good configuration when the directory's is broken.

        Raises:
            ConfigurationError: the directory's configuration is broken and there is no last good one.
            PreparationError: `prepare` refused, and there is no last good one.
        """
        self._directory = directory
        self._snapshots = snapshot_directory
        self._prepare = prepare
        self._lock = threading.Lock()
        self._problems: tuple[str, ...] = ()
        self._handled = self._seen = self._stamp()
        self.current: LoadedSettings = self._first()

    def problems(self) -> tuple[str, ...]:
        """What is wrong now, one text for each; empty when the directory's configuration is active."""
        return self._problems

    def refresh(self) -> Refreshed:
        """Look at the directory once, and load it when it changed and two looks in a row saw the same.

        Editors write in several steps, and a set that is half written must not count.
        """
        with self._lock:
            stamp = self._stamp()
            if stamp == self._handled:
                self._seen = stamp
                return Refreshed.UNCHANGED
            if stamp != self._seen:
                self._seen = stamp
                return Refreshed.WAITING
            return self._load(stamp)

    def reload(self) -> Refreshed:
        """Load the directory at once, changed or not: what SIGHUP asks for."""
        with self._lock:
            return self._load(self._stamp())

    def _load(self, stamp: _Stamp) -> Refreshed:
        try:
            loaded = self._prepared(self._directory)
        except (ConfigurationError, PreparationError) as error:
            self._handled = stamp
            self._problems = _texts(error)
            return Refreshed.REJECTED
        if self._stamp() != stamp:
            return Refreshed.WAITING
        self._handled = stamp
        self.current = loaded
        self._problems = self._kept(loaded)
        return Refreshed.ACTIVE

    def _first(self) -> LoadedSettings:
        try:
            loaded = self._prepared(self._directory)
        except (ConfigurationError, PreparationError) as error:
            return self._last_good(error)
        self._problems = self._kept(loaded)
        return loaded

    def _last_good(self, error: Exception) -> LoadedSettings:
        try:
            loaded = self._prepared(last_good_directory(self._snapshots))
        except (ConfigurationError, PreparationError):
            raise error from None
        self._problems = (*_texts(error), "The service runs with the last good configuration.")
        return loaded

    def _prepared(self, directory: Path) -> LoadedSettings:
        loaded = load_settings(directory)
        try:
            self._prepare(loaded.settings)
        except Exception as error:  # the hook is foreign: whatever it raises, the old set stays
            raise PreparationError(f"The configuration could not be made ready: {error}") from error
        return loaded

    def _kept(self, loaded: LoadedSettings) -> tuple[str, ...]:
        """Keep the set for the next start. A full disk is reported, and no reason to refuse good settings."""
        try:
            save_last_good(self._snapshots, loaded)
        except OSError as error:
            return (f"The last good configuration cannot be kept in {self._snapshots}: {error.strerror}.",)
        return ()

    def _stamp(self) -> _Stamp:
        """What tells one state of the files from another without reading them."""
        return tuple(_file_stamp(self._directory / kind.name) for kind in FILES.values())


def _file_stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode)


def _texts(error: Exception) -> tuple[str, ...]:
    if isinstance(error, ConfigurationError):
        return tuple(map(str, error.problems))
    return (str(error),)


class _Wake(Enum):
    RELOAD = "reload"
    STOP = "stop"


class SettingsWatcher:
    """A thread that keeps a SettingsStore fresh; one in each worker, started after the fork.

    `report` is called in that thread whenever a set became active or was rejected; then ask problems().
    """

    def __init__(
        self,
        store: SettingsStore,
        interval_s: float = 2.0,
        report: Callable[[Refreshed], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._interval_s = interval_s
        self._report = report
        self._wakes: SimpleQueue[_Wake] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="settings-watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def reload_soon(self) -> None:
        """Load the files at once, in the watching thread. Safe in a signal handler: it takes no lock."""
        self._wakes.put(_Wake.RELOAD)

    def stop(self) -> None:
        """End the thread and wait until it is over."""
        self._wakes.put(_Wake.STOP)
        self._thread.join()

    def _run(self) -> None:
        while (wake := self._next_wake()) is not _Wake.STOP:
            outcome = self._store.refresh() if wake is None else self._store.reload()
            if outcome in (Refreshed.ACTIVE, Refreshed.REJECTED):
                self._report(outcome)

    def _next_wake(self) -> _Wake | None:
        """What was asked for, or None when the interval is over."""
        try:
            return self._wakes.get(timeout=self._interval_s)
        except Empty:
            return None
