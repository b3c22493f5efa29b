"""What all commands share: where the configuration and the state are, and how an error is shown."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from ivr_service.errors import IvrServiceError

EXAMPLE_CONFIG = Path(__file__).parents[2] / "deploy" / "example"
DEFAULT_STATE = Path("var")

_FOLDER = click.Path(path_type=Path, file_okay=False)
_Parameters = ParamSpec("_Parameters")

config_option = click.option(
    "--config",
    type=_FOLDER,
    envvar="IVR_CONFIG",
    default=EXAMPLE_CONFIG,
    show_envvar=True,
    help="Folder of the configuration files; without it, the example configuration.",
)
state_option = click.option(
    "--state",
    type=_FOLDER,
    envvar="IVR_STATE",
    default=DEFAULT_STATE,
    show_default=True,
    show_envvar=True,
    help="Folder of what the service keeps.",
)


def plain_errors(command: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
    """Show an error of this project as one plain message and exit status 1; all others are bugs."""

    @wraps(command)
    def shown(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except IvrServiceError as error:
            raise click.ClickException(str(error)) from error

    return shown
