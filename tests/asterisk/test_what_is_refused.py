"""Every refusal: the caller is told why, the audit trail says so, and the trunk gets nothing at all."""

import time
from typing import NamedTuple

import numpy as np
import pytest

from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit import voicemail
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness
from tests.asterisk.kit.pbx import OUTSIDE, Office
from tests.asterisk.kit.phone import NeverAnswers
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.site import INSIDE_ONLY_MAILBOX
from tests.asterisk.kit.sound import level, peak, tone

pytestmark = pytest.mark.asterisk

SAME = 0.9


def wait_to_hear(service: ServiceProcess, call: SipCall, prompt: PromptId) -> None:
    """Wait until the caller has heard this prompt (its beginning)."""
    wanted = recordings(service.state, Prompt(prompt))[0]
    deadline = time.monotonic() + 40  # what is known about a number comes before the choices
    while (best := likeness(call.heard(), wanted)) < SAME:
        assert time.monotonic() < deadline, f"{prompt} was not heard; the most alike was {best:.2f}"
        time.sleep(0.1)


def test_a_prompt_is_told_from_another(service: ServiceProcess) -> None:
    menu, refusal = (
        recordings(service.state, Prompt(prompt))[0]
        for prompt in (PromptId.READY_TO_CALL, PromptId.REFUSED_BANNED_AREA)
    )
    silence = tone(0, 1.0)

    assert likeness(np.concatenate([silence, menu, silence]), menu) > SAME
    assert likeness(np.concatenate([silence, refusal, silence]), menu) < SAME / 2


class Arrival(NamedTuple):
    """What the caller arrives with, and why it may not be called."""

    kind: str
    text: str
    reason: str


@pytest.mark.parametrize(
    "arrival",
    [
        Arrival("callback", "8765551234", "banned-area"),
        Arrival("callback", "4735551234", "banned-area"),
        Arrival("callback", "2425551234", "foreign-country"),
        Arrival("callback", "anonymous", "withheld"),
        Arrival("callback", "Unknown", "withheld"),
        Arrival("callback", "sip:x@evil", "invalid"),
        Arrival("callback", "12125551234&PJSIP/9005551234@trunk", "invalid"),
        Arrival("dialout", "9005551234", "premium"),
        Arrival("dialout", "2129761234", "premium"),
        Arrival("dialout", "01144123456789", "international"),
        Arrival("dialout", "7*3125550000", "unknown-code"),
        Arrival("dialout", "1*2*3125550000", "repeated-code"),
        Arrival("dialout", "1*9005551234", "premium"),
        Arrival("dialout", "9", "unknown-slot"),
        Arrival("dialout", "21*55", "unknown-code"),
        Arrival("dialout", "#", "empty"),
        Arrival("dialout", "*", "unknown-code"),
        Arrival("dialout", "411", "directory"),
    ],
    ids=lambda arrival: f"{arrival.kind}-{arrival.text}",
)
def test_a_number_that_may_not_be_called_is_refused_in_its_own_words(
    office: Office, service: ServiceProcess, mailbox: str, arrival: Arrival
) -> None:
    call = office.enter(mailbox, arrival.kind, arrival.text)
    wait_to_hear(service, call, PromptId(f"refused.{arrival.reason}"))
    call.press("1#")
    call.wait_for_sound()
    call.hang_up()

    office.assert_nothing_was_dialled()
    first = service.audit(mailbox)[0]
    assert (first.number, first.allowed, first.reason) == (arrival.text, False, arrival.reason)


