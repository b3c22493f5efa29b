"""Speed dials saved by phone, with a name recorded in the call, and what follows an answered call."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenName
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit import voicemail
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.listening import likeness
from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import Answers, Refuses
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess, wait_until
from tests.asterisk.kit.sound import Samples, read_wav, tone

pytestmark = pytest.mark.asterisk

RECORDINGS = Path(__file__).parents[1] / "fixtures" / "speech"
NUMBER = "2125551234"
SAID = SpokenName("Nothing said in this call is legal advice.")
"""What the caller says for a name: speech that no menu of these calls has in it."""
SAID_AGAIN = SpokenName("A trainee is listening to learn how we work.")
SAME = 0.8
OTHER = 0.5
"""Likeness of the same speech after the telephone, and of any other (kit.listening)."""


def sound_of(service: ServiceProcess, phrase: Phrase) -> Samples:
    (sound,) = recordings(service.state, phrase)
    return sound


def end_of_menu(service: ServiceProcess) -> Samples:
    """What every menu ends with."""
    return sound_of(service, Prompt(PromptId.MENU_HELP))


def voice_files(service: ServiceProcess) -> list[Path]:
    return sorted((service.state / "recordings/voices").iterdir())


def saved(service: ServiceProcess, mailbox: str) -> dict[int, tuple[str, str | None]]:
    """What the store has in the slots of this mailbox: the number, and the recorded name."""
    query = "SELECT slot, number, recording FROM speed_dials WHERE mailbox = ?"
    with closing(sqlite3.connect(service.state / "ivr.sqlite")) as database:
        rows = database.execute(query, (f"{mailbox}@default",)).fetchall()
    return {slot: (number, recording) for slot, number, recording in rows}


def wait_for_voices(service: ServiceProcess, *voices: str | None) -> None:
    """Wait until these recordings are left and no other: the rest go just after the end is known."""
    wait_until(lambda: [path.stem for path in voice_files(service)] == list(voices), "which files are left")


def wait_for_tone(service: ServiceProcess, before: list[Path]) -> None:
    """Wait until the tone is over and a file is being written."""
    wait_until(lambda: set(voice_files(service)) - set(before) != set(), "the recording has begun", 15)


def say_name(call: SipCall, service: ServiceProcess, name: Samples) -> None:
    """Wait for the tone, and say the name."""
    wait_for_tone(service, voice_files(service))
    call.say(name)


def press_and_hear(call: SipCall, keys: str, wanted: Samples) -> Samples:
    """Press these keys, wait until this is heard, and give all that was heard meanwhile."""
    began = time.monotonic()
    call.press(keys)
    return wait_to_hear(call, began, wanted)


def wait_to_hear(call: SipCall, since: float, wanted: Samples) -> Samples:
    wait_until(lambda: likeness(call.heard(since), wanted) > SAME, "what is to be heard", 40)
    return call.heard(since)


def begin(office: Office, mailbox: str, kind: str = "callback", text: str = NUMBER) -> SipCall:
    call = office.enter(mailbox, kind, text)
    call.wait_for_sound()
    return call


def save(call: SipCall, service: ServiceProcess, slot: str, name: Samples) -> None:
    """Save the number that is chosen, by the menu."""
    call.press(f"61{slot}#")
    say_name(call, service, name)
    press_and_hear(call, "#", name)
    call.press("1")
    call.wait_for_sound()


def answered_call(office: Office, call: SipCall) -> None:
    """Call the number that is chosen; the called side answers and hangs up after a moment."""
    call.press("1")
    callee = office.trunk.wait_for_call()
    callee.wait_until_answered()
    callee.say(tone(1000, 0.4))
    callee.hang_up()


@pytest.fixture(autouse=True)
def _no_voices(service: ServiceProcess) -> None:
    """Begin without what other tests recorded."""
    for path in voice_files(service):
        path.unlink()


def test_a_name_that_is_recorded_in_the_call_is_what_its_speed_dial_is_called(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    name = sound_of(service, SAID)
    call = begin(office, mailbox)
    call.press("615#")
    say_name(call, service, name)
    assert likeness(call.heard(), name) < OTHER, "nobody says it before it was recorded"
    press_and_hear(call, "#", name)  # the caller hears the name that was recorded
    assert saved(service, mailbox) == {}

    menu = press_and_hear(call, "1", end_of_menu(service))
    assert likeness(menu, name) < OTHER, "the number of this call is still read as a number"
    [(number, voice)] = saved(service, mailbox).values()
    assert number == f"+1{NUMBER}"
    [path] = voice_files(service)
    assert path.stem == voice
    assert likeness(read_wav(path), name) > SAME

    press_and_hear(call, "3", name)  # the list of speed dials
    press_and_hear(call, "5#", name)  # the number that is read back
    press_and_hear(call, "62", name)  # the list of the own ones
    call.press("*")
    answered_call(office, call)
    call.wait_for_sound()
    call.hang_up()
    assert office.dialled() == [f"1{NUMBER}"]

    later = begin(office, mailbox, "dialout", "5")
    wait_to_hear(later, 0.0, name)
    press_and_hear(later, "6231", sound_of(service, Prompt(PromptId.SLOT_DELETED)))
    assert saved(service, mailbox) == {}
    later.hang_up()
    service.wait_for_the_end(mailbox)


def test_a_used_slot_is_replaced_only_after_a_yes_and_then_has_the_new_name(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    name, again = sound_of(service, SAID), sound_of(service, SAID_AGAIN)
    call = begin(office, mailbox)
    save(call, service, "6", name)
    first = saved(service, mailbox)

    asked = press_and_hear(call, "616#", end_of_menu(service))
    assert likeness(asked, sound_of(service, Prompt(PromptId.SLOT_TAKEN))) > SAME
    assert likeness(asked, name) > SAME, "what is in the slot"
    press_and_hear(call, "*", sound_of(service, Prompt(PromptId.NOT_SAVED)))
    assert saved(service, mailbox) == first

    call.press("616#")
    call.wait_for_sound()
    call.press("1")
    say_name(call, service, again)
    press_and_hear(call, "#", again)
    call.press("1")
    heard = press_and_hear(call, "36#", end_of_menu(service))
    assert likeness(heard, again) > SAME
    assert likeness(heard, name) < OTHER
    call.hang_up()
    service.wait_for_the_end(mailbox)
    [(_, voice)] = saved(service, mailbox).values()
    wait_for_voices(service, voice)


def test_after_a_call_that_was_answered_one_key_calls_again(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = begin(office, mailbox)
    answered_call(office, call)
    heard = wait_to_hear(call, 0.0, sound_of(service, Prompt(PromptId.MENU_CALL_AGAIN)))
    assert likeness(heard, sound_of(service, Prompt(PromptId.ENDED_ANSWERED))) > SAME
    call.press("1")
    office.trunk.wait_for_call(2).hang_up()
    call.wait_for_sound()
    call.hang_up()

    assert office.dialled() == [f"1{NUMBER}"] * 2
    rows = service.wait_for_outcome(mailbox, 2)
    assert [row.outcome for row in rows] == ["answered"] * 2
    assert rows[0].grant_id != rows[1].grant_id


def test_a_number_that_is_said_after_an_answered_call_is_understood(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    """Dial leaves the caller's voice in the trunk's format (agi.voice_format)."""
    call = begin(office, mailbox)
    answered_call(office, call)
    call.wait_for_sound()
    asked_spoken = sound_of(service, Prompt(PromptId.ASK_NUMBER_SPOKEN))
    press_and_hear(call, "2", asked_spoken)
    call.wait_for_quiet(0.5)
    began = time.monotonic()
    call.say(read_wav(RECORDINGS / "number-2125550142-george.wav"))
    wait_to_hear(call, began, sound_of(service, Prompt(PromptId.MENU_CONFIRM)))
    call.press("11")
    office.trunk.wait_for_call(2).hang_up()
    call.hang_up()
    assert office.dialled() == [f"1{NUMBER}", "12125550142"]


def test_the_number_that_was_just_called_is_saved(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    name = sound_of(service, SAID)
    call = begin(office, mailbox)
    answered_call(office, call)
    call.wait_for_sound()
    call.press("37#")
    say_name(call, service, name)
    press_and_hear(call, "#", name)
    call.press("1")
    press_and_hear(call, "37#", name)  # the own slot 7 comes before the company's
    call.hang_up()
    service.wait_for_the_end(mailbox)
    assert saved(service, mailbox)[7][0] == f"+1{NUMBER}"


def test_who_says_nothing_after_an_answered_call_is_soon_back_at_the_messages(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = begin(office, mailbox)
    answered_call(office, call)
    wait_to_hear(call, time.monotonic(), end_of_menu(service))
    began = time.monotonic()
    office.server.wait_for_application("VoiceMailMain", 20)
    assert time.monotonic() - began < 8  # the end of the prompt, 3 s, "back to your messages", and some slack
    call.hang_up()
    assert office.dialled() == [f"1{NUMBER}"]


def test_who_hangs_up_after_an_answered_call_leaves_nothing(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = begin(office, mailbox)
    answered_call(office, call)
    call.hang_up()
    assert office.dialled() == [f"1{NUMBER}"]
    service.wait_for_the_end(mailbox)
    assert [row.outcome for row in service.audit(mailbox)] == ["answered"]


@pytest.mark.parametrize("kind", ["dialout", "mail", "entered"])
def test_the_last_number_is_called_again_by_its_code(
    office: Office, service: ServiceProcess, mailbox: str, kind: str
) -> None:
    office.trunk.behaviour = Refuses(486)
    first = begin(office, mailbox, "dialout", f"2*{NUMBER}")
    first.press("1")
    office.trunk.wait_for_call()
    first.wait_for_sound()
    first.hang_up()
    office.trunk.behaviour = Answers()

    match kind:
        case "dialout":
            call = begin(office, mailbox, "dialout", "0*")
        case "entered":
            call = begin(office, mailbox, "dialout", "0")
            call.press("10*#")
        case _:
            # Comedian Mail takes a star at the end for a change of mind, so the menu's zero stands behind it.
            voicemail.leave_message(office.server.spool, mailbox, '"Jane" <3125550000>')
            call = office.phone(mailbox).call("*96", office.server.address)
            call.wait_until_answered()
            call.press(voicemail.dial_out("0*0#"))
            wait_until(lambda: "EAGI" in office.server.command_line("core show channels"), "the menu", 20)
    call.wait_for_sound()
    call.press("1")
    callee = office.trunk.wait_for_call(2)
    callee.wait_until_answered()
    callee.hang_up()
    call.hang_up()
    assert office.dialled() == [f"1{NUMBER}"] * 2


@pytest.mark.parametrize(
    "keys", ["61", "617", "617#", "6101#", "37#"], ids=lambda keys: f"after-pressing-{keys}"
)
def test_who_hangs_up_while_saving_has_saved_nothing(
    office: Office, service: ServiceProcess, mailbox: str, keys: str
) -> None:
    call = begin(office, mailbox)
    call.press(keys)
    call.wait_for_sound()
    call.hang_up()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(mailbox)
    assert saved(service, mailbox) == {}
    wait_for_voices(service)


@pytest.mark.parametrize("until", ["the tone", "the name", "the key", "the question"])
def test_who_hangs_up_in_the_name_leaves_no_file(
    office: Office, service: ServiceProcess, mailbox: str, until: str
) -> None:
    name = sound_of(service, SAID)
    call = begin(office, mailbox)
    call.press("615#")
    wait_for_tone(service, [])
    if until != "the tone":
        call.say(name)
    if until in ("the key", "the question"):
        call.press("#")
    if until == "the question":
        call.wait_for_sound()
    call.hang_up()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(mailbox)
    assert saved(service, mailbox) == {}
    wait_for_voices(service)


@pytest.mark.parametrize("keys", ["", "62", "623", "6231", "615#", "615#2", "35#"])
def test_who_hangs_up_with_a_speed_dial_keeps_it_unless_it_was_deleted(
    office: Office, service: ServiceProcess, mailbox: str, keys: str
) -> None:
    call = begin(office, mailbox)
    save(call, service, "5", sound_of(service, SAID))
    before = saved(service, mailbox)
    [(slot, (_, voice))] = before.items()
    assert slot == 5
    call.press(keys)
    if keys == "6231":
        wait_until(lambda: saved(service, mailbox) == {}, "it is deleted")
    call.hang_up()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(mailbox)
    assert saved(service, mailbox) == ({} if keys == "6231" else before)
    wait_for_voices(service, *(() if keys == "6231" else (voice,)))


def test_with_nothing_said_the_number_is_saved_without_a_name(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = begin(office, mailbox)
    call.press("615#")
    wait_for_tone(service, [])
    wait_to_hear(call, 0.0, sound_of(service, Prompt(PromptId.NO_NAME_HEARD)))
    call.press("3")
    wait_until(lambda: saved(service, mailbox) == {5: (f"+1{NUMBER}", None)}, "it is saved")
    call.hang_up()
    service.wait_for_the_end(mailbox)
    wait_for_voices(service)
