"""How the commands reach the store of a state folder."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ivr_service.errors import IvrServiceError
from ivr_service.store.database import Database

STORE_NAME = "ivr.sqlite"


class NoStoreError(IvrServiceError):
    """There is nothing to look at yet."""


@contextmanager
def made_store(state: Path) -> Iterator[Database]:
    """The store, made if there is none yet. Raises StoreUnavailableError."""
    state.mkdir(parents=True, exist_ok=True)
    with closing(Database(_url(state))) as database:
        database.migrate()
        yield database


@contextmanager
def existing_store(state: Path) -> Iterator[Database]:
    """The store that is there. Raises NoStoreError when the service never ran with this folder."""
    if not (state / STORE_NAME).exists():
        raise NoStoreError(f"The service has not kept anything in {state} yet. Is --state right?")
    with closing(Database(_url(state))) as database:
        yield database


def _url(state: Path) -> str:
    return f"sqlite:///{state.resolve()}/{STORE_NAME}"
