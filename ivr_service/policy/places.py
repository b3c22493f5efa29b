"""Where a number is, and what time it is there: only what its digits say for certain. Pure.

Source: the geographical data of phonenumbers (Google's libphonenumber). That data is large: some 100 MB in
memory and a second to load, which `load_places` does before there are calls.
"""

import re
from functools import cache
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumber, timezone

from ivr_service.policy import forms
from ivr_service.policy.area_codes import AREAS_ABROAD
from ivr_service.policy.countries import COUNTRIES

REGIONS: dict[str, str] = {
    "AB": "Alberta",
    "AK": "Alaska",
    "AL": "Alabama",
    "AR": "Arkansas",
    "AS": "American Samoa",
    "AZ": "Arizona",
    "BC": "British Columbia",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DC": "Washington D C",
    "DE": "Delaware",
    "FL": "Florida",
    "GA": "Georgia",
    "GU": "Guam",
    "HI": "Hawaii",
    "IA": "Iowa",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "MA": "Massachusetts",
    "MB": "Manitoba",
    "MD": "Maryland",
    "ME": "Maine",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MO": "Missouri",
    "MP": "the Northern Mariana Islands",
    "MS": "Mississippi",
    "MT": "Montana",
    "NB": "New Brunswick",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "NE": "Nebraska",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NL": "Newfoundland and Labrador",
    "NM": "New Mexico",
    "NS": "Nova Scotia",
    "NT": "the Northwest Territories",
    "NU": "Nunavut",
    "NV": "Nevada",
    "NY": "New York",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "ON": "Ontario",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "PE": "Prince Edward Island",
    "PR": "Puerto Rico",
    "QC": "Quebec",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "SK": "Saskatchewan",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VA": "Virginia",
    "VI": "the United States Virgin Islands",
    "VT": "Vermont",
    "WA": "Washington State",
    "WI": "Wisconsin",
    "WV": "West Virginia",
    "WY": "Wyoming",
    "YT": "Yukon",
}
"""States, provinces and territories of the United States and Canada, by their postal code."""

_WRITTEN_OTHERWISE = {"Washington D.C.": REGIONS["DC"], "British Colombia": REGIONS["BC"]}
"""Regions that the data writes in a way that is not spoken."""

_IN_FULL = {
    "St.": "Saint",
    "St": "Saint",
    "Ste.": "Sainte",
    "Ft.": "Fort",
    "Mt.": "Mount",
    "Mt": "Mount",
    "Bch": "Beach",
    "Fls": "Falls",
    "Hts": "Heights",
    "Spgs": "Springs",
    "Twp": "Township",
    "Jct": "Junction",
}
_READ_AS_LETTERS = re.compile(r"\b[A-Z]{2,}\b|\b[^aeiouyAEIOUY\W]{2,}\b")
"""Abbreviations: what has no vowel, or is all capitals, is not read as a word."""


def fixed_names() -> tuple[str, ...]:
    """The names that are always there to be said: regions and countries. Cities are too many."""
    return tuple(dict.fromkeys((*REGIONS.values(), *COUNTRIES.values())))


def load_places() -> None:
    """Load the data, so that no call waits for it."""
    _geocoder()


def place_of(number: str) -> tuple[str, ...]:
    """Where a number (E.164) is from, the smallest place first ("Chicago", "Illinois").

    Nothing when its digits say no more than its country. Every part can be given to a voice.
    """
    parsed = _parsed(number)
    if parsed is None:
        return ()
    written = _geocoder().description_for_number(parsed, "en")
    country = country_of(number)
    known = (country.removeprefix("the "), _geocoder().country_name_for_number(parsed, "en"))
    if not written or written in known:
        return ()
    return (_in_north_america if parsed.country_code == 1 else _in_a_country)(written, country)


def zone_of(number: str) -> ZoneInfo | None:
    """The time zone of a number (E.164), when there is one for certain: Jamaica's numbers give forty."""
    parsed = _parsed(number)
    zones = () if parsed is None else timezone.time_zones_for_number(parsed)
    if len(zones) != 1 or zones[0] == timezone.UNKNOWN_TIMEZONE:
        return None
    try:
        return ZoneInfo(zones[0])
    except (LookupError, ValueError, OSError):  # a zone that this system has no data for
        return None


def country_of(number: str) -> str:
    """The spoken name of the country or territory of a number (E.164); empty when it is not known."""
    if number.startswith("+1") and number[2:5] in AREAS_ABROAD:
        return AREAS_ABROAD[number[2:5]].name
    parsed = _parsed(number)
    return "" if parsed is None else COUNTRIES.get(phonenumbers.region_code_for_number(parsed) or "", "")


@cache
def _geocoder() -> Any:
    return import_module("phonenumbers.geocoder")


def _parsed(number: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None


def _in_north_america(written: str, country: str) -> tuple[str, ...]:
    """A description like "Chicago, IL", "Cherry Street, Philadelphia, PA", "Ohio" or "Negril"."""
    written = _WRITTEN_OTHERWISE.get(written, written)
    if written in REGIONS.values():
        return (written,)
    *smaller, last = written.split(", ")
    if last not in REGIONS:
        return _in_a_country(written, country)
    city = _as_a_name(smaller[-1]) if smaller else ""
    return tuple(filter(None, (city, REGIONS[last])))


def _in_a_country(written: str, country: str) -> tuple[str, ...]:
    city = _as_a_name(written)
    return (city, country) if city and country else ()


def _as_a_name(written: str) -> str:
    """The name as a voice can read it, or nothing."""
    words = " ".join(_IN_FULL.get(word, word) for word in written.split())
    return words if forms.SPOKEN_NAME.accepts(words) and not _READ_AS_LETTERS.search(words) else ""
