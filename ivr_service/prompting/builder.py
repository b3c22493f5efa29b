"""Builds the telephone audio of a catalogue, of the spelled words, and of the names in the configuration."""

import errno
import fcntl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.errors import IvrServiceError
from ivr_service.prompting import spelling
from ivr_service.prompting.audio import AudioError
from ivr_service.prompting.catalogue import Catalogue, Entry, unspeakable
from ivr_service.prompting.clips import (
    Clip,
    ClipMaker,
    Silence,
    clip_path,
    recorded,
    spoken_text,
    spoken_word,
)
from ivr_service.prompting.engines import Engine
from ivr_service.prompting.local_names import name_as_said
from ivr_service.prompting.manifest import (
    LanguageSounds,
    Manifest,
    PromptSound,
    read_manifest,
    write_manifest,
    write_whole,
)

KEEP_UNUSED_S = 24 * 60 * 60
APOLOGY_SOUND = "local/apology"

Progress = Callable[[int, int], None]
Clock = Callable[[], float]


class BuildError(IvrServiceError):
    """The prompts could not be built. What was built before stays in use."""


@dataclass(frozen=True)
class BuildReport:
    """How many clips were made, were there already, and were removed."""

    made: int
    reused: int
    removed: int


@dataclass(frozen=True)
class _Order:
    """A clip to be had, the key it is looked up by, and the words that are shown for it."""

    key: str
    text: str
    clip: Clip


def no_progress(done: int, total: int) -> None:
    """Report nothing."""


def build_prompts(  # noqa: PLR0913 - the last two have defaults
    catalogue: Catalogue,
    names: Collection[str],
    engine: Engine,
    prompts_dir: Path,
    *,
    keeps_apology: bool = False,
    progress: Progress = no_progress,
    clock: Clock = time.time,
) -> BuildReport:
    """Build every sound of a language and switch to them in one step.

    With `keeps_apology`, an apology in another language stays what a caller hears when the service is gone.

    `names` are the texts of every SpokenName that can occur; names that are no longer among them stay for
    KEEP_UNUSED_S, like every clip, because a call that began before may still play them. `progress` is told
    how many clips of how many are there. A second builder waits for the first.
    Raises BuildError; the manifest and every clip it names are then as they were.
    """
    prompts = [_prompt_order(entry) for entry in catalogue.entries.values()]
    words = _word_orders(catalogue.language)
    spoken_names = [_name_order(name, catalogue.language) for name in dict.fromkeys(names)]
    with _building(prompts_dir, catalogue.language) as old:
        maker = ClipMaker(engine, prompts_dir, catalogue.language)
        made = _make_all(maker, [*prompts, *words, *spoken_names], progress)
        former = old.languages.get(catalogue.language, LanguageSounds())
        leaving = _leaving(former, set(names), int(clock()))
        language = LanguageSounds(
            prompts={order.key: made[order] for order in prompts},
            words={order.key: made[order] for order in words},
            names={name: former.names[name] for name in leaving}
            | {order.key: made[order] for order in spoken_names},
            leaving=leaving,
        )
        if not (keeps_apology and clip_path(prompts_dir, APOLOGY_SOUND).exists()):
            _write_apology(prompts_dir, language)
        removed = _switch(prompts_dir, old, catalogue.language, language, int(clock()))
    return BuildReport(maker.made, maker.reused, removed)


def add_names(
    names: Collection[str], engine: Engine, prompts_dir: Path, language: str, *, clock: Clock = time.time
) -> BuildReport:
    """Make the names that are not there yet, and leave everything else as it is. Raises BuildError."""
    orders = [_name_order(name, language) for name in dict.fromkeys(names)]
    with _building(prompts_dir, language) as old:
        maker = ClipMaker(engine, prompts_dir, language)
        made = _make_all(maker, orders, no_progress)
        former = old.languages.get(language, LanguageSounds())
        merged = replace(
            former,
            names=dict(former.names) | {order.key: made[order] for order in orders},
            leaving={name: since for name, since in former.leaving.items() if name not in names},
        )
        removed = _switch(prompts_dir, old, language, merged, int(clock()))
    return BuildReport(maker.made, maker.reused, removed)


