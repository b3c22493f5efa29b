"""Calls that are recorded: both sides are told, and the recording holds the notice and both voices."""

import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit.listening import likeness, loudness_at
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.site import RECORDED_MAILBOX
from tests.asterisk.kit.sound import Samples, read_wav, tone

pytestmark = pytest.mark.asterisk

NOTICE = Prompt(PromptId.RECORDING_NOTICE)
DISCLAIMER = SpokenName("Nothing said in this call is legal advice.")


def sound_of(service: ServiceProcess, phrase: Phrase) -> Samples:
    (sound,) = recordings(service.state, phrase)
    return sound


def test_a_recording_holds_the_notice_and_both_voices(office: Office, service: ServiceProcess) -> None:
    call = office.enter(RECORDED_MAILBOX, "dialout", "8*5*2125551234")
    call.wait_for_sound()
    call.press("1")
    callee = office.trunk.wait_for_call()
    assert callee.answered.wait(5)
    callee.wait_for_sound()
    callee.wait_for_quiet(0.8)
    call.say(tone(1000, 0.5))
    callee.say(tone(1500, 0.5))
    callee.wait_for_quiet(0.3)
    callee.hang_up()
    call.hang_up()

    assert office.dialled() == ["12125551234"]
    (row,) = service.wait_for_outcome(RECORDED_MAILBOX, 1)
    assert row.announced_at is not None
    assert likeness(callee.heard(), sound_of(service, DISCLAIMER)) > 0.8
    assert likeness(callee.heard(), sound_of(service, NOTICE)) > 0.8
    recorded = read_wav(service.state / "recordings" / f"{row.recording}.wav")
    assert likeness(recorded, sound_of(service, NOTICE)) > 0.8
    assert loudness_at(1000, recorded) > 1000
    assert loudness_at(1500, recorded) > 1000


def test_whoever_hangs_up_before_the_end_of_the_notice_has_not_been_told(
    office: Office, service: ServiceProcess
) -> None:
    call = office.enter(RECORDED_MAILBOX, "dialout", "5*2125551235")
    call.wait_for_sound()
    call.press("1")
    callee = office.trunk.wait_for_call()
    assert callee.answered.wait(5)
    callee.wait_for_sound()
    callee.hang_up()
    call.wait_for_sound()
    call.hang_up()

    office.dialled()
    row = next(row for row in service.wait_for_outcome(RECORDED_MAILBOX, 1) if row.number == "+12125551235")
    assert row.announced_at is None
