"""Puts the service together: the one place that knows every part."""

import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ivr_service.admin.site_prompts import build_without_voice, names_of_every_site
from ivr_service.config import ConfigurationError, load_settings, names, names_to_say
from ivr_service.dialogue import menu, questions, survey_questions
from ivr_service.dialogue.language import LANGUAGES_HEARD
from ivr_service.dialogue.values import MailboxId
from ivr_service.errors import IvrServiceError
from ivr_service.policy import places
from ivr_service.policy.options import SpeechFailures as KeepFailures
from ivr_service.policy.settings import Service, SiteSettings
from ivr_service.prompting.builder import BuildError
from ivr_service.prompting.catalogue import shipped_catalogue
from ivr_service.prompting.clips import clip_path
from ivr_service.prompting.library import DEFAULT_LANGUAGE, PromptLibrary
from ivr_service.prompting.making import NameMaker
from ivr_service.prompting.manifest import read_manifest
from ivr_service.prompting.voices import polished
from ivr_service.service.calls import CallService
from ivr_service.service.dial_handler import DialHandler
from ivr_service.service.last_good import last_good_directory
from ivr_service.service.messages import PartState
from ivr_service.service.now_and_then import NowAndThen
from ivr_service.service.recording_files import RecordingFiles
from ivr_service.service.recordings import RecordingKeeper
from ivr_service.service.settings_store import Refreshed, SettingsStore, SettingsWatcher
from ivr_service.service.settling import Settling
from ivr_service.service.voices import VoiceFiles, delete_unkept
from ivr_service.speech.answers import SpokenAnswers
from ivr_service.speech.failures import SpeechFailures
from ivr_service.speech.kept_answers import KeptAnswers
from ivr_service.speech.site_speech import MODELS_FOLDER, ModelPlaces, SiteSpeech
from ivr_service.store.database import Database
from ivr_service.store.errors import StoreUnavailableError
from ivr_service.web.application import create_app
from ivr_service.web.metrics import Metrics
from ivr_service.web.server import ServedApplication, ServerSettings, run_server, sole_server
from ivr_service.web.speech import SpeechServer, speech_socket
from ivr_service.web.token import load_or_make_token

RECONCILE_GRACE = timedelta(minutes=2)
"""How long after its end a dial may still be reported before it counts as ended in an unknown way."""

LONGEST_CALL = timedelta(days=1)
"""No caller stays longer: what they recorded before is kept by a slot or a survey, or by nobody."""

VOICES = "voices"
"""The folder that agi.call records them into, below that of the recordings."""

PURGE_EVERY_S = 3600.0
"""How often is looked for voices that were kept long enough."""

LOOK_EVERY_S = 5.0
"""How often is looked how a speech server is."""
_SHARED_WITH_THE_GROUP = 0o2770

_log = structlog.get_logger()


@dataclass(frozen=True)
class Site:
    """Where a site keeps what: its configuration, and what the service writes."""

    config: Path
    state: Path

    @property
    def database_url(self) -> str:
        """The store."""
        return f"sqlite:///{self.state.resolve()}/ivr.sqlite"

    @property
    def prompts(self) -> Path:
        """The built audio."""
        return self.state / "prompts"

    @property
    def recordings(self) -> Path:
        """What Asterisk records: calls, and what callers leave."""
        return self.state / "recordings"

    @property
    def voices(self) -> Path:
        """What callers record: the names of their speed dials, and comments of surveys."""
        return self.recordings / VOICES

    @property
    def speech(self) -> Path:
        """The graphs of what can be said here."""
        return self.state / "speech"

    @property
    def models(self) -> Path:
        """The models that were fetched."""
        return self.state / MODELS_FOLDER

    @property
    def token(self) -> Path:
        """The secret of the front end."""
        return self.state / "token"

    @property
    def last_good(self) -> Path:
        """The last configuration that was valid."""
        return self.state / "last-good"


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def open_database(site: Site) -> Database:
    """The store of a site, brought to this version. Raises StoreUnavailableError."""
    site.state.mkdir(parents=True, exist_ok=True)
    database = Database(site.database_url)
    database.migrate()
    return database


