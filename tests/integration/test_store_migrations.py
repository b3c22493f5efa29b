"""The migrations make the tables the code uses, and the code asks nothing that only SQLite knows."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, Table, create_engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from ivr_service.store import Database
from ivr_service.store.tables import metadata

PACKAGE = Path(__file__).parents[2] / "ivr_service" / "store"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A plain connection to a database that was just made."""
    url = f"sqlite:///{tmp_path / 'ivr.sqlite'}"
    database = Database(url)
    database.migrate()
    database.close()
    with create_engine(url, poolclass=NullPool).connect() as plain:
        yield plain


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def test_the_migrations_make_what_the_tables_say(connection: Connection) -> None:
    assert differences(connection) == []


def test_a_column_without_a_migration_would_be_noticed(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE calls DROP COLUMN phone")
    connection.exec_driver_sql("ALTER TABLE pins ADD COLUMN extra INTEGER")
    assert len(differences(connection)) == 2


def test_the_quota_lock_has_its_one_row(connection: Connection) -> None:
    assert connection.exec_driver_sql("SELECT id FROM quota_lock").scalars().all() == [1]


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    database.migrate()
    with database.turn() as unit:
        unit.connection.exec_driver_sql("INSERT INTO pins VALUES ('103@default', 'hash', 0)")
    database.migrate()
    with database.reading() as unit:
        assert unit.connection.exec_driver_sql("SELECT hash FROM pins").scalar() == "hash"
    database.close()


def test_the_first_step_can_be_taken_back(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(PACKAGE / "migrations"))
    config.attributes["connection"] = connection
    command.downgrade(config, "base")
    assert set(inspect(connection).get_table_names()) <= {"alembic_version"}


def test_the_file_is_not_for_everybody_and_its_journal_is_written_ahead(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ivr.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    assert path.stat().st_mode & 0o007 == 0
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: str(table.name))
def test_every_table_can_be_written_for_postgresql(table: Table) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))
    for index in table.indexes:
        assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_only_the_engine_speaks_to_sqlite_in_its_own_words() -> None:
    words = ("pragma", "on conflict", "immediate", "exec_driver_sql", "sqlite3")
    guilty = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if any(word in path.read_text().lower() for word in words) and path.name != "engine.py"
    }
    assert guilty == set()


def test_dials_number_themselves_also_where_integers_are_wide() -> None:
    column = metadata.tables["dials"].c.id
    assert isinstance(column, Column)
    assert isinstance(column.type.dialect_impl(create_engine("sqlite://").dialect), Integer)
