"""The front end's own small configuration: a file of key=value lines, and the token file it names."""

import os
import re
from typing import NamedTuple

DEFAULT_PATH = "/etc/ivr-service/front-end.conf"
DEFAULT_APOLOGY = "/var/lib/ivr-service/prompts/local/apology"
PATH_VARIABLE = "IVR_FRONT_END_CONF"

_MAX_FILE_BYTES = 16 * 1024
_FOR_ARGUMENTS = r"[^\s,()&|^${}]{1,200}"
"""What stays one argument of a dialplan application, and one option of it."""

_ONE_PRINTABLE_WORD = r"[!-~]{1,512}"


class ConfigurationError(Exception):
    """The front end's configuration or token cannot be used."""


class Configuration(NamedTuple):
    """Where things are. All are absolute paths; `apology` is without .wav, as Asterisk wants it.

    `recordings` is where Asterisk writes; left out, it is beside the prompts.
    """

    socket: str
    token_file: str
    prompts: str
    apology: str
    recordings: str = "recordings"


def read_configuration() -> Configuration:
    """Read the file that IVR_FRONT_END_CONF names, else /etc/ivr-service/front-end.conf.

    Raises ConfigurationError.
    """
    text = _read_text(os.environ.get(PATH_VARIABLE) or DEFAULT_PATH)
    values = dict(_setting(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))
    try:
        configuration = Configuration(**values)
    except TypeError:
        raise ConfigurationError(f"the settings must be exactly {', '.join(Configuration._fields)}") from None
    configuration = configuration._replace(
        apology=_below(configuration.prompts, configuration.apology),
        recordings=_below(_parent(configuration.prompts), configuration.recordings),
    )
    if not all(path.startswith("/") for path in configuration):
        raise ConfigurationError("every path must be absolute")
    for path in (configuration.prompts, configuration.recordings):
        if not re.fullmatch(_FOR_ARGUMENTS, path):
            raise ConfigurationError("prompts and recordings may have no space and none of , ( ) & | ^ $ { }")
    return configuration


def _below(folder: str, path: str) -> str:
    return os.path.join(folder, path)  # noqa: PTH118 - pathlib is slow to import


def _parent(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0]


def read_token(path: str) -> str:
    """Return the token in this file. Raises ConfigurationError."""
    token = _read_text(path).strip()
    if not re.fullmatch(_ONE_PRINTABLE_WORD, token):
        raise ConfigurationError("the token file does not hold one token")
    return token


def _setting(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals:
        raise ConfigurationError("a line has not the form key=value")
    return name.strip(), value.strip()


def _read_text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import
            return file.read(_MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read") from error
