"""The command line: every command an admin or a developer gives."""

import click


@click.group()
@click.version_option(package_name="ivr-service")
def main() -> None:
    """Guard and guide the calls that voicemail users make from Comedian Mail."""
