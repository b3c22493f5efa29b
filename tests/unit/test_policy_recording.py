"""Which calls are recorded, and in which both sides are told."""

import tomllib
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from phonenumbers import geocoder

from ivr_service.dialogue.actions import RequestDial
from ivr_service.dialogue.values import CallOptions, Destination, NumberClass
from ivr_service.policy import recording
from ivr_service.policy.dialling import Permit, decide_dial
from ivr_service.policy.limits import Usage
from ivr_service.policy.recording import one_side_is_enough
from tests.fakes.clock import FakeClock
from tests.fakes.site import asker, site

NEW_YORK = "+12125551234"
CHICAGO = "+13125551234"
SAN_DIEGO = "+16195551234"
TOLL_FREE = "+18005551234"
LONDON = "+442071838750"
TABLE = tomllib.loads((Path(recording.__file__).parent / "recording-consent.toml").read_text("utf-8"))


def permitted(rule: str, *, number: str = NEW_YORK, wish: bool = False, **settings: Any) -> Permit:
    """What 103 may do, which shows a number of Washington, D.C., where one side's consent is enough."""
    options = {"recording": settings} if settings.pop("recorded", True) else {}
    chosen = site(mailbox={"recording": rule}, options=options)
    wanted = RequestDial(Destination(number, NumberClass.NATIONAL, ()), "main", CallOptions(record=wish))
    decision = decide_dial(wanted, asker(chosen), Usage(), FakeClock().now)
    assert decision.permit is not None, decision.refusal
    return decision.permit


@pytest.mark.parametrize(
    ("rule", "wish", "is_recorded"),
    [
        ("never", False, False),
        ("never", True, False),
        ("allow", False, False),
        ("allow", True, True),
        ("force", False, True),
        ("force", True, True),
    ],
)
def test_the_rule_of_the_mailbox_decides(*, rule: str, wish: bool, is_recorded: bool) -> None:
    assert (permitted(rule, wish=wish).recording is not None) is is_recorded


@pytest.mark.parametrize("rule", ["allow", "force"])
def test_nothing_is_recorded_where_the_site_records_nothing(rule: str) -> None:
    assert permitted(rule, wish=True, recorded=False).recording is None


@pytest.mark.parametrize(
    ("notice", "number", "has_notice"),
    [
        ("always", NEW_YORK, True),
        ("always", SAN_DIEGO, True),
        ("where-required", NEW_YORK, False),
        ("where-required", SAN_DIEGO, True),
        ("where-required", CHICAGO, True),
    ],
)
def test_both_sides_are_told_unless_it_is_surely_not_required(
    *, notice: str, number: str, has_notice: bool
) -> None:
    permit = permitted("force", number=number, notice=notice)
    assert permit.recording is not None
    assert permit.recording.has_notice is has_notice


def test_the_callers_own_state_counts_too() -> None:
    settings = site(
        mailbox={"recording": "force"}, options={"recording": {"notice": "where-required"}}
    ).model_dump(mode="json")
    settings["caller_ids"]["caller_ids"][0]["number"] = SAN_DIEGO
    chosen = type(site()).model_validate(settings)
    wanted = RequestDial(Destination(NEW_YORK, NumberClass.NATIONAL, ()), "main")
    permit = decide_dial(wanted, asker(chosen), Usage(), FakeClock().now).permit
    assert permit is not None
    assert permit.recording is not None
    assert permit.recording.has_notice


@pytest.mark.parametrize(
    "number", ["", "911", "2125551234", "+1", "+1212", LONDON, TOLL_FREE, "+14165551234"]
)
def test_only_a_known_state_can_need_no_notice(number: str) -> None:
    assert one_side_is_enough(number) is (number == "+1212")


def test_the_states_in_which_everybody_must_agree_are_the_union_of_the_lists() -> None:
    assert sorted(TABLE["all_parties"]) == sorted(
        ["CA", "CT", "DE", "FL", "IL", "MD", "MA", "MI", "MT", "NV", "NH", "OR", "PA", "WA"]
    )
    assert set(TABLE["all_parties"]) <= set(TABLE["area_codes"])
    assert len(TABLE["area_codes"]) == 51


def test_every_area_code_lies_where_phonenumbers_says() -> None:
    """A code that phonenumbers gives to another state than one of the same code's neighbours is a slip."""
    names: dict[str, set[str]] = {}
    for state, codes in TABLE["area_codes"].items():
        for code in codes:
            number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}5550100"))
            place = geocoder.description_for_number(number, "en")
            assert place, f"{code} is in no place that phonenumbers knows"
            city, comma, short = place.rpartition(", ")
            if comma:
                assert short == state, f"{code} is in {city}, {short}"
            else:
                names.setdefault(state, set()).add(place)
    assert all(len(places) == 1 for places in names.values()), names
    assert len(set().union(*names.values())) == len(names)


def test_no_area_code_is_in_two_states() -> None:
    codes = [code for listed in TABLE["area_codes"].values() for code in listed]
    assert len(codes) == len(set(codes))
