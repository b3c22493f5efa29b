"""The prompts commands, as an admin uses them."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr_service.admin.options import EXAMPLE_CONFIG
from ivr_service.admin.prompts_commands import prompts
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.manifest import read_manifest

PLAYER = """#!/bin/sh
printf '%s\\n' "$@" > "{folder}/played"
exit {status}
"""


def ivr(*arguments: str | Path) -> Result:
    return CliRunner().invoke(prompts, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small catalogue with its state, built once by the real voice."""
    folder = tmp_path_factory.mktemp("site")
    lines = "".join(f'"{prompt.value}" = "Hello."\n' for prompt in PromptId)
    (folder / "en.toml").write_text(f"[prompts]\n{lines}", encoding="utf-8")
    assert build(folder).exit_code == 0
    return folder


def build(folder: Path, *more: str | Path) -> Result:
    return ivr("build", "--catalogue", folder / "en.toml", "--state", folder / "var", *more)


def test_a_second_build_has_nothing_to_make(folder: Path) -> None:
    result = build(folder)
    assert result.exit_code == 0
    assert "0 made" in result.output


def test_names_on_standard_input_are_made_and_a_later_build_keeps_them(folder: Path) -> None:
    arguments = ["names", "--state", str(folder / "var")]
    made = CliRunner().invoke(prompts, arguments, input="Annex\n\n Warehouse \n")
    assert (made.exit_code, made.output) == (0, "2 made, 0 were there.\n")
    build(folder)
    sounds = read_manifest(folder / "var" / "prompts").languages["en"]
    assert {"Annex", "Warehouse"} <= set(sounds.names)
    assert not sounds.leaving


def test_a_name_that_cannot_be_spoken_is_refused(folder: Path) -> None:
    made = CliRunner().invoke(prompts, ["names", "--state", str(folder / "var")], input="Room 5\n")
    assert made.exit_code == 1
    assert "'Room 5' cannot be spoken" in made.output


def test_the_check_is_content_after_a_build(folder: Path) -> None:
    result = ivr("check", "--catalogue", folder / "en.toml", "--state", folder / "var")
    assert (result.exit_code, result.output) == (0, "All prompts are in order.\n")


def test_the_check_fails_with_every_finding(folder: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "en.toml"
    text = (folder / "en.toml").read_text(encoding="utf-8")
    catalogue.write_text(text.replace('"goodbye" = "Hello."', '"goodbye" = "Press 1."'), encoding="utf-8")
    result = ivr("check", "--catalogue", catalogue, "--state", folder / "var")
    assert result.exit_code == 1
    assert "goodbye: untranslatable: '1' cannot be spoken" in result.output


def test_a_broken_catalogue_builds_nothing(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[prompts]\ngoodbye = "Bye."\n', encoding="utf-8")
    result = build(tmp_path)
    assert result.exit_code == 1
    assert 'apology: missing: has no text; add a line "apology" = "..."' in result.output
    assert not (tmp_path / "var").exists()


def test_a_broken_configuration_builds_nothing(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE_CONFIG, tmp_path / "config")
    (tmp_path / "config" / "caller-ids.toml").write_text("[", encoding="utf-8")
    result = build(folder, "--config", tmp_path / "config", "--state", tmp_path / "var")
    assert result.exit_code == 1
    assert "caller-ids.toml" in result.output
    assert not (tmp_path / "var").exists()


def test_a_voice_that_is_not_there_is_a_clear_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    result = build(folder, "--engine", "flite")
    assert result.exit_code == 1
    assert "apt-get install flite" in result.output


def test_a_prompt_is_played_by_the_player_that_is_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_player(tmp_path, monkeypatch, status=0)
    result = ivr("play", "goodbye", "--state", folder / "var")
    assert (result.exit_code, result.output) == (0, "Hello.\n")
    played = (tmp_path / "played").read_text(encoding="utf-8").splitlines()[-1]
    assert Path(played).is_file()


def test_a_player_that_fails_is_answered_with_where_the_audio_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_player(tmp_path, monkeypatch, status=1)
    result = ivr("play", "goodbye", "--state", folder / "var")
    assert result.exit_code == 0
    assert Path(result.output.split()[-1]).is_file()


def test_a_clip_that_is_gone_is_not_said_to_be_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_player(tmp_path, monkeypatch, status=0)
    shutil.copytree(folder / "var", tmp_path / "var")
    for clip in (tmp_path / "var" / "prompts" / "en").glob("*.wav"):
        clip.unlink()
    result = ivr("play", "goodbye", "--state", tmp_path / "var")
    assert result.exit_code == 1
    assert 'is not there; make it with "ivr-service prompts build"' in result.output
    assert not (tmp_path / "played").exists()


def put_player(folder: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    player = folder / "paplay"
    player.write_text(PLAYER.format(folder=folder, status=status), encoding="utf-8")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_an_unknown_prompt_is_told_where_ids_are(folder: Path) -> None:
    result = ivr("play", "good-bye", "--state", folder / "var")
    assert result.exit_code == 1
    assert 'There is no prompt, word or name "good-bye"' in result.output
    assert "prompts/en.toml" in result.output
