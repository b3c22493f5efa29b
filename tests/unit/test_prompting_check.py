"""The check finds what callers would stumble over, in the texts and in the audio."""

import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.builder import build_prompts
from ivr_service.prompting.catalogue import load_catalogue
from ivr_service.prompting.check import check_prompts
from ivr_service.prompting.findings import Finding, Trouble
from ivr_service.prompting.manifest import read_manifest
from tests.fakes.tone_engine import ToneEngine

NAMES = ["Main Office"]


def write_wav(path: Path, amplitude: float, duration_s: float, rate_hz: int = 8000) -> None:
    seconds = np.arange(int(duration_s * rate_hz)) / rate_hz
    samples = np.clip(amplitude * np.sin(2 * np.pi * 440 * seconds), -1, 1) * 32767
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(np.round(samples).astype("<i2").tobytes())


class Site:
    """A catalogue and what was built from it."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = folder / "en.toml"
        self.recording = folder / "own.wav"
        self.prompts_dir = folder / "prompts"
        write_wav(self.recording, 0.3, 1.0, 16000)
        self.write()

    def write(self, goodbye: str = '"Goodbye."') -> None:
        entries = {prompt.value: '"Hello."' for prompt in PromptId} | {"goodbye": goodbye}
        lines = "".join(f'"{key}" = {value}\n' for key, value in entries.items())
        self.catalogue.write_text(f"[prompts]\n{lines}", encoding="utf-8")

    def build(self) -> None:
        build_prompts(load_catalogue(self.catalogue), NAMES, ToneEngine(), self.prompts_dir)

    def goodbye(self) -> Path:
        sound = read_manifest(self.prompts_dir).languages["en"].prompts["goodbye"].sound
        return self.prompts_dir / f"{sound}.wav"

    def check(self) -> tuple[Finding, ...]:
        return check_prompts(self.catalogue, NAMES, self.prompts_dir)


@pytest.fixture(scope="module")
def built_prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = Site(tmp_path_factory.mktemp("built"))
    built.build()
    return built.prompts_dir


@pytest.fixture
def site(tmp_path: Path, built_prompts: Path) -> Site:
    shutil.copytree(built_prompts, tmp_path / "prompts")
    return Site(tmp_path)


def test_prompts_that_were_just_built_are_in_order(site: Site) -> None:
    assert site.check() == ()


def test_an_own_recording_in_order_is_no_finding(site: Site) -> None:
    site.write('{ text = "Goodbye.", recording = "own.wav" }')
    site.build()
    assert site.check() == ()


@pytest.mark.parametrize(
    ("spoil", "trouble"),
    [
        (lambda path: write_wav(path, 0.05, 1), Trouble.TOO_QUIET),
        (lambda path: write_wav(path, 2.0, 1), Trouble.CLIPPED),
        (lambda path: write_wav(path, 0.3, 12.5), Trouble.TOO_LONG),
        (lambda path: write_wav(path, 0.3, 1, 16000), Trouble.WRONG_RATE),
        (lambda path: path.unlink(), Trouble.NOT_BUILT),
        (lambda path: path.write_bytes(b"RIFF"), Trouble.NOT_BUILT),
    ],
)
def test_a_clip_that_is_not_fit_to_be_heard_is_found(
    site: Site, spoil: Callable[[Path], None], trouble: Trouble
) -> None:
    spoil(site.goodbye())
    assert [(finding.subject, finding.trouble) for finding in site.check()] == [("goodbye", trouble)]


@pytest.mark.parametrize(
    ("goodbye", "trouble"),
    [
        ('"So long."', Trouble.NOT_BUILT),
        ('"Press 1."', Trouble.UNTRANSLATABLE),
        ('""', Trouble.MISSING),
        ('"Bye."\n"spare" = "Hello."', Trouble.UNUSED),
        ('{ text = "Goodbye.", recording = "none.wav" }', Trouble.RECORDING_MISSING),
        ('{ text = "Goodbye.", recording = "own.wav" }', Trouble.NOT_BUILT),
    ],
)
def test_a_text_that_was_changed_is_found(site: Site, goodbye: str, trouble: Trouble) -> None:
    site.write(goodbye)
    assert trouble in {finding.trouble for finding in site.check()}


@pytest.mark.parametrize(("amplitude", "trouble"), [(3.0, Trouble.CLIPPED), (0.001, Trouble.TOO_QUIET)])
def test_a_poor_recording_is_found_although_its_clip_was_levelled(
    site: Site, amplitude: float, trouble: Trouble
) -> None:
    write_wav(site.recording, amplitude, 1.0)
    site.write('{ text = "Goodbye.", recording = "own.wav" }')
    site.build()
    findings = site.check()
    assert [(finding.subject, finding.trouble) for finding in findings] == [("goodbye", trouble)]
    assert findings[0].where.startswith(f"{site.catalogue}:")


def test_a_recording_that_was_replaced_after_the_build_is_found(site: Site) -> None:
    site.write('{ text = "Goodbye.", recording = "own.wav" }')
    site.build()
    write_wav(site.recording, 0.3, 2.0, 16000)
    assert [finding.trouble for finding in site.check()] == [Trouble.NOT_BUILT]


def test_a_recording_that_cannot_be_read_is_found(site: Site) -> None:
    site.recording.write_bytes(b"ID3 this is an mp3")
    site.write('{ text = "Goodbye.", recording = "own.wav" }')
    troubles = {finding.trouble for finding in site.check()}
    assert Trouble.RECORDING_UNREADABLE in troubles


def test_a_name_without_a_sound_is_found(site: Site) -> None:
    findings = check_prompts(site.catalogue, [*NAMES, "Annex"], site.prompts_dir)
    assert [(finding.subject, finding.trouble) for finding in findings] == [("'Annex'", Trouble.NOT_BUILT)]


def test_nothing_built_is_one_finding(tmp_path: Path) -> None:
    assert [finding.problem for finding in Site(tmp_path).check()] == ["nothing has been built yet"]


def test_a_broken_manifest_is_one_finding(site: Site) -> None:
    (site.prompts_dir / "manifest.json").write_text("{", encoding="utf-8")
    assert [finding.trouble for finding in site.check()] == [Trouble.UNREADABLE]


def test_an_unreadable_catalogue_is_one_finding(site: Site) -> None:
    site.catalogue.write_text("[prompts", encoding="utf-8")
    assert [finding.trouble for finding in site.check()] == [Trouble.UNREADABLE]


def test_a_finding_says_where_what_and_what_to_do(site: Site) -> None:
    write_wav(site.goodbye(), 0.05, 1)
    where = f"{site.goodbye()}: goodbye: too quiet: "
    assert str(site.check()[0]).startswith(where)
    assert str(site.check()[0]).endswith("; change its text or its recording")
