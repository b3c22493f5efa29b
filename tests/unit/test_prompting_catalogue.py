"""A catalogue holds one speakable text for every prompt, and says what is wrong where."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.catalogue import (
    inspect_catalogue,
    load_catalogue,
    normalised,
    shipped_catalogue,
    unspeakable,
)
from ivr_service.prompting.findings import CatalogueError, Trouble

COMPLETE: Mapping[str, str] = {prompt.value: '"Hello."' for prompt in PromptId}


def write(tmp_path: Path, changes: Mapping[str, str | None] = COMPLETE, name: str = "en.toml") -> Path:
    lines = {**COMPLETE, **changes}
    text = "".join(f'"{key}" = {value}\n' for key, value in lines.items() if value is not None)
    path = tmp_path / name
    path.write_text(f"# comment\n\n[prompts]\n{text}", encoding="utf-8")
    return path


def test_the_shipped_english_catalogue_is_complete_and_speakable() -> None:
    catalogue = load_catalogue(shipped_catalogue("en"))
    assert catalogue.language == "en"
    assert set(catalogue.entries) == set(PromptId)


def test_an_own_recording_is_found_beside_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "goodbye.wav").write_bytes(b"")
    path = write(tmp_path, {"goodbye": '{ text = "Bye  now.", recording = "goodbye.wav" }'})
    entry = load_catalogue(path).entries[PromptId.GOODBYE]
    assert (entry.text, entry.recording) == ("Bye now.", tmp_path / "goodbye.wav")


def test_an_entry_knows_its_line(tmp_path: Path) -> None:
    catalogue = load_catalogue(write(tmp_path))
    assert catalogue.entries[next(iter(PromptId))].line == 4


@pytest.mark.parametrize(
    ("key", "value", "trouble", "part"),
    [
        ("goodbye", None, Trouble.MISSING, 'add a line "goodbye"'),
        ("goodbye", '"  "', Trouble.MISSING, "write what callers hear"),
        ("goodbye", '"..."', Trouble.MISSING, "write what callers hear"),
        ("good-bye", '"Bye."', Trouble.UNUSED, "no prompt has this id"),
        ("menu", '{ call-now = "Call." }', Trouble.UNUSED, "in quotes"),
        ("goodbye", '"Press 1."', Trouble.UNTRANSLATABLE, "'1'"),
        ("goodbye", '"Rock & roll (live)"', Trouble.UNTRANSLATABLE, "'&()'"),
        ("goodbye", '"One\u0661"', Trouble.UNTRANSLATABLE, "write the words out"),
        ("goodbye", "7", Trouble.UNREADABLE, "is not a text"),
        ("goodbye", '{ text = "Bye.", rec = "a.wav" }', Trouble.UNREADABLE, "is not a text"),
        (
            "goodbye",
            '{ text = "Bye.", recording = "none.wav" }',
            Trouble.RECORDING_MISSING,
            "none.wav",
        ),
        ("goodbye", f'"{"word " * 90}"', Trouble.TOO_LONG, "at most 400"),
    ],
)
def test_a_wrong_entry_is_named_with_its_remedy(
    tmp_path: Path, key: str, value: str | None, trouble: Trouble, part: str
) -> None:
    _, findings = inspect_catalogue(write(tmp_path, {key: value}))
    assert [finding.trouble for finding in findings] == [trouble]
    assert findings[0].subject == key
    assert part in str(findings[0])


def test_a_finding_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, {"apology": '"Error 7."'})
    _, findings = inspect_catalogue(path)
    line = path.read_text(encoding="utf-8").splitlines().index('"apology" = "Error 7."') + 1
    assert findings[0].where == f"{path}:{line}"


def test_every_finding_is_reported_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, {"goodbye": None, "apology": '"1"', "nothing": '"Hello."'})
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert len(caught.value.findings) == len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "no section [prompts]"),
        (b"prompts = 1", "no section [prompts]"),
        (b"[prompts]\n[other]\n", "unknown section 'other'"),
        (b"[prompts]\na = 'x'\na = 'y'\n", "en.toml:3"),
        (b"[prompts]\na = 'x\n", "is not valid TOML"),
        (b"[prompts]\na = '\xff'\n", "not UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_clear_error(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "en.toml"
    path.write_bytes(content)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert part in str(caught.value)


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="No such file"):
        load_catalogue(tmp_path / "en.toml")


def test_the_file_name_must_be_a_language(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="two letters"):
        load_catalogue(write(tmp_path, name="english.toml"))


def test_a_text_has_one_form() -> None:
    assert normalised("  Caf\u0065\u0301 \n open. ") == "Caf\u00e9 open."


@pytest.mark.parametrize("text", ["Don't stop - go: now; yes, here? There!", "Stra\u00dfe"])
def test_letters_and_plain_punctuation_can_be_spoken(text: str) -> None:
    assert unspeakable(text) == ""


@pytest.mark.parametrize("character", '0123456789*#&@/()+%$"\u2019\u2014\u00b2\n\x00[]_')
def test_digits_and_symbols_cannot_be_spoken(character: str) -> None:
    assert unspeakable(f"a{character}b") == character
