"""The commands about speech."""

import tempfile
from pathlib import Path

import click

from ivr_service.admin.options import plain_errors
from ivr_service.admin.speech_failures_commands import speech_failures_commands
from ivr_service.config import load_settings
from ivr_service.speech.evaluation.conditions import CONDITIONS
from ivr_service.speech.evaluation.report import as_json, plot, table
from ivr_service.speech.evaluation.run import evaluate
from ivr_service.speech.site_model import embedded_model
from ivr_service.speech.site_names import written_pronunciations
from ivr_service.speech.site_speech import engine_for


@click.group("speech")
def speech_commands() -> None:
    """What callers say, and how well it is understood."""


@speech_commands.command("evaluate")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    type=click.Choice(list(CONDITIONS)),
    help="A line that the recordings come over; may be given several times. Default: every one.",
)
@click.option("--model", type=click.Path(path_type=Path), help="A model folder. Default: the embedded one.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures here, too.")
@click.option("--plot", "plot_file", type=click.Path(path_type=Path), help="Draw them here, as SVG.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of configuration files whose written pronunciations are used. Default: none are.",
)
@plain_errors
def evaluate_command(  # noqa: PLR0913 - one parameter for each option of the command
    directory: Path,
    *,
    conditions: tuple[str, ...],
    config: Path | None,
    model: Path | None,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Run the labelled recordings in DIRECTORY through what a call goes through, and count what was right.

    DIRECTORY holds wav files (8 kHz, 16 bits, mono) and labels.toml; docs/speech.md says what is in it.
    Nothing is dialled, and no service need run.
    """
    written = {} if config is None else written_pronunciations(load_settings(config).settings)
    with tempfile.TemporaryDirectory() as scratch:
        rows = evaluate(
            directory,
            engine_for(model or embedded_model(), Path(scratch)),
            conditions or tuple(CONDITIONS),
            lambda line: click.echo(line, err=True),
            written,
        )
    click.echo(table(rows))
    if json_file is not None:
        json_file.write_text(as_json(rows), "utf-8")
    if plot_file is not None:
        plot_file.write_text(plot(rows), "utf-8")


speech_commands.add_command(speech_failures_commands)
