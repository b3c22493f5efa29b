"""Speed dials that callers make: which number may go into which slot, and how the slots are offered."""

import pytest

from ivr_service.dialogue.events import EntryAccepted, SlotChecked, SlotRefused
from ivr_service.dialogue.state import OfferedSlot
from ivr_service.dialogue.values import CallKind, Origin, RefusalReason
from ivr_service.policy.entry import decide_entry
from ivr_service.policy.slots import decide_slot, offered_own_slots
from ivr_service.store.speed_dials import StoredSpeedDial
from tests.fakes.site import EVERY_CLASS, asker, site

NUMBER = "+12125551234"


def test_a_number_that_may_be_called_may_be_saved() -> None:
    assert decide_slot(12, NUMBER, asker()) == SlotChecked(12)
    assert decide_slot(12, "104", asker()) == SlotChecked(12)


@pytest.mark.parametrize("slot", [7, 9])
def test_a_slot_of_the_site_is_hidden_and_this_is_said(slot: int) -> None:
    assert decide_slot(slot, NUMBER, asker()) == SlotChecked(slot, hides_another=True)


def test_a_slot_that_the_caller_has_used_hides_nothing_of_the_site() -> None:
    own = {12: StoredSpeedDial(12, "", NUMBER)}
    assert decide_slot(12, NUMBER, asker(own_slots=own)) == SlotChecked(12)


@pytest.mark.parametrize(
    ("slot", "number", "reason"),
    [
        (55, NUMBER, RefusalReason.SLOT_IS_EXTENSION),
        (12, "+12645551234", RefusalReason.FOREIGN_COUNTRY),
        (12, "+18095551234", RefusalReason.BANNED_AREA),
        (12, "+19005551234", RefusalReason.PREMIUM),
        (12, "911", RefusalReason.INVALID),
        (12, "", RefusalReason.WITHHELD),
    ],
)
def test_what_may_not_be_saved(slot: int, number: str, reason: RefusalReason) -> None:
    answer = decide_slot(slot, number, asker())
    assert isinstance(answer, SlotRefused)
    assert answer.refusal.reason is reason


def test_an_emergency_number_is_not_saved_from_outside_either() -> None:
    assert isinstance(decide_slot(12, "911", asker(origin=Origin.OUTSIDE)), SlotRefused)


def test_the_kind_of_call_does_not_change_how_the_number_is_read() -> None:
    """A slot is kept as a number in full, which no code or slot can be mistaken for."""
    for kind in CallKind:
        assert decide_slot(12, NUMBER, asker(kind=kind)) == SlotChecked(12)


def test_the_own_slots_are_offered_in_order_with_what_is_said_for_them() -> None:
    own = {
        30: StoredSpeedDial(30, "", NUMBER, recording="voice-1"),
        4: StoredSpeedDial(4, "", "104"),
        20: StoredSpeedDial(20, "Reception", "+442079460000"),
    }
    assert offered_own_slots(asker(own_slots=own)) == (
        OfferedSlot(4, "", ("104",)),
        OfferedSlot(20, "Reception", ("442", "079", "46", "0000")),
        OfferedSlot(30, "", ("212", "555", "1234"), "voice-1"),
    )


def test_an_own_slot_comes_before_the_company_s_and_is_called_by_its_recording() -> None:
    own = {7: StoredSpeedDial(7, "", "+13125550000", recording="voice-1")}
    answer = decide_entry("7", asker(own_slots=own)).answer
    assert isinstance(answer, EntryAccepted)
    assert (answer.destination.number, answer.destination.recording) == ("+13125550000", "voice-1")
    assert answer.destination.name is None


def test_a_saved_number_is_decided_anew_when_it_is_used() -> None:
    own = {12: StoredSpeedDial(12, "", "+18765551234")}
    generous = site(
        policy={"home_countries": ["US", "CA", "JM"], "banned_area_codes": []},
        mailbox={"allowed": EVERY_CLASS},
    )
    assert isinstance(decide_entry("12", asker(generous, own_slots=own)).answer, EntryAccepted)
    assert not isinstance(decide_entry("12", asker(own_slots=own)).answer, EntryAccepted)
