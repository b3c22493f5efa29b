"""A Spanish caller hears Spanish, can change to English and back, and one key calls."""

import pytest

from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess, wait_until
from tests.asterisk.kit.site import SPANISH_MAILBOX

pytestmark = pytest.mark.asterisk

NUMBER = "2125551234"
SAME, OTHER = 0.8, 0.6


def likeness_of(service: ServiceProcess, call: SipCall, prompt: PromptId, language: str) -> float:
    (sound,) = recordings(service.state, Prompt(prompt), language)
    return likeness(call.heard(), sound)


def wait_to_hear(service: ServiceProcess, call: SipCall, prompt: PromptId, language: str) -> None:
    wait_until(
        lambda: likeness_of(service, call, prompt, language) > SAME, f"{prompt} is heard in {language}", 45
    )


def test_a_spanish_caller_hears_spanish_and_one_key_calls(office: Office, service: ServiceProcess) -> None:
    call = office.enter(SPANISH_MAILBOX, "callback", NUMBER)
    wait_to_hear(service, call, PromptId.MENU_CALL_NOW, "es")
    assert likeness_of(service, call, PromptId.MENU_CALL_NOW, "en") < OTHER
    call.press("1")
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    callee.hang_up()
    call.hang_up()

    assert office.dialled() == [f"1{NUMBER}"]


def test_the_offer_of_english_is_made_in_english_and_taken_by_one_key(
    office: Office, service: ServiceProcess
) -> None:
    call = office.enter(SPANISH_MAILBOX, "callback", NUMBER)
    wait_to_hear(service, call, PromptId.MENU_LANGUAGE, "en")
    call.press("9")
    wait_to_hear(service, call, PromptId.MENU_CALL_NOW, "en")
    call.press("9")
    wait_to_hear(service, call, PromptId.READY_TO_CALL, "es")
    call.hang_up()

    assert office.dialled() == []
