"""The settings of options.toml: what can be done with a call besides making it.

Each setting's docstring is what the admin reads about it in docs/configuration.md.
"""

from typing import Annotated, Literal

from ivr_service.policy import forms
from ivr_service.policy.base import Settings


class Blocking(Settings):
    """Numbers that nobody may call any more."""

    scope: Annotated[Literal["company", "mailbox"], forms.one_of("company", "mailbox")] = "mailbox"
    """For whom a number is blocked that a caller blocks: for their mailbox, or for everybody."""


class OptionsFile(Settings):
    """options.toml: what can be done with a call besides making it. The file may be missing."""

    blocking: Blocking | None = None
    """Left out, callers cannot block numbers; those that are blocked stay so."""
