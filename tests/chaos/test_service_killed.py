"""The whole service is killed, starved and misconfigured in mid-call: calls go on, or nothing is dialled."""

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from threading import Event

import pytest

from ivr_service.dialogue.values import MailboxId, RefusalReason
from ivr_service.phone.http_line import LineError
from ivr_service.policy.pins import hash_pin
from ivr_service.service.messages import AskAction, DialEndedEvent, PostOutcome, PostTurn
from ivr_service.store.database import Database
from tests.chaos.running_service import RunningService, is_running, wait_until

ROOT = Path(__file__).parents[2]
PIN, WRONG_PIN = "4929175", "8675309"
THREE_HOURS_MS = 3 * 3600 * 1000


def grants(service: RunningService) -> int:
    return sum(row.allowed for row in service.dials())


# --- killed


def test_a_call_goes_on_when_workers_are_killed_between_its_turns(service: RunningService) -> None:
    call = service.call()
    first, second = service.workers()
    service.kill_worker(first)
    assert "Ready to call." in call.said()
    call.press("4")
    service.kill_worker(second)
    call.press("2")
    assert "Sales" in call.said()
    call.press("1")
    assert call.dial is not None
    wait_until(lambda: len(service.workers()) == 2)
    assert {first, second}.isdisjoint(service.workers())
    assert [row.caller_id for row in service.dials()] == ["12025550110"], "the choice was kept"


def test_a_call_goes_on_and_its_grant_counts_after_everything_was_killed(service: RunningService) -> None:
    call = service.call()
    call.press("1")
    granted = call.dial
    assert granted is not None
    service.kill_everything()
    assert service.socket.exists(), "what was left is in the way of the next start"
    service.start()
    assert service.call("3125550000").press("1").refusal is RefusalReason.CALL_IN_PROGRESS
    outcome = PostOutcome(grant_id=granted.grant_id, dial_status="BUSY")
    assert call.line.outcome(call.call_id, outcome).recorded
    ended = DialEndedEvent(grant_id=granted.grant_id, dial_status="BUSY")
    reply = call.line.turn(call.call_id, PostTurn(turn=2, event=ended))
    assert isinstance(reply.actions[-1], AskAction)
    assert grants(service) == 1


def test_a_dial_that_nobody_will_report_is_closed_at_a_start_after_its_time(service: RunningService) -> None:
    service.call().press("1")
    service.kill_everything()
    service.start()
    assert [row.outcome for row in service.dials()] == [None]
    service.kill_everything()
    with closing(sqlite3.connect(service.state / "ivr.sqlite")) as connection, connection:
        connection.execute("UPDATE dials SET expires_at = expires_at - ?", [THREE_HOURS_MS])
    service.start()
    assert [row.outcome for row in service.dials()] == ["unknown"]


def have_gone_on(callers: Sequence[Future[int]], made: Sequence[int], before: Sequence[int]) -> bool:
    """Whether every caller has ended the call that it was in."""
    counts = zip(callers, made, before, strict=True)
    return all(caller.done() or now > then for caller, now, then in counts)


def test_callers_at_once_lose_no_call_and_gain_no_dial_while_workers_are_killed(
    service: RunningService,
) -> None:
    limit, enough_killed, calls_made = 20, Event(), [0] * 6

    def make_calls(caller: int) -> int:
        granted = 0
        while calls_made[caller] < 8 or not enough_killed.is_set():
            call = service.call(f"31255510{caller}{calls_made[caller] % 10}")
            while call.press("1").refusal is RefusalReason.CALL_IN_PROGRESS:
                continue
            if call.dial is not None:
                granted += 1
                outcome = PostOutcome(grant_id=call.dial.grant_id, dial_status="ANSWER")
                call.line.outcome(call.call_id, outcome)
            call.hang_up()
            calls_made[caller] += 1
        return granted

    with ThreadPoolExecutor(len(calls_made)) as pool:
        callers = [pool.submit(make_calls, caller) for caller in range(len(calls_made))]
        try:
            for _ in range(4):
                wait_until(lambda: len(service.workers()) == 2, 60)
                service.kill_worker(service.workers()[0])
                # A caller tries twice, so two deaths within one try are too much for anybody: the calls that
                # this one disturbed must be over before the next.
                wait_until(partial(have_gone_on, callers, calls_made, tuple(calls_made)), 60)
        finally:
            enough_killed.set()
        assert sum(caller.result() for caller in callers) == limit
    assert [row.outcome for row in service.dials() if row.allowed] == ["answered"] * limit


