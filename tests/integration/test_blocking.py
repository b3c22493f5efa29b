"""Blocking in whole calls: for whom it holds, what is written, and what happens when two do it at once."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from secrets import token_hex

import pytest
from click.testing import CliRunner

from ivr_service.cli import main
from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.values import CallKind, Origin, RefusalReason
from ivr_service.policy.options import Blocking
from ivr_service.policy.settings import SiteSettings
from ivr_service.service.calls import CallService
from ivr_service.service.messages import (
    AskAction,
    CallReply,
    DialAction,
    PostTurn,
    SetBlacklistAction,
    StartCall,
    WordsEvent,
)
from ivr_service.service.messages import KeysEvent as KeysMessage
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber
from ivr_service.store.database import Database
from tests.conftest import Site
from tests.fakes.catalogue_prompts import CataloguePrompts

NUMBER = "+12125551234"
PROCESSES = 4


def with_blocking(settings: SiteSettings, blocking: Blocking | None) -> SiteSettings:
    return settings.model_copy(update={"options": settings.options.model_copy(update={"blocking": blocking})})


def service_of(site: Site, **blocking: object) -> CallService:
    settings = with_blocking(site.settings, Blocking.model_validate(blocking))
    return CallService(site.database, lambda: settings, CataloguePrompts(), site.clock)


def start(service: CallService, mailbox: str = "103", number: str = "2125551234") -> CallReply:
    return service.start(
        StartCall(
            call_id=token_hex(16),
            kind=CallKind.CALLBACK,
            extension=number,
            mailbox=mailbox,
            origin=Origin.INSIDE,
        )
    )


def press(service: CallService, reply: CallReply, keys: str) -> CallReply:
    """Press keys one after the other, each in a turn of its own."""
    for key in keys:
        event = KeysMessage(keys=key, ended_by=EndedBy.FULL)
        reply = service.turn(reply.call_id, PostTurn(turn=reply.turn + 1, event=event))
    return reply


def entries(site: Site) -> tuple[BlockedNumber, ...]:
    with site.database.reading() as unit:
        return unit.blocked_numbers.list()


def reasons(site: Site, call_id: str) -> list[str | None]:
    with site.database.reading() as unit:
        return [row.reason for row in unit.dials.of_call(call_id)]


def words_of(reply: CallReply) -> tuple[str, ...]:
    asked = reply.actions[-1]
    assert isinstance(asked, AskAction)
    return asked.words


def test_what_is_blocked_is_kept_with_who_when_and_in_which_call(site: Site) -> None:
    reply = press(site.service, start(site.service), "631")
    [entry] = entries(site)
    assert entry == BlockedNumber(NUMBER, "103@default", "103@default", reply.call_id, site.clock.now)


def test_a_mailbox_blocks_for_itself(site: Site) -> None:
    press(site.service, start(site.service, "103"), "631")
    assert start(site.service, "103").refusal is RefusalReason.BLOCKED_NUMBER
    assert start(site.service, "106").refusal is None


def test_with_the_scope_company_a_mailbox_blocks_for_everybody(site: Site) -> None:
    service = service_of(site, scope="company")
    reply = press(service, start(service, "103"), "631")
    assert [(entry.mailbox, entry.blocked_by) for entry in entries(site)] == [(EVERYBODY, "103@default")]
    assert start(service, "106").refusal is RefusalReason.BLOCKED_NUMBER
    press(service, reply, "1")
    assert entries(site) == ()
    assert start(service, "106").refusal is None


@pytest.mark.parametrize(("mailbox", "keys"), [("103", "6"), ("103", "63"), ("103", "63*"), ("103", "63#")])
def test_nothing_is_blocked_before_the_question_was_answered(site: Site, mailbox: str, keys: str) -> None:
    press(site.service, start(site.service, mailbox), keys)
    assert entries(site) == ()


def test_a_repeated_turn_blocks_once(site: Site) -> None:
    reply = press(site.service, start(site.service), "63")
    again = PostTurn(turn=reply.turn + 1, event=KeysMessage(keys="1", ended_by=EndedBy.FULL))
    assert site.service.turn(reply.call_id, again) == site.service.turn(reply.call_id, again)
    assert len(entries(site)) == 1


@pytest.mark.parametrize("scope", ["mailbox", "company"])
def test_what_is_blocked_between_entry_and_dial_is_not_dialled(site: Site, scope: str) -> None:
    """The number was accepted when it was entered; the dial handler looks again, in its own transaction."""
    service = service_of(site, scope=scope)
    waiting = start(service)
    press(service, start(service), "631")
    refused = press(service, waiting, "1")
    assert refused.refusal is RefusalReason.BLOCKED_NUMBER
    assert not any(isinstance(action, DialAction) for action in refused.actions)
    assert reasons(site, refused.call_id) == ["blocked-number"]
    assert "block this number" not in words_of(refused)


def test_what_somebody_else_blocked_is_not_undone_in_another_call(site: Site) -> None:
    service = service_of(site, scope="company")
    slow, quick = start(service, "106"), start(service, "103")
    slow = press(service, slow, "63")
    press(service, quick, "631")
    press(service, slow, "11")
    assert [entry.blocked_by for entry in entries(site)] == ["103@default"]


def test_a_busy_number_is_offered_for_blocking_and_an_extension_is_not(site: Site) -> None:
    for number, is_offered in (("2125551234", True), ("101", False)):
        more = press(site.service, start(site.service, number=number), "6")
        assert ("block this number" in words_of(more)) == is_offered


def test_a_mailbox_that_may_not_block_cannot_say_it_either(site: Site) -> None:
    reply = start(site.service, "107")
    for words in ("more choices", "block this number", "block", "yes"):
        event = WordsEvent(words=words)
        reply = site.service.turn(reply.call_id, PostTurn(turn=reply.turn + 1, event=event))
        if not isinstance(reply.actions[-1], AskAction):
            break
        assert "block this number" not in words_of(reply)
    assert entries(site) == ()


def test_where_blocking_is_switched_off_what_is_blocked_stays_so(site: Site) -> None:
    press(site.service, start(site.service), "631")
    without = with_blocking(site.settings, None)
    service = CallService(site.database, lambda: without, CataloguePrompts(), site.clock)
    assert start(service).refusal is RefusalReason.BLOCKED_NUMBER
    more = press(service, start(service, number="3125550000"), "6")
    assert "block this number" not in words_of(more)


# --- FreePBX's blacklist


def told(reply: CallReply) -> list[tuple[str, bool]]:
    return [
        (action.number, action.blocked) for action in reply.actions if isinstance(action, SetBlacklistAction)
    ]


def test_freepbx_is_told_what_is_blocked_and_unblocked_for_everybody(site: Site) -> None:
    service = service_of(site, scope="company", freepbx_blacklist=True)
    asked = press(service, start(service), "63")
    assert told(asked) == []
    blocked = press(service, asked, "1")
    assert told(blocked) == [("2125551234", True)]
    undone = press(service, blocked, "1")
    assert told(undone) == [("2125551234", False)]


@pytest.mark.parametrize(
    "blocking",
    [
        {"scope": "mailbox", "freepbx_blacklist": True},
        {"scope": "company", "freepbx_blacklist": False},
        {"scope": "company"},
    ],
)
def test_freepbx_is_told_nothing_of_one_mailbox_or_unless_configured(
    site: Site, blocking: dict[str, object]
) -> None:
    service = service_of(site, **blocking)
    assert told(press(service, start(service), "631")) == []
    assert len(entries(site)) == 1


def at_once(actions: list[Callable[[], object]]) -> None:
    ready = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        ready.wait(10)
        action()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_workers_that_block_the_same_number_at_once_make_one_entry(site: Site, tmp_path: Path) -> None:
    """Each worker has its own connections, as the processes of the service have."""
    settings = with_blocking(site.settings, Blocking(scope="company"))
    databases = [Database(f"sqlite:///{tmp_path}/ivr.sqlite", wait_s=10.0) for _ in range(PROCESSES)]
    services = [CallService(one, lambda: settings, CataloguePrompts(), site.clock) for one in databases]
    waiting = [press(service, start(service), "63") for service in services]
    answers: list[CallReply] = []

    def block(service: CallService, reply: CallReply) -> None:
        answers.append(press(service, reply, "1"))

    at_once([partial(block, service, reply) for service, reply in zip(services, waiting, strict=True)])
    for database in databases:
        database.close()
    assert len(answers) == PROCESSES
    assert [entry.mailbox for entry in entries(site)] == [EVERYBODY]
    assert entries(site)[0].call_id in {reply.call_id for reply in waiting}


def test_a_dial_and_a_block_at_once_come_in_one_order_or_the_other(site: Site, tmp_path: Path) -> None:
    dialling = start(site.service)
    blocking = press(site.service, start(site.service), "63")
    other = Database(f"sqlite:///{tmp_path}/ivr.sqlite", wait_s=10.0)
    blocker = CallService(other, lambda: site.settings, CataloguePrompts(), site.clock)
    answers: list[CallReply] = []
    dial = partial(press, site.service, dialling, "1")
    at_once([lambda: answers.append(dial()), partial(press, blocker, blocking, "1")])
    other.close()
    [reply] = answers
    was_dialled = any(isinstance(action, DialAction) for action in reply.actions)
    assert reply.refusal is (None if was_dialled else RefusalReason.BLOCKED_NUMBER)
    assert start(site.service).refusal is RefusalReason.BLOCKED_NUMBER


def test_why_says_that_a_number_is_blocked(site: Site, tmp_path: Path) -> None:
    press(site.service, start(site.service), "631")
    asked = ["why", "2125551234", "--state", str(tmp_path), "--mailbox"]
    shown = CliRunner().invoke(main, [*asked, "103"]).output
    assert "refused" in shown
    assert "numbers that were blocked (see ivr-service block list)" in shown
    assert "This number is blocked." in shown
    assert "Refused: blocked-number" in shown
    assert "blocked-number" not in CliRunner().invoke(main, [*asked, "106"]).output
