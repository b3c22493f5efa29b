"""Prompts without audio: the catalogue's texts, and a made-up sound path for each."""

import hashlib
from collections.abc import Iterable, Iterator

from ivr_service.dialogue.phrases import (
    Phrase,
    Prompt,
    PromptInLanguage,
    SpokenName,
    SpokenRecording,
)
from ivr_service.prompting.catalogue import load_catalogue, shipped_catalogue
from ivr_service.prompting.library import RECORDED_TEXT
from ivr_service.prompting.local_names import name_as_said
from ivr_service.prompting.manifest import PromptSound
from ivr_service.prompting.spelling import Spelled, spell, spelled_languages


class CataloguePrompts:
    """Says what would be heard."""

    def __init__(self) -> None:
        self._texts = {
            (language, entry.id): entry.text
            for language in spelled_languages()
            for entry in load_catalogue(shipped_catalogue(language)).entries.values()
        }

    def render(self, phrases: Iterable[Phrase], language: str) -> tuple[PromptSound, ...]:
        return tuple(sound for phrase in phrases for sound in self._sounds(phrase, language))

    def _sounds(self, phrase: Phrase, language: str) -> Iterator[PromptSound]:
        if isinstance(phrase, SpokenRecording):
            yield PromptSound(f"recorded/{phrase.voice}", RECORDED_TEXT)
            return
        if isinstance(phrase, PromptInLanguage):
            yield from self._sounds(Prompt(phrase.id), phrase.language)
            return
        for text in self._said(phrase, language):
            yield PromptSound(f"{language}/{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)

    def can_say(self, name: str, language: str) -> bool:
        return True

    def render_as_one(self, phrases: Iterable[Phrase], language: str) -> PromptSound:
        text = " ".join(sound.text for sound in self.render(phrases, language))
        return PromptSound(f"joined/{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)

    def _said(self, phrase: Prompt | SpokenName | Spelled, language: str) -> Iterator[str]:
        if isinstance(phrase, Prompt):
            yield self._texts[language, phrase.id]
        elif isinstance(phrase, SpokenName):
            yield name_as_said(phrase.text, language)
        else:
            yield from spell(phrase, language)
