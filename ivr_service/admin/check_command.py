"""`ivr-service check`: everything that is wrong with the configuration, before it matters."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from ivr_service.admin.name_warnings import OwnSlots, name_warnings
from ivr_service.admin.options import config_option, plain_errors, state_option
from ivr_service.admin.store_access import existing_store, has_store
from ivr_service.config import ConfigurationError, LoadedSettings, load_settings
from ivr_service.dialogue.values import MailboxId, NumberClass, Refusal
from ivr_service.policy.models import ModelKind
from ivr_service.policy.numbers import classify
from ivr_service.policy.rules import SettingPath
from ivr_service.policy.settings import Mailbox, Policy, SiteSettings, SpeechBackend, SpeedDial
from ivr_service.policy.written import matches_extension
from ivr_service.prompting.catalogue import shipped_catalogue
from ivr_service.prompting.library import PromptLibrary
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon, LexiconError
from ivr_service.speech.site_speech import MODELS_FOLDER, ModelPlaces
from ivr_service.store.speed_dials import StoredSpeedDial

HasPin = Callable[[MailboxId], bool]
"""Whether a PIN is set for a mailbox."""

NameCheck = Callable[[LoadedSettings], Iterable[str]]
"""What is to be said about the names of a configuration."""

HasPrompts = Callable[[str], bool]
"""Whether callers can hear a language."""


def comes_with_prompts(language: str) -> bool:
    """Whether the project has the prompts of this language."""
    return shipped_catalogue(language).exists()


def names_unchecked(_: LoadedSettings) -> Iterable[str]:
    """For a check that says nothing about names."""
    return ()


def check_configuration(
    directory: Path,
    has_pin: HasPin | None = None,
    has_prompts: HasPrompts = comes_with_prompts,
    check_names: NameCheck = names_unchecked,
) -> int:
    """Print every problem, or that there is none, and then the warnings. Returns the exit code: 0 when valid.

    Without `has_pin` nothing is said about PINs.
    """
    try:
        loaded = load_settings(directory)
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(str(problem))
        click.echo(f"Configuration is not valid: {_count(len(error.problems), 'problem')}")
        return 1
    click.echo(f"Configuration is valid: {_summary(loaded.settings)}")
    for warning in (*warnings(loaded, has_pin, has_prompts), *check_names(loaded)):
        click.echo(f"Warning: {warning}")
    return 0


def warnings(
    loaded: LoadedSettings, has_pin: HasPin | None = None, has_prompts: HasPrompts = comes_with_prompts
) -> Iterator[str]:
    """What is allowed but is probably not meant."""
    settings = loaded.settings
    yield from _same_names("caller IDs", [entry.name for entry in settings.caller_ids.caller_ids])
    yield from _same_names("company speed dials", [entry.name for entry in settings.speed_dials.company])
    for owner in settings.speed_dials.mailboxes:
        listed = [entry.name for entry in owner.speed_dials]
        yield from _same_names(f"speed dials of mailbox {owner.mailbox}", listed)
    yield from _shadowed_extensions(loaded)
    yield from _refused_speed_dials(loaded)
    yield from _languages_without_prompts(loaded, has_prompts)
    for position, mailbox in enumerate(settings.mailboxes.mailboxes):
        where = loaded.sources.where("mailboxes", "mailboxes", position)
        yield from (f"{where}: {text}" for text in _mailbox_warnings(mailbox, settings, has_pin))


def _same_names(what: str, listed: list[str]) -> Iterator[str]:
    for name, count in Counter(name.lower() for name in listed).items():
        if count > 1:
            yield f'{count} {what} have the same name "{name}", so callers cannot tell them apart'


def _shadowed_extensions(loaded: LoadedSettings) -> Iterator[str]:
    emergency = loaded.settings.policy.policy.emergency.numbers
    for position, pattern in enumerate(loaded.settings.service.extensions.patterns):
        shadowed = [number for number in emergency if matches_extension(pattern, number)]
        if shadowed:
            where = loaded.sources.where("service", "extensions", "patterns", position)
            yield f"{where}: pattern {pattern} also fits {', '.join(shadowed)}, but emergency comes first"


def _refused_speed_dials(loaded: LoadedSettings) -> Iterator[str]:
    """Speed dials that the policy lets nobody dial."""
    for path, dial in _speed_dials(loaded.settings):
        decided = classify(dial.number, loaded.settings)
        if isinstance(decided.outcome, Refusal):
            step = decided.trace[-1]
            because = (
                f" ({loaded.sources.where(str(step.setting[0]), *step.setting[1:])})" if step.setting else ""
            )
            where = loaded.sources.where("speed_dials", *path)
            yield f"{where}: {dial.name} would be refused by the rule: {step.rule}{because}"


def _languages_without_prompts(loaded: LoadedSettings, has_prompts: HasPrompts) -> Iterator[str]:
    settings = loaded.settings
    chosen: list[tuple[str | None, SettingPath]] = [
        (settings.service.service.language, ("service", "service", "language"))
    ]
    for position, mailbox in enumerate(settings.mailboxes.mailboxes):
        where_it_is = ("mailboxes", "mailboxes", position)
        chosen.append((mailbox.language, (*where_it_is, "language")))
        chosen.append((mailbox.other_language, (*where_it_is, "other_language")))
    for language, path in chosen:
        if language is not None and not has_prompts(language):
            where = loaded.sources.where(str(path[0]), *path[1:])
            yield f"{where}: language {language} has no prompt catalogue; callers hear English"


def _speed_dials(settings: SiteSettings) -> Iterator[tuple[SettingPath, SpeedDial]]:
    """Every speed dial, and where it is in its file."""
    for position, dial in enumerate(settings.speed_dials.company):
        yield ("company", position), dial
    for index, owner in enumerate(settings.speed_dials.mailboxes):
        for position, dial in enumerate(owner.speed_dials):
            yield ("mailboxes", index, "speed_dials", position), dial


def _mailbox_warnings(mailbox: Mailbox, settings: SiteSettings, has_pin: HasPin | None) -> Iterator[str]:
    name = f"mailbox {mailbox.mailbox}"
    if mailbox.pin == "not-required" and not mailbox.inside_only:
        yield f'{name} needs no PIN and is open to callers from outside; write pin = "required"'
    if _lacks_pin(mailbox, has_pin):
        command = f"ivr-service pin set --mailbox {mailbox.mailbox}"
        yield f"{name} has no PIN, so it cannot call; set one with {command}"
    for number_class in sorted(_forbidden_classes(settings.policy.policy) & set(mailbox.allowed)):
        yield f"{name} allows {number_class}, but policy.toml does not"


def _lacks_pin(mailbox: Mailbox, has_pin: HasPin | None) -> bool:
    if mailbox.pin != "required" or has_pin is None:
        return False
    return not has_pin(MailboxId(mailbox.mailbox, mailbox.context))


def _forbidden_classes(policy: Policy) -> set[NumberClass]:
    """The classes that nobody may dial, whatever a mailbox allows."""
    allowed = {
        NumberClass.PREMIUM: policy.premium,
        NumberClass.TOLL_FREE: policy.toll_free,
        NumberClass.INTERNATIONAL: policy.international,
    }
    return {number_class for number_class, is_allowed in allowed.items() if not is_allowed}


def _summary(settings: SiteSettings) -> str:
    own = sum(len(owner.speed_dials) for owner in settings.speed_dials.mailboxes)
    return ", ".join(
        (
            _count(len(settings.caller_ids.caller_ids), "caller ID"),
            _count(len(settings.mailboxes.mailboxes), "mailbox", "mailboxes"),
            _count(len(settings.speed_dials.company) + own, "speed dial"),
        )
    )


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {several or one + 's'}"


@click.command("check")
@config_option
@state_option
@plain_errors
def check_command(config: Path, state: Path) -> None:
    """Check the configuration and print everything that is wrong with it."""
    library = PromptLibrary(state / "prompts")

    def has_prompts(language: str) -> bool:
        return comes_with_prompts(language) or library.is_built(language)

    if not has_store(state):
        raise click.exceptions.Exit(
            check_configuration(config, None, has_prompts, _name_check(lambda _: {}, state))
        )
    with existing_store(state) as database, database.reading() as unit:

        def has_pin(mailbox: MailboxId) -> bool:
            return unit.pins.hash_of(mailbox) is not None

        def own_slots(mailbox: MailboxId) -> dict[int, StoredSpeedDial]:
            return {dial.slot: dial for dial in unit.speed_dials.list(mailbox)}

        check_names = _name_check(own_slots, state)
        raise click.exceptions.Exit(check_configuration(config, has_pin, has_prompts, check_names))


def _name_check(own_slots: OwnSlots, state: Path) -> NameCheck:
    """The check of the names that callers say, where a model with a lexicon hears the site's language."""

    def check(loaded: LoadedSettings) -> Iterator[str]:
        folder = _lexicon_folder(loaded.settings, ModelPlaces(state / MODELS_FOLDER, state))
        if folder is None:
            return
        try:
            lexicon = Lexicon.load(folder / LEXICON_FILE)
        except LexiconError as error:
            yield f"the names could not be checked: {error}"
            return
        yield from name_warnings(loaded, lexicon, own_slots)

    return check


def _lexicon_folder(settings: SiteSettings, places: ModelPlaces) -> Path | None:
    """Where the lexicon is; None where callers are not heard, or by something that has words of its own."""
    service = settings.service
    model = settings.models.for_language(service.service.language)
    is_heard_here = service.service.speech and service.speech.backend is SpeechBackend.VOSK
    return places.folder(model) if is_heard_here and model.kind is ModelKind.LEXICON else None
