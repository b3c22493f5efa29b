"""The service, its workers or the front end die: no one is left in silence, no call is made in error."""

import os
import signal

import pytest

from ivr_service.dialogue.phrases import Prompt
from ivr_service.dialogue.prompt_ids import PromptId
from tests.asterisk.kit import voicemail
from tests.asterisk.kit.listening import likeness
from tests.asterisk.kit.pbx import FRONT_END, OUTSIDE, Office
from tests.asterisk.kit.phone import Answers, NeverAnswers
from tests.asterisk.kit.prompts import recordings
from tests.asterisk.kit.service import ServiceProcess, child_pids, wait_until

pytestmark = pytest.mark.asterisk


def front_ends(office: Office) -> list[int]:
    """Give the processes of Asterisk that run the front end."""
    return [pid for pid in child_pids(office.server.pid) if FRONT_END.name in _command_line(pid)]


def _command_line(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def kill_front_end(office: Office) -> None:
    [pid] = front_ends(office)
    os.kill(pid, signal.SIGKILL)


def test_a_stopped_service_is_apologised_for(office: Office, service: ServiceProcess, mailbox: str) -> None:
    service.stop()
    call = office.enter(mailbox, "callback", "2125551234")
    call.press("1")
    call.wait_until_over()

    [apology] = recordings(service.state, Prompt(PromptId.APOLOGY))
    assert likeness(call.heard(), apology) > 0.9
    office.assert_nothing_was_dialled()


def test_a_stopped_service_is_apologised_for_in_a_real_call_back(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    service.stop()
    voicemail.leave_message(office.server.spool, mailbox, "2125551234")
    call = office.phone(mailbox).call("*96", office.server.address)
    call.wait_until_answered()
    call.press(f"{voicemail.CALL_BACK}1")
    call.wait_until_over()

    office.assert_nothing_was_dialled()


def test_a_message_from_an_emergency_number_is_called_back_from_inside_without_the_service(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    service.stop()
    voicemail.leave_message(office.server.spool, mailbox, '"Dispatch" <911>')
    call = office.phone(mailbox).call("*96", office.server.address)
    call.wait_until_answered()
    call.press(voicemail.CALL_BACK)
    office.trunk.wait_for_call().wait_until_answered()
    call.hang_up()

    assert office.dialled() == ["911"]
    assert office.trunk.invites[0].shown.user == mailbox


@pytest.mark.parametrize("number", ["911", "9911", "1911", "988"])
def test_from_outside_a_message_from_an_emergency_number_gets_the_apology_of_a_stopped_service(
    office: Office, service: ServiceProcess, mailbox: str, number: str
) -> None:
    service.stop()
    call = office.enter(mailbox, "callback", number, OUTSIDE)
    call.wait_until_over()

    [apology] = recordings(service.state, Prompt(PromptId.APOLOGY))
    assert likeness(call.heard(), apology) > 0.9
    office.assert_nothing_was_dialled()


def test_a_service_that_stops_in_mid_call_ends_the_call(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    service.stop()
    call.press("1")
    call.wait_until_over()

    office.assert_nothing_was_dialled()


def test_a_call_goes_on_after_the_service_was_killed_and_started_again(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("4")
    call.wait_for_sound()
    service.kill()
    service.start()
    call.press("21")
    trunk_call = office.trunk.wait_for_call()
    trunk_call.wait_until_answered()
    trunk_call.hang_up()
    call.hang_up()

    assert office.dialled() == ["12125551234"]
    assert office.trunk.invites[0].shown.name == "Sales"
    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["answered"]


def test_a_key_pressed_while_the_service_is_away_counts_when_it_is_back(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    service.kill_workers()
    call.press("1")
    office.trunk.wait_for_call().hang_up()
    call.hang_up()

    assert office.dialled() == ["12125551234"]
    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["answered"]


def test_a_service_killed_while_they_talk_learns_how_it_ended(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    trunk_call.wait_until_answered()
    service.kill()
    service.start()
    trunk_call.hang_up()
    call.wait_for_sound()
    call.press("*")
    office.server.wait_for_application("VoiceMailMain")
    call.hang_up()

    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["answered"]
    assert office.dialled() == ["12125551234"]


def test_a_service_that_dies_while_it_rings_lets_the_call_through_and_dials_no_other(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    office.trunk.behaviour = NeverAnswers()
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    service.kill()
    office.trunk.answer(trunk_call)
    trunk_call.hang_up()
    call.wait_until_over()

    assert office.dialled() == ["12125551234"]


def test_a_front_end_killed_in_a_prompt_is_reported_and_dials_nothing(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    kill_front_end(office)
    call.press("1")
    call.wait_until_over()

    office.assert_nothing_was_dialled()
    service.wait_for_the_end(mailbox)


def test_a_front_end_killed_while_it_rings_still_leads_to_a_known_outcome(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    office.trunk.behaviour = NeverAnswers()
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    kill_front_end(office)
    call.hang_up()

    trunk_call.wait_until_over()
    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["cancelled"]
    assert office.dialled() == ["12125551234"]


def test_a_front_end_killed_while_they_talk_still_leads_to_a_known_outcome(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    office.trunk.behaviour = Answers()
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    trunk_call.wait_until_answered()
    kill_front_end(office)
    trunk_call.hang_up()
    call.wait_until_over()

    assert [row.outcome for row in service.wait_for_outcome(mailbox)] == ["answered"]
    assert office.dialled() == ["12125551234"]


def test_no_front_end_is_left_behind(office: Office, service: ServiceProcess, mailbox: str) -> None:
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    assert len(front_ends(office)) == 1
    call.hang_up()

    wait_until(lambda: front_ends(office) == [], "the front end has ended")