def test_replacing_the_workers_drops_no_call(service: RunningService) -> None:
    call, old = service.call(), service.workers()
    service.master.send_signal(signal.SIGHUP)
    others = 0
    while set(old) & set(service.workers()):
        other = service.call("3125550000")
        other.press("0")
        other.hang_up()
        others += 1
        assert others < 1000, "the workers are never replaced"
    assert others > 0
    call.press("0")
    assert call.press("1").turn == 2
    assert call.dial is not None


def test_workers_end_in_peace_also_where_prompts_were_made_at_the_start(
    service: RunningService,
) -> None:
    service.stop()
    next((service.state / "prompts" / "en").glob("*.wav")).unlink()
    service.start()
    workers = service.workers()
    assert "Ready to call." in service.call().said()
    service.stop()
    assert not any(map(is_running, workers))
    log = service.log.read_text()
    assert "Shutting down" in log
    assert not [word for word in ("SIGABRT", "terminate called", "Traceback") if word in log]


def test_it_ends_and_answers_what_is_under_way(service: RunningService) -> None:
    call, workers = service.call(), service.workers()
    with closing(sqlite3.connect(service.state / "ivr.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            reply = pool.submit(call.press, "1")
            time.sleep(0.3)
            service.master.terminate()
            time.sleep(0.3)
            other.execute("ROLLBACK")
            assert reply.result(10).turn == 1
    assert service.master.wait(10) == 0
    assert not any(map(is_running, workers))
    assert not service.socket.exists()
    assert grants(service) == 1


# --- configured badly, and well


def test_a_broken_edit_changes_nothing_not_even_at_a_restart(service: RunningService) -> None:
    service.edit("policy.toml", "[policy]", "[policy]\nbanned_area_codes = 212")
    wait_until(lambda: '"configuration":"degraded"' in service.ask("GET", "/ready")[1])
    assert service.ask("GET", "/ready")[0] == 200, "calls are still taken"
    wait_until(lambda: "policy.toml" in service.log.read_text())
    call = service.call()
    call.press("1")
    assert call.dial is not None
    service.kill_everything()
    service.start()
    assert "policy.toml" in service.log.read_text()
    assert "Ready to call." in service.call().said()


def test_a_good_edit_is_in_force_without_a_restart(service: RunningService) -> None:
    call, workers = service.call(), service.workers()
    service.edit("policy.toml", 'banned_area_codes = ["268"', 'banned_area_codes = ["212", "268"')
    wait_until(lambda: service.log.read_text().count("configuration reloaded") >= 2)
    assert call.press("1").refusal is RefusalReason.BANNED_AREA, "also for a call that had begun"
    assert service.workers() == workers
    assert grants(service) == 0


def test_a_new_speed_dial_is_spoken_in_the_next_call(service: RunningService) -> None:
    added = '[[company]]\nslot = 12\nname = "Harbour Office"\nnumber = "+12125551234"\n\n[[company]]'
    service.edit("speed-dials.toml", "[[company]]", added)
    wait_until(lambda: service.log.read_text().count("configuration reloaded") >= 2)
    call = service.call("12")
    assert call.said()[:2] == ["Ready to call.", "Harbour Office"]
    assert all((service.state / "prompts" / f"{sound}.wav").exists() for sound in call.sounds())


# --- without a store


def turn_of(service: RunningService, call_id: str) -> tuple[int, str]:
    body = {"turn": 1, "event": {"type": "keys", "keys": "1", "ended_by": "full"}}
    return service.ask("POST", f"/v1/calls/{call_id}/turns", body)


def test_garbage_in_place_of_the_database_dials_nothing(service: RunningService) -> None:
    call = service.call()
    garbage = service.state / "garbage"
    garbage.write_bytes(b"this is no database" * 1000)
    garbage.replace(service.state / "ivr.sqlite")
    status, body = turn_of(service, call.call_id)
    assert (status, "dial" in body) == (503, False)
    with pytest.raises(LineError, match="503"):
        service.call("3125550000")
    assert '"store":"missing"' in service.ask("GET", "/ready")[1]
    service.kill_everything()
    assert_it_does_not_start(service, "not a database")


def test_a_copy_in_place_of_the_database_is_not_trusted_by_a_new_worker_either(
    service: RunningService,
) -> None:
    """A copy may be from before the last dials, and forget what they used up."""
    call = service.call()
    copy = service.state / "copy"
    shutil.copy(service.state / "ivr.sqlite", copy)
    copy.replace(service.state / "ivr.sqlite")
    for pid in service.workers():
        service.kill_worker(pid)
    wait_until(lambda: len(service.workers()) == 2)
    for _ in range(10):
        assert '"store":"missing"' in service.ask("GET", "/ready")[1]
        assert turn_of(service, call.call_id)[0] == 503
    assert "put it back or restart" in service.log.read_text()
    service.stop()
    service.start()
    assert "Ready to call." in service.call("3125550000").said()


def assert_it_does_not_start(service: RunningService, why: str) -> None:
    log = service.log.with_name("not-started")
    assert service.spawn(log).wait(20) == 1
    assert why in log.read_text()
    assert not service.is_live()


def test_a_full_disk_dials_nothing_until_there_is_room_again(service: RunningService) -> None:
    call, unlimited = service.call(), resource.RLIM_INFINITY
    for pid in service.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, unlimited))
    status, body = turn_of(service, call.call_id)
    assert (status, "dial" in body) == (503, False)
    for pid in service.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
    assert grants(service) == 0
    call.press("1")
    assert call.dial is not None
    assert grants(service) == 1


