"""From what the caller chose to the INVITE at the trunk: the number, and the caller ID it carries."""

from typing import NamedTuple

import pytest

from tests.asterisk.kit import voicemail
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.pbx import DESK, INSIDE, OUTSIDE, PASSWORD, Office
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.site import (
    COMPANY_SLOT_7,
    MAIN_NUMBER,
    OWN_SLOT_7,
    OWN_SLOT_MAILBOX,
    PIN,
    SALES_NUMBER,
)

pytestmark = pytest.mark.asterisk


def open_mail(office: Office, mailbox: str, sender: str = '"Jane" <2125551234>') -> SipCall:
    """Call the own mailbox, which has one message from this sender."""
    voicemail.leave_message(office.server.spool, mailbox, sender)
    call = office.phone(mailbox).call("*96", office.server.address)
    call.wait_until_answered()
    return call


def wait_for_menu(office: Office, call: SipCall) -> None:
    office.server.wait_for_application("EAGI")
    call.wait_for_sound()


def talk_and_hang_up(office: Office, count: int = 1) -> None:
    """Let the callee answer, and hang up there."""
    trunk_call = office.trunk.wait_for_call(count)
    trunk_call.wait_until_answered()
    trunk_call.hang_up()


def assert_dialled(office: Office, number: str, shown: str, name: str) -> None:
    assert office.dialled() == [number]
    invite = office.trunk.invites[0]
    assert (invite.shown.user, invite.shown.name) == (shown, name)
    assert (invite.asserted.user, invite.asserted.name) == (shown, name)
    assert invite.privacy in {"", "none"}


def go_back_to_the_messages(office: Office, call: SipCall) -> None:
    """Leave the menu that follows an answered call."""
    call.wait_for_sound()
    call.press("*")
    office.server.wait_for_application("VoiceMailMain")


