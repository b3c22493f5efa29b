"""Calls that are recorded or begin with a disclaimer: who hears what and when, and what is in the file."""

import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness, loudness_at
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import NeverAnswers
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.site import ALWAYS_RECORDED_MAILBOX, RECORDED_MAILBOX, write_recording_options
from tests.asterisk.kit.sound import FRAME_SAMPLES, RATE_HZ, Samples, peak, tone

pytestmark = pytest.mark.asterisk

NOTICE = Prompt(PromptId.RECORDING_NOTICE)
PAUSED = Prompt(PromptId.RECORDING_PAUSED)
GOES_ON = Prompt(PromptId.RECORDING_GOES_ON)
ENDS_SOON = Prompt(PromptId.RECORDED_CALL_ENDS_SOON)
REFUSED = Prompt(PromptId.RECORDING_REFUSED)
DISCLAIMER = SpokenName("Nothing said in this call is legal advice.")
DISCLAIMER_TO_BOTH = SpokenName("A trainee is listening to learn how we work.")
LOUD = 1000
"""A tone of these tests is louder than this where it is heard, and speech has less of it at any one pitch."""


def sound_of(service: ServiceProcess, phrase: Phrase) -> Samples:
    (sound,) = recordings(service.state, phrase)
    return sound


def in_a_recording(samples: Samples) -> Samples:
    """What a recording surely has of a prompt that begins the call.

    MixMonitor begins with the first frame that it has when it looks, and may miss the one before (20 ms).
    """
    return samples[2 * FRAME_SAMPLES :]


def tones_in(samples: Samples) -> set[int]:
    """Which of the tones that these tests use are in it."""
    return {pitch for pitch in (1000, 1200, 1500, 1800, 2300, 2700) if loudness_at(pitch, samples) > LOUD}


def read_channels(path: Path) -> list[Samples]:
    """The channels of a WAV file, which must be whole: what its header says is what there is."""
    with wave.open(str(path), "rb") as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, RATE_HZ)
        channels, frames = file.getnchannels(), file.getnframes()
        samples = np.frombuffer(file.readframes(frames), dtype="<i2")
    assert path.stat().st_size == 44 + 2 * channels * frames
    return list(samples.reshape(-1, channels).T)


def files_of(service: ServiceProcess, name: str | None) -> list[Path]:
    assert name is not None
    return sorted((service.state / "recordings").glob(f"*{name}*"))


def dial(office: Office, entry: str, mailbox: str = RECORDED_MAILBOX) -> tuple[SipCall, SipCall]:
    """Call, press the key that calls, and come to where the called side is told what it must hear."""
    call = office.enter(mailbox, "dialout", entry)
    call.wait_for_sound()
    call.press("1")
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    callee.wait_for_sound()
    return call, callee


def talk(call: SipCall, callee: SipCall, call_hz: int, callee_hz: int) -> None:
    call.say(tone(call_hz, 0.3))
    callee.say(tone(callee_hz, 0.3))
    time.sleep(0.2)


def press_pause(call: SipCall) -> None:
    """Press the key, and wait for the end of what answers it."""
    call.press("*5", gap_s=0.1)
    call.wait_for_sound()
    call.wait_for_quiet(0.4)


def assert_nothing_is_left(office: Office, service: ServiceProcess) -> None:
    """Nobody is in a call, and no dial counts as open."""
    office.server.wait_until_idle()
    for mailbox in (RECORDED_MAILBOX, ALWAYS_RECORDED_MAILBOX):
        assert all(row.outcome is not None for row in service.audit(mailbox) if row.allowed)


def test_a_recording_holds_the_notice_and_both_voices(office: Office, service: ServiceProcess) -> None:
    call, callee = dial(office, "8*5*2125551234")
    callee.wait_for_quiet(0.8)
    talk(call, callee, 1000, 1500)
    callee.hang_up()
    call.hang_up()

    assert office.dialled() == ["12125551234"]
    row = service.wait_for_recording(RECORDED_MAILBOX, "+12125551234")
    assert row.announced_at is not None
    assert row.recording_state == "kept"
    assert likeness(callee.heard(), sound_of(service, DISCLAIMER)) > 0.8
    assert likeness(callee.heard(), sound_of(service, NOTICE)) > 0.8
    (path,) = files_of(service, row.recording)
    (recorded,) = read_channels(path)
    assert likeness(recorded, in_a_recording(sound_of(service, NOTICE))) > 0.8
    assert tones_in(recorded) == {1000, 1500}
    assert_nothing_is_left(office, service)


