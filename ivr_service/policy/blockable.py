"""Which numbers can be blocked, and the one form in which a blocked number is kept: E.164 with its plus.

A number that may not be called from here can still be blocked, because whoever has it may call.
"""

import re
from enum import StrEnum

import phonenumbers

from ivr_service.dialogue.values import Destination, NumberClass
from ivr_service.policy.numbers import e164_of, is_extension, is_n11, special_number
from ivr_service.policy.settings import SiteSettings
from ivr_service.policy.written import callback_digits

_BARE_FOREIGN = re.compile(r"[1-9][0-9]{7,14}")


class NotBlockable(StrEnum):
    """Why a number cannot be blocked, in words for an admin."""

    NOT_A_NUMBER = "is no whole telephone number; write ten digits, or + with the country code and all digits"
    EMERGENCY = "is an emergency number, which is never blocked"
    SERVICE_CODE = "is a service code, which is never blocked"
    EXTENSION = "is an extension in the building, which is never blocked"


def blockable_number(written: str, settings: SiteSettings) -> str | NotBlockable:
    """The number as it is kept, from what people write: (212) 555-1234, 1 212 555 1234, +44 20 7183 8750."""
    digits = callback_digits(written.strip())
    if digits is None:
        return NotBlockable.NOT_A_NUMBER
    special = special_number(digits, settings)
    if special is not None:
        return _never_blocked(special.outcome)
    if is_n11(digits):
        return NotBlockable.SERVICE_CODE
    if is_extension(digits, settings):
        return NotBlockable.EXTENSION
    e164 = e164_of(digits, settings)
    return e164 if e164 is not None and _is_written_whole(e164) else NotBlockable.NOT_A_NUMBER


def calling_number(presented: str, settings: SiteSettings) -> str | None:
    """The number of somebody who calls in, as a blocked one is kept, from what a trunk presents.

    None where it is no public number. Trunks present other countries' numbers also without their plus.
    """
    digits = callback_digits(presented.strip())
    if digits is None or is_extension(digits, settings):
        return None
    e164 = e164_of(digits, settings)
    if e164 is None and _BARE_FOREIGN.fullmatch(digits):
        return e164_of(f"+{digits}", settings)
    return e164


def _never_blocked(outcome: object) -> NotBlockable:
    is_emergency = isinstance(outcome, Destination) and outcome.number_class is NumberClass.EMERGENCY
    return NotBlockable.EMERGENCY if is_emergency else NotBlockable.SERVICE_CODE


def _is_written_whole(e164: str) -> bool:
    """Whether this is how phonenumbers writes it too: +44 (0)20 has a digit that is never dialled."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == e164)
