"""A colleague who listens: hears both sides, and is heard by the caller only."""

import time

import pytest

from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import loudness_at
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import Refuses
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.sound import tone
from tests.asterisk.test_people import LOUD, heard_from, wait_until_heard

pytestmark = pytest.mark.asterisk


def listened_call(office: Office, mailbox: str) -> tuple[SipCall, SipCall, SipCall]:
    """Make a call that a colleague listens to; give the caller, the called side and the listener."""
    call = office.enter(mailbox, "dialout", "2125551234")
    call.wait_for_sound()
    call.press("5")
    call.wait_for_sound()
    call.press("4*1")
    callee, listener = office.trunk.wait_for_call(), office.desk.wait_for_call()
    callee.wait_until_answered()
    listener.wait_until_answered()
    return call, callee, listener


def test_the_whisper_is_heard_by_the_caller_and_not_by_the_called_side(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    call, callee, listener = listened_call(office, conference_mailbox)
    listener.wait_for_quiet(1.0)
    time.sleep(1.0)
    assert heard_from(call, 900, callee, listener) == [True, True]
    assert heard_from(callee, 1300, call, listener) == [True, True]
    since = time.monotonic()
    listener.say(tone(1700, 0.6))
    time.sleep(0.5)
    assert loudness_at(1700, call.heard(since)) > LOUD
    assert loudness_at(1700, callee.heard(since)) < LOUD / 20
    callee.hang_up()
    call.hang_up()
    listener.wait_until_over()

    office.server.wait_until_idle()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert [(row.number, row.outcome) for row in rows] == [("+12125551234", "answered"), ("201", "answered")]
    assert rows[0].announced_at is not None


def test_a_listener_who_hangs_up_leaves_the_others_talking(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    call, callee, listener = listened_call(office, conference_mailbox)
    listener.wait_for_quiet(1.0)
    listener.hang_up()
    wait_until_heard(call, 900, callee)
    wait_until_heard(callee, 1300, call)
    call.hang_up()
    callee.wait_until_over()

    office.server.wait_until_idle()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert [row.outcome for row in rows] == ["answered", "answered"]


@pytest.mark.parametrize("is_introduced", [False, True], ids=["in the introduction", "while listening"])
@pytest.mark.parametrize("who", ["the caller", "the called side"])
def test_a_listener_is_not_left_behind(
    office: Office, service: ServiceProcess, conference_mailbox: str, who: str, *, is_introduced: bool
) -> None:
    call, callee, listener = listened_call(office, conference_mailbox)
    if is_introduced:
        listener.wait_for_quiet(1.0)
    if who == "the called side":
        callee.hang_up()
        call.wait_for_sound(15)
    call.hang_up()
    callee.wait_until_over()
    listener.wait_until_over()

    office.server.wait_until_idle()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert all(row.outcome is not None for row in rows)


def test_a_listener_who_is_busy_does_not_hurt_the_call(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    office.desk.behaviour = Refuses(486)
    call = office.enter(conference_mailbox, "dialout", "2125551234")
    call.wait_for_sound()
    call.press("5")
    call.wait_for_sound()
    call.press("4*1")
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    callee.wait_for_quiet(1.0)
    assert heard_from(call, 900, callee) == [True]
    call.hang_up()
    callee.wait_until_over()

    office.server.wait_until_idle()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert [row.outcome for row in rows] == ["answered", "busy"]