def test_whoever_hangs_up_before_the_end_of_the_notice_has_not_been_told(
    office: Office, service: ServiceProcess
) -> None:
    call, callee = dial(office, "5*2125551235")
    callee.hang_up()
    call.wait_for_sound()
    call.hang_up()

    assert_nothing_is_left(office, service)
    row = service.wait_for_recording(RECORDED_MAILBOX, "+12125551235")
    assert row.announced_at is None


def test_a_disclaimer_is_heard_by_both_before_they_hear_each_other(
    office: Office, service: ServiceProcess
) -> None:
    call = office.enter(RECORDED_MAILBOX, "dialout", "2125551236")
    call.wait_for_sound()
    call.press("52")  # call options, disclaimer
    call.press("2")  # the second of two
    call.press("*1")
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    callee.wait_for_sound()
    call.say(tone(1000, 0.8))
    callee.say(tone(1500, 0.8))
    callee.wait_for_quiet(0.8)
    talk(call, callee, 1200, 1800)
    call.hang_up()

    assert office.dialled() == ["12125551236"]
    disclaimer = sound_of(service, DISCLAIMER_TO_BOTH)
    assert likeness(callee.heard(), disclaimer) > 0.8
    assert likeness(call.heard(), disclaimer) > 0.8
    assert likeness(callee.heard(), disclaimer[-10400:]) > 0.8, "the end of it was cut off"
    assert tones_in(callee.heard()) == {1200}
    assert tones_in(call.heard()) == {1800}
    assert_nothing_is_left(office, service)


def test_what_is_said_during_a_pause_is_not_recorded(office: Office, service: ServiceProcess) -> None:
    call, callee = dial(office, "5*2125551237")
    callee.wait_for_quiet(0.8)
    talk(call, callee, 1000, 1500)
    paused_at = time.monotonic()
    press_pause(call)
    talk(call, callee, 2300, 2700)
    press_pause(call)
    talk(call, callee, 1200, 1800)
    press_pause(call)
    call.hang_up()  # while it is paused again

    assert_nothing_is_left(office, service)
    row = service.wait_for_recording(RECORDED_MAILBOX, "+12125551237")
    assert row.recording_state == "kept"
    (path,) = files_of(service, row.recording)
    (recorded,) = read_channels(path)
    assert tones_in(recorded) == {1000, 1500, 1200, 1800}
    assert likeness(call.heard(), sound_of(service, PAUSED)) > 0.8
    assert likeness(call.heard(), sound_of(service, GOES_ON)) > 0.8
    assert tones_in(callee.heard(paused_at)) == {2300, 1200}, "the pause is of the recording, not of the call"
    assert likeness(callee.heard(paused_at), sound_of(service, PAUSED)) < 0.6


@pytest.mark.parametrize("moment", ["while it rings", "during the notice"])
def test_a_caller_who_hangs_up_early_leaves_nothing_behind(
    office: Office, service: ServiceProcess, moment: str
) -> None:
    number = {"while it rings": "2125551238", "during the notice": "2125551239"}[moment]
    if moment == "while it rings":
        office.trunk.behaviour = NeverAnswers()
    call = office.enter(RECORDED_MAILBOX, "dialout", f"5*{number}")
    call.wait_for_sound()
    call.press("1")
    callee = office.trunk.wait_for_call()
    if moment == "during the notice":
        callee.wait_for_sound()
    call.hang_up()

    assert_nothing_is_left(office, service)
    row = service.wait_for_recording(RECORDED_MAILBOX, f"+1{number}")
    assert row.announced_at is None
    if row.recording_state == "needless":
        assert files_of(service, row.recording) == []
    else:
        assert (moment, row.recording_state) == ("during the notice", "kept")
        (path,) = files_of(service, row.recording)
        assert len(read_channels(path)) == 1


