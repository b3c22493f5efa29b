"""Building prompts: each clip once, one switch to the new set, and the old set whatever goes wrong."""

import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr_service.dialogue.phrases import Phrase, Prompt, SpokenMoment, SpokenName, SpokenNumber
from ivr_service.dialogue.prompt_ids import PromptId
from ivr_service.prompting.audio import Samples
from ivr_service.prompting.builder import KEEP_UNUSED_S, BuildError, BuildReport, add_names, build_prompts
from ivr_service.prompting.catalogue import Catalogue, Entry, load_catalogue, shipped_catalogue
from ivr_service.prompting.engines import HibariEngine
from ivr_service.prompting.library import PromptLibrary, PromptMissingError
from ivr_service.prompting.manifest import read_manifest
from ivr_service.prompting.spelling import vocabulary
from tests.fakes.tone_engine import ToneEngine

START = 1_800_000_000.0


def catalogue(goodbye: str = "Goodbye.", recording: Path | None = None, language: str = "en") -> Catalogue:
    entries = {
        PromptId.APOLOGY: Entry(PromptId.APOLOGY, "We are sorry.", 1),
        PromptId.GOODBYE: Entry(PromptId.GOODBYE, goodbye, 2, recording),
    }
    return Catalogue(language, Path(f"{language}.toml"), entries)


def build(
    prompts_dir: Path,
    *,
    texts: Catalogue | None = None,
    names: tuple[str, ...] = ("Main Office",),
    engine: ToneEngine | None = None,
    now: float = START,
) -> BuildReport:
    return build_prompts(texts or catalogue(), names, engine or ToneEngine(), prompts_dir, clock=lambda: now)


def goodbye_sound(prompts_dir: Path) -> str:
    return PromptLibrary(prompts_dir).render((Prompt(PromptId.GOODBYE),), "en")[0].sound


def write_recording(path: Path, frequency_hz: float) -> Path:
    samples = 8000 * np.sin(2 * np.pi * frequency_hz * np.arange(22050) / 44100)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44100, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def test_everything_that_can_be_said_has_a_whole_clip(tmp_path: Path) -> None:
    build(tmp_path)
    for sound in read_manifest(tmp_path).sounds():
        with wave.open(str(tmp_path / f"{sound}.wav"), "rb") as clip:
            assert (clip.getframerate(), clip.getsampwidth(), clip.getnchannels()) == (8000, 2, 1)
            assert clip.getnframes() > 0
    assert set(read_manifest(tmp_path).languages["en"].words) == set(vocabulary("en"))


def test_a_second_build_makes_nothing_and_speaks_nothing(tmp_path: Path) -> None:
    build(tmp_path)
    manifest = (tmp_path / "manifest.json").stat()
    engine = ToneEngine()
    assert build(tmp_path, engine=engine).made == 0
    assert engine.spoken == []
    assert (tmp_path / "manifest.json").stat().st_mtime_ns == manifest.st_mtime_ns


def test_a_changed_text_is_the_only_thing_made_again(tmp_path: Path) -> None:
    build(tmp_path)
    engine = ToneEngine()
    assert build(tmp_path, texts=catalogue("So long."), engine=engine).made == 1
    assert engine.spoken == ["So long."]


def test_another_version_of_the_voice_makes_everything_again(tmp_path: Path) -> None:
    before = build(tmp_path).made
    assert build(tmp_path, engine=ToneEngine(version="2")).made == before - 1  # the pause has no voice


def test_a_damaged_clip_is_made_again(tmp_path: Path) -> None:
    build(tmp_path)
    clip = tmp_path / f"{goodbye_sound(tmp_path)}.wav"
    whole = clip.read_bytes()
    clip.write_bytes(whole[:1000])
    assert build(tmp_path).made == 1
    assert clip.read_bytes() == whole


def test_an_own_recording_takes_the_place_of_the_voice(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "own.wav", 440)
    engine = ToneEngine()
    build(tmp_path / "prompts", texts=catalogue(recording=recording), engine=engine)
    assert "Goodbye." not in engine.spoken
    first = goodbye_sound(tmp_path / "prompts")
    write_recording(recording, 880)
    assert build(tmp_path / "prompts", texts=catalogue(recording=recording)).made == 1
    assert goodbye_sound(tmp_path / "prompts") != first


def test_the_apology_of_the_site_stays_when_another_language_is_built(tmp_path: Path) -> None:
    build(tmp_path)
    apology = (tmp_path / "local/apology.wav").read_bytes()
    entries = {**catalogue().entries, PromptId.APOLOGY: Entry(PromptId.APOLOGY, "Lo sentimos mucho.", 1)}
    spanish = Catalogue("es", Path("es.toml"), entries)
    build_prompts(spanish, (), ToneEngine(), tmp_path, keeps_apology=True)
    assert (tmp_path / "local/apology.wav").read_bytes() == apology
    build_prompts(spanish, (), ToneEngine(), tmp_path)
    assert (tmp_path / "local/apology.wav").read_bytes() != apology


def test_the_apology_is_at_its_fixed_path(tmp_path: Path) -> None:
    build(tmp_path)
    apology = PromptLibrary(tmp_path).render((Prompt(PromptId.APOLOGY),), "en")[0].sound
    assert (tmp_path / "local" / "apology.wav").read_bytes() == (tmp_path / f"{apology}.wav").read_bytes()


def test_every_file_may_be_read_by_asterisk(tmp_path: Path) -> None:
    build(tmp_path)
    files = [*tmp_path.glob("*/*.wav"), tmp_path / "manifest.json"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}


