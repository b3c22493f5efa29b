"""Where a number is and what time it is there: what its digits say for certain, and nothing else."""

from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.geodata import GEOCODE_DATA

from ivr_service.policy import forms
from ivr_service.policy.area_codes import AREAS_ABROAD
from ivr_service.policy.countries import COUNTRIES
from ivr_service.policy.places import REGIONS, country_of, fixed_names, place_of, zone_of


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+13125551234", ("Chicago", "Illinois")),
        ("+12125551234", ("New York", "New York")),
        ("+13143451234", ("Saint Louis", "Missouri")),
        ("+16175551234", ("Massachusetts",)),
        ("+12025550100", ("Washington D C",)),
        ("+15145551234", ("Quebec",)),
        ("+18196911234", ("Quebec",)),
        ("+442079460000", ("London", "the United Kingdom")),
        ("+19025551234", ()),
        ("+18005551234", ()),
        ("+18765551234", ()),
        ("+33142345678", ()),
        ("+14735551234", ()),
        ("411", ()),
        ("", ()),
    ],
)
def test_only_a_place_that_is_certain_is_named(number: str, place: tuple[str, ...]) -> None:
    assert place_of(number) == place


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+13125551234", "America/Chicago"),
        ("+17875551234", "America/Puerto_Rico"),
        ("+442079460000", "Europe/London"),
        ("+18765551234", None),
        ("+18005551234", None),
        ("+19078885555", None),
        ("+14735551234", None),
        ("911", None),
    ],
)
def test_there_is_a_time_only_where_there_is_one_zone(number: str, zone: str | None) -> None:
    found = zone_of(number)
    assert (None if found is None else found.key) == zone


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+18765551234", "Jamaica"),
        ("+14735551234", "Grenada"),
        ("+442079460000", "the United Kingdom"),
        ("+13125551234", "the United States"),
        ("+8835100000000", ""),
        ("+0", ""),
    ],
)
def test_a_country_is_named_also_where_its_number_is_not_valid(number: str, country: str) -> None:
    assert country_of(number) == country


E164 = st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True)


@given(st.one_of(E164, st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True), st.text(max_size=20)))
def test_no_number_is_an_error_and_every_name_can_be_spoken(number: str) -> None:
    names = (*place_of(number), *filter(None, [country_of(number)]))
    assert all(forms.SPOKEN_NAME.accepts(name) for name in names)
    zone = zone_of(number)
    if zone is not None:
        assert datetime(2026, 5, 4, tzinfo=UTC).astimezone(zone).utcoffset() is not None
        parsed = phonenumbers.parse(number, None)
        assert phonenumbers.timezone.time_zones_for_number(parsed) == (zone.key,)


def test_every_place_in_the_north_american_data_can_be_spoken_or_is_left_out() -> None:
    written = {prefix for prefix in GEOCODE_DATA if prefix.startswith("1")}
    assert len(written) > 10_000
    named = [place_of(f"+{prefix.ljust(11, '0')}") for prefix in sorted(written)[::7]]
    assert all(forms.SPOKEN_NAME.accepts(name) for names in named for name in names)
    assert sum(map(bool, named)) > 0.95 * len(named)


def test_every_country_that_has_numbers_has_a_name_that_can_be_spoken() -> None:
    assert set(COUNTRIES) == set(phonenumbers.SUPPORTED_REGIONS)
    assert all(forms.SPOKEN_NAME.accepts(name) for name in fixed_names())
    assert {area.name for area in AREAS_ABROAD.values()} <= set(COUNTRIES.values())
    assert len(set(REGIONS.values())) == len(REGIONS)
