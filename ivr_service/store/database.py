"""The store as the service sees it: a database, and units of work on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import Connection, select

from ivr_service.store.blocked_numbers import BlockedNumbers
from ivr_service.store.calls import Calls
from ivr_service.store.dials import Dials
from ivr_service.store.engine import Transactions, driver_errors_translated, open_engines
from ivr_service.store.last_choices import LastChoices
from ivr_service.store.migration import upgrade
from ivr_service.store.pins import Pins
from ivr_service.store.recordings import Recordings
from ivr_service.store.speed_dials import SpeedDials
from ivr_service.store.survey_answers import SurveyAnswers
from ivr_service.store.tables import quota_lock

_HOLD_QUOTA: Final = select(quota_lock.c.id).where(quota_lock.c.id == 1).with_for_update()


@dataclass(frozen=True)
class Unit:
    """One transaction. It is committed when its block ends well, and rolled back otherwise."""

    connection: Connection

    @cached_property
    def calls(self) -> Calls:
        """Call sessions."""
        return Calls(self.connection)

    @cached_property
    def dials(self) -> Dials:
        """The audit trail, and what is counted in it."""
        return Dials(self.connection)

    @cached_property
    def pins(self) -> Pins:
        """PIN hashes and failures."""
        return Pins(self.connection)

    @cached_property
    def blocked_numbers(self) -> BlockedNumbers:
        """Numbers that may not be called any more."""
        return BlockedNumbers(self.connection)

    @cached_property
    def recordings(self) -> Recordings:
        """What became of the recordings of calls."""
        return Recordings(self.connection)

    @cached_property
    def last_choices(self) -> LastChoices:
        """What each mailbox chose for its last call."""
        return LastChoices(self.connection)

    @cached_property
    def survey_answers(self) -> SurveyAnswers:
        """What was answered after calls."""
        return SurveyAnswers(self.connection)

    @cached_property
    def speed_dials(self) -> SpeedDials:
        """Slots made by users."""
        return SpeedDials(self.connection)


class Database:
    """The store. Every method, and every method of a unit, may raise StoreUnavailableError.

    Threads may share one. Processes may not share its connections: close it before a fork, and at the end.
    It goes on knowing which file it opened first, also after a fork, and answers from no other. `wait_s` is
    how long a locked database is waited for, in seconds; waiting twice must fit in the front end's deadline.
    """

    def __init__(self, url: str, *, wait_s: float = 1.2) -> None:
        self._engines = open_engines(url, wait_s=wait_s)

    def migrate(self) -> None:
        """Make the database if there is none, and bring it to this version.

        Several processes may do this at once.
        """
        with driver_errors_translated():
            self._engines.prepare()
            with self._engines.migration.begin() as connection:
                upgrade(connection)
        self._engines.migration.close()

    def close(self) -> None:
        """Close all connections. The next unit opens one again."""
        self._engines.close()

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """A unit that only reads. Two statements in it may see two moments of the database."""
        with self._unit(self._engines.reading) as unit:
            yield unit

    @contextmanager
    def turn(self) -> Iterator[Unit]:
        """A unit that writes. It survives the death of any process, but perhaps not a power cut."""
        with self._engines.writing(), self._unit(self._engines.turn) as unit:
            yield unit

    @contextmanager
    def intent(self) -> Iterator[Unit]:
        """A unit for what may lead to a dial.

        It is on the disk when the block has ended, and nobody else counts or grants dials before that.
        """
        with self._engines.writing(), self._unit(self._engines.intent) as unit:
            unit.connection.execute(_HOLD_QUOTA)
            yield unit

    @contextmanager
    def _unit(self, transactions: Transactions) -> Iterator[Unit]:
        with driver_errors_translated(), transactions.begin() as connection:
            yield Unit(connection)
