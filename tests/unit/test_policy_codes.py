"""Feature codes: which a mailbox may key, and the one that calls the last number again."""

from dataclasses import replace

import pytest

from ivr_service.dialogue.events import EntryAccepted, EntryRefused
from ivr_service.dialogue.values import KnownCode, OptionCode, RefusalReason
from ivr_service.policy.asker import Asker
from ivr_service.policy.codes import known_codes
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.settings import SiteSettings
from tests.fakes.site import asker, site

LAST = "+13125550000"
OPTIONS = {
    "recording": {},
    "disclaimers": [{"id": "advice", "name": "No Advice", "text": "This is no advice."}],
    "codes": {"5*": "record", "8*": "disclaimer"},
}


def who_called(last: str | None, settings: SiteSettings | None = None) -> Asker:
    return replace(asker(settings), last_dialled=lambda: last)


def test_the_known_codes_are_those_this_mailbox_may_use_in_the_order_of_their_keys() -> None:
    settings = site(options=OPTIONS, mailbox={"recording": "allow"})
    assert known_codes(asker(settings)) == (
        KnownCode("1*", caller_id_name="Main Office"),
        KnownCode("2*", caller_id_name="Sales"),
        KnownCode("5*", option=OptionCode.RECORD),
        KnownCode("8*", option=OptionCode.DISCLAIMER),
        KnownCode("0*"),
    )
    assert [code.keys for code in known_codes(asker(settings, number="104"))] == ["1*", "8*", "0*"]


@pytest.mark.parametrize(("redial", "last"), [("9*", ["9*"]), ("", [])])
def test_the_redial_code_is_the_configured_one_or_none(redial: str, last: list[str]) -> None:
    codes = known_codes(asker(site(options={"redial_code": redial})))
    assert [code.keys for code in codes] == ["1*", "2*", *last]


@pytest.mark.parametrize(
    ("keys", "caller_id"), [("0*", None), ("0*0", None), ("2*0*", "sales"), ("2*0*0", "sales")]
)
def test_the_redial_code_stands_for_the_last_number(keys: str, caller_id: str | None) -> None:
    answer = decide_entry(keys, who_called(LAST)).answer
    assert isinstance(answer, EntryAccepted)
    assert (answer.destination.number, answer.caller_id) == (LAST, caller_id)


@pytest.mark.parametrize(
    ("keys", "last", "reason"),
    [
        ("0*", None, RefusalReason.NOTHING_TO_REDIAL),
        ("0*", "+18765551234", RefusalReason.BANNED_AREA),
        ("0*2125551234", LAST, RefusalReason.UNKNOWN_CODE),
        ("0*0*", LAST, RefusalReason.UNKNOWN_CODE),
        ("0*1*", LAST, RefusalReason.UNKNOWN_CODE),
        ("0**", LAST, RefusalReason.UNKNOWN_CODE),
    ],
)
def test_what_the_redial_code_does_not_do(keys: str, last: str | None, reason: RefusalReason) -> None:
    answer = decide_entry(keys, who_called(last)).answer
    assert isinstance(answer, EntryRefused)
    assert answer.refusal.reason is reason


def test_another_redial_code_takes_the_place_of_the_usual_one() -> None:
    settings = site(options={"redial_code": "9*"})
    assert isinstance(decide_entry("9*", who_called(LAST, settings)).answer, EntryAccepted)
    assert isinstance(decide_entry("0*", who_called(LAST, settings)).answer, EntryRefused)
    switched_off = site(options={"redial_code": ""})
    assert isinstance(decide_entry("0*", who_called(LAST, switched_off)).answer, EntryRefused)


def test_a_number_that_was_blocked_meanwhile_is_not_called_again() -> None:
    blocking = replace(who_called(LAST), is_blocked=lambda number: number == LAST)
    answer = decide_entry("0*", blocking).answer
    assert isinstance(answer, EntryRefused)
    assert answer.refusal.reason is RefusalReason.BLOCKED_NUMBER