def _prompt_order(entry: Entry) -> _Order:
    clip = spoken_text(entry.text) if entry.recording is None else recorded(entry.recording, entry.text)
    return _Order(entry.id, entry.text, clip)


def _word_orders(language: str) -> list[_Order]:
    try:
        return [_word_order(word, language) for word in spelling.vocabulary(language)]
    except spelling.SpellingError as error:
        raise BuildError(str(error)) from error


def _word_order(word: str, language: str) -> _Order:
    if word == spelling.PAUSE:
        return _Order(word, word, Silence(spelling.PAUSE_MS))
    return _Order(word, word, spoken_word(spelling.carrier(word, language)))


def _name_order(name: str, language: str) -> _Order:
    text = name_as_said(name, language)
    if not text or unspeakable(text):
        raise BuildError(f"the name {name!r} cannot be spoken reliably; write it in letters and spaces")
    return _Order(name, text, spoken_text(text))


def _make_all(maker: ClipMaker, orders: list[_Order], progress: Progress) -> dict[_Order, PromptSound]:
    made: dict[_Order, PromptSound] = {}
    for order in orders:
        try:
            made[order] = PromptSound(maker.ensure(order.clip), order.text)
        except AudioError as error:
            raise BuildError(f"{order.key}: {error}") from error
        progress(len(made), len(orders))
    return made


def _leaving(former: LanguageSounds, names: set[str], now: int) -> dict[str, int]:
    gone = {name: former.leaving.get(name, now) for name in former.names if name not in names}
    return {name: since for name, since in gone.items() if now - since <= KEEP_UNUSED_S}


def _write_apology(prompts_dir: Path, language: LanguageSounds) -> None:
    """Keep the apology at a fixed path, for a front end that cannot reach the service."""
    apology = clip_path(prompts_dir, language.prompts[PromptId.APOLOGY].sound).read_bytes()
    path = clip_path(prompts_dir, APOLOGY_SOUND)
    if not path.exists() or path.read_bytes() != apology:
        write_whole(path, apology)


def _switch(prompts_dir: Path, old: Manifest, language: str, sounds: LanguageSounds, now: int) -> int:
    """Replace the manifest, then remove what has long been unused. Returns how many clips went."""
    languages = {**old.languages, language: sounds}
    used = Manifest(languages).sounds()
    found = [
        f"{path.parent.name}/{path.stem}" for name in languages for path in prompts_dir.glob(f"{name}/*.wav")
    ]
    since = {sound: old.retired.get(sound, now) for sound in found if sound not in used}
    expired = [sound for sound, moment in since.items() if now - moment > KEEP_UNUSED_S]
    new = Manifest(languages, _without(since, expired))
    if new != old:
        write_manifest(prompts_dir, new)
    for sound in expired:
        clip_path(prompts_dir, sound).unlink(missing_ok=True)
    return len(expired)


def _without(table: Mapping[str, int], keys: Collection[str]) -> dict[str, int]:
    return {key: value for key, value in table.items() if key not in keys}


@contextmanager
def _building(prompts_dir: Path, language: str) -> Iterator[Manifest]:
    """Be the only builder, and give the manifest as it is. Turns a failing disk into a BuildError."""
    try:
        for folder in (prompts_dir, prompts_dir / language, prompts_dir / "local"):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with (prompts_dir / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for leftover in (prompts_dir / language).glob(".*.part"):
                leftover.unlink(missing_ok=True)
            yield read_manifest(prompts_dir)
    except OSError as error:
        raise BuildError(_disk_problem(prompts_dir, error)) from error


def _disk_problem(prompts_dir: Path, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"no space is left for {prompts_dir}; make room and build again (the prompts from before stay)"
    reason = error.strerror or "unknown reason"
    return f"{error.filename or prompts_dir}: {reason} (the prompts from before stay in use)"
