"""The commands `prompts build`, `prompts check`, `prompts play` and `prompts names`."""

import sys
from pathlib import Path

import click

from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.site_prompts import build_site_prompts, configured_names, sounds_built
from ivr_service.config import load_settings
from ivr_service.prompting.builder import add_names
from ivr_service.prompting.catalogue import shipped_catalogue
from ivr_service.prompting.check import check_prompts
from ivr_service.prompting.clips import clip_path
from ivr_service.prompting.engines import Engine, HibariEngine, choose_engine, espeak_engine, flite_engine
from ivr_service.prompting.library import DEFAULT_LANGUAGE, PromptMissingError
from ivr_service.prompting.player import play_sound

_FILE = click.Path(path_type=Path, dir_okay=False)

_catalogue_option = click.option(
    "--catalogue",
    type=_FILE,
    help="A catalogue of your own, in place of the one that comes with the project.",
)
_language_option = click.option(
    "--language", default=DEFAULT_LANGUAGE, show_default=True, help="Two letters, like en."
)


@click.group()
def prompts() -> None:
    """Make, check and play what callers hear."""


@prompts.command()
@config_option
@state_option
@_catalogue_option
@_language_option
@click.option(
    "--engine",
    type=click.Choice(["hibari", "flite", "espeak-ng"]),
    help="The voice; without it, hibari or, where that is not installed, flite for English, else espeak-ng.",
)
@plain_errors
def build(config: Path, state: Path, catalogue: Path | None, language: str, engine: str | None) -> None:
    """Make the audio of every prompt, word and name; what is there already is kept."""
    voice = _engine(engine, language)
    with click.progressbar(label="Prompts", length=1) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        report = build_site_prompts(config, state, language, voice, catalogue=catalogue, progress=show)
    click.echo(f"{report.made} made, {report.reused} were there, {report.removed} old ones removed.")


@prompts.command()
@config_option
@state_option
@_catalogue_option
@_language_option
@plain_errors
def check(config: Path, state: Path, catalogue: Path | None, language: str) -> None:
    """Say everything that is wrong with the texts, the recordings and the audio."""
    spoken_names = configured_names(load_settings(config).settings)
    findings = check_prompts(catalogue or shipped_catalogue(language), spoken_names, state / "prompts")
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.exceptions.Exit(1)
    click.echo("All prompts are in order.")


@prompts.command()
@click.argument("prompt_id", metavar="ID")
@state_option
@_language_option
@plain_errors
def play(prompt_id: str, state: Path, language: str) -> None:
    """Play one prompt, word or name; without a player, say where its audio is."""
    sounds = sounds_built(state, language)
    for table in (sounds.prompts, sounds.names, sounds.words):
        if prompt_id in table:
            click.echo(table[prompt_id].text)
            _play(clip_path(state / "prompts", table[prompt_id].sound))
            return
    if not sounds.prompts:
        raise PromptMissingError(f'"{prompt_id}"')
    raise click.ClickException(
        f'There is no prompt, word or name "{prompt_id}". The ids of the prompts are in prompts/en.toml; '
        'one that is new there is made by "ivr-service prompts build".'
    )


@prompts.command("names")
@state_option
@_language_option
@plain_errors
def make_names(state: Path, language: str) -> None:
    """Make the audio of the names on standard input, one a line, that is not there yet."""
    wanted = [line.strip() for line in sys.stdin if line.strip()]
    report = add_names(wanted, choose_engine(language), state / "prompts", language)
    click.echo(f"{report.made} made, {report.reused} were there.")


def _engine(name: str | None, language: str) -> Engine:
    match name:
        case "hibari":
            return HibariEngine()
        case "flite":
            return flite_engine()
        case "espeak-ng":
            return espeak_engine(language)
        case _:
            return choose_engine(language)


def _play(path: Path) -> None:
    if not path.is_file():
        raise click.ClickException(f'{path} is not there; make it with "ivr-service prompts build".')
    if not play_sound(path):
        click.echo(f"No player could play it here; the audio is in {path}")
