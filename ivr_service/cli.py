"""The command line: every command an admin or a developer gives."""

from pathlib import Path

import click

from ivr_service.admin.block_commands import block_commands
from ivr_service.admin.check_command import check_command
from ivr_service.admin.dials_command import dials_commands
from ivr_service.admin.models_commands import models_commands
from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.pin_commands import pin_commands
from ivr_service.admin.prompts_commands import prompts
from ivr_service.admin.recordings_commands import recordings_commands
from ivr_service.admin.speech_commands import speech_commands
from ivr_service.admin.speed_dials_commands import speed_dials_commands
from ivr_service.admin.survey_commands import survey_commands
from ivr_service.admin.why_command import why_command
from ivr_service.composition import Site, log_level, serve
from ivr_service.logs import configure_logging
from ivr_service.phone.command import phone

_WELCOME = """
The service is starting with the configuration in {config}.

Try it, in another terminal:
  {program} phone callback 2125551234       call back a message's number: press 1 to call
  {program} phone dial_out '2*3125550000'   dial out, and show the second caller ID
  {program} phone dial_out 8765551234       hear why a number is refused
  {program} why 8765551234 --mailbox 103    see which rule refused it, and where it is written

Then edit the files in {config}; the running service takes up every change.
To put it behind your Asterisk, see docs/asterisk.md. Stop it with Ctrl-C.
"""


@click.group()
@click.version_option(package_name="ivr-service")
def main() -> None:
    """Guard and guide the calls that voicemail users make from Comedian Mail."""


@main.command("serve")
@config_option
@state_option
@plain_errors
def serve_command(config: Path, state: Path) -> None:
    """Serve calls: what the system's service manager starts."""
    site = Site(config, state)
    configure_logging(log_level(site))
    serve(site, lambda: None)


@main.command("run")
@config_option
@state_option
@plain_errors
def run_command(config: Path, state: Path) -> None:
    """Try it out: make all that is needed, say what to do next, and serve."""
    site = Site(config, state)
    configure_logging(log_level(site))
    serve(site, lambda: click.echo(_WELCOME.format(config=config, program=".venv/bin/ivr-service")))


main.add_command(block_commands)
main.add_command(check_command)
main.add_command(dials_commands)
main.add_command(models_commands)
main.add_command(phone)
main.add_command(pin_commands)
main.add_command(prompts)
main.add_command(speech_commands)
main.add_command(recordings_commands)
main.add_command(speed_dials_commands)
main.add_command(survey_commands)
main.add_command(why_command)
