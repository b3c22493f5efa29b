"""What a phrase sounds like: looks up the sounds of the built prompts, on every turn of every call."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from ivr_service.dialogue.phrases import (
    Phrase,
    Prompt,
    PromptInLanguage,
    SpokenCount,
    SpokenKeys,
    SpokenMoment,
    SpokenName,
    SpokenNumber,
    SpokenRecording,
)
from ivr_service.errors import IvrServiceError
from ivr_service.prompting.joining import join_sounds
from ivr_service.prompting.manifest import (
    MANIFEST_NAME,
    LanguageSounds,
    Manifest,
    ManifestError,
    PromptSound,
    read_manifest,
)
from ivr_service.prompting.spelling import Spelled, spell

__all__ = ["DEFAULT_LANGUAGE", "PromptLibrary", "PromptMissingError", "PromptSound"]

DEFAULT_LANGUAGE = "en"

RECORDED_TEXT = "(a recording)"
"""What is shown for what a caller has recorded."""

_Stamp = tuple[int, int, int]


class PromptMissingError(IvrServiceError):
    """There is no sound for something that was to be said."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f'there is no sound for {what}; run "ivr-service prompts build"')


@dataclass(frozen=True)
class _Spoken:
    """The language that is spoken, and its sounds."""

    language: str
    sounds: LanguageSounds


class PromptLibrary:
    """The built prompts of a directory. May be shared by threads; follows a new build by itself."""

    def __init__(self, prompts_dir: Path) -> None:
        self._prompts_dir = prompts_dir
        self._path = os.fspath(prompts_dir / MANIFEST_NAME)
        self._loaded: tuple[_Stamp | None, Manifest] = (None, Manifest())

    def render(self, phrases: Sequence[Phrase], language: str) -> tuple[PromptSound, ...]:
        """Return the sounds that say the phrases, to be played in this order.

        A language that was not built is replaced by English. A pause is a sound whose text is empty.
        Raises PromptMissingError, and SpellingError for a phrase that has no spoken form.
        """
        spoken = self._spoken(language)
        return tuple(sound for phrase in phrases for sound in self._sounds_of(phrase, spoken))

    def render_as_one(self, phrases: Sequence[Phrase], language: str) -> PromptSound:
        """Return the one sound that says the phrases. Raises what `render` does, and JoiningError."""
        return join_sounds(self._prompts_dir, self.render(phrases, language))

    def missing_names(self, names: Collection[str], language: str) -> list[str]:
        """Return the names that have no sound yet, in their order."""
        known = self._manifest().languages.get(language, LanguageSounds()).names
        return [name for name in dict.fromkeys(names) if name not in known]

    def can_say(self, name: str, language: str) -> bool:
        """Whether a name has a sound in this language, or in the one that replaces it."""
        return name in self._spoken(language).sounds.names

    def is_built(self, language: str = DEFAULT_LANGUAGE) -> bool:
        """Whether there are prompts in this language that can be played."""
        try:
            return bool(self._manifest().languages.get(language, LanguageSounds()).prompts)
        except ManifestError:
            return False

    def _sounds_of(self, phrase: Phrase, spoken: _Spoken) -> Iterator[PromptSound]:
        if isinstance(phrase, PromptInLanguage):
            return _sounds_of(Prompt(phrase.id), self._spoken(phrase.language))
        return _sounds_of(phrase, spoken)

    def _spoken(self, language: str) -> _Spoken:
        languages = self._manifest().languages
        for one in (language, DEFAULT_LANGUAGE):
            if one in languages:
                return _Spoken(one, languages[one])
        raise PromptMissingError("any prompt: they have not been built")

    def _manifest(self) -> Manifest:
        """Return the manifest on disk, read again only when the file is another one.

        A manifest that is gone or broken does not end a service that has read a good one.
        """
        stamp = _stamp(self._path)
        known_stamp, manifest = self._loaded
        if stamp is None or stamp == known_stamp:
            return manifest
        try:
            manifest = read_manifest(self._prompts_dir)
        except ManifestError:
            if known_stamp is None:
                raise
        self._loaded = (stamp, manifest)
        return manifest


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs more than the call, on every turn
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _sounds_of(
    phrase: Prompt | SpokenName | SpokenRecording | Spelled, spoken: _Spoken
) -> Iterator[PromptSound]:
    sounds = spoken.sounds
    match phrase:
        case Prompt():
            yield _found(sounds.prompts.get(phrase.id), f'the prompt "{phrase.id}"')
        case SpokenName():
            yield _found(sounds.names.get(phrase.text), f'the name "{phrase.text}"')
        case SpokenRecording(voice):
            yield PromptSound(f"recorded/{voice}", RECORDED_TEXT)
        case SpokenNumber() | SpokenKeys() | SpokenCount() | SpokenMoment():
            for word in spell(phrase, spoken.language):
                yield _found(sounds.words.get(word), f'the word "{word}"')
        case _:
            assert_never(phrase)


def _found(sound: PromptSound | None, what: str) -> PromptSound:
    if sound is None:
        raise PromptMissingError(what)
    return sound
