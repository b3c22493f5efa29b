"""Which numbers can be blocked, however they are written, and who a caller from a trunk is."""

import pytest

from ivr_service.policy.blockable import NotBlockable, blockable_number, calling_number
from ivr_service.policy.freepbx import blacklist_key
from tests.fakes.site import site

SETTINGS = site(policy={"service_codes": ["211"]}, patterns=("1XX", "55", "2XXXX"))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2125551234", "+12125551234"),
        ("12125551234", "+12125551234"),
        ("+12125551234", "+12125551234"),
        (" (212) 555-1234 ", "+12125551234"),
        ("+1 212.555.1234", "+12125551234"),
        ("1-212-555-1234", "+12125551234"),
        ("+44 20 7183 8750", "+442071838750"),
        ("011442071838750", "+442071838750"),
        # Numbers that may not be called can be blocked: whoever has them may call.
        ("8765551234", "+18765551234"),
        ("900-555-1234", "+19005551234"),
        ("800 555 1234", "+18005551234"),
    ],
)
def test_a_number_is_kept_in_one_form_however_it_is_written(written: str, number: str) -> None:
    assert blockable_number(written, SETTINGS) == number
    assert blockable_number(number, SETTINGS) == number


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("911", NotBlockable.EMERGENCY),
        ("9911", NotBlockable.EMERGENCY),
        ("988", NotBlockable.EMERGENCY),
        ("211", NotBlockable.SERVICE_CODE),
        ("411", NotBlockable.SERVICE_CODE),
        ("511", NotBlockable.SERVICE_CODE),
        ("104", NotBlockable.EXTENSION),
        ("55", NotBlockable.EXTENSION),
        ("23456", NotBlockable.EXTENSION),
        ("", NotBlockable.NOT_A_NUMBER),
        ("5551234", NotBlockable.NOT_A_NUMBER),
        ("442071838750", NotBlockable.NOT_A_NUMBER),
        ("+44 (0)20 7183 8750", NotBlockable.NOT_A_NUMBER),
        ("+1212555123", NotBlockable.NOT_A_NUMBER),
        ("+9112125551234567890", NotBlockable.NOT_A_NUMBER),
        ("9115551234", NotBlockable.NOT_A_NUMBER),
        ("0", NotBlockable.NOT_A_NUMBER),
        ("2125551234;x", NotBlockable.NOT_A_NUMBER),
        ("2125551234\n+13125550000", NotBlockable.NOT_A_NUMBER),
        ("٢١٢٥٥٥١٢٣٤", NotBlockable.NOT_A_NUMBER),
        ("anonymous", NotBlockable.NOT_A_NUMBER),
    ],
)
def test_what_cannot_be_blocked_is_refused_with_its_reason(written: str, why: NotBlockable) -> None:
    assert blockable_number(written, SETTINGS) is why


@pytest.mark.parametrize(
    ("presented", "number"),
    [
        ("2125551234", "+12125551234"),
        ("12125551234", "+12125551234"),
        ("+12125551234", "+12125551234"),
        ("1-212-555-1234", "+12125551234"),
        ("442071838750", "+442071838750"),
        ("+442071838750", "+442071838750"),
        ("011442071838750", "+442071838750"),
        ("104", None),
        ("911", None),
        ("anonymous", None),
        ("unknown", None),
        ("", None),
        ('2125551234",x', None),
        ("${SHELL(x)}", None),
    ],
)
def test_a_caller_is_known_by_whatever_form_the_trunk_presents(presented: str, number: str | None) -> None:
    assert calling_number(presented, SETTINGS) == number


@pytest.mark.parametrize(
    ("number", "key"), [("+12125551234", "2125551234"), ("+442071838750", "442071838750")]
)
def test_freepbx_has_the_bare_digits(number: str, key: str) -> None:
    assert blacklist_key(number) == key