def test_progress_is_told_for_every_clip(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    build_prompts(
        catalogue(), [], ToneEngine(), tmp_path, progress=lambda done, total: told.append((done, total))
    )
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


def test_an_unused_clip_stays_for_the_calls_that_may_play_it_and_then_goes(tmp_path: Path) -> None:
    build(tmp_path)
    old = tmp_path / f"{goodbye_sound(tmp_path)}.wav"
    changed = catalogue("So long.")
    assert build(tmp_path, texts=changed, now=START + 10).removed == 0
    assert build(tmp_path, texts=changed, now=START + 10 + KEEP_UNUSED_S).removed == 0
    assert old.exists()
    assert build(tmp_path, texts=changed, now=START + 11 + KEEP_UNUSED_S).removed == 1
    assert not old.exists()


def test_a_clip_that_is_used_again_is_not_removed(tmp_path: Path) -> None:
    build(tmp_path)
    build(tmp_path, texts=catalogue("So long."), now=START + 10)
    build(tmp_path, now=START + 20)
    build(tmp_path, texts=catalogue("So long."), now=START + 30 + KEEP_UNUSED_S)
    assert build(tmp_path, now=START + 40 + KEEP_UNUSED_S).made == 0


def test_a_name_that_left_the_configuration_can_be_said_for_a_day(tmp_path: Path) -> None:
    build(tmp_path, names=("Main Office", "Annex"))
    build(tmp_path, now=START + 10)
    annex = (SpokenName("Annex"),)
    assert PromptLibrary(tmp_path).render(annex, "en")[0].text == "Annex"
    build(tmp_path, now=START + 20 + KEEP_UNUSED_S)
    with pytest.raises(PromptMissingError):
        PromptLibrary(tmp_path).render(annex, "en")


def test_names_are_added_without_touching_the_rest(tmp_path: Path) -> None:
    build(tmp_path)
    engine = ToneEngine()
    add_names(["Annex", "Main Office"], engine, tmp_path, "en", clock=lambda: START)
    assert engine.spoken == ["Annex,"]
    library = PromptLibrary(tmp_path)
    assert library.missing_names(["Annex", "Main Office"], "en") == []
    assert library.render((Prompt(PromptId.GOODBYE),), "en")


def test_a_language_does_not_disturb_another(tmp_path: Path) -> None:
    build(tmp_path)
    add_names(["Oficina"], ToneEngine(), tmp_path, "es", clock=lambda: START)
    build(tmp_path)
    assert PromptLibrary(tmp_path).missing_names(["Oficina"], "es") == []


@pytest.mark.parametrize("name", ["Room 5", "R&D", ""])
def test_a_name_that_cannot_be_spoken_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BuildError, match="cannot be spoken"):
        build(tmp_path, names=(name,))


def test_a_language_whose_numbers_cannot_be_spoken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match='have no words in the language "de"'):
        build(tmp_path, texts=catalogue(language="de"))


def test_a_text_that_the_voice_leaves_silent_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="goodbye: there is nothing to hear"):
        build(tmp_path, engine=ToneEngine(silent=frozenset({"Goodbye."})))


def test_a_full_disk_leaves_the_old_prompts_in_use(tmp_path: Path) -> None:
    build(tmp_path)
    before = goodbye_sound(tmp_path)
    (tmp_path / ".manifest.json.part").symlink_to("/dev/full")  # every write to it fails with ENOSPC
    with pytest.raises(BuildError, match="no space is left"):
        build(tmp_path, texts=catalogue("So long."))
    assert goodbye_sound(tmp_path) == before
    assert (tmp_path / f"{before}.wav").exists()
    build(tmp_path, texts=catalogue("So long."))
    assert goodbye_sound(tmp_path) != before


def test_a_directory_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("a file", encoding="utf-8")
    with pytest.raises(BuildError, match="stay in use"):
        build(tmp_path / "prompts")


def test_what_a_killed_builder_left_is_cleared_away(tmp_path: Path) -> None:
    build(tmp_path)
    leftover = tmp_path / "en" / ".0123456789abcdef.wav.part"
    leftover.write_bytes(b"half")
    build(tmp_path)
    assert not leftover.exists()


class SlowEngine(ToneEngine):
    """Takes its time: until another builder is done, or has not been let in for a while."""

    def __init__(self, other_is_done: threading.Event) -> None:
        super().__init__()
        self.speaking = threading.Event()
        self._other_is_done = other_is_done

    def synthesise(self, text: str) -> tuple[Samples, int]:
        self.speaking.set()
        self._other_is_done.wait(timeout=0.3)
        return super().synthesise(text)


def test_two_builders_at_once_lose_nothing(tmp_path: Path) -> None:
    second_is_done = threading.Event()
    slow = SlowEngine(second_is_done)
    first = threading.Thread(target=add_names, args=(["Annex"], slow, tmp_path, "en"))
    first.start()
    assert slow.speaking.wait(timeout=10)
    add_names(["Warehouse"], ToneEngine(), tmp_path, "en")
    second_is_done.set()
    first.join()
    assert PromptLibrary(tmp_path).missing_names(["Annex", "Warehouse"], "en") == []


def test_the_shipped_prompts_are_built_by_the_real_voice(tmp_path: Path) -> None:
    shipped = load_catalogue(shipped_catalogue("en"))
    build_prompts(shipped, ["Main Office"], HibariEngine(), tmp_path)
    phrases: tuple[Phrase, ...] = (
        *(Prompt(prompt) for prompt in PromptId),
        SpokenNumber(("212", "555", "0142")),
        SpokenName("Main Office"),
        SpokenMoment("2026-05-05T08:05", "2026-05-04T08:00"),
    )
    for sound in PromptLibrary(tmp_path).render(phrases, "en"):
        assert (tmp_path / f"{sound.sound}.wav").stat().st_size > 1000
