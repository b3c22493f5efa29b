"""What is said at a main menu: phrases of several words, "call Alice", and words of neither. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from ivr_service.dialogue import questions
from ivr_service.dialogue.state import CallFacts, CallState, OfferedSlot, Place
from ivr_service.dialogue.values import CallKind, Destination, NumberClass, OfferedCallerId, Offers
from ivr_service.speech.lexicon import Lexicon

NAMES = ("Marvin", "Sheila", "Alice", "Bob", "Workshop", "Front Desk", "Doctor Miller", "Mom")
_OTHERS = 25
_SEED = 2_026


def listened_for() -> tuple[str, ...]:
    """All that can be said at a main menu that offers every choice, with eight speed dials."""
    facts = CallFacts(
        kind=CallKind.DIAL_OUT,
        arrived_with="0",
        language="en",
        pin_required=False,
        inside_only=False,
        caller_ids=(OfferedCallerId("one", "One"), OfferedCallerId("other", "Other")),
        slots=tuple(OfferedSlot(slot, name) for slot, name in enumerate(NAMES, start=10)),
        hears=True,
        offers=Offers(saving=True, most_people=3),
    )
    number = Destination("+12125550100", NumberClass.NATIONAL, ("212", "555", "0100"))
    return questions.ask(CallState(facts, place=Place.MAIN_MENU, destination=number)).words


def menu_texts(lexicon: Lexicon) -> Mapping[str, tuple[str, ...]]:
    """The phrases of several words, the names after "call", and other words; the same ones always."""
    phrases = [phrase for phrase in listened_for() if " " in phrase]
    names = [f"call {name.lower()}" for name in NAMES]
    return {
        "menu phrases": tuple(phrase for phrase in phrases if phrase not in names),
        "call and a name": tuple(names),
        "other words": tuple(_others(lexicon, phrases)),
    }


def _others(lexicon: Lexicon, phrases: Sequence[str]) -> Iterator[str]:
    """One to three ordinary words at random."""
    chance = Random(_SEED)
    words = [word for word in lexicon if word.isascii() and word.isalpha() and 3 <= len(word) <= 8]
    for _ in range(_OTHERS):
        text = " ".join(chance.choices(words, k=chance.randint(1, 3)))
        if text not in phrases:
            yield text
