"""The admin's configuration: its TOML files in; one checked set of settings out, or all that is wrong."""

from ivr_service.config.loading import FILES, LoadedSettings, Sources, load_settings, names, names_to_say
from ivr_service.config.messages import ConfigurationError, Problem

__all__ = [
    "FILES",
    "ConfigurationError",
    "LoadedSettings",
    "Problem",
    "Sources",
    "load_settings",
    "names",
    "names_to_say",
]
