"""How the commands reach the store of a state folder."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ivr_service.errors import IvrServiceError
from ivr_service.store.database import Database

STORE_NAME = "ivr.sqlite"


class NoStoreError(IvrServiceError):
    """There is nothing to look at, or not for this user."""


def has_store(state: Path) -> bool:
    """Whether the service ever ran with this folder. Raises NoStoreError when this user may not look."""
    try:
        return (state / STORE_NAME).exists()
    except PermissionError as error:
        raise NoStoreError(f"You may not look into {state}. Run this as root.") from error


def check_store(state: Path) -> None:
    """Raise NoStoreError when the service never ran with this folder.

    Only the service makes a store: one made here could be another user's, which the service cannot open.
    """
    if not has_store(state):
        raise NoStoreError(
            f"The service has not kept anything in {state} yet. "
            "Start it once, or name its folder with --state."
        )


@contextmanager
def existing_store(state: Path) -> Iterator[Database]:
    """The store that is there. Raises NoStoreError when the service never ran with this folder."""
    check_store(state)
    with closing(Database(_url(state))) as database:
        yield database


def _url(state: Path) -> str:
    return f"sqlite:///{state.resolve()}/{STORE_NAME}"
