"""Recorded voices are played into real calls: numbers reach the trunk, and words stop the prompt."""

import time
from pathlib import Path

import pytest

from tests.asterisk.kit import voicemail
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.sound import Samples, read_wav
from tests.asterisk.test_what_is_dialled import open_mail, talk_and_hang_up, wait_for_menu

pytestmark = pytest.mark.asterisk

RECORDINGS = Path(__file__).parents[1] / "fixtures" / "speech"


def recording(name: str) -> Samples:
    return read_wav(RECORDINGS / f"{name}.wav")


def asked_for_a_number(office: Office, mailbox: str) -> SipCall:
    """Open the menu without a number, and choose to enter one."""
    call = open_mail(office, mailbox)
    call.press(voicemail.dial_out("0#"))
    wait_for_menu(office, call)
    call.press("1")
    call.wait_for_quiet(0.3)
    return call


@pytest.mark.parametrize(
    "name",
    ["number-2125550142-george", "number-3125559876-lucas", "held_out/string-4745420412-fsdd_yweweler"],
)
def test_a_spoken_number_reaches_the_trunk_after_it_was_confirmed(
    office: Office, service: ServiceProcess, mailbox: str, name: str
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.say(recording(name))
    call.wait_for_sound()
    time.sleep(1)
    assert office.trunk.invites == []
    call.press("1")
    call.wait_for_quiet(0.3)
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()
    assert office.dialled() == [f"1{name.split('-')[1]}"]


def test_a_voice_stops_the_prompt(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = open_mail(office, mailbox)
    call.press(voicemail.dial_out("0#"))
    wait_for_menu(office, call)
    call.press("1")
    call.wait_for_sound()
    call.say(recording("number-2125550142-george")[: 8000 * 2])
    call.wait_for_quiet(0.5, timeout_s=2.5)
    call.hang_up()


def test_a_key_ends_the_listening_at_once(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = asked_for_a_number(office, mailbox)
    call.say(recording("number-2125550142-george")[: 8000 * 2])
    call.press("3125550000#")
    call.wait_for_sound()
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()
    assert office.dialled() == ["13125550000"]


def test_a_caller_who_hangs_up_in_mid_word_dials_nothing(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.say(recording("number-2125550142-george")[: 8000 * 2])
    call.hang_up()
    office.server.wait_until_idle()
    assert office.dialled() == []


def test_with_the_service_killed_in_mid_word_nothing_is_dialled(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.say(recording("number-2125550142-george")[: 8000 * 2])
    service.kill()
    call.wait_until_over(20)
    assert office.dialled() == []
