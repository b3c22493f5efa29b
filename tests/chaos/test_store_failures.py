"""A store that cannot answer says so in its own words, and a killed process leaves nothing half written."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from ivr_service.store import Database, NewCall, StoreUnavailableError

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


def new_call(call_id: str) -> NewCall:
    return NewCall(
        call_id=call_id,
        kind="callback",
        mailbox="103@default",
        origin="inside",
        phone="",
        extension="",
        started_at=NOW,
        state_json="x" * 5000,
        reply_json="{}",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ivr.sqlite"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    store = Database(f"sqlite:///{path}", wait_s=0.05)
    yield store
    store.close()


@pytest.fixture
def worker(path: Path) -> Iterator[Database]:
    """As a worker gets it: opened and closed before the fork."""
    store = Database(f"sqlite:///{path}", wait_s=0.05)
    store.migrate()
    store.close()
    yield store
    store.close()


@contextmanager
def each_connected(do: Callable[[sqlite3.Connection], None]) -> Iterator[None]:
    """Do something to every new connection, before anything is asked over it."""

    def connected(connection: sqlite3.Connection, _entry: object) -> None:
        do(connection)

    event.listen(Pool, "connect", connected)
    try:
        yield
    finally:
        event.remove(Pool, "connect", connected)


def replace_by_a_copy(path: Path) -> None:
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.replace(path)


def use(database: Database) -> None:
    with database.intent() as unit:
        unit.calls.insert(new_call("a" * 32))


def fill(database: Database) -> None:
    with database.turn() as unit:
        for number in range(100):
            unit.calls.insert(new_call(f"{number:032x}"))


def test_a_database_locked_too_long_cannot_answer(path: Path, database: Database) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked"):
            use(database)
        with database.reading() as unit:
            assert unit.calls.load("a" * 32) is None
        other.execute("ROLLBACK")
    use(database)


def test_writers_of_one_process_do_not_wait_for_ever(database: Database) -> None:
    is_held, may_end = Event(), Event()

    def hold() -> None:
        with database.turn():
            is_held.set()
            may_end.wait(10)

    holder = Thread(target=hold)
    holder.start()
    is_held.wait(10)
    with pytest.raises(StoreUnavailableError, match="waiting"):
        use(database)
    may_end.set()
    holder.join()
    use(database)


def test_a_full_disk_cannot_answer(path: Path, database: Database) -> None:
    def no_more_pages(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # never below what is there already

    with each_connected(no_more_pages):
        with pytest.raises(StoreUnavailableError, match="full"):
            fill(database)
        with database.reading() as unit:
            assert unit.calls.load(f"{0:032x}") is None


def test_a_file_that_is_no_database_cannot_answer(path: Path, database: Database) -> None:
    path.write_bytes(b"this is not a database at all. " * 1000)
    with pytest.raises(StoreUnavailableError):
        use(database)


def test_a_database_without_tables_cannot_answer(path: Path, database: Database) -> None:
    path.write_bytes(b"")
    with pytest.raises(StoreUnavailableError, match="no such table"):
        use(database)


def test_a_file_that_has_gone_is_not_made_anew(path: Path, database: Database) -> None:
    use(database)
    path.rename(path.with_suffix(".moved"))
    with pytest.raises(StoreUnavailableError), database.reading() as unit:
        unit.calls.load("a" * 32)
    assert not path.exists()


def test_a_file_that_was_put_in_its_place_is_not_trusted(path: Path, database: Database) -> None:
    use(database)
    replace_by_a_copy(path)
    with pytest.raises(StoreUnavailableError, match="replaced"):
        use(database)


def test_a_worker_that_looks_for_the_first_time_trusts_no_other_file(path: Path, worker: Database) -> None:
    replace_by_a_copy(path)
    with pytest.raises(StoreUnavailableError, match="replaced"):
        use(worker)


def test_a_file_replaced_while_it_is_opened_does_not_stay_in_use(path: Path, database: Database) -> None:
    with each_connected(lambda _: replace_by_a_copy(path)):
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="replaced"), database.reading() as unit:
                unit.calls.load("a" * 32)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_that_other_processes_could_not_see_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="must be a file"):
        Database(url)


def test_a_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path / 'file' / 'ivr.sqlite'}")
    with pytest.raises(StoreUnavailableError, match="cannot make the database"):
        database.migrate()
    database.close()


def test_a_process_killed_in_mid_transaction_leaves_nothing_half_written(
    path: Path, database: Database
) -> None:
    code = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from ivr_service.store import Database, NewCall\n"
        "database = Database(sys.argv[1])\n"
        "now = datetime.now(UTC)\n"
        "with database.intent() as unit:\n"
        "    unit.calls.insert(NewCall('b' * 32, 'callback', '103@x', 'inside', '', '', now, '{}', '{}'))\n"
        "    unit.calls.advance('b' * 32, 0, 'x' * 3_000_000, '{}', now)\n"
        "    print('written', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, f"sqlite:///{path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "written\n"
        with pytest.raises(StoreUnavailableError):
            use(database)
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    use(database)
    with database.reading() as unit:
        assert unit.calls.load("b" * 32) is None
        assert unit.calls.load("a" * 32) is not None
