"""Calls with more people: all hear each other, each is a dial of its own, and nobody is left behind."""

import time

import pytest

from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import loudness_at
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import NeverAnswers, Refuses
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.sound import tone

pytestmark = pytest.mark.asterisk

FIRST, SECOND, BANNED = "2125551234", "3125550000", "8765551234"
LOUD = 700


def call_with(office: Office, mailbox: str, *people: str) -> SipCall:
    """Dial out to the first number, and add these people before the call is made."""
    call = office.enter(mailbox, "dialout", FIRST)
    call.wait_for_sound()
    call.press("5")
    call.wait_for_sound()
    call.press("5")
    for number in people:
        call.wait_for_sound()
        call.press("1")
        call.wait_for_sound()
        call.press(f"{number}#")
        call.wait_for_sound()
    for _ in range(2):
        call.press("*")
        call.wait_for_sound()
    call.press("1")
    return call


def heard_from(speaker: SipCall, frequency_hz: float, *listeners: SipCall) -> list[bool]:
    since = time.monotonic()
    speaker.say(tone(frequency_hz, 0.6))
    time.sleep(0.4)
    return [loudness_at(frequency_hz, listener.heard(since)) > LOUD for listener in listeners]


def wait_until_heard(speaker: SipCall, frequency_hz: float, *listeners: SipCall) -> None:
    deadline = time.monotonic() + 10
    while not all(heard_from(speaker, frequency_hz, *listeners)):
        assert time.monotonic() < deadline, "somebody does not hear the speaker"


def wait_until_unheard(speaker: SipCall, frequency_hz: float, *listeners: SipCall) -> None:
    deadline = time.monotonic() + 10
    while any(heard_from(speaker, frequency_hz, *listeners)):
        assert time.monotonic() < deadline, "somebody hears the speaker"


def test_three_people_hear_each_other_until_the_caller_leaves(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    call = call_with(office, conference_mailbox, SECOND)
    first, second = office.trunk.wait_for_call(1), office.trunk.wait_for_call(2)
    first.wait_until_answered()
    second.wait_until_answered()
    time.sleep(1.5)
    assert heard_from(call, 900, first, second) == [True, True]
    assert heard_from(first, 1300, call, second) == [True, True]
    assert heard_from(second, 1700, call, first) == [True, True]
    call.hang_up()
    first.wait_until_over()
    second.wait_until_over()

    assert sorted(office.dialled()) == ["12125551234", "13125550000"]
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert [row.outcome for row in rows] == ["answered", "answered"]
    assert [invite.shown.user for invite in office.trunk.invites] == ["12025550100"] * 2


def wait_for_one_to_leave(*calls: SipCall) -> SipCall:
    """Return the call that is left."""
    deadline = time.monotonic() + 5
    while not any(call.ended.is_set() for call in calls):
        assert time.monotonic() < deadline, "nobody was sent off"
        time.sleep(0.05)
    left = [call for call in calls if not call.ended.is_set()]
    assert len(left) == 1
    return left[0]


def test_the_caller_is_muted_sends_off_the_last_and_ends_it_for_all_by_keys(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    call = call_with(office, conference_mailbox, SECOND)
    first, second = office.trunk.wait_for_call(1), office.trunk.wait_for_call(2)
    first.wait_until_answered()
    second.wait_until_answered()
    wait_until_heard(call, 900, first, second)
    call.press("*1")
    wait_until_unheard(call, 900, first, second)
    time.sleep(3)  # while Asterisk says "you are now muted", it takes no keys
    call.press("*1")
    wait_until_heard(call, 900, first, second)
    call.press("*2")
    left = wait_for_one_to_leave(first, second)
    wait_until_heard(call, 900, left)
    call.press("*3")
    left.wait_until_over()
    call.hang_up()

    office.dialled()
    assert len(service.wait_for_outcome(conference_mailbox, 2)) == 2


def test_a_busy_invitee_does_not_hurt_the_call_and_the_last_to_leave_ends_it(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    office.trunk.behaviours = {"13125550000": Refuses(486)}
    call = call_with(office, conference_mailbox, SECOND)
    office.trunk.wait_for_call(2)
    first = office.trunk.call_to("12125551234")
    first.wait_until_answered()
    time.sleep(1.5)
    assert heard_from(first, 1300, call) == [True]
    first.hang_up()
    call.wait_for_sound(15)
    call.hang_up()

    office.dialled()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert sorted(str(row.outcome) for row in rows) == ["answered", "busy"]


def test_whoever_joins_or_leaves_is_announced_to_the_others_by_a_tone(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    office.trunk.behaviours = {"13125550000": NeverAnswers()}
    call = call_with(office, conference_mailbox, SECOND)
    office.trunk.wait_for_call(2)
    first, second = office.trunk.call_to("12125551234"), office.trunk.call_to("13125550000")
    wait_until_heard(call, 900, first)
    first.wait_for_quiet(1.0)
    call.wait_for_quiet(1.0)
    office.trunk.answer(second)
    first.wait_for_sound()
    wait_until_heard(second, 1300, call, first)
    first.wait_for_quiet(1.0)
    second.hang_up()
    first.wait_for_sound()
    call.hang_up()
    first.wait_until_over()

    office.dialled()
    assert len(service.wait_for_outcome(conference_mailbox, 2)) == 2


def test_an_invitee_who_leaves_leaves_the_others_talking(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    call = call_with(office, conference_mailbox, SECOND)
    first, second = office.trunk.wait_for_call(1), office.trunk.wait_for_call(2)
    wait_until_heard(call, 900, first, second)
    second.hang_up()
    wait_until_heard(call, 900, first)
    wait_until_heard(first, 1300, call)
    call.hang_up()
    first.wait_until_over()

    office.dialled()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert [row.outcome for row in rows] == ["answered", "answered"]


@pytest.mark.parametrize("who", ["the caller", "the invitee", "everybody called"])
def test_whoever_hangs_up_before_they_have_met_leaves_nothing_behind(
    office: Office, service: ServiceProcess, conference_mailbox: str, who: str
) -> None:
    call = call_with(office, conference_mailbox, SECOND)
    first, second = office.trunk.wait_for_call(1), office.trunk.wait_for_call(2)
    first.wait_until_answered()
    second.wait_until_answered()
    leaving = {"the caller": [call], "the invitee": [second], "everybody called": [first, second]}[who]
    for party in leaving:
        party.hang_up()
    if who == "the invitee":
        wait_until_heard(call, 900, first)
    if who == "everybody called":
        call.wait_for_sound(15)
    call.hang_up()
    first.wait_until_over()
    second.wait_until_over()

    office.dialled()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert all(row.outcome is not None for row in rows)


def test_whoever_still_rings_is_rung_no_longer_when_the_caller_leaves(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    office.trunk.behaviour = NeverAnswers()
    call = call_with(office, conference_mailbox, SECOND)
    first, second = office.trunk.wait_for_call(1), office.trunk.wait_for_call(2)
    call.hang_up()
    first.wait_until_over(8)
    second.wait_until_over(8)

    office.dialled()
    rows = service.wait_for_outcome(conference_mailbox, 2)
    assert all(row.outcome is not None for row in rows)


def test_somebody_who_may_not_be_called_is_said_when_entered_and_never_dialled(
    office: Office, service: ServiceProcess, conference_mailbox: str
) -> None:
    call = call_with(office, conference_mailbox, BANNED)
    time.sleep(2)
    call.hang_up()

    assert "18765551234" not in office.dialled()
    assert [row.reason for row in service.audit(conference_mailbox) if not row.allowed] == ["banned-area"]