def test_the_menu_is_heard_clearly(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    wait_to_hear(service, call, PromptId.READY_TO_CALL)
    wait_to_hear(service, call, PromptId.MENU_CALL_NOW)
    call.hang_up()

    assert level(call.heard()) > 300
    assert peak(call.heard()) < 30000
    office.assert_nothing_was_dialled()


def test_a_withheld_number_in_a_real_message_is_not_called_back(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    voicemail.leave_message(office.server.spool, mailbox, '"Anonymous" <anonymous>')
    call = office.phone(mailbox).call("*96", office.server.address)
    call.wait_until_answered()
    call.press(voicemail.CALL_BACK)
    wait_to_hear(service, call, PromptId.REFUSED_WITHHELD)
    call.press("1")
    call.hang_up()

    office.assert_nothing_was_dialled()


def test_a_limit_that_is_reached_is_said_and_kept(
    office: Office, service: ServiceProcess, limited_mailbox: str
) -> None:
    first = office.enter(limited_mailbox, "callback", "2125551234")
    first.wait_for_sound()
    first.press("1")
    office.trunk.wait_for_call().hang_up()
    first.hang_up()
    service.wait_for_outcome(limited_mailbox)
    second = office.enter(limited_mailbox, "callback", "2125551234")
    second.wait_for_sound()
    second.press("1")
    wait_to_hear(service, second, PromptId.REFUSED_HOURLY_LIMIT)
    second.hang_up()

    assert office.dialled() == ["12125551234"]
    assert [row.reason for row in service.audit(limited_mailbox)] == [None, "hourly-limit"]


def test_of_two_calls_at_once_from_one_mailbox_one_is_made(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    office.trunk.behaviour = NeverAnswers()
    first = office.enter(mailbox, "callback", "2125551234")
    second = office.enter(mailbox, "callback", "3125550000")
    first.wait_for_sound()
    first.press("1")
    office.trunk.wait_for_call()
    second.press("1")
    wait_to_hear(service, second, PromptId.REFUSED_CALL_IN_PROGRESS)
    first.hang_up()
    second.hang_up()

    assert office.dialled() == ["12125551234"]
    assert [row.reason for row in service.audit(mailbox)] == [None, "call-in-progress"]


def test_three_wrong_pins_end_the_call(office: Office, service: ServiceProcess, pin_mailbox: str) -> None:
    call = office.enter(pin_mailbox, "callback", "2125551234")
    for wrong in ("1111111#", "2222222#", "3333333#"):
        call.wait_for_sound()
        call.press(wrong)
    call.wait_until_over()

    office.assert_nothing_was_dialled()
    assert service.audit(pin_mailbox) == []


def test_without_its_pin_a_mailbox_cannot_dial(
    office: Office, service: ServiceProcess, pin_mailbox: str
) -> None:
    call = office.enter(pin_mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    call.press("#")
    call.wait_for_sound()
    call.hang_up()

    office.assert_nothing_was_dialled()


def test_a_mailbox_nobody_configured_is_asked_for_a_pin_like_any_other(
    office: Office, service: ServiceProcess
) -> None:
    call = office.enter("7777", "callback", "2125551234")
    wait_to_hear(service, call, PromptId.ASK_PIN)
    call.press("4929175#")
    wait_to_hear(service, call, PromptId.ERROR_PIN)
    call.hang_up()

    office.assert_nothing_was_dialled()


def test_a_mailbox_for_inside_only_refuses_a_caller_from_outside(
    office: Office, service: ServiceProcess
) -> None:
    call = office.enter(INSIDE_ONLY_MAILBOX, "callback", "2125551234", OUTSIDE)
    call.press("1")
    wait_to_hear(service, call, PromptId.REFUSED_INSIDE_ONLY)
    call.wait_until_over()

    office.assert_nothing_was_dialled()


@pytest.mark.parametrize("number", ["911", "9911", "1911", "988"])
def test_from_outside_an_emergency_number_is_answered_with_what_to_do(
    office: Office, service: ServiceProcess, mailbox: str, number: str
) -> None:
    call = office.enter(mailbox, "dialout", number, OUTSIDE)
    wait_to_hear(service, call, PromptId.REFUSED_EMERGENCY_FROM_OUTSIDE)
    call.hang_up()

    office.assert_nothing_was_dialled()


def test_from_outside_a_message_from_an_emergency_number_is_not_called_back(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", "911", OUTSIDE)
    wait_to_hear(service, call, PromptId.REFUSED_EMERGENCY_FROM_OUTSIDE)
    call.wait_until_over()

    office.assert_nothing_was_dialled()


def test_too_many_wrong_keys_end_the_call(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    for _ in range(4):
        call.wait_for_sound()
        call.press("9")
    call.wait_until_over()

    office.assert_nothing_was_dialled()


def test_silence_ends_the_call_with_a_goodbye(
    office: Office, service: ServiceProcess, pin_mailbox: str
) -> None:
    call = office.enter(pin_mailbox, "callback", "2125551234")
    call.wait_until_over(60)

    wait_to_hear(service, call, PromptId.TOO_MANY_TRIES)
    office.assert_nothing_was_dialled()


def test_back_returns_to_the_messages(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("*")
    office.server.wait_for_application("VoiceMailMain")
    call.hang_up()

    office.assert_nothing_was_dialled()
