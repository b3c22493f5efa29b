"""One of several processes that make whole calls at the same moment; run by test_parallel_grants.

Arguments: which database ("whole" or "hasty"), its directory, how many processes there are, the setting that
is the limit and its value, the mailboxes to call from (with commas), and "report" or "stay" for what becomes
of a granted dial. Prints how many calls were granted.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from ivr_service.config import load_settings
from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin, RefusalReason
from ivr_service.policy.settings import Limits, Mailbox, SiteSettings
from ivr_service.service.calls import CallService
from ivr_service.service.dial_handler import DialHandler, new_grant_id
from ivr_service.service.messages import (
    CallReply,
    DialAction,
    KeysEvent,
    PostOutcome,
    PostTurn,
    StartCall,
)
from ivr_service.store.database import Database, Unit
from tests.conftest import EXAMPLE
from tests.fakes.catalogue_prompts import CataloguePrompts
from tests.fakes.clock import FakeClock

MANY = 10_000
LOCK_WAIT_S = 30.0


class HastyDatabase(Database):
    """The mistake: each statement is a transaction of its own, so a count may be old when the grant comes."""

    @contextmanager
    def intent(self) -> Iterator[Unit]:
        with self.reading() as unit:
            yield unit


def site_settings(setting: str, limit: int, mailboxes: list[str]) -> SiteSettings:
    """The example site where these mailboxes may call from inside, with nothing in the way but this limit."""
    example = load_settings(EXAMPLE).settings
    names = ("calls_per_hour", "calls_per_day", "distinct_numbers_per_day", "same_number_per_hour")
    values = dict.fromkeys((*names, "system_calls_at_once", "system_calls_per_hour"), MANY)
    values[setting] = limit
    policy = example.policy.policy.model_copy(
        update={**values, "limits": Limits(**{name: values[name] for name in names})}
    )
    boxes = tuple(Mailbox(mailbox=name, caller_ids=("main",), pin="not-required") for name in mailboxes)
    return example.model_copy(
        update={
            "policy": example.policy.model_copy(update={"policy": policy}),
            "mailboxes": example.mailboxes.model_copy(update={"mailboxes": boxes}),
        }
    )


def meet(directory: Path, name: str, count: int, limit_s: float) -> None:
    """Wait until `count` processes are here, or `limit_s` seconds."""
    (directory / f"{name}-{token_hex(8)}").touch()
    ends = time.monotonic() + limit_s
    while len(list(directory.glob(f"{name}-*"))) < count and time.monotonic() < ends:
        time.sleep(0.005)


def call_from(service: CallService, mailbox: str, number: str) -> CallReply:
    """Call until it is granted, or refused for another reason than a call that is still up."""
    arrival = StartCall(
        call_id=token_hex(16),
        kind=CallKind.DIAL_OUT,
        extension=number,
        mailbox=mailbox,
        origin=Origin.INSIDE,
    )
    reply = service.start(arrival)
    press_one = KeysEvent(keys="1", ended_by=EndedBy.FULL)
    while reply.turn == 0 or reply.refusal is RefusalReason.CALL_IN_PROGRESS:
        reply = service.turn(arrival.call_id, PostTurn(turn=reply.turn + 1, event=press_one))
    return reply


def grant_of(reply: CallReply) -> str | None:
    return next((action.grant_id for action in reply.actions if isinstance(action, DialAction)), None)


def make_calls(service: CallService, mailboxes: list[str], what_then: str) -> int:
    granted = 0
    for number, mailbox in enumerate(mailboxes):
        reply = call_from(service, mailbox, f"312555{number:04}")
        grant = grant_of(reply)
        granted += grant is not None
        if grant is not None and what_then == "report":
            service.outcome(reply.call_id, PostOutcome(grant_id=grant, dial_status="ANSWER"))
    return granted


def main() -> None:
    which, directory, count, setting, limit, called_from, what_then = sys.argv[1:]
    place, processes, mailboxes = Path(directory), int(count), called_from.split(",")
    settings = site_settings(setting, int(limit), mailboxes)
    grants: Iterator[int] = iter(range(MANY))

    def grant_id_after_the_others_counted() -> str:
        meet(place, f"counted{next(grants)}", processes, 0.25)
        return new_grant_id()

    make_database: Callable[..., Database] = {"whole": Database, "hasty": HastyDatabase}[which]
    database = make_database(f"sqlite:///{place}/ivr.sqlite", wait_s=LOCK_WAIT_S)
    handler = DialHandler(grant_id_after_the_others_counted)
    service = CallService(database, lambda: settings, CataloguePrompts(), FakeClock(), handler)
    meet(place, "started", processes, 60.0)
    granted = make_calls(service, mailboxes, what_then)
    database.close()
    print(granted)


if __name__ == "__main__":
    main()
