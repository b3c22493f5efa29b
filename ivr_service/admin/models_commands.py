"""`ivr-service models`: what understands callers, whether it works, and fetching it."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from ivr_service.admin.model_download import DownloadError, download
from ivr_service.admin.model_fetch import BYTES_PER_MB, FetchError, GetArchive, install
from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.config import load_settings
from ivr_service.policy.models import Model
from ivr_service.policy.settings import SiteSettings, Speech, SpeechBackend
from ivr_service.speech.recogniser import RecogniserError
from ivr_service.speech.sample import SAMPLE_DIGITS, SAMPLE_LANGUAGE, hear_sample
from ivr_service.speech.site_speech import MODELS_FOLDER, ModelPlaces, languages_spoken

_HEADER = ("language", "model", "kind", "state", "folder")


@click.group("models")
def models_commands() -> None:
    """The models that understand callers: list, check and fetch them."""


@models_commands.command("list")
@config_option
@state_option
@plain_errors
def list_models(config: Path, state: Path) -> None:
    """Print every model that is configured or used, and whether its files are there and right."""
    settings = load_settings(config).settings
    places = ModelPlaces(state / MODELS_FOLDER, state)
    rows = [_HEADER, *(_row(language, model, places) for language, model in _models(settings))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if settings.service.speech.backend is SpeechBackend.SERVER:
        click.echo(f"Callers are heard by the speech server {settings.service.speech.server} instead.")


def _models(settings: SiteSettings) -> Iterator[tuple[str, Model]]:
    """Each model with its language, and the ones of languages that have no entry of their own."""
    listed = {model.language: model for model in settings.models.models}
    spoken = {language: settings.models.for_language(language) for language in languages_spoken(settings)}
    yield from (
        listed | {language: model for language, model in spoken.items() if language not in listed}
    ).items()


def _row(language: str, model: Model, places: ModelPlaces) -> tuple[str, ...]:
    folder = places.folder(model)
    try:
        places.files(model).check()
    except RecogniserError:
        return (language, model.name, model.kind.value, "missing or wrong", str(folder))
    return (language, model.name, model.kind.value, "there", str(folder))


@models_commands.command("check")
@click.argument("name", required=False)
@config_option
@state_option
@plain_errors
def check_models(name: str | None, config: Path, state: Path) -> None:
    """Load every model, or the one called NAME, and let it hear recorded speech. Exit status 1 if one fails.

    A speech server that is configured hears it, too.
    """
    settings = load_settings(config).settings
    with tempfile.TemporaryDirectory() as scratch:
        checks = [
            _Check(language, wanted, ModelPlaces(state / MODELS_FOLDER, Path(scratch)))
            for language, wanted in _to_check(settings, name)
        ]
        if not checks:
            raise FetchError(_unknown(name, settings))
        results = [check.run() for check in checks]
    raise click.exceptions.Exit(0 if all(results) else 1)


def _to_check(settings: SiteSettings, name: str | None) -> Iterator[tuple[str, Model | Speech]]:
    yield from ((language, model) for language, model in _models(settings) if name in (None, model.name))
    if name is None and settings.service.speech.backend is SpeechBackend.SERVER:
        yield settings.service.service.language, settings.service.speech


@dataclass(frozen=True)
class _Check:
    """A model or server, and the language that it hears."""

    language: str
    wanted: Model | Speech
    places: ModelPlaces

    def run(self) -> bool:
        """Print what comes of it; whether it is well."""
        began = time.monotonic()
        try:
            engine = self.places.engine(self.wanted)
            engine.prepare((), {})
            ready_s = time.monotonic() - began
            heard = hear_sample(engine.recogniser(), self._wait)
        except RecogniserError as error:
            click.echo(f"{self._name}: failed: {error}")
            return False
        return self._verdict(heard, ready_s)

    def _verdict(self, heard: str, ready_s: float) -> bool:
        ready = f"{self._name}: ready in {ready_s:.1f} s"
        if self.language != SAMPLE_LANGUAGE:
            click.echo(f"{ready}; it listens, but what it understands was not checked: the sample is English")
            return True
        if heard != SAMPLE_DIGITS:
            click.echo(f"{ready}, but of {SAMPLE_DIGITS} it heard {heard or 'nothing'}")
            return False
        click.echo(f"{ready}, and heard {heard} right")
        return True

    @property
    def _name(self) -> str:
        if isinstance(self.wanted, Model):
            return f"{self.wanted.name} ({self.language})"
        return f"speech server {self.wanted.server}"

    @property
    def _wait(self) -> Callable[[float], None]:
        return time.sleep if isinstance(self.wanted, Speech) else (lambda _: None)


@models_commands.command("fetch")
@click.argument("name")
@click.option(
    "--archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take the archive from this file, which came here in another way, and not from the network.",
)
@config_option
@state_option
@plain_errors
def fetch_model(name: str, archive: Path | None, config: Path, state: Path) -> None:
    """Download the model NAME from the address in models.toml, verify it, and put it in its place.

    What is there already is replaced once all is well, and not touched otherwise. Restart the service then.
    """
    settings = load_settings(config).settings
    model = next((one for one in settings.models.models if one.name == name), None)
    if model is None:
        raise FetchError(_unknown(name, settings))
    if model.download is None:
        raise FetchError(f'models.toml has no [models.download] for "{name}"; add it, or put the model there')
    folder = ModelPlaces(state / MODELS_FOLDER, state).folder(model)
    most_bytes = model.download.most_mb * BYTES_PER_MB
    get = _from_network(model.download.url, most_bytes, folder) if archive is None else _from_file(archive)
    install(model, model.download, folder, get)
    click.echo(f"{name} is in {folder}. Try it: ivr-service models check {name}. Then restart the service.")


def _from_network(url: str, most_bytes: int, folder: Path) -> GetArchive:
    def get(archive: Path) -> None:
        try:
            download(url, archive, most_bytes, _Shown())
        except DownloadError as error:
            elsewhere = "Without a network, fetch it elsewhere and give it with --archive FILE."
            raise FetchError(f"{error}. Nothing was changed in {folder}. {elsewhere}") from error

    return get


def _from_file(given: Path) -> GetArchive:
    def get(archive: Path) -> None:
        shutil.copyfile(given, archive)

    return get


class _Shown:
    """Prints every tenth megabyte, on standard error."""

    def __init__(self) -> None:
        self._shown = 0

    def __call__(self, received: int, length: int | None) -> None:
        megabytes = received // BYTES_PER_MB
        if megabytes >= self._shown + 10:
            self._shown = megabytes
            of_all = f" of {length // BYTES_PER_MB}" if length else ""
            click.echo(f"{megabytes}{of_all} MB", err=True)


def _unknown(name: str | None, settings: SiteSettings) -> str:
    known = ", ".join(f'"{model.name}"' for model in settings.models.models)
    return f'models.toml has no model "{name}"; it has {known}'
