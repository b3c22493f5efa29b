"""What is told about a number, and when a caller is asked once more before it is called. Pure."""

from datetime import time, timedelta

from ivr_service.dialogue.values import Destination, NumberClass
from ivr_service.policy.options import Knowledge

TOLD_FOR = timedelta(days=330)
"""How long a call is told about: it is dated without a year, so it must be less than one ago."""

_SOMEWHERE = (NumberClass.NATIONAL, NumberClass.OTHER_NANP, NumberClass.INTERNATIONAL)
_ABROAD = (NumberClass.OTHER_NANP, NumberClass.INTERNATIONAL)


def has_a_place(destination: Destination) -> bool:
    """Whether its digits say where it is; a toll-free or premium number is nowhere."""
    return destination.number_class in _SOMEWHERE


def is_abroad(destination: Destination) -> bool:
    """Whether it is in a country that is allowed but is none of the home countries."""
    return destination.number_class in _ABROAD


def is_late(there: time, knowledge: Knowledge) -> bool:
    """Whether this time of day at the number is one at which callers are asked first."""
    after, before = knowledge.ask_after, knowledge.ask_before
    return (after is not None and there >= after) or (before is not None and there < before)
