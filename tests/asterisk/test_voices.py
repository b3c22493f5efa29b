"""Recorded people in real calls: names, corrections, interruptions, and what they leave behind."""

import os
import signal
import time

import numpy as np
import pytest

from ivr_service.dialogue.phrases import Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit.barge_in import stopped_after_ms, without_edge
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.prompts import end_of, recordings
from tests.asterisk.kit.service import ServiceProcess, wait_until
from tests.asterisk.kit.site import MARVIN, NAMED_SLOTS_MAILBOX, SHEILA
from tests.asterisk.test_service_failures import front_ends
from tests.asterisk.test_speech import recording
from tests.asterisk.test_what_is_dialled import talk_and_hang_up

pytestmark = pytest.mark.asterisk

NUMBER = "held_out/string-4745420412-fsdd_yweweler"
YES = "held_out/word-yes-gsc_ffb86d3c"
SURELY_HEARD = 0.8
MOST_MS_BY_VOICE = 1500.0
MOST_MS_BY_KEY = 400.0
"""Many times what is usual: the machine may be busy with other calls. docs/speech.md has the figures."""


def in_the_menu(office: Office, mailbox: str) -> SipCall:
    """Come to the menu without a number."""
    call = office.enter(mailbox, "dialout", "0#")
    call.wait_for_sound()
    return call


def asked_for_a_number(office: Office, mailbox: str) -> SipCall:
    """Come to the question for a number, which has just begun to sound."""
    call = in_the_menu(office, mailbox)
    call.press("1")
    call.wait_for_quiet(0.1)
    call.wait_for_sound()
    return call


def heard_to_its_end(service: ServiceProcess, call: SipCall, prompt: PromptId) -> bool:
    return likeness(call.heard(), end_of(service.state, Prompt(prompt))) > SURELY_HEARD


def confirm_and_call(office: Office, call: SipCall) -> None:
    """Take what is read back next, and call it."""
    call.wait_for_sound()
    assert office.trunk.invites == []
    call.press("1")
    call.wait_for_quiet(0.3)
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()


@pytest.mark.parametrize(
    ("name", "number"),
    [("held_out/name-marvin-gsc_7ff085e1", MARVIN), ("held_out/name-sheila-gsc_ca48dc76", SHEILA)],
)
def test_a_speed_dial_is_called_by_its_name_without_a_key(
    office: Office, service: ServiceProcess, name: str, number: str
) -> None:
    call = in_the_menu(office, NAMED_SLOTS_MAILBOX)
    call.press("3")
    call.wait_for_sound()
    call.say(recording(name))
    call.wait_for_sound()
    call.say(recording(YES))
    talk_and_hang_up(office)
    call.hang_up()
    assert office.dialled() == [number]


@pytest.mark.parametrize("key", ["", "1", "3"], ids=["menu", "number", "speed dials"])
def test_a_speed_dial_is_called_by_call_and_its_name_in_one_breath(
    office: Office, service: ServiceProcess, key: str
) -> None:
    """No person has said "call" for the tests, so the prompts' voice says it in front of a person's name."""
    call = in_the_menu(office, NAMED_SLOTS_MAILBOX)
    if key:
        call.press(key)
        call.wait_for_sound()
    name = recording("held_out/name-marvin-gsc_7ff085e1")
    words = [*recordings(service.state, SpokenName("call")), name]
    call.say(np.concatenate([without_edge(word[::-1])[::-1] for word in map(without_edge, words)]))
    call.wait_for_sound()
    assert office.trunk.invites == []
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()
    assert office.dialled() == [MARVIN]


def test_parts_of_a_number_are_corrected_by_voice(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    """The parts are chosen by keys: no person has said "the last four are" for the tests."""
    call = asked_for_a_number(office, mailbox)
    call.say(recording(NUMBER))
    for key, part in (("3", "held_out/part-435-fsdd_yweweler"), ("5", "held_out/part-9797-fsdd_yweweler")):
        call.wait_for_sound()
        call.press(key)
        call.wait_for_sound()
        call.say(recording(part))
    confirm_and_call(office, call)
    assert office.dialled() == ["14355429797"]


def test_a_voice_stops_a_prompt_soon(
    office: Office, service: ServiceProcess, mailbox: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.begin_to_say(without_edge(recording(NUMBER)))
    wait_until(lambda: bool(call.stream.speech_begins), "the caller speaks")
    took_ms = stopped_after_ms(call, call.stream.speech_begins[-1])
    with capsys.disabled():
        print(f"\n{office.server.tree.version}: a voice stopped the prompt after {took_ms:.0f} ms")
    assert took_ms < MOST_MS_BY_VOICE
    assert not heard_to_its_end(service, call, PromptId.ASK_NUMBER_SPOKEN)
    call.hang_up()


def test_a_key_stops_a_prompt_soon(
    office: Office, service: ServiceProcess, mailbox: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.press("4")
    took_ms = stopped_after_ms(call, call.stream.key_begins[-1])
    with capsys.disabled():
        print(f"\n{office.server.tree.version}: a key stopped the prompt after {took_ms:.0f} ms")
    assert took_ms < MOST_MS_BY_KEY
    assert not heard_to_its_end(service, call, PromptId.ASK_NUMBER_SPOKEN)
    call.hang_up()


def test_a_caller_who_hangs_up_in_mid_word_leaves_nothing_behind(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.begin_to_say(without_edge(recording(NUMBER)))
    wait_until(lambda: len(service.voices()) == 1, "the service listens to the caller")
    time.sleep(0.7)
    call.hang_up()
    wait_until(lambda: service.voices() == [], "the service listens to nobody", 3)
    wait_until(lambda: front_ends(office) == [], "the front end has ended", 3)
    assert office.dialled() == []
    service.wait_for_the_end(mailbox)


def test_when_the_worker_that_listens_is_killed_in_mid_word_the_call_goes_on_by_keys(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = asked_for_a_number(office, mailbox)
    call.begin_to_say(without_edge(recording(NUMBER))[:8000])
    wait_until(lambda: bool(call.stream.speech_begins), "the caller speaks")
    time.sleep(0.5)
    [worker] = service.voices()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: service.voices() == [], "nobody listens any more", 2)
    call.press("3125550000#")
    call.wait_for_sound(2)
    assert office.trunk.invites == []
    call.press("1")
    talk_and_hang_up(office)
    call.hang_up()
    assert office.dialled() == ["13125550000"]
