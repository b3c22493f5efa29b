"""What the service promises about turns, grants, limits, PINs and the audit trail."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import NoReturn

import pytest

from ivr_service.dialogue.events import EndedBy
from ivr_service.dialogue.phrases import Phrase
from ivr_service.dialogue.values import CallKind, MailboxId, Origin, RefusalReason
from ivr_service.errors import IvrServiceError
from ivr_service.policy.pins import LOCK_AFTER, hash_pin
from ivr_service.service.calls import CallService
from ivr_service.service.errors import UnknownCallError, WrongTurnError
from ivr_service.service.messages import (
    AskAction,
    CallReply,
    DialAction,
    DialEndedEvent,
    HangUpAction,
    HungUpEvent,
    KeysEvent,
    PostOutcome,
    PostTurn,
    StartCall,
)
from ivr_service.store.database import Database
from ivr_service.store.dials import StoredDial
from ivr_service.store.errors import StoreUnavailableError
from tests.conftest import Site
from tests.fakes.catalogue_prompts import CataloguePrompts

PIN = "4929175"
BOX_104 = MailboxId("104")


def start(site: Site, mailbox: str = "103", number: str = "2125551234", **more: str) -> CallReply:
    return site.service.start(arrival(mailbox, number, **more))


def arrival(mailbox: str = "103", number: str = "2125551234", **more: str) -> StartCall:
    return StartCall(
        call_id=more.get("call_id", token_hex(16)),
        kind=CallKind(more.get("kind", "dial_out")),
        extension=number,
        mailbox=mailbox,
        origin=Origin(more.get("origin", "inside")),
    )


def keys(turn: int, pressed: str, ended_by: EndedBy = EndedBy.TERMINATOR) -> PostTurn:
    return PostTurn(turn=turn, event=KeysEvent(keys=pressed, ended_by=ended_by))


def dial_of(reply: CallReply) -> DialAction:
    [dial] = [action for action in reply.actions if isinstance(action, DialAction)]
    return dial


def dialled(site: Site, mailbox: str = "103", number: str = "2125551234", **more: str) -> CallReply:
    call = start(site, mailbox, number, **more)
    return site.service.turn(call.call_id, keys(1, "1", EndedBy.FULL))


def audit(site: Site, call_id: str) -> tuple[StoredDial, ...]:
    with site.database.reading() as unit:
        return unit.dials.of_call(call_id)


def set_pin(site: Site) -> None:
    with site.database.turn() as unit:
        unit.pins.set_hash(BOX_104, hash_pin(PIN), site.clock.now)


# --- turns


def test_the_same_start_gets_the_same_answer(site: Site) -> None:
    request = arrival()
    assert site.service.start(request) == site.service.start(request)


def test_a_repeated_turn_gets_the_same_answer_and_one_grant(site: Site) -> None:
    call = start(site)
    first = site.service.turn(call.call_id, keys(1, "1"))
    assert site.service.turn(call.call_id, keys(1, "1")) == first
    assert len(audit(site, call.call_id)) == 1


def test_a_repeated_turn_does_not_dial_again_once_the_dial_is_over(site: Site) -> None:
    reply = dialled(site)
    grant = dial_of(reply).grant_id
    site.service.outcome(reply.call_id, PostOutcome(grant_id=grant, dial_status="BUSY"))
    with pytest.raises(WrongTurnError, match="used"):
        site.service.turn(reply.call_id, keys(1, "1"))


def test_a_grant_is_fresh_for_seconds_only(site: Site) -> None:
    reply = dialled(site)
    site.clock.forward(seconds=10)
    assert site.service.turn(reply.call_id, keys(1, "1")) == reply
    site.clock.forward(seconds=1)
    with pytest.raises(WrongTurnError, match="fresh"):
        site.service.turn(reply.call_id, keys(1, "1"))


@pytest.mark.parametrize("number", [2, 3, 100])
def test_a_turn_that_is_not_the_next_is_refused(site: Site, number: int) -> None:
    call = start(site)
    with pytest.raises(WrongTurnError):
        site.service.turn(call.call_id, keys(number, "1"))


def test_an_old_turn_is_refused(site: Site) -> None:
    call = start(site)
    site.service.turn(call.call_id, keys(1, "0"))
    site.service.turn(call.call_id, keys(2, "0"))
    with pytest.raises(WrongTurnError):
        site.service.turn(call.call_id, keys(1, "1"))


def test_an_unknown_call_is_named(site: Site) -> None:
    with pytest.raises(UnknownCallError):
        site.service.turn(token_hex(16), keys(1, "1"))


def test_keys_instead_of_a_dials_end_are_refused(site: Site) -> None:
    reply = dialled(site)
    with pytest.raises(WrongTurnError):
        site.service.turn(reply.call_id, keys(2, "1"))


def test_another_calls_grant_does_not_end_this_dial(site: Site) -> None:
    reply = dialled(site)
    event = DialEndedEvent(grant_id=token_hex(16), dial_status="ANSWER")
    with pytest.raises(WrongTurnError):
        site.service.turn(reply.call_id, PostTurn(turn=2, event=event))


def test_a_hang_up_is_taken_whatever_the_turn_and_however_often(site: Site) -> None:
    call = start(site)
    hung_up = PostTurn(turn=None, event=HungUpEvent())
    first = site.service.turn(call.call_id, hung_up)
    assert isinstance(first.actions[-1], HangUpAction)
    assert site.service.turn(call.call_id, hung_up) == first


def test_nothing_can_be_asked_of_a_call_that_is_over(site: Site) -> None:
    call = start(site)
    site.service.turn(call.call_id, PostTurn(turn=None, event=HungUpEvent()))
    late = site.service.turn(call.call_id, keys(2, "1"))
    assert isinstance(late.actions[-1], HangUpAction)
    assert audit(site, call.call_id) == ()


def test_two_workers_with_the_same_turn_make_one_grant(site: Site, tmp_path: Path) -> None:
    call = start(site)
    both = threading.Barrier(2)
    replies: list[CallReply] = []

    def work() -> None:
        database = Database(f"sqlite:///{tmp_path}/ivr.sqlite")
        other = replace(site.service, database=database)
        both.wait()
        replies.append(other.turn(call.call_id, keys(1, "1")))
        database.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert replies[0] == replies[1]
    assert len(audit(site, call.call_id)) == 1


# --- outcomes and the audit trail


def test_every_attempt_is_one_row_written_before_the_dial(site: Site) -> None:
    reply = dialled(site)
    [row] = audit(site, reply.call_id)
    assert (row.mailbox, row.number, row.allowed, row.outcome) == ("103@default", "+12125551234", True, None)
    assert row.caller_id == "12025550100"
    assert row.grant_id == dial_of(reply).grant_id


def test_a_refused_entry_is_one_row_with_its_reason(site: Site) -> None:
    call = start(site, number="9005551234")
    [row] = audit(site, call.call_id)
    assert (row.number, row.allowed, row.reason) == ("9005551234", False, RefusalReason.PREMIUM)
    assert call.refusal is RefusalReason.PREMIUM


def test_what_arrived_is_not_on_record_before_the_pin(site: Site) -> None:
    call = start(site, "104", "9005551234")
    assert audit(site, call.call_id) == ()
    assert call.refusal is None


def test_the_first_outcome_stays(site: Site) -> None:
    reply = dialled(site)
    grant = dial_of(reply).grant_id
    report = PostOutcome(grant_id=grant, dial_status="ANSWER", answered_s=12, hangup_cause=16)
    assert site.service.outcome(reply.call_id, report).recorded
    again = PostOutcome(grant_id=grant, dial_status="BUSY")
    assert not site.service.outcome(reply.call_id, again).recorded
    [row] = audit(site, reply.call_id)
    assert (row.outcome, row.answered_s, row.hangup_cause) == ("answered", 12, 16)


def test_an_outcome_needs_the_calls_own_grant(site: Site) -> None:
    reply = dialled(site)
    report = PostOutcome(grant_id=dial_of(reply).grant_id, dial_status="ANSWER")
    with pytest.raises(UnknownCallError):
        site.service.outcome(token_hex(16), report)


def test_a_hang_up_in_the_dial_closes_it_and_a_late_report_still_counts(site: Site) -> None:
    reply = dialled(site)
    site.service.turn(reply.call_id, PostTurn(turn=None, event=HungUpEvent()))
    assert audit(site, reply.call_id)[0].outcome == "unknown"
    report = PostOutcome(grant_id=dial_of(reply).grant_id, dial_status="CANCEL")
    assert site.service.outcome(reply.call_id, report).recorded
    assert audit(site, reply.call_id)[0].outcome == "cancelled"


def test_a_session_is_forgotten_after_a_week_and_its_audit_row_is_not(site: Site) -> None:
    reply = dialled(site)
    site.clock.forward(days=7, seconds=1)
    start(site)
    with site.database.reading() as unit:
        assert unit.calls.load(reply.call_id) is None
    assert len(audit(site, reply.call_id)) == 1


# --- limits


def test_one_call_at_a_time_for_a_mailbox(site: Site) -> None:
    first = dialled(site)
    second = dialled(site, number="3125550000")
    assert second.refusal is RefusalReason.CALL_IN_PROGRESS
    report = PostOutcome(grant_id=dial_of(first).grant_id, dial_status="ANSWER")
    site.service.outcome(first.call_id, report)
    assert dial_of(site.service.turn(second.call_id, keys(2, "1"))).dial_string == "PJSIP/13125550000@trunk"


def test_an_emergency_call_nobody_reported_on_blocks_no_other_call(site: Site) -> None:
    emergency = start(site, number="911")
    assert dial_of(emergency).dial_string == "Local/911@ivr-emergency"
    assert dialled(site).refusal is None


def test_directory_assistance_meets_the_pin_and_the_read_back(site: Site) -> None:
    policy = site.settings.policy.policy.model_copy(update={"directory_assistance": True})
    open_to_411 = site.settings.model_copy(
        update={"policy": site.settings.policy.model_copy(update={"policy": policy})}
    )
    service = replace(site.service, settings=lambda: open_to_411)
    for request in (arrival("104", "411"), arrival("104", "411", kind="callback")):
        assert heard(service.start(request)) == ["Enter your pin code, then press pound."]
    assert "Ready to call." in heard(service.start(arrival("103", "411")))


def answered(site: Site, number: str, mailbox: str = "105") -> CallReply:
    """A call of a mailbox with a PIN of its own, up to the request to dial, and answered if it is granted."""
    reply = dialled_with_pin(site, number, mailbox)
    if reply.refusal is None:
        report = PostOutcome(grant_id=dial_of(reply).grant_id, dial_status="ANSWER")
        site.service.outcome(reply.call_id, report)
    return reply


def dialled_with_pin(site: Site, number: str, mailbox: str) -> CallReply:
    with site.database.turn() as unit:
        unit.pins.set_hash(MailboxId(mailbox), hash_pin(PIN), site.clock.now)
    call = start(site, mailbox, number)
    site.service.turn(call.call_id, keys(1, PIN))
    return site.service.turn(call.call_id, keys(2, "1"))


def test_the_hourly_limit_holds_and_says_when_it_ends(site: Site) -> None:
    for last in "0123":
        assert answered(site, f"312555000{last}").refusal is None
        site.clock.forward(minutes=1)
    refused = answered(site, "3125550009")
    assert refused.refusal is RefusalReason.HOURLY_LIMIT
    question = refused.actions[-1]
    assert isinstance(question, AskAction)
    heard = " ".join(prompt.text for prompt in question.prompts)
    assert "You may call again at four oh five p m" in heard
    site.clock.forward(minutes=57)
    assert answered(site, "3125550009").refusal is None


def test_the_same_number_too_often(site: Site) -> None:
    assert [answered(site, "3125550000").refusal for _ in range(3)] == [None, None, RefusalReason.SAME_NUMBER]


def test_limits_survive_a_restart(site: Site, tmp_path: Path) -> None:
    for last in "0123":
        answered(site, f"312555000{last}")
    site.database.close()
    reopened = Database(f"sqlite:///{tmp_path}/ivr.sqlite")
    restarted = replace(site, service=replace(site.service, database=reopened), database=reopened)
    assert answered(restarted, "3125550009").refusal is RefusalReason.HOURLY_LIMIT
    reopened.close()


# --- PINs


def heard(reply: CallReply) -> list[str]:
    return [prompt.text for action in reply.actions for prompt in getattr(action, "prompts", ())]


def test_an_unknown_mailbox_and_a_wrong_pin_sound_the_same(site: Site) -> None:
    set_pin(site)
    calls = [
        start(site, mailbox, number) for mailbox in ("104", "999", "no such;") for number in ("911a", "0")
    ]
    for turn in (1, 2, 3):
        replies = [site.service.turn(call.call_id, keys(turn, "8675309")) for call in calls]
        assert len({tuple(heard(reply)) for reply in replies}) == 1
        assert {reply.refusal for reply in replies} == {None}


def test_wrong_pins_lock_across_calls_until_unlocked(site: Site) -> None:
    set_pin(site)
    tried = 0
    while tried < LOCK_AFTER:
        call = start(site, "104")
        for turn in (1, 2, 3):
            site.service.turn(call.call_id, keys(turn, "8675309"))
            site.clock.forward(hours=1)
            tried += 1
    assert not right_pin_passes(site)
    with site.database.turn() as unit:
        unit.pins.unlock(BOX_104)
    assert right_pin_passes(site)


def test_after_three_wrong_pins_even_the_right_one_waits(site: Site) -> None:
    set_pin(site)
    call = start(site, "104")
    for turn in (1, 2, 3):
        site.service.turn(call.call_id, keys(turn, "8675309"))
    assert not right_pin_passes(site)
    site.clock.forward(seconds=31)
    assert right_pin_passes(site)


def right_pin_passes(site: Site) -> bool:
    call = start(site, "104")
    reply = site.service.turn(call.call_id, keys(1, PIN))
    return "Ready to call." in heard(reply)


# --- when something is missing


class BrokenDatabase(Database):
    """A store that can be read, but not written for a dial."""

    def intent(self) -> NoReturn:
        raise StoreUnavailableError("the disk is full")


def test_no_store_no_dial(site: Site, tmp_path: Path) -> None:
    call = start(site)
    broken = BrokenDatabase(f"sqlite:///{tmp_path}/ivr.sqlite")
    with pytest.raises(StoreUnavailableError):
        replace(site.service, database=broken).turn(call.call_id, keys(1, "1"))
    broken.close()
    assert audit(site, call.call_id) == ()


class NoPrompts(CataloguePrompts):
    """Prompts that are gone once the call is up."""

    def render(self, phrases: object, language: str) -> tuple[()]:
        raise IvrServiceError("no prompts")

    def _said(self, phrase: Phrase, language: str) -> Iterator[str]:
        yield from ()


def test_a_refusal_that_cannot_be_said_leaves_no_trace_of_a_turn(site: Site) -> None:
    first = dialled(site)
    second = start(site, number="3125550000")
    mute = replace(site.service, prompts=NoPrompts())
    with pytest.raises(IvrServiceError):
        mute.turn(second.call_id, keys(1, "1"))
    assert audit(site, second.call_id) == ()
    assert len(audit(site, first.call_id)) == 1
    assert site.service.turn(second.call_id, keys(1, "1")).refusal is RefusalReason.CALL_IN_PROGRESS


def test_a_rule_that_changes_during_the_call_counts(site: Site) -> None:
    call = start(site)
    policy = site.settings.policy.policy.model_copy(update={"banned_area_codes": ("212",)})
    stricter = site.settings.model_copy(
        update={"policy": site.settings.policy.model_copy(update={"policy": policy})}
    )
    service: CallService = replace(site.service, settings=lambda: stricter)
    assert service.turn(call.call_id, keys(1, "1")).refusal is not None
    assert not audit(site, call.call_id)[0].allowed


def test_a_caller_id_that_is_taken_away_during_the_call_is_not_shown(site: Site) -> None:
    call = start(site)
    boxes = tuple(
        box.model_copy(update={"caller_ids": ("sales",), "default_caller_id": "sales"})
        if box.mailbox == "103"
        else box
        for box in site.settings.mailboxes.mailboxes
    )
    changed = site.settings.model_copy(
        update={"mailboxes": site.settings.mailboxes.model_copy(update={"mailboxes": boxes})}
    )
    service = replace(site.service, settings=lambda: changed)
    assert service.turn(call.call_id, keys(1, "1")).refusal is RefusalReason.CALLER_ID


def test_a_mailbox_that_now_needs_a_pin_does_not_dial_without_it(site: Site) -> None:
    call = start(site)
    boxes = tuple(box.model_copy(update={"pin": "required"}) for box in site.settings.mailboxes.mailboxes)
    changed = site.settings.model_copy(
        update={"mailboxes": site.settings.mailboxes.model_copy(update={"mailboxes": boxes})}
    )
    service = replace(site.service, settings=lambda: changed)
    assert service.turn(call.call_id, keys(1, "1")).refusal is RefusalReason.NOT_AUTHORISED
