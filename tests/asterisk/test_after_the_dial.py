"""What follows a dial that was not answered: every further attempt is granted on its own."""

import pytest

from tests.asterisk.kit.pbx import Office
from tests.asterisk.kit.phone import Answers, Behaviour, NeverAnswers, Refuses
from tests.asterisk.kit.service import ServiceProcess
from tests.asterisk.kit.sound import level, tone

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Refuses(486), "busy"),
        (NeverAnswers(), "no_answer"),
        (Refuses(503), "failed"),
        (Refuses(404), "failed"),
    ],
    ids=["busy", "no-answer", "no-line", "no-such-number"],
)
def test_trying_again_is_granted_again(
    office: Office, service: ServiceProcess, mailbox: str, behaviour: Behaviour, outcome: str
) -> None:
    office.trunk.behaviour = behaviour
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    office.trunk.wait_for_call()
    call.wait_for_sound()
    office.trunk.behaviour = Answers()
    call.press("1")
    second = office.trunk.wait_for_call(2)
    second.wait_until_answered()
    second.hang_up()
    call.hang_up()

    assert office.dialled() == ["12125551234", "12125551234"]
    rows = service.wait_for_outcome(mailbox, 2)
    assert [row.outcome for row in rows] == [outcome, "answered"]
    assert rows[0].grant_id != rows[1].grant_id


def test_without_the_key_there_is_no_second_attempt(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    office.trunk.behaviour = Refuses(486)
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    office.trunk.wait_for_call()
    call.wait_for_sound()
    call.press("#")
    office.server.wait_for_application("VoiceMailMain")
    call.hang_up()

    assert office.dialled() == ["12125551234"]


def test_another_number_after_a_busy_one(office: Office, service: ServiceProcess, mailbox: str) -> None:
    office.trunk.behaviour = Refuses(486)
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    office.trunk.wait_for_call()
    call.wait_for_sound()
    office.trunk.behaviour = Answers()
    call.press("23125550000#1")
    office.trunk.wait_for_call(2).wait_until_answered()
    call.hang_up()

    assert office.dialled() == ["12125551234", "13125550000"]


def test_caller_and_callee_hear_each_other(office: Office, service: ServiceProcess, mailbox: str) -> None:
    office.trunk.behaviour = Answers(0.5)
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_for_sound()
    call.press("1")
    trunk_call = office.trunk.wait_for_call()
    trunk_call.wait_until_answered()
    call.say(tone(600, 0.5))
    trunk_call.wait_for_quiet(0.2)
    trunk_call.say(tone(900, 0.5))
    trunk_call.press("7")
    trunk_call.hang_up()
    call.hang_up()

    assert level(trunk_call.heard()) > 500
    assert call.stream.heard_keys == ["7"]
    assert office.dialled() == ["12125551234"]