def test_a_database_that_cannot_be_written_dials_nothing(service: RunningService) -> None:
    call = service.call()
    service.kill_everything()
    (service.state / "ivr.sqlite").chmod(0o440)
    if os.access(service.state / "ivr.sqlite", os.W_OK):
        pytest.skip("root may write everywhere")
    assert_it_does_not_start(service, "Permission denied")
    with pytest.raises(LineError):
        call.press("1")


# --- who may talk to it, and what it tells


def test_it_shows_itself_to_its_group_and_only_with_its_token(service: RunningService) -> None:
    assert service.socket.stat().st_mode & 0o777 == 0o660
    assert (service.state / "token").stat().st_mode & 0o777 == 0o640
    assert turn_of(service, token_hex(16))[0] == 404
    for wrong in ("x", token_hex(32), (service.state / "token").read_text().strip()[:-1]):
        assert service.ask("GET", "/metrics", token=wrong)[0] == 401
    assert service.ask("POST", "/v1/calls", {}, token="x")[0] == 401


def test_a_second_service_in_the_same_place_says_so_and_leaves(service: RunningService) -> None:
    log = service.log.with_name("second")
    second = service.spawn(log)
    assert second.wait(20) == 1
    assert "another ivr-service is running" in log.read_text()
    assert service.is_live()
    assert "Ready to call." in service.call().said()


def test_figures_add_up_over_workers_and_the_log_holds_no_number_and_no_pin(service: RunningService) -> None:
    set_pin(service)
    for number in ("2125551234", "9005551234", "8765551234", "1*3125550177"):
        service.call(number).press("1")
    box = service.call("3125550177", mailbox="104")
    box.press(WRONG_PIN)
    box.press(PIN)
    box.press("1")
    assert box.dial is not None
    assert service.ask("POST", "/v1/calls", {"extension": "3125550177", "keys": PIN})[0] == 400
    figures = service.ask("GET", "/metrics")[1]
    assert f"ivr_dial_grants_total {grants(service)}.0" in figures
    assert 'ivr_refusals_total{reason="premium"} 1.0' in figures
    assert 'ivr_refusals_total{reason="banned-area"} 1.0' in figures
    assert "ivr_pin_failures_total 1.0" in figures
    service.stop()
    log = service.log.read_text()
    assert "dial granted" in log
    assert not [digits for digits in (*ON_THE_PHONE, PIN, WRONG_PIN) if digits in log]


ON_THE_PHONE = ("2125551234", "9005551234", "8765551234", "3125550177")


def set_pin(service: RunningService) -> None:
    database = Database(f"sqlite:///{service.state}/ivr.sqlite")
    with database.turn() as unit:
        unit.pins.set_hash(MailboxId("104"), hash_pin(PIN), datetime.now(UTC))
    database.close()