@pytest.fixture
def folder_that_is_none(service: ServiceProcess) -> Iterator[Path]:
    """Put a file where Asterisk would record to, which no rights can make up for."""
    folder = service.state / "recordings"
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.touch()
    yield folder
    folder.unlink()
    aside.rename(folder)


def test_a_call_that_asterisk_cannot_record_goes_on_and_is_not_said_to_be_recorded(
    office: Office, service: ServiceProcess, folder_that_is_none: Path
) -> None:
    call, callee = dial(office, "2125551240", ALWAYS_RECORDED_MAILBOX)
    callee.wait_for_quiet(0.8)
    talk(call, callee, 1000, 1500)
    callee.hang_up()
    call.hang_up()

    assert_nothing_is_left(office, service)
    assert tones_in(callee.heard()) == {1000}
    assert tones_in(call.heard()) == {1500}
    row = service.wait_for_recording(ALWAYS_RECORDED_MAILBOX, "+12125551240")
    assert row.recording_state == "lost"
    assert "a call was not recorded" in service.log()


@pytest.fixture
def stereo(service: ServiceProcess) -> Iterator[None]:
    yield from other_options(
        service, 'layout = "stereo"', "beep_s = 2", "max_length_s = 40", "min_free_mb = 0"
    )


@pytest.fixture
def full_disk(service: ServiceProcess) -> Iterator[None]:
    yield from other_options(service, "min_free_mb = 100000000")


def other_options(service: ServiceProcess, *lines: str) -> Iterator[None]:
    """Let the service run with these lines in [recording], then as before."""
    write_recording_options(service.site, *lines)
    service.reload()
    yield
    write_recording_options(service.site)
    service.reload()


@pytest.mark.usefixtures("stereo")
def test_in_stereo_the_user_is_left_and_the_others_are_right_with_beeps_and_a_longest_time(
    office: Office, service: ServiceProcess
) -> None:
    call, callee = dial(office, "5*2125551241")
    time.sleep(2)  # until the end of the notice; with the beeps it is never quiet for long
    began = time.monotonic()
    talk(call, callee, 1000, 1500)
    call.press("*5", gap_s=0.1)
    time.sleep(1.8)
    talk(call, callee, 2300, 2700)
    call.press("*5", gap_s=0.1)
    time.sleep(2)
    goes_on_from = time.monotonic()
    time.sleep(2.5)
    quiet_until = time.monotonic()
    talk(call, callee, 1200, 1800)
    while likeness(call.heard(began), sound_of(service, ENDS_SOON)) < 0.8:
        assert time.monotonic() - began < 20, "nobody said that the call ends soon"
        time.sleep(0.5)
    call.press("*5", gap_s=0.1)
    time.sleep(1.8)
    callee.hang_up()  # while it is paused again
    call.hang_up()

    assert_nothing_is_left(office, service)
    heard_in_the_quiet = callee.heard(goes_on_from)[: int(RATE_HZ * (quiet_until - goes_on_from))]
    assert peak(heard_in_the_quiet) > 500, "no beep was heard"
    row = service.wait_for_recording(RECORDED_MAILBOX, "+12125551241")
    (path,) = files_of(service, row.recording)
    user, others = read_channels(path)
    assert tones_in(user) == {1000, 1200}
    assert tones_in(others) == {1500, 1800}
    assert likeness(others, in_a_recording(sound_of(service, NOTICE))) > 0.8


@pytest.mark.usefixtures("full_disk")
def test_with_a_full_disk_the_caller_is_told_and_the_call_goes_on(
    office: Office, service: ServiceProcess
) -> None:
    call = office.enter(ALWAYS_RECORDED_MAILBOX, "dialout", "2125551242")
    call.wait_for_sound()
    call.press("1")
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    time.sleep(0.3)
    talk(call, callee, 1000, 1500)
    callee.hang_up()
    call.hang_up()

    assert_nothing_is_left(office, service)
    assert likeness(call.heard(), sound_of(service, REFUSED)) > 0.8
    assert tones_in(callee.heard()) == {1000}
    row = service.wait_for_recording(ALWAYS_RECORDED_MAILBOX, "+12125551242")
    assert (row.recording_state, row.recording, row.announced_at) == ("disk-full", None, None)
    assert "a call was not recorded" in service.log()
