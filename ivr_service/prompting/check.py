"""Finds what is wrong with a catalogue and with what was built from it."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ivr_service.errors import IvrServiceError
from ivr_service.prompting import spelling
from ivr_service.prompting.audio import (
    TARGET_LUFS,
    TELEPHONE_RATE_HZ,
    AudioError,
    Measurement,
    is_telephone_clip,
    measure,
)
from ivr_service.prompting.catalogue import Catalogue, Entry, inspect_catalogue
from ivr_service.prompting.clips import clip_path, recorded, recorded_sound
from ivr_service.prompting.findings import CatalogueError, Finding, Trouble
from ivr_service.prompting.local_names import name_as_said
from ivr_service.prompting.manifest import LanguageSounds, PromptSound, read_manifest

MAX_PROMPT_S = 12.0
MAX_NAME_S = 4.0
MAX_WORD_S = 2.0
MAX_BELOW_TARGET_LU = 3.0
MIN_RECORDING_LUFS = -45.0

_BUILD = 'run "ivr-service prompts build"'


def check_prompts(catalogue_path: Path, names: Collection[str], prompts_dir: Path) -> tuple[Finding, ...]:
    """Return everything that is wrong: in the catalogue, in own recordings, and in the clips.

    Limits: MAX_PROMPT_S, MAX_NAME_S and MAX_WORD_S in seconds; a clip may be MAX_BELOW_TARGET_LU quieter
    than the level of the others; an own recording quieter than MIN_RECORDING_LUFS would bring up its noise.
    """
    try:
        catalogue, findings = inspect_catalogue(catalogue_path)
        built = read_manifest(prompts_dir).languages.get(catalogue.language, LanguageSounds())
    except CatalogueError as error:
        return error.findings
    except IvrServiceError as error:
        return (Finding(Trouble.UNREADABLE, str(prompts_dir), "", str(error), _BUILD),)
    return (
        *findings,
        *_check_recordings(catalogue),
        *(
            _check_built(catalogue, names, built, prompts_dir)
            if built.prompts
            else _nothing_built(prompts_dir)
        ),
    )


def _nothing_built(prompts_dir: Path) -> Iterator[Finding]:
    yield Finding(Trouble.NOT_BUILT, str(prompts_dir), "", "nothing has been built yet", _BUILD)


def _check_built(
    catalogue: Catalogue, names: Collection[str], built: LanguageSounds, prompts_dir: Path
) -> tuple[Finding, ...]:
    return (
        *_check_texts(catalogue, built),
        *_check_present(_said(names, catalogue.language), built.names, prompts_dir),
        *_check_present(_words(catalogue.language), built.words, prompts_dir),
        *_check_clips(built.prompts, prompts_dir, MAX_PROMPT_S),
        *_check_clips(built.names, prompts_dir, MAX_NAME_S),
        *_check_clips(_without_pause(built.words), prompts_dir, MAX_WORD_S),
    )


def _said(names: Collection[str], language: str) -> dict[str, str]:
    return {name: name_as_said(name, language) for name in names}


def _words(language: str) -> dict[str, str]:
    """The words that are spelled with, each with its text; none for a language that has no such words."""
    known = spelling.vocabulary(language) if language in spelling.spelled_languages() else ()
    return {word: word for word in known}


def _check_recordings(catalogue: Catalogue) -> Iterator[Finding]:
    for entry in catalogue.entries.values():
        if entry.recording is not None:
            yield from _check_recording(catalogue, entry, entry.recording)


def _check_recording(catalogue: Catalogue, entry: Entry, path: Path) -> Iterator[Finding]:
    where = f"{catalogue.path}:{entry.line}"
    try:
        found = measure(path)
    except AudioError as error:
        yield Finding(Trouble.RECORDING_UNREADABLE, where, entry.id, str(error), "or take the recording out")
        return
    if found.clipped_samples:
        problem = f"{path.name} has {found.clipped_samples} samples at full scale"
        yield Finding(
            Trouble.CLIPPED, where, entry.id, problem, "record it again, further from the microphone"
        )
    if found.loudness_lufs < MIN_RECORDING_LUFS:
        problem = f"{path.name} is at {found.loudness_lufs:.0f} LUFS"
        yield Finding(
            Trouble.TOO_QUIET, where, entry.id, problem, "record it again, closer to the microphone"
        )


def _check_texts(catalogue: Catalogue, built: LanguageSounds) -> Iterator[Finding]:
    for entry in catalogue.entries.values():
        where = f"{catalogue.path}:{entry.line}"
        sound = built.prompts.get(entry.id)
        if sound is None:
            yield Finding(Trouble.NOT_BUILT, where, entry.id, "has no sound yet", _BUILD)
        elif sound.text != entry.text or _recording_changed(catalogue, entry, sound):
            yield Finding(Trouble.NOT_BUILT, where, entry.id, "was changed after the last build", _BUILD)


def _recording_changed(catalogue: Catalogue, entry: Entry, sound: PromptSound) -> bool:
    if entry.recording is None:
        return False
    try:
        return recorded_sound(recorded(entry.recording, entry.text), catalogue.language) != sound.sound
    except OSError:
        return False  # that it cannot be read is a finding of its own


def _check_present(
    wanted: Mapping[str, str], built: Mapping[str, PromptSound], prompts_dir: Path
) -> Iterator[Finding]:
    for key, text in wanted.items():
        if key not in built or built[key].text != text:
            yield Finding(Trouble.NOT_BUILT, str(prompts_dir), repr(key), "has no sound yet", _BUILD)


def _without_pause(words: Mapping[str, PromptSound]) -> dict[str, PromptSound]:
    return {word: sound for word, sound in words.items() if word != spelling.PAUSE}


def _check_clips(table: Mapping[str, PromptSound], prompts_dir: Path, longest_s: float) -> Iterator[Finding]:
    for key, sound in table.items():
        yield from _check_clip(key, clip_path(prompts_dir, sound.sound), longest_s)


def _check_clip(key: str, path: Path, longest_s: float) -> Iterator[Finding]:
    where = str(path)
    try:
        found = measure(path)
    except AudioError:
        yield Finding(Trouble.NOT_BUILT, where, key, "the clip is missing or damaged", _BUILD)
        return
    if not is_telephone_clip(path):
        problem = f"{found.rate_hz} Hz, and not {TELEPHONE_RATE_HZ} Hz 16-bit mono"
        yield Finding(Trouble.WRONG_RATE, where, key, problem, f"delete it and {_BUILD}")
    yield from _check_sound(key, where, found, longest_s)


def _check_sound(key: str, where: str, found: Measurement, longest_s: float) -> Iterator[Finding]:
    if found.loudness_lufs < TARGET_LUFS - MAX_BELOW_TARGET_LU:
        problem = f"{found.loudness_lufs:.1f} LUFS, and the others are at {TARGET_LUFS:.0f}"
        yield Finding(Trouble.TOO_QUIET, where, key, problem, "change its text or its recording")
    if found.clipped_samples:
        problem = f"{found.clipped_samples} samples at full scale"
        yield Finding(Trouble.CLIPPED, where, key, problem, f"delete it and {_BUILD}")
    if found.duration_s > longest_s:
        problem = f"{found.duration_s:.1f} seconds, and the limit is {longest_s:.0f}"
        yield Finding(Trouble.TOO_LONG, where, key, problem, "use fewer words")
