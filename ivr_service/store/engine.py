"""How the database is reached. The only module that knows SQLite from any other database.

SQLite: write-ahead log, foreign keys on, and transactions begun by us: a write takes the lock at BEGIN (BEGIN
IMMEDIATE), so that what it reads first cannot change before it writes. A commit under synchronous=FULL is on
the disk when it returns; under NORMAL a power cut (not a killed process) may lose it
(https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ivr_service.store.errors import StoreUnavailableError

_SYNCHRONOUS = "ivr_synchronous"
_PRIMARY_CODE = 0xFF
_POLL_S = 0.0003
_MIGRATION_WAIT_S = 30.0


class Transactions:
    """Transactions of one kind, each on a connection that is kept for the next one.

    SQLAlchemy's own pool keeps the driver's connections only, and making its Connection anew costs as much
    as a statement.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends well, rolled back otherwise."""
        connection = self._take()
        try:
            with connection.begin():
                yield connection
        except BaseException:
            connection.close()
            self.close()  # what broke one may have broken them all
            raise
        self._idle.append(connection)

    def close(self) -> None:
        """Close the connections that are not in use."""
        with suppress(IndexError):  # another thread may take the last one meanwhile
            while True:
                self._idle.pop().close()

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()


@dataclass(frozen=True)
class Engines:
    """The kinds of transaction.

    `writing` is held around every write, so that the threads of one process queue up instead of polling
    the database's lock. `prepare` makes an empty database when there is none.
    """

    reading: Transactions
    turn: Transactions
    intent: Transactions
    migration: Transactions
    writing: Callable[[], AbstractContextManager[None]]
    prepare: Callable[[], None]

    def close(self) -> None:
        """Close all connections."""
        for transactions in (self.reading, self.turn, self.intent, self.migration):
            transactions.close()


def open_engines(url: str, *, wait_s: float) -> Engines:
    """Prepare to connect; nothing is opened yet. Each of two locks is waited for `wait_s` seconds.

    A migration waits longer: no caller waits for it, and another process may be making the same steps.

    Raises StoreUnavailableError for an address that cannot be used.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engines(parsed, wait_s)
    transactions = Transactions(create_engine(parsed, poolclass=NullPool))
    return Engines(transactions, transactions, transactions, transactions, nullcontext, lambda: None)


@contextmanager
def driver_errors_translated() -> Iterator[None]:
    """Turn whatever the driver raises into StoreUnavailableError."""
    try:
        yield
    except DBAPIError as error:
        raise StoreUnavailableError(f"the database cannot answer: {error.orig}") from error
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"the database cannot answer: {error}") from error


def _sqlite_engines(url: URL, wait_s: float) -> Engines:
    if not url.database or url.database == ":memory:":
        raise StoreUnavailableError(
            "the database must be a file, like sqlite:////var/lib/ivr-service/ivr.sqlite"
        )
    path = Path(url.database).absolute()
    guard = _FileGuard(path)
    engine, patient = (_sqlite_engine(path, guard, limit_s) for limit_s in (wait_s, _MIGRATION_WAIT_S))
    return Engines(
        reading=Transactions(engine),
        turn=Transactions(engine.execution_options(**{_SYNCHRONOUS: "NORMAL"})),
        intent=Transactions(engine.execution_options(**{_SYNCHRONOUS: "FULL"})),
        migration=Transactions(patient.execution_options(**{_SYNCHRONOUS: "FULL"})),
        writing=_queue(wait_s),
        prepare=lambda: _prepare_file(path, _MIGRATION_WAIT_S),
    )


def _sqlite_engine(path: Path, guard: "_FileGuard", wait_s: float) -> Engine:
    def connect() -> sqlite3.Connection:
        guard.check()  # also before: a file replaced while it is opened is then noticed at the first unit
        return _connect(path, wait_s)

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: _begin(guard, connection, wait_s))
    return engine


def _connect(path: Path, wait_s: float) -> sqlite3.Connection:
    # mode=rw: a file that has gone is an error, never silently a new and empty one with no quota used.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=wait_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _prepare_file(path: Path, wait_s: float) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640))
    except OSError as error:
        raise StoreUnavailableError(f"cannot make the database {path}: {error.strerror}") from error
    with driver_errors_translated(), closing(_connect(path, wait_s)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _FileGuard:
    """Notices that the file is no longer the one that was opened first.

    SQLite itself would go on writing to the one that has gone, and mix the journal of one with the other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: tuple[int, int] | None = None

    def check(self) -> None:
        """Raise StoreUnavailableError when the file has gone or was replaced."""
        now = _file_id(self._path)
        self._first = self._first or now
        if now is None or now != self._first:
            raise StoreUnavailableError(
                f"the database {self._path} was moved, replaced or deleted: put it back or restart"
            )


def _begin(guard: _FileGuard, connection: Connection, wait_s: float) -> None:
    guard.check()
    synchronous: str | None = connection.get_execution_options().get(_SYNCHRONOUS)
    if synchronous is None:
        return  # a unit that only reads: each statement sees the database of its own moment
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101
    if connection.info.get(_SYNCHRONOUS) != synchronous:
        driver.execute(f"PRAGMA synchronous = {synchronous}")  # not possible inside a transaction
        driver.execute("PRAGMA busy_timeout = 0")
        connection.info[_SYNCHRONOUS] = synchronous
    _begin_writing(driver, time.monotonic() + wait_s)


def _begin_writing(driver: sqlite3.Connection, gives_up: float) -> None:
    """Take the write lock. SQLite's own wait sleeps up to 100 ms at a time, where a turn holds it for one."""
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= gives_up:
                raise
            time.sleep(_POLL_S)
        else:
            return


def _queue(wait_s: float) -> Callable[[], AbstractContextManager[None]]:
    lock = Lock()

    @contextmanager
    def hold() -> Iterator[None]:
        if not lock.acquire(timeout=wait_s):
            raise StoreUnavailableError("the database cannot answer: too many writers are waiting")
        try:
            yield
        finally:
            lock.release()

    return hold
