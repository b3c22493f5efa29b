"""Echo, noise and silence in real calls: nothing unconfirmed is dialled, and every call comes to its end."""

import numpy as np
import pytest

from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit.barge_in import without_edge
from tests.asterisk.kit.disturbance import Background, Echo
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.sound import Samples
from tests.asterisk.test_speech import recording
from tests.asterisk.test_voices import (
    NUMBER,
    asked_for_a_number,
    confirm_and_call,
    heard_to_its_end,
    in_the_menu,
)

pytestmark = pytest.mark.asterisk

DIALLED = "14745420412"
NOISY_CALLER = "number-2125550142-george"


def speech_level(samples: Samples) -> float:
    """Give the root mean square of what is above a twentieth of the peak."""
    loud = np.abs(samples.astype(float))
    return float(np.sqrt(np.mean(loud[loud > loud.max() / 20] ** 2)))


def noise_below(below_db: float) -> Background:
    """A recorded noise so far below the level of the recorded number."""
    noise = recording("held_out/noise-recorded").astype(float)
    scale = speech_level(recording(NOISY_CALLER)) * 10 ** (-below_db / 20) / np.sqrt(np.mean(noise**2))
    return Background(np.clip(noise * scale, -32768, 32767).astype(np.int16))


def test_a_prompt_is_not_taken_for_a_voice_by_its_own_echo(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = in_the_menu(office, mailbox)
    call.is_disturbed_by(Echo(below_db=20.0, delay_s=0.1))
    call.wait_for_quiet(1.5)
    assert heard_to_its_end(service, call, PromptId.MENU_HELP)
    call.press("1")
    call.wait_for_quiet(1.5)
    assert heard_to_its_end(service, call, PromptId.ASK_NUMBER_SPOKEN)
    call.wait_for_sound()  # it is asked again, and now the caller speaks over it
    call.say(without_edge(recording(NUMBER)))
    confirm_and_call(office, call)
    assert office.dialled() == [DIALLED]


@pytest.mark.parametrize("below_db", [20.0, 15.0])
def test_a_number_is_heard_in_noise_and_called_when_it_was_confirmed(
    office: Office, service: ServiceProcess, mailbox: str, below_db: float
) -> None:
    call = in_the_menu(office, mailbox)
    call.is_disturbed_by(noise_below(below_db))
    call.press("1")
    call.wait_for_quiet(0.3)
    call.say(recording(NOISY_CALLER))
    confirm_and_call(office, call)
    assert office.dialled() == ["12125550142"]


@pytest.mark.parametrize("below_db", [None, 15.0, 0.0], ids=["silence", "noise", "loud-noise"])
def test_a_caller_of_whom_only_noise_or_nothing_is_heard_can_go_on_by_keys(
    office: Office, service: ServiceProcess, mailbox: str, below_db: float | None
) -> None:
    call = asked_for_a_number(office, mailbox)
    if below_db is not None:
        call.is_disturbed_by(noise_below(below_db))
    call.wait_for_quiet(1.0)
    call.wait_for_sound(12)
    call.press("3125550000#")
    confirm_and_call(office, call)
    assert office.dialled() == ["13125550000"]
