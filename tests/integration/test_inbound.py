"""Whether somebody who calls in is blocked, as the service answers."""

from pathlib import Path

import pytest

from ivr_service.service.messages import AskInbound
from ivr_service.store import StoreUnavailableError
from ivr_service.store.blocked_numbers import EVERYBODY, BlockedNumber
from ivr_service.web.metrics import Metrics
from tests.conftest import Site

COMPANY, OWN, ABROAD = "+12125551234", "+13125550000", "+442071838750"


@pytest.fixture
def lists(site: Site) -> Site:
    """One number is blocked for the company, one for mailbox 103, and one abroad for the company."""
    with site.database.turn() as unit:
        for number, mailbox in ((COMPANY, EVERYBODY), (OWN, "103@default"), (ABROAD, EVERYBODY)):
            unit.blocked_numbers.add(BlockedNumber(number, mailbox, "", "", site.clock.now))
    return site


def is_blocked(site: Site, number: str, mailbox: str = "", context: str = "") -> bool:
    return site.service.inbound(AskInbound(number=number, mailbox=mailbox, context=context)).blocked


@pytest.mark.parametrize(
    "number",
    [
        "2125551234",
        "12125551234",
        "+12125551234",
        "(212) 555-1234",
        "1-212-555-1234",
        "442071838750",
        "+442071838750",
        "011442071838750",
    ],
)
def test_a_blocked_caller_is_known_in_every_form_a_trunk_presents(lists: Site, number: str) -> None:
    assert is_blocked(lists, number)


@pytest.mark.parametrize(
    "number",
    [
        "2125551235",
        "5551234",
        "",
        "anonymous",
        "Restricted",
        "101",
        "911",
        "sip:+12125551234@evil",
        "2125551234x",
        "+1212555123",
        "+121255512345",
        "%",
    ],
)
def test_any_other_caller_comes_in(lists: Site, number: str) -> None:
    assert not is_blocked(lists, number)


@pytest.mark.parametrize(
    ("mailbox", "context", "expected"),
    [
        ("103", "default", True),
        ("103", "", True),
        ("", "", False),
        ("104", "default", False),
        ("103", "other", False),
        ("1003,s", "default", False),
        ("' OR 1=1 --", "default", False),
    ],
)
def test_the_list_of_a_mailbox_counts_where_the_dialplan_names_it(
    lists: Site, mailbox: str, context: str, *, expected: bool
) -> None:
    assert is_blocked(lists, "3125550000", mailbox, context) is expected
    assert is_blocked(lists, "2125551234", mailbox, context)


def test_a_store_that_cannot_answer_says_so(lists: Site, tmp_path: Path) -> None:
    (tmp_path / "ivr.sqlite").rename(tmp_path / "moved")
    with pytest.raises(StoreUnavailableError):
        is_blocked(lists, "2125551234")


def test_a_refused_call_is_counted() -> None:
    metrics = Metrics()
    metrics.inbound_refused()
    assert b"ivr_inbound_refused_total 1.0" in metrics.expose()
