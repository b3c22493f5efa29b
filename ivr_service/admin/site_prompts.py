"""The prompts of a site in one language, as `prompts build` makes them and a starting service wants them."""

from pathlib import Path

from ivr_service.config import load_settings, names
from ivr_service.dialogue import menu
from ivr_service.errors import IvrServiceError
from ivr_service.policy.places import fixed_names
from ivr_service.policy.settings import SiteSettings
from ivr_service.prompting.builder import BuildReport, Progress, build_prompts, no_progress
from ivr_service.prompting.catalogue import load_catalogue, shipped_catalogue
from ivr_service.prompting.engines import Engine, WithoutVoice, choose_engine
from ivr_service.prompting.manifest import LanguageSounds, read_manifest


def build_site_prompts(  # noqa: PLR0913 - the last two have defaults
    config: Path,
    state: Path,
    language: str,
    engine: Engine,
    *,
    catalogue: Path | None = None,
    progress: Progress = no_progress,
) -> BuildReport:
    """Build every prompt, word and name of a language; without a catalogue, of the one that is shipped.

    Raises IvrServiceError; what was built before then stays as it was.
    """
    settings = load_settings(config).settings
    # A name that is there may be one that a user made; only the service knows when it is no longer needed.
    spoken_names = (*configured_names(settings), *sounds_built(state, language).names)
    return build_prompts(
        load_catalogue(catalogue or shipped_catalogue(language)),
        spoken_names,
        engine,
        state / "prompts",
        keeps_apology=language != settings.service.service.language,
        progress=progress,
    )


def build_without_voice(config: Path, state: Path, language: str) -> bool:
    """Build what takes no voice, and tell whether that was all; what failed is for a build to tell."""
    try:
        build_site_prompts(config, state, language, WithoutVoice(choose_engine(language)))
    except (IvrServiceError, OSError):
        return False
    return True


def configured_names(settings: SiteSettings) -> tuple[str, ...]:
    """The names of the configuration, and those of every site."""
    return (*names(settings), *names_of_every_site())


def names_of_every_site() -> tuple[str, ...]:
    """Countries, regions, and the menu's phrases: two that sound alike are offered as a choice."""
    return (*menu.every_phrase(), *fixed_names())


def sounds_built(state: Path, language: str) -> LanguageSounds:
    """What there is of a language."""
    return read_manifest(state / "prompts").languages.get(language, LanguageSounds())
