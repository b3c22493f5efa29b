"""The dialplan alone: what reaches the front end, and what happens when there is none or when it dies."""

import json
import time
from pathlib import Path

import pytest

from tests.asterisk.kit import voicemail
from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.pbx import INSIDE, NAMED_MAILBOX, OUTSIDE, PASSWORD, Office
from tests.asterisk.kit.phone import Answers, NeverAnswers
from tests.asterisk.kit.sound import level

pytestmark = pytest.mark.asterisk

STAND_IN = Path(__file__).with_name("stand_in.py")
VOICEMAIL_FROM_OUTSIDE = "2025550177"


class StandIn:
    """The stand-in front end of one office."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._dir = office.server.run_dir
        self.behave("leave")
        (self._dir / "notes").unlink(missing_ok=True)
        office.install_front_end(STAND_IN)

    def behave(self, how: str) -> None:
        (self._dir / "behaviour").write_text(how, "utf-8")

    def arrivals(self) -> list[dict[str, str]]:
        notes = self._dir / "notes"
        return [json.loads(line) for line in notes.read_text("utf-8").splitlines()] if notes.exists() else []

    def wait_for_arrivals(self, count: int) -> list[dict[str, str]]:
        deadline = time.monotonic() + 15
        while len(self.arrivals()) < count:
            assert time.monotonic() < deadline, f"only {self.arrivals()} reached the front end"
            time.sleep(0.05)
        return self.arrivals()


@pytest.fixture
def stand_in(office: Office) -> StandIn:
    return StandIn(office)


def call_answered(office: Office, shown_number: str, number: str) -> SipCall:
    call = office.phone(shown_number).call(number, office.server.address)
    call.wait_until_answered()
    return call


def call_mail(office: Office, mailbox: str, keys: str, sender: str = '"Jane" <2125551234>') -> SipCall:
    voicemail.leave_message(office.server.spool, mailbox, sender)
    call = call_answered(office, mailbox, "*96")
    call.press(keys)
    return call


@pytest.mark.parametrize(
    ("sender", "arrives"),
    [
        ('"Jane" <2125551234>', "2125551234"),
        ('"Jane" <+12125551234>', "+12125551234"),
        ('"Anonymous" <anonymous>', "anonymous"),
        ('"Evil" <sip:x@evil>', "sip:x@evil"),
        ('"Dashes" <1-212-555-1234>', "1-212-555-1234"),
        ('"Comma" <212,555>', "212,555"),
    ],
)
def test_comedian_mail_brings_the_senders_number_as_it_is(
    office: Office, stand_in: StandIn, mailbox: str, sender: str, arrives: str
) -> None:
    call = call_mail(office, mailbox, voicemail.CALL_BACK, sender)
    call.wait_until_over()

    arrived = stand_in.arrivals()[0]
    assert (arrived["kind"], arrived["extension"]) == ("callback", arrives)
    assert (arrived["IVR_MAILBOX"], arrived["IVR_CONTEXT"], arrived["IVR_ORIGIN"]) == (
        mailbox,
        "default",
        "inside",
    )
    office.assert_nothing_was_dialled()


@pytest.mark.parametrize(
    ("keys", "arrives"), [("2125551234#", "2125551234"), ("21*55#", "21*55"), ("7#", "7")]
)
def test_comedian_mail_brings_the_number_to_dial(
    office: Office, stand_in: StandIn, mailbox: str, keys: str, arrives: str
) -> None:
    call = call_mail(office, mailbox, voicemail.dial_out(keys))
    call.wait_until_over()

    arrived = stand_in.arrivals()[0]
    assert (arrived["kind"], arrived["extension"]) == ("dial_out", arrives)


@pytest.mark.parametrize("kind", ["callback", "dialout"])
@pytest.mark.parametrize(
    "text",
    [
        "7",
        "#",
        "*",
        "+",
        "0#",
        "2*1*5551234",
        "(212) 555-1234",
        "1-212-555(1234)",
        'a"b',
    ],
)
def test_whatever_arrives_reaches_the_front_end(
    office: Office, stand_in: StandIn, kind: str, text: str
) -> None:
    call = office.enter("1000", kind, text)
    call.wait_until_over()

    assert [arrived["extension"] for arrived in stand_in.arrivals()] == [text]


@pytest.mark.parametrize("text", ["i", "x", "s", "t", '"', ")", "$", "&", "é", " 5"])
def test_what_no_pattern_takes_reaches_the_front_end_as_invalid(
    office: Office, stand_in: StandIn, text: str
) -> None:
    call = office.enter("1000", "dialout", text)
    call.wait_until_over()

    assert [arrived["extension"] for arrived in stand_in.arrivals()] == ["i"]
    office.assert_nothing_was_dialled()


def test_a_number_that_is_called_h_ends_the_call(office: Office, stand_in: StandIn, mailbox: str) -> None:
    call = call_mail(office, mailbox, voicemail.CALL_BACK, '"H" <h>')
    call.wait_until_over()

    assert stand_in.arrivals() == []


@pytest.mark.parametrize(
    ("number", "headers", "origin"), [("*98", INSIDE, "inside"), (VOICEMAIL_FROM_OUTSIDE, OUTSIDE, "outside")]
)
def test_the_mailbox_is_the_one_whose_password_was_given(
    stand_in: StandIn, mailbox: str, number: str, headers: tuple[tuple[str, str], ...], origin: str
) -> None:
    office = stand_in.office
    voicemail.leave_message(office.server.spool, mailbox, "2125551234")
    call = office.phone("3125550123", headers).call(number, office.server.address)
    call.wait_until_answered()
    call.press(f"{mailbox}#{PASSWORD}#")
    office.server.wait_for_application("VoiceMailMain")
    call.press(voicemail.CALL_BACK)
    call.wait_until_over()

    arrived = stand_in.arrivals()[0]
    assert (arrived["IVR_MAILBOX"], arrived["IVR_ORIGIN"]) == (mailbox, origin)


def test_a_wrong_password_never_reaches_the_front_end(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    call = call_answered(office, "3125550123", "*98")
    call.press(f"{mailbox}#9999#" * 3)
    call.wait_until_over(30)

    assert stand_in.arrivals() == []
    office.assert_nothing_was_dialled()


def test_the_own_mailbox_asks_for_its_password(office: Office, stand_in: StandIn, mailbox: str) -> None:
    voicemail.leave_message(office.server.spool, mailbox, "2125551234")
    call = call_answered(office, mailbox, "*97")
    call.press(f"{PASSWORD}#{voicemail.CALL_BACK}")
    call.wait_until_over()

    assert [arrived["IVR_MAILBOX"] for arrived in stand_in.arrivals()] == [mailbox]


@pytest.mark.parametrize(
    ("number", "presented"),
    [
        ("*97", "{mailbox},s"),
        ("*97", "{mailbox}%40default,s"),
        ("*97", "{mailbox}%22"),
        ("*96", "{mailbox},s"),
        ("*95", "{mailbox}"),
    ],
)
def test_a_mailbox_name_with_more_in_it_than_a_name_opens_no_mailbox(
    office: Office, stand_in: StandIn, mailbox: str, number: str, presented: str
) -> None:
    voicemail.leave_message(office.server.spool, mailbox, "2125551234")
    call = call_answered(office, presented.format(mailbox=mailbox), number)
    office.server.wait_for_application("VMAuthenticate")
    call.press(f"{voicemail.CALL_BACK}#9999#" * 3)
    call.wait_until_over(30)

    assert stand_in.arrivals() == []
    office.assert_nothing_was_dialled()


def test_a_mailbox_name_with_more_in_it_than_a_name_is_not_gone_back_to(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    stand_in.behave("back to the mailbox")
    call = office.enter(f"{mailbox},s", "callback", "2125551234")
    call.wait_until_over(3)

    assert len(stand_in.arrivals()) == 1


def test_a_mailbox_may_have_a_name_instead_of_a_number(office: Office, stand_in: StandIn) -> None:
    call = call_mail(office, NAMED_MAILBOX, voicemail.CALL_BACK)
    call.wait_until_over()

    assert [arrived["IVR_MAILBOX"] for arrived in stand_in.arrivals()] == [NAMED_MAILBOX]


def test_the_caller_can_go_back_to_the_messages_and_call_again(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    stand_in.behave("back to the mailbox")
    call = call_mail(office, mailbox, voicemail.CALL_BACK)
    stand_in.wait_for_arrivals(1)
    office.server.wait_for_application("VoiceMailMain")
    call.press(voicemail.dial_out("2125550000#"))

    arrivals = stand_in.wait_for_arrivals(2)
    assert [arrived["kind"] for arrived in arrivals] == ["callback", "dial_out"]
    assert [arrived["IVR_MAILBOX"] for arrived in arrivals] == [mailbox, mailbox]
    assert arrivals[1]["IVR_RESULT"] == ""


def test_without_an_opened_mailbox_there_is_no_way_back_into_one(office: Office, stand_in: StandIn) -> None:
    stand_in.behave("back to the mailbox")
    call = call_answered(office, "1000", "forged-5")
    call.wait_until_over(3)

    assert len(stand_in.arrivals()) == 1


def test_variables_from_elsewhere_are_forgotten(office: Office, stand_in: StandIn) -> None:
    call = call_answered(office, "1000", "forged-5")
    call.wait_until_over()

    arrived = stand_in.arrivals()[0]
    assert (arrived["IVR_CALL_ID"], arrived["IVR_RESULT"], arrived["IVR_MAILBOX"]) == ("", "", "")


def test_without_a_front_end_the_caller_hears_an_apology(office: Office, mailbox: str) -> None:
    office.install_front_end(None)
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_until_over()

    assert level(call.heard()) > 100
    office.assert_nothing_was_dialled()


def test_a_front_end_that_cannot_be_run_is_as_good_as_none(
    office: Office, mailbox: str, tmp_path: Path
) -> None:
    not_executable = tmp_path / "feature-menu.eagi"
    not_executable.write_text("#!/bin/sh\n", "utf-8")
    office.install_front_end(not_executable)
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_until_over()

    assert level(call.heard()) > 100
    office.assert_nothing_was_dialled()


def test_a_crashed_front_end_is_apologised_for_and_reported(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    stand_in.behave("crash")
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_until_over()

    arrivals = stand_in.wait_for_arrivals(2)
    assert level(call.heard()) > 100
    assert [arrived["kind"] for arrived in arrivals] == ["callback", "hangup"]
    assert arrivals[1]["IVR_CALL_ID"] == "0123456789abcdef0123456789abcdef"
    office.assert_nothing_was_dialled()


def test_what_was_reported_is_not_reported_again(office: Office, stand_in: StandIn, mailbox: str) -> None:
    stand_in.behave("crash after reporting")
    call = office.enter(mailbox, "callback", "2125551234")
    call.wait_until_over()

    office.server.wait_until_idle()
    assert [arrived["kind"] for arrived in stand_in.arrivals()] == ["callback"]


def test_a_crash_after_a_dial_is_reported_with_how_the_dial_ended(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    stand_in.behave("crash after a dial")
    office.trunk.behaviour = Answers()
    call = office.enter(mailbox, "callback", "2125551234")
    trunk_call = office.trunk.wait_for_call()
    trunk_call.wait_until_answered()
    trunk_call.hang_up()
    call.wait_until_over()

    reported = stand_in.wait_for_arrivals(2)[1]
    assert (reported["kind"], reported["IVR_GRANT"], reported["DIALSTATUS"]) == ("hangup", "feed", "ANSWER")


def test_a_caller_who_hangs_up_on_a_silent_front_end_is_reported(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    stand_in.behave("sleep")
    call = office.enter(mailbox, "callback", "2125551234")
    stand_in.wait_for_arrivals(1)
    call.hang_up()

    assert [arrived["kind"] for arrived in stand_in.wait_for_arrivals(2)] == ["callback", "hangup"]
    office.assert_nothing_was_dialled()


@pytest.mark.parametrize(("keys", "dialled"), [("911", "911"), ("988", "988")])
def test_a_phone_inside_reaches_help_from_the_mailbox_when_nothing_else_works(
    office: Office, mailbox: str, keys: str, dialled: str
) -> None:
    office.install_front_end(None)
    call = call_mail(office, mailbox, voicemail.dial_out(f"{keys}#"))
    office.trunk.wait_for_call().wait_until_answered()
    call.hang_up()

    assert office.dialled() == [dialled]
    assert office.trunk.invites[0].shown.user == mailbox


@pytest.mark.parametrize("kind", ["callback", "dialout"])
@pytest.mark.parametrize(
    ("number", "dialled"), [("911", "911"), ("9911", "911"), ("1911", "911"), ("988", "988")]
)
def test_a_phone_inside_reaches_help_under_every_number_for_it(
    office: Office, mailbox: str, kind: str, number: str, dialled: str
) -> None:
    office.install_front_end(None)
    call = office.enter(mailbox, kind, number)
    office.trunk.wait_for_call().wait_until_answered()
    call.hang_up()

    assert office.dialled() == [dialled]
    assert office.trunk.invites[0].shown.user == mailbox


def test_an_emergency_number_from_outside_goes_to_the_front_end(
    office: Office, stand_in: StandIn, mailbox: str
) -> None:
    call = office.phone("3125550123", OUTSIDE).call(VOICEMAIL_FROM_OUTSIDE, office.server.address)
    call.wait_until_answered()
    call.press(f"{mailbox}#{PASSWORD}#")
    office.server.wait_for_application("VoiceMailMain")
    call.press(voicemail.dial_out("911#"))
    call.wait_until_over(30)

    assert [arrived["extension"] for arrived in stand_in.arrivals()] == ["911"]
    office.assert_nothing_was_dialled()


def test_the_check_for_no_call_at_the_trunk_can_fail(office: Office, mailbox: str) -> None:
    office.trunk.behaviour = NeverAnswers()
    call = call_answered(office, mailbox, "plain")
    call.press("1")
    office.trunk.wait_for_call()
    call.hang_up()

    with pytest.raises(AssertionError, match="nobody permitted"):
        office.assert_nothing_was_dialled()