def test_call_back_in_comedian_mail_and_one_key_reach_the_trunk(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = open_mail(office, mailbox)
    call.press(voicemail.CALL_BACK)
    wait_for_menu(office, call)
    call.press("1")
    talk_and_hang_up(office)
    go_back_to_the_messages(office, call)
    call.hang_up()

    assert_dialled(office, "12125551234", MAIN_NUMBER, "Main Office")
    [row] = service.audit(mailbox)
    assert (row.number, row.allowed, row.caller_id, row.outcome) == (
        "+12125551234",
        True,
        MAIN_NUMBER,
        "answered",
    )


def test_dial_out_in_comedian_mail_and_one_key_reach_the_trunk(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = open_mail(office, mailbox)
    call.press(voicemail.dial_out("2*3125550000#"))
    wait_for_menu(office, call)
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()

    assert_dialled(office, "13125550000", SALES_NUMBER, "Sales")


def test_after_a_call_the_messages_go_on_and_another_call_can_be_made(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = open_mail(office, mailbox)
    call.press(voicemail.CALL_BACK)
    wait_for_menu(office, call)
    call.press("1")
    talk_and_hang_up(office)
    go_back_to_the_messages(office, call)
    call.press(voicemail.dial_out("3125550000#"))
    wait_for_menu(office, call)
    call.press("1")
    talk_and_hang_up(office, count=2)
    call.hang_up()

    assert office.dialled() == ["12125551234", "13125550000"]
    first, second = service.wait_for_outcome(mailbox, 2)
    assert first.grant_id != second.grant_id


class Choice(NamedTuple):
    """What arrives from Comedian Mail, the keys pressed in the menu, and the INVITE that must come of it."""

    kind: str
    text: str
    keys: str
    dialled: str
    shown: str
    name: str


@pytest.mark.parametrize(
    "choice",
    [
        Choice("callback", "2125551234", "1", "12125551234", MAIN_NUMBER, "Main Office"),
        Choice("callback", "+12125551234", "1", "12125551234", MAIN_NUMBER, "Main Office"),
        Choice("callback", "1-212-555(1234)", "1", "12125551234", MAIN_NUMBER, "Main Office"),
        Choice("callback", "2125551234", "421", "12125551234", SALES_NUMBER, "Sales"),
        Choice("dialout", "3125550000", "1", "13125550000", MAIN_NUMBER, "Main Office"),
        Choice("dialout", "2*13125550000", "1", "13125550000", SALES_NUMBER, "Sales"),
        Choice("dialout", "2*7", "1", COMPANY_SLOT_7, SALES_NUMBER, "Sales"),
        Choice("dialout", "7", "1", COMPANY_SLOT_7, MAIN_NUMBER, "Main Office"),
        Choice("dialout", "8005551234", "1", "18005551234", MAIN_NUMBER, "Main Office"),
        Choice("dialout", "0", "13125550000#1", "13125550000", MAIN_NUMBER, "Main Office"),
        Choice("dialout", "#", "3125550000#1", "13125550000", MAIN_NUMBER, "Main Office"),
        Choice("dialout", "21*55", "3125550000#1", "13125550000", MAIN_NUMBER, "Main Office"),
    ],
    ids=lambda choice: f"{choice.kind}-{choice.text}-{choice.keys}",
)
def test_what_was_chosen_is_what_the_trunk_gets(
    office: Office, service: ServiceProcess, mailbox: str, choice: Choice
) -> None:
    call = office.enter(mailbox, choice.kind, choice.text)
    call.wait_for_sound()
    call.press(choice.keys)
    talk_and_hang_up(office)
    call.hang_up()

    assert_dialled(office, choice.dialled, choice.shown, choice.name)
    assert [row.allowed for row in service.wait_for_outcome(mailbox) if row.grant_id] == [True]


def test_the_own_speed_dial_comes_before_the_companys(office: Office, service: ServiceProcess) -> None:
    call = office.enter(OWN_SLOT_MAILBOX, "dialout", "7")
    call.wait_for_sound()
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()

    assert office.dialled() == [OWN_SLOT_7]


def test_an_extension_is_reached_through_its_own_dial_string(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "dialout", DESK)
    call.wait_for_sound()
    call.press("1")
    desk_call = office.desk.wait_for_call()
    desk_call.wait_until_answered()
    desk_call.hang_up()
    call.hang_up()

    office.assert_nothing_was_dialled()
    assert office.desk.invites[0].shown.user == mailbox
    [row] = service.wait_for_outcome(mailbox)
    assert (row.number, row.number_class, row.outcome) == (DESK, "internal", "answered")


def test_the_right_pin_leads_to_the_call(office: Office, service: ServiceProcess, pin_mailbox: str) -> None:
    call = office.enter(pin_mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press(f"{PIN}#")
    call.wait_for_sound()
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()

    assert_dialled(office, "12125551234", MAIN_NUMBER, "Main Office")


def test_from_outside_the_way_leads_through_the_voicemail_password_and_the_pin(
    office: Office, service: ServiceProcess, pin_mailbox: str
) -> None:
    voicemail.leave_message(office.server.spool, pin_mailbox, "2125551234")
    call = office.phone("3125550123", OUTSIDE).call("2025550177", office.server.address)
    call.wait_until_answered()
    call.press(f"{pin_mailbox}#{PASSWORD}#")
    office.server.wait_for_application("VoiceMailMain")
    call.press(voicemail.CALL_BACK)
    wait_for_menu(office, call)
    call.press(f"{PIN}#")
    call.wait_for_sound()
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()

    assert_dialled(office, "12125551234", MAIN_NUMBER, "Main Office")


@pytest.mark.parametrize("headers", [INSIDE, OUTSIDE], ids=["inside", "outside"])
def test_a_mailbox_without_a_pin_can_be_used_from_anywhere_unless_it_is_for_inside_only(
    office: Office, service: ServiceProcess, mailbox: str, headers: tuple[tuple[str, str], ...]
) -> None:
    call = office.enter(mailbox, "callback", "2125551234", headers)
    call.wait_for_sound()
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()

    assert office.dialled() == ["12125551234"]


@pytest.mark.parametrize(("keys", "dialled"), [("911", "911"), ("9911", "911"), ("988", "988")])
def test_help_is_reached_from_inside_also_while_a_number_is_entered(
    office: Office, service: ServiceProcess, mailbox: str, keys: str, dialled: str
) -> None:
    call = office.enter(mailbox, "dialout", "0")
    call.wait_for_sound()
    call.press(f"1{keys}#")
    talk_and_hang_up(office)
    call.hang_up()

    assert office.dialled() == [dialled]
    assert office.trunk.invites[0].shown.user == mailbox


def test_calling_back_a_message_from_an_emergency_number_reaches_it_from_inside(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = open_mail(office, mailbox, '"Dispatch" <911>')
    call.press(voicemail.CALL_BACK)
    talk_and_hang_up(office)
    call.hang_up()

    assert office.dialled() == ["911"]
    assert office.trunk.invites[0].shown.user == mailbox
