"""Every fixed prompt the service can play. The catalogue must hold a text for each, and for no other."""

from enum import StrEnum


class PromptId(StrEnum):
    """Names of the texts in prompts/<language>.toml."""

    APOLOGY = "apology"
    GOODBYE = "goodbye"
    TOO_MANY_TRIES = "too-many-tries"
