"""A blocked number is neither called nor let in, FreePBX's blacklist has it, and no other call is lost."""

import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.asterisk.kit.call import SipCall
from tests.asterisk.kit.pbx import DESK_FROM_OUTSIDE, DESK_OF_A_MAILBOX, OUTSIDE, Office
from tests.asterisk.kit.service import ServiceProcess, wait_until
from tests.asterisk.kit.site import CALLED_FROM_OUTSIDE_MAILBOX

pytestmark = pytest.mark.asterisk

BLOCKED = "2125557301"
ANYBODY = "3125550123"
CALL_REJECTED = 403


def call_in(office: Office, number: str, dialled: str = DESK_FROM_OUTSIDE) -> SipCall:
    return office.phone(number, OUTSIDE).call(dialled, office.server.address)


def assert_kept_out(office: Office, number: str, dialled: str = DESK_FROM_OUTSIDE) -> None:
    rung_before = len(office.desk.invites)
    call = call_in(office, number, dialled)
    call.wait_until_over(5)
    assert (call.status, len(office.desk.invites)) == (CALL_REJECTED, rung_before), f"{number} came in"


def assert_comes_in(office: Office, number: str, dialled: str = DESK_FROM_OUTSIDE) -> float:
    """Check that the desk is rung by this caller, and give the seconds that took."""
    count = len(office.desk.invites) + 1
    began = time.monotonic()
    call = call_in(office, number, dialled)
    office.desk.wait_for_call(count)
    call.wait_until_answered()
    call.hang_up()
    assert office.desk.invites[-1].shown.user == number
    return office.desk.invites[-1].at - began


def blacklist(office: Office) -> list[str]:
    """The keys and values of FreePBX's blacklist, as Asterisk shows them."""
    lines = office.server.command_line("database show blacklist").splitlines()
    return ["".join(line.split()) for line in lines if line.startswith("/blacklist/")]


@pytest.fixture(autouse=True)
def nothing_stays_blocked(office: Office, service: ServiceProcess) -> Iterator[None]:
    yield
    service.unblock_all()
    office.server.command_line("database deltree blacklist")


@pytest.fixture
def spam(service: ServiceProcess) -> str:
    """A number that the company has blocked."""
    service.block(f"+1{BLOCKED}")
    return BLOCKED


def test_a_number_that_is_blocked_by_phone_is_neither_called_nor_let_in_until_that_is_undone(
    office: Office, service: ServiceProcess, mailbox: str, fresh_mailboxes: Iterator[str]
) -> None:
    call = office.enter(mailbox, "callback", BLOCKED)
    call.wait_for_sound()
    call.press("631")
    wait_until(lambda: blacklist(office) == [f"/blacklist/{BLOCKED}:1"], "FreePBX knows of it")
    assert service.blocked() == [(f"+1{BLOCKED}", "", f"{mailbox}@default")]

    colleague = next(fresh_mailboxes)
    for kind in ("callback", "dialout"):
        refused = office.enter(colleague, kind, BLOCKED)
        refused.wait_for_sound()
        refused.press("1")
        refused.hang_up()
    assert [row.reason for row in service.audit(colleague)] == ["blocked-number"] * 2
    assert_kept_out(office, BLOCKED)
    assert_kept_out(office, f"+1{BLOCKED}")
    assert_comes_in(office, ANYBODY)

    call.press("1")
    wait_until(lambda: blacklist(office) == [], "FreePBX has forgotten it")
    assert service.blocked() == []
    assert_comes_in(office, BLOCKED)
    call.press("1")
    office.trunk.wait_for_call().hang_up()
    call.hang_up()
    assert office.dialled() == [f"1{BLOCKED}"]


def test_whenever_the_caller_hangs_up_the_service_and_freepbx_agree(
    office: Office, service: ServiceProcess, mailbox: str
) -> None:
    call = office.enter(mailbox, "callback", BLOCKED)
    call.wait_for_sound()
    call.press("631")
    call.hang_up()
    service.wait_for_the_end(mailbox)
    office.server.wait_until_idle()
    assert blacklist(office) == [f"/blacklist/{number[2:]}:1" for number, _, _ in service.blocked()]


def test_what_a_mailbox_has_blocked_is_kept_out_where_the_dialplan_names_it(
    office: Office, service: ServiceProcess
) -> None:
    service.block(f"+1{BLOCKED}", f"{CALLED_FROM_OUTSIDE_MAILBOX}@default")
    assert_kept_out(office, BLOCKED, DESK_OF_A_MAILBOX)
    assert_comes_in(office, BLOCKED, DESK_FROM_OUTSIDE)
    assert_comes_in(office, ANYBODY, DESK_OF_A_MAILBOX)


def test_whatever_a_caller_calls_itself_comes_in(office: Office, spam: str) -> None:
    for count, name in enumerate(("anonymous", 'x",1)&System(id)', "${SHELL(id)}"), start=1):
        call = call_in(office, quote(name, safe=""))
        office.desk.wait_for_call(count)
        call.wait_until_answered()
        call.hang_up()
    assert_kept_out(office, spam)


def test_without_a_front_end_the_call_comes_in(office: Office, spam: str) -> None:
    office.install_front_end(None)
    assert_comes_in(office, spam)


def test_a_service_that_does_not_answer_keeps_nobody_waiting(
    office: Office, service: ServiceProcess, spam: str
) -> None:
    with service.frozen():
        took_s = assert_comes_in(office, spam)
    assert took_s < 2
    assert_kept_out(office, spam)


def test_with_the_service_stopped_the_call_comes_in(
    office: Office, service: ServiceProcess, spam: str
) -> None:
    assert_kept_out(office, spam)
    service.stop()
    assert_comes_in(office, spam)
