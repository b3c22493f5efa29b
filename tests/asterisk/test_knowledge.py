"""What is known about a number is heard on the line, and one key stops it and calls at once."""

import time

import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.library import PromptLibrary
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess, wait_until
from tests.asterisk.kit.sound import Samples

pytestmark = pytest.mark.asterisk

NUMBER = "6123321234"
CITY, STATE = "Minneapolis", "Minnesota"
SAME = 0.8


def sound_of(service: ServiceProcess, phrase: Phrase) -> Samples:
    (sound,) = recordings(service.state, phrase)
    return sound


def has_heard(service: ServiceProcess, call: SipCall, phrase: Phrase) -> bool:
    return likeness(call.heard(), sound_of(service, phrase)) > SAME


def wait_to_hear(service: ServiceProcess, call: SipCall, phrase: Phrase) -> None:
    wait_until(lambda: has_heard(service, call, phrase), f"{phrase} is heard", 20)


def answer_and_hang_up(office: Office) -> None:
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    callee.hang_up()


def test_one_key_calls_while_it_is_being_told(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", NUMBER)
    wait_to_hear(service, call, Prompt(PromptId.KNOWN_PLACE))
    pressed = time.monotonic()
    call.press("1")
    office.trunk.wait_for_call()
    took_s = time.monotonic() - pressed
    answer_and_hang_up(office)
    call.hang_up()

    assert office.dialled() == [f"1{NUMBER}"]
    assert took_s < 2
    assert not has_heard(service, call, Prompt(PromptId.KNOWN_TIME))
    assert not has_heard(service, call, Prompt(PromptId.MENU_CALL_NOW))


def test_the_place_the_time_and_the_last_call_are_heard_and_a_city_from_the_second_time_on(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", NUMBER)
    wait_to_hear(service, call, SpokenName(STATE))
    wait_to_hear(service, call, Prompt(PromptId.KNOWN_TIME))
    wait_to_hear(service, call, Prompt(PromptId.MENU_CALL_NOW))
    call.press("1")
    answer_and_hang_up(office)
    call.hang_up()
    office.dialled()
    service.wait_for_outcome(mailbox)

    library = PromptLibrary(service.state / "prompts")
    wait_until(lambda: library.can_say(CITY, "en"), f"{CITY} has a sound", 30)
    again = office.enter(mailbox, "callback", NUMBER)
    wait_to_hear(service, again, SpokenName(CITY))
    wait_to_hear(service, again, Prompt(PromptId.KNOWN_YOU_CALLED))
    wait_to_hear(service, again, Prompt(PromptId.KNOWN_SHORT))
    again.hang_up()
