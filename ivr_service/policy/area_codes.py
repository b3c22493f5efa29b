"""Area codes of country code 1 that are not ordinary numbers of the United States or Canada.

Source: the metadata of phonenumbers 9.0.43 (Google's libphonenumber), every area code tried; a test compares
the two again. It is a table of its own because phonenumbers gives some numbers in these areas no valid type
("+1 473 555 1234" is "not valid", yet in Grenada), and because dialling one looks like a domestic call and is
charged like an international one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """A country or territory: ISO 3166 code and English name."""

    country: str
    name: str


_AREAS = (
    (Area("AG", "Antigua and Barbuda"), ("268",)),
    (Area("AI", "Anguilla"), ("264",)),
    (Area("AS", "American Samoa"), ("684",)),
    (Area("BB", "Barbados"), ("246",)),
    (Area("BM", "Bermuda"), ("441",)),
    (Area("BS", "the Bahamas"), ("242",)),
    (Area("DM", "Dominica"), ("767",)),
    (Area("DO", "the Dominican Republic"), ("809", "829", "849")),
    (Area("GD", "Grenada"), ("473",)),
    (Area("GU", "Guam"), ("671",)),
    (Area("JM", "Jamaica"), ("658", "876")),
    (Area("KN", "Saint Kitts and Nevis"), ("869",)),
    (Area("KY", "the Cayman Islands"), ("345",)),
    (Area("LC", "Saint Lucia"), ("758",)),
    (Area("MP", "the Northern Mariana Islands"), ("670",)),
    (Area("MS", "Montserrat"), ("664",)),
    (Area("PR", "Puerto Rico"), ("787", "939")),
    (Area("SX", "Sint Maarten"), ("721",)),
    (Area("TC", "the Turks and Caicos Islands"), ("649",)),
    (Area("TT", "Trinidad and Tobago"), ("868",)),
    (Area("VC", "Saint Vincent and the Grenadines"), ("784",)),
    (Area("VG", "the British Virgin Islands"), ("284",)),
    (Area("VI", "the United States Virgin Islands"), ("340",)),
)

AREAS_ABROAD: dict[str, Area] = {code: area for area, codes in _AREAS for code in codes}
"""Every area code of country code 1 outside the United States and Canada."""

TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
"""Free for the caller, in both countries (NANPA)."""

PREMIUM_AREA = "900"
PREMIUM_EXCHANGE = "976"
"""Charged information services in any area code; phonenumbers does not know this exchange."""

PERSONAL = frozenset(
    {
        "500",
        "521",
        "522",
        "523",
        "524",
        "525",
        "526",
        "527",
        "528",
        "529",
        "532",
        "533",
        "544",
        "566",
        "577",
        "588",
    }
    | {"600", "622", "633", "644", "655", "677", "688"}
    | {"700", "710"}
)
"""Personal numbers (5XX), Canada's non-geographic ones (6XX), carriers' own (700) and government (710).

What a call to one costs cannot be told from the number.
"""
