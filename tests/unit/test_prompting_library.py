"""The library finds the sounds of a phrase, follows a new build, and never goes silent without a reason."""

from pathlib import Path

import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenKeys, SpokenMoment, SpokenName, SpokenNumber
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.library import PromptLibrary, PromptMissingError
from ivr_service.prompting.manifest import (
    LanguageSounds,
    Manifest,
    ManifestError,
    PromptSound,
    write_manifest,
)
from ivr_service.prompting.spelling import vocabulary

GOODBYE = Prompt(PromptId.GOODBYE)


def sounds(language: str, goodbye: str) -> LanguageSounds:
    return LanguageSounds(
        prompts={PromptId.GOODBYE: PromptSound(f"{language}/goodbye", goodbye)},
        words={
            word: PromptSound(f"{language}/w{index}", word) for index, word in enumerate(vocabulary(language))
        },
        names={"Main Office": PromptSound(f"{language}/office", "Main Office")},
    )


def write(prompts_dir: Path, **languages: LanguageSounds) -> None:
    write_manifest(prompts_dir, Manifest(languages))


@pytest.fixture
def library(tmp_path: Path) -> PromptLibrary:
    write(tmp_path, en=sounds("en", "Goodbye."), es=sounds("es", "Adios."))
    return PromptLibrary(tmp_path)


@pytest.mark.parametrize(
    ("phrases", "text"),
    [
        ((), ""),
        ((GOODBYE,), "Goodbye."),
        ((SpokenName("Main Office"), GOODBYE), "Main Office Goodbye."),
        ((SpokenNumber(("21", "5")),), "two one,  five."),
        ((SpokenKeys("3*"),), "three star."),
        ((SpokenMoment("2026-05-05T08:00", "2026-05-04T08:00"),), "eight a m, tomorrow."),
    ],
)
def test_what_is_heard_can_be_read(library: PromptLibrary, phrases: tuple[Phrase, ...], text: str) -> None:
    assert " ".join(sound.text for sound in library.render(phrases, "en")) == text


def test_each_language_has_its_own_sounds(library: PromptLibrary) -> None:
    assert library.render((GOODBYE,), "es") == (PromptSound("es/goodbye", "Adios."),)


def test_a_language_that_was_not_built_is_replaced_by_english(library: PromptLibrary) -> None:
    assert library.render((GOODBYE,), "fr") == library.render((GOODBYE,), "en")


@pytest.mark.parametrize("phrase", [Prompt(PromptId.APOLOGY), SpokenName("Warehouse")])
def test_what_has_no_sound_is_named(library: PromptLibrary, phrase: Phrase) -> None:
    with pytest.raises(PromptMissingError, match=r"apology|Warehouse"):
        library.render((GOODBYE, phrase), "en")


def test_nothing_built_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path)
    assert not library.is_built()
    with pytest.raises(PromptMissingError, match="prompts build"):
        library.render((GOODBYE,), "en")


def test_a_new_build_is_followed(library: PromptLibrary, tmp_path: Path) -> None:
    library.render((GOODBYE,), "en")
    write(tmp_path, en=sounds("en", "So long, then."))
    assert library.render((GOODBYE,), "en")[0].text == "So long, then."


def test_prompts_built_after_the_start_are_found(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path)
    assert not library.is_built()
    write(tmp_path, en=sounds("en", "Goodbye."))
    assert library.is_built()


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"format": 2, "languages": {}, "retired": {}}']
)
def test_a_manifest_that_breaks_later_does_not_end_the_service(
    library: PromptLibrary, tmp_path: Path, content: bytes | None
) -> None:
    library.render((GOODBYE,), "en")
    manifest = tmp_path / "manifest.json"
    if content is None:
        manifest.unlink()
    else:
        manifest.write_bytes(content)
    assert library.render((GOODBYE,), "en")[0].text == "Goodbye."


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"format": 1}',
        '{"format": 1, "retired": {}, "languages": {"en": {"names": {"A": {"sound": "../x", "text": ""}}}}}',
    ],
)
def test_a_manifest_that_is_broken_from_the_start_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(ManifestError, match="build the prompts again"):
        PromptLibrary(tmp_path).render((GOODBYE,), "en")
    assert not PromptLibrary(tmp_path).is_built()


def test_names_without_a_sound_are_listed_once_in_their_order(library: PromptLibrary) -> None:
    names = ["Warehouse", "Main Office", "Annex", "Warehouse"]
    assert library.missing_names(names, "en") == ["Warehouse", "Annex"]
    assert library.missing_names(["Main Office"], "fr") == ["Main Office"]