def names_in_use(database: Database, settings: SiteSettings) -> tuple[str, ...]:
    """Every name and text that callers hear: those of the configuration, and those that owners made."""
    return tuple(dict.fromkeys((*names(settings), *_names_made(database, settings))))


def _names_made(database: Database, settings: SiteSettings) -> list[str]:
    """The names that owners made. None of them when the store cannot answer.

    No call is taken then, but a worker must be able to start: one that cannot takes the whole service
    with it, and the store may be put right while it runs.
    """
    try:
        with database.reading() as unit:
            return [
                dial.name
                for row in settings.mailboxes.mailboxes
                for dial in unit.speed_dials.list(MailboxId(row.mailbox, row.context))
                if dial.name
            ]
    except StoreUnavailableError as error:
        _log.error("names made by owners", problem=str(error))
        return []


def phrases_in_use(database: Database, settings: SiteSettings) -> tuple[str, ...]:
    """All that callers can say but numbers: every name, and the words of every question."""
    spoken = (*names_to_say(settings), *_names_made(database, settings))
    return (*dict.fromkeys(spoken), *menu.every_phrase(), *questions.EVERY_WORD, *survey_questions.EVERY_WORD)


def languages_in_use(settings: SiteSettings) -> tuple[str, ...]:
    """The languages callers hear, of those that have a catalogue."""
    rows = settings.mailboxes.mailboxes
    wanted = [settings.service.service.language]
    wanted += [language for row in rows for language in (row.language, row.other_language) if language]
    known = [language for language in wanted if shipped_catalogue(language).exists()]
    return tuple(dict.fromkeys(known or [DEFAULT_LANGUAGE]))


def prepare_prompts(site: Site, database: Database) -> None:
    """Build every prompt that is not there yet, and show the progress. Raises IvrServiceError.

    What has to be spoken is built by a process of its own: the voice needs some 200 MB, which it gives back
    by ending, and its library does not survive a fork.
    """
    settings = SettingsStore(site.config, site.last_good).current.settings
    for language in languages_in_use(settings):
        _build_or_keep(site, language)
    make_missing_names(site, database, settings)


def _build_or_keep(site: Site, language: str) -> None:
    """A slip in a catalogue must not keep the service from starting when there are prompts to go on with."""
    config = _valid_configuration(site)
    if build_without_voice(config, site.state, language):
        return
    try:
        _run_prompts_command("build", site, language, "--config", str(config))
    except BuildError as error:
        if not PromptLibrary(site.prompts).is_built(language):
            raise
        _log.error("prompts", problem=f"{error} (the prompts from before stay in use)")


def _valid_configuration(site: Site) -> Path:
    """The configuration, or the last good one when it is broken, as the service itself does."""
    try:
        load_settings(site.config)
    except ConfigurationError:
        return last_good_directory(site.last_good)
    return site.config


def make_missing_names(site: Site, database: Database, settings: SiteSettings) -> None:
    """Make the names that have no sound yet, so that a live call never waits for one. Raises BuildError.

    A city is made once a caller would have heard it.
    """
    library = PromptLibrary(site.prompts)
    spoken = (*names_in_use(database, settings), *names_of_every_site())
    for language in languages_in_use(settings):
        missing = library.missing_names(spoken, language)
        if missing:
            _run_prompts_command("names", site, language, names=missing)


def _make_names(site: Site, names: Sequence[str], language: str) -> None:
    _run_prompts_command("names", site, language, names=names)


def _run_prompts_command(
    command: str, site: Site, language: str, *options: str, names: Sequence[str] | None = None
) -> None:
    """Run a command of our own; the names go through standard input. Raises BuildError."""
    done = subprocess.run(  # noqa: S603 - our own program
        [
            *(sys.executable, "-m", "ivr_service", "prompts", command),
            *("--state", str(site.state), "--language", language, *options),
        ],
        input="" if names is None else "\n".join(names),
        text=True,
        stdout=None if names is None else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"the prompts could not be made: {done.stderr.strip()}")


def prepare_places(settings: SiteSettings) -> None:
    """Load where numbers are, when callers are told. Before the fork, the workers share what it takes."""
    knowledge = settings.options.knowledge
    if knowledge is not None and "place" in knowledge.say:
        places.load_places()


