"""Names as they are said in a language: a place has a name of its own there, anything else keeps its own."""

from collections.abc import Mapping

from ivr_service.prompting import spanish_places
from ivr_service.prompting.catalogue import normalised

_PLACES: Mapping[str, Mapping[str, str]] = {"es": spanish_places.PLACES}


def name_as_said(name: str, language: str) -> str:
    """Return the words that are spoken for a name."""
    return _PLACES.get(language, {}).get(name, normalised(name))
