"""The caller hangs up, at every step: nothing more is dialled, and the audit trail knows how it ended."""

import pytest

from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import NeverAnswers
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.sound import tone

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("kind", ["callback", "dialout"])
def test_before_the_first_prompt(office: Office, service: ServiceProcess, mailbox: str, kind: str) -> None:
    office.enter(mailbox, kind, "2125551234").hang_up()

    office.assert_nothing_was_dialled()


@pytest.mark.parametrize("text", ["2125551234", "8765551234", "0", "911x"])
def test_in_the_first_prompt(office: Office, service: ServiceProcess, mailbox: str, text: str) -> None:
    call = office.enter(mailbox, "dialout", text)
    call.wait_for_sound()
    call.hang_up()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(mailbox)


@pytest.mark.parametrize(
    "keys", ["4", "42", "0", "2", "2312", "3", "9"], ids=lambda keys: f"after-pressing-{keys}"
)
def test_deeper_in_the_menus(office: Office, service: ServiceProcess, mailbox: str, keys: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press(keys)
    call.hang_up()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(mailbox)


@pytest.mark.parametrize("keys", ["", "492", "4929175", "1111111#"])
def test_in_the_pin(office: Office, service: ServiceProcess, pin_mailbox: str, keys: str) -> None:
    call = office.enter(pin_mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press(keys)
    call.hang_up()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(pin_mailbox)


def test_right_after_the_key_that_calls(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1", gap_s=0)
    call.hang_up()

    assert len(office.dialled()) <= 1
    service.wait_for_the_end(mailbox)
    assert all(row.outcome is not None for row in service.audit(mailbox))


def test_while_it_rings(office: Office, service: ServiceProcess, mailbox: str) -> None:
    office.trunk.behaviour = NeverAnswers()
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    call.hang_up()

    trunk_call.wait_until_over()
    assert trunk_call.ended_by == "cancelled there"
    [row] = service.wait_for_outcome(mailbox)
    assert (row.outcome, row.answered_s) == ("cancelled", 0)
    service.wait_for_the_end(mailbox)
    assert office.dialled() == ["12125551234"]


def test_while_talking(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    trunk_call.wait_until_answered()
    call.say(tone(600, 1.2))
    call.hang_up()

    trunk_call.wait_until_over()
    assert trunk_call.stream.last_audible() is not None
    [row] = service.wait_for_outcome(mailbox)
    assert row.outcome == "answered"
    assert row.answered_s is not None
    assert row.answered_s >= 1
    service.wait_for_the_end(mailbox)
    assert office.dialled() == ["12125551234"]


def test_after_a_busy_number(office: Office, service: ServiceProcess, mailbox: str) -> None:
    office.trunk.behaviour = NeverAnswers()
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    office.trunk.wait_for_call()
    call.wait_for_sound()
    call.hang_up()

    assert office.dialled() == ["12125551234"]
    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["no_answer"]
    service.wait_for_the_end(mailbox)
