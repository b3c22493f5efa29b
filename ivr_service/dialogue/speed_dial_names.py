"""Speed dials by their names: where they are offered, and "call Alice" where a call is chosen. Pure."""

from collections.abc import Iterator

from ivr_service.dialogue import menu
from ivr_service.dialogue.state import CallState, OfferedSlot, Place

CALL_WORD = "call"
"""What is said in front of a name."""

CALLED_FROM = (Place.MAIN_MENU, Place.AFTER_CALL, Place.ENTERING_NUMBER, Place.CHOOSING_SPEED_DIAL)
"""The places where "call Alice" is understood."""


def phrases(state: CallState) -> tuple[str, ...]:
    """What can be said for the speed dials at the place where the call is.

    Where a phrase is one of the menu's too ("call now", and somebody called Now), it is the menu's.
    """
    taken = menu.words(state)
    return tuple(dict.fromkeys(phrase for phrase, _ in _said(state) if phrase not in taken))


def named(state: CallState, phrase: str) -> OfferedSlot | None:
    """The speed dial that is meant by a phrase at this place; the first one when two have the same name."""
    return next((offer for said, offer in _said(state) if said == phrase), None)


def _said(state: CallState) -> Iterator[tuple[str, OfferedSlot]]:
    offers = [offer for offer in state.slots if offer.name]
    if state.place is Place.CHOOSING_SPEED_DIAL:
        yield from ((offer.name.lower(), offer) for offer in offers)
    if state.place in CALLED_FROM:
        yield from ((f"{CALL_WORD} {offer.name.lower()}", offer) for offer in offers)