def write_front_end_settings(site: Site) -> Path:
    """Write the small file that Asterisk's front end reads, with the places of this site."""
    state = site.state.resolve()
    path = site.state / "front-end.conf"
    # Asterisk writes here, as a member of this service's group; what it makes stays in that group (setgid).
    for folder in (site.recordings, site.voices):
        folder.mkdir(exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != _SHARED_WITH_THE_GROUP:
            folder.chmod(_SHARED_WITH_THE_GROUP)
    path.write_text(
        f"socket={state}/service.sock\ntoken_file={state}/token\nprompts={state}/prompts\n"
        f"apology=local/apology\nrecordings={state}/recordings\n",
        encoding="ascii",
    )
    # It names places and no secret; Asterisk's user must be able to read a copy of it.
    path.chmod(0o644)
    return path


def start_up(site: Site, database: Database) -> tuple[str, Service]:
    """Do what is done once, before there are workers: the token, the dials nobody reported on.

    Returns the token and the settings of the server. Raises IvrServiceError when the service cannot start.
    """
    with database.intent() as unit:
        unit.dials.reconcile(now(), RECONCILE_GRACE)
    token = load_or_make_token(site.token)
    write_front_end_settings(site)
    store = SettingsStore(site.config, site.last_good)
    for problem in store.problems():
        _log.error("configuration", problem=problem)
    return token, store.current.settings.service.service


def prepare_speech(site: Site, database: Database) -> SiteSpeech | None:
    """Load the recognisers, once for all workers; None when speech is switched off.

    Without one that can be loaded, calls go on by keys.
    """
    settings = SettingsStore(site.config, site.last_good).current.settings
    if not settings.service.service.speech:
        return None
    speech = SiteSpeech(ModelPlaces(site.models, site.speech))
    _refresh_speech(database, speech, settings)
    return speech


def _refresh_speech(database: Database, speech: SiteSpeech, settings: SiteSettings) -> None:
    try:
        readied = speech.prepare(settings, phrases_in_use(database, settings))
    except IvrServiceError as error:
        _log.error("speech", problem=str(error))
        return
    for problem in readied.problems:
        _log.error("speech", problem=problem)
    if readied.unknown_words:
        _log.warning("speech", problem="words that cannot be heard", words=list(readied.unknown_words))


@dataclass(frozen=True)
class Voices:
    """What is made before the workers, and shared by them: the recogniser, and where voices come in."""

    speech: SiteSpeech
    listening: socket.socket


def make_application(
    site: Site, database: Database, token: str, voices: Voices | None = None
) -> ServedApplication:
    """Make what one worker serves. It closes the database at its end."""
    speech = None if voices is None else voices.speech

    def make_ready(settings: SiteSettings) -> None:
        make_missing_names(site, database, settings)
        prepare_places(settings)
        if speech is not None:
            _refresh_speech(database, speech, settings)

    store = SettingsStore(site.config, site.last_good, make_ready)
    watcher = SettingsWatcher(store, report=lambda outcome: _report(store, outcome))
    library, metrics = PromptLibrary(site.prompts), Metrics()
    failures = SpeechFailures(site.state)
    recordings, spoken_names = RecordingFiles(site.recordings), VoiceFiles(site.voices, polished)
    settling = Settling(RecordingKeeper(database, recordings, metrics))
    maker = NameMaker(lambda wanted, language: _make_names(site, wanted, language))
    calls = CallService(
        database=database,
        settings=lambda: store.current.settings,
        prompts=library,
        clock=now,
        dial_handler=DialHandler(free_mb=recordings.free_mb),
        observer=metrics,
        settle_recording=settling.settle,
        voices=spoken_names,
        hears=lambda spoken: spoken in LANGUAGES_HEARD and speech is not None and speech.hears(spoken),
        watcher=failures,
        want_name=maker.want,
    )
    flask = create_app(
        calls,
        token=token,
        readiness={
            "configuration": lambda: PartState.DEGRADED if store.problems() else PartState.OK,
            "prompts": lambda: _prompts_state(site, store.current.settings),
            "speech": lambda: PartState.OK if speech is None or speech.is_well else PartState.DEGRADED,
            "store": lambda: _store_state(database),
        },
        metrics=metrics,
    )

    server = None
    if voices is not None:
        answers = SpokenAnswers(calls.question, voices.speech.recogniser)
        kept = KeptAnswers(
            answers,
            calls.question,
            is_wanted=lambda: store.current.settings.options.speech_failures is not None,
            keep=failures.keep,
        )
        server = SpeechServer(voices.listening, kept, token)
        server.start()

    def purge() -> None:
        _purge(failures, store.current.settings)
        _purge_voices(database, spoken_names)

    looking = NowAndThen(lambda: None if speech is None else speech.look_after(), LOOK_EVERY_S)
    looking.start()
    purging = NowAndThen(purge, PURGE_EVERY_S)
    purging.start()

    def close() -> None:
        if server is not None:
            server.stop()
        watcher.stop()
        looking.stop()
        purging.stop()
        settling.stop()
        maker.close()
        database.close()

    watcher.start()
    settling.start()
    return ServedApplication(flask, close)


def _purge(failures: SpeechFailures, settings: SiteSettings) -> None:
    """Delete what was kept long enough; also at a site that has stopped keeping anything."""
    wanted = settings.options.speech_failures or KeepFailures()
    try:
        failures.purge(now(), wanted.keep_days)
    except OSError as error:
        _log.error("speech failures", problem=f"old ones cannot be deleted: {error}")


def _purge_voices(database: Database, voices: VoiceFiles) -> None:
    """Delete what was recorded and nobody keeps any more. A call that goes on keeps its own."""

    def kept() -> frozenset[str]:
        with database.reading() as unit:
            return unit.speed_dials.voices() | unit.survey_answers.voices()

    try:
        delete_unkept(voices, voices.older_than(now() - LONGEST_CALL), kept)
    except (OSError, IvrServiceError) as error:
        _log.error("recorded voices", problem=f"old ones cannot be deleted: {error}")


def serve(site: Site, tell_it_starts: Callable[[], None]) -> None:
    """Make all that is needed and serve calls until told to stop.

    Nothing is touched while another service runs in this state folder. Raises IvrServiceError when the
    service cannot start.
    """
    with sole_server(site.state), closing(open_database(site)) as database:
        token, service = start_up(site, database)
        prepare_prompts(site, database)
        prepare_places(SettingsStore(site.config, site.last_good).current.settings)
        with _open_voices(site, database) as voices:
            database.close()  # the workers open connections of their own, to this same file only
            tell_it_starts()
            run_server(
                ServerSettings(site.state, service.workers, service.threads, service.tcp_port),
                lambda: make_application(site, database, token, voices),
            )


@contextmanager
def _open_voices(site: Site, database: Database) -> Iterator[Voices | None]:
    """The recogniser and the socket for voices; None when speech is switched off."""
    speech = prepare_speech(site, database)
    if speech is None:
        yield None
        return
    with speech_socket(site.state) as listening:
        yield Voices(speech, listening)


def log_level(site: Site) -> str:
    """The configured level; "info" while the configuration is broken, so that its errors are seen."""
    try:
        return load_settings(site.config).settings.service.service.log_level
    except (ConfigurationError, OSError):
        return "info"


def _store_state(database: Database) -> PartState:
    with database.reading() as unit:
        unit.calls.load("")
    return PartState.OK


def _prompts_state(site: Site, settings: SiteSettings) -> PartState:
    """Looks at the disk, for a library goes on with what it remembers."""
    built = read_manifest(site.prompts).languages
    for language in languages_in_use(settings):
        sounds = built.get(language)
        if sounds is None or not sounds.prompts:
            return PartState.MISSING
        clips = (*sounds.prompts.values(), *sounds.words.values(), *sounds.names.values())
        if not all(clip_path(site.prompts, clip.sound).exists() for clip in clips):
            return PartState.MISSING
    return PartState.OK


def _report(store: SettingsStore, outcome: Refreshed) -> None:
    if outcome is Refreshed.ACTIVE:
        _log.info("configuration reloaded")
    for problem in store.problems():
        _log.error("configuration", problem=problem)
