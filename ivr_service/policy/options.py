"""The settings of options.toml: what can be done with a call besides making it.

Each setting's docstring is what the admin reads about it in docs/configuration.md.
"""

from typing import Annotated, Literal

from ivr_service.dialogue.values import OptionCode
from ivr_service.policy import forms
from ivr_service.policy.base import Settings


class Recording(Settings):
    """Recording of calls. Both sides are told, and the notice is in the recording."""

    keep_days: Annotated[int, forms.whole_number(1, 3650)] = 90
    """Days after which `ivr-service recordings purge` deletes a recording."""


class Disclaimer(Settings):
    """A text that can be played to whoever is called, before they are connected."""

    id: Annotated[str, forms.IDENTIFIER]
    """What is stored with the call."""
    name: Annotated[str, forms.SPOKEN_NAME]
    """What callers hear when they choose it."""
    text: Annotated[str, forms.SPOKEN_TEXT]
    """What the called side hears, in words: no digits and no symbols."""
    to_caller: Annotated[bool, forms.YES_OR_NO] = False
    """Whether the caller hears it too."""


class Blocking(Settings):
    """Numbers that nobody may call any more."""

    scope: Annotated[Literal["company", "mailbox"], forms.one_of("company", "mailbox")] = "mailbox"
    """For whom a number is blocked that a caller blocks: for their mailbox, or for everybody."""
    freepbx_blacklist: Annotated[bool, forms.YES_OR_NO] = False
    """Whether what is blocked for everybody goes into FreePBX's blacklist too; it knows no mailboxes."""


class SpeechFailures(Settings):
    """Keeping what was heard wrongly, as recordings of callers' voices with what they turned out to mean."""

    keep_days: Annotated[int, forms.whole_number(1, 365)] = 30
    """Days after which the service deletes a recording."""


class OptionsFile(Settings):
    """options.toml: what can be done with a call besides making it. The file may be missing."""

    recording: Recording | None = None
    """Left out, no call is recorded."""
    disclaimers: tuple[Disclaimer, ...] = ()
    """One [[disclaimers]] table for each, six at most."""
    codes: dict[Annotated[str, forms.FEATURE_CODE], Annotated[OptionCode, forms.one_of(*OptionCode)]] = {}
    """Feature codes keyed in front of a number, each with what it switches on."""
    blocking: Blocking | None = None
    """Left out, callers cannot block numbers; those that are blocked stay so."""
    speech_failures: SpeechFailures | None = None
    """Left out, no voice is ever kept. Ask who has a say in it first, and see docs/operations.md."""
    pronunciations: dict[Annotated[str, forms.SPOKEN_WORD], Annotated[str, forms.WORD_PRONUNCIATION]] = {}
    """Words of names that the lexicon does not know, or that are said otherwise here, with their sounds."""
