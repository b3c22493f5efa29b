"""How the words of a site's names are said, where its settings say so."""

from collections.abc import Iterator

from ivr_service.policy.pronunciation import Pronunciation, parse_name, parse_pronunciation
from ivr_service.policy.settings import CallerId, SiteSettings, SpeedDial


def written_pronunciations(settings: SiteSettings) -> dict[str, tuple[Pronunciation, ...]]:
    """The ways that are written for words, in small letters; they come besides those of the lexicon.

    A word is said in the same ways in every name, whichever entry they are written at.
    """
    found: dict[str, tuple[Pronunciation, ...]] = {}
    for word, way in _written(settings):
        found[word] = (*(known for known in found.get(word, ()) if known != way), way)
    return found


def _written(settings: SiteSettings) -> Iterator[tuple[str, Pronunciation]]:
    for word, phones in settings.options.pronunciations.items():
        yield word.lower(), parse_pronunciation(phones)
    for entry in _entries(settings):
        if entry.pronunciation is not None:
            # The configuration is refused when these are not as many as the words.
            yield from zip(entry.name.lower().split(), parse_name(entry.pronunciation), strict=True)


def _entries(settings: SiteSettings) -> Iterator[CallerId | SpeedDial]:
    yield from settings.caller_ids.caller_ids
    yield from settings.speed_dials.company
    for owner in settings.speed_dials.mailboxes:
        yield from owner.speed_dials
