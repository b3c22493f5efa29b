"""The first fence: which characters become digits at all."""

import pytest

from ivr_service.policy.written import callback_digits, groups_of_three, keyed, matches_extension


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+1 (212) 555-1234", "+12125551234"),
        ("1-212-555(1234)", "12125551234"),
        ("5", "5"),
        ("\u0661\u0662\u0663\u0664", None),
        ("21255\u06651234", None),
        ("2125551234\n", None),
        ("212+5551234", None),
        ("+", None),
        ("1" * 33, None),
    ],
)
def test_a_caller_id_becomes_digits_or_nothing(text: str, digits: str | None) -> None:
    assert callback_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("1*212", "1*212"),
        ("212#", "212"),
        ("#", ""),
        ("", ""),
        ("21#2", None),
        ("##", None),
        ("12A", None),
        ("12\n", None),
        ("\u0661", None),
        ("1" * 65, None),
    ],
)
def test_an_entry_becomes_keys_or_nothing(text: str, keys: str | None) -> None:
    assert keyed(text) == keys


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("5XX", ["500", "599"], ["600", "50", "5000", "5\u0660\u0660", "500\n"]),
        ("Z0", ["10", "90"], ["00", "11"]),
        ("N11", ["211"], ["111", "011"]),
    ],
)
def test_a_pattern_fits_what_asterisk_would_fit(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    assert [digits for digits in fits + fits_not if matches_extension(pattern, digits)] == fits


def test_a_foreign_number_is_read_in_threes_with_four_at_the_end() -> None:
    assert groups_of_three("442071838750") == ("442", "071", "83", "8750")
    assert groups_of_three("4930123") == ("493", "0123")
