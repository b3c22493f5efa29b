"""Voices stand behind one interface; a missing one is a clear error and a text never becomes a command."""

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr_service.prompting.engines import EngineError, FliteEngine, HibariEngine, choose_engine, flite_engine

RECORDING_FLITE = """#!/bin/sh
printf '%s\\n' "$@" >> "{folder}/arguments"
[ "$1" = --version ] && {{ echo "  Carnegie Mellon"; echo "  version: flite-2.2 2018"; exit 1; }}
cp "$4" "{folder}/text"
cp "{folder}/sound.wav" "$6"
"""


def fake_flite(folder: Path, script: str) -> Path:
    command = folder / "flite"
    command.write_text(script.format(folder=folder), encoding="utf-8")
    command.chmod(0o755)
    with wave.open(str(folder / "sound.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.full(1600, 8192, "<i2").tobytes())
    return command


def test_flite_gets_the_text_in_a_file_and_never_as_an_argument(tmp_path: Path) -> None:
    engine = FliteEngine(fake_flite(tmp_path, RECORDING_FLITE))
    samples, rate_hz = engine.synthesise("-o /etc/passwd; $(reboot)")
    assert (samples.size, rate_hz) == (1600, 16000)
    assert samples.dtype == np.float32
    assert samples[0] == pytest.approx(0.25)
    assert (tmp_path / "text").read_text(encoding="utf-8") == "-o /etc/passwd; $(reboot)"
    assert "reboot" not in (tmp_path / "arguments").read_text(encoding="utf-8")


def test_flite_tells_its_version_even_with_a_failing_exit_status(tmp_path: Path) -> None:
    assert FliteEngine(fake_flite(tmp_path, RECORDING_FLITE)).version == "flite-2.2"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("#!/bin/sh\necho 'no such voice' >&2; exit 3\n", "no such voice"),
        ("#!/bin/sh\nexit 0\n", "wrote no sound"),
        ("#!/no/such/shell\n", "flite command failed"),
    ],
)
def test_a_failing_flite_is_a_clear_error(tmp_path: Path, script: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        FliteEngine(fake_flite(tmp_path, script)).synthesise("Hello.")


def test_flite_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_flite(tmp_path, RECORDING_FLITE)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert flite_engine().synthesise("Hello.")[1] == 16000


def test_a_missing_flite_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="apt-get install flite"):
        flite_engine()


@pytest.mark.skipif(shutil.which("flite") is None, reason="the flite command is not installed")
def test_the_real_flite_speaks() -> None:
    samples, rate_hz = flite_engine().synthesise("Goodbye.")
    assert samples.size > rate_hz / 4
    assert "flite" in flite_engine().version


def test_hibari_is_the_first_choice() -> None:
    assert choose_engine("en").name == "hibari"


def test_hibari_says_the_same_in_the_same_bytes() -> None:
    first, second = (HibariEngine().synthesise("Goodbye.") for _ in range(2))
    assert first[1] == 24000
    assert first[0].dtype == np.float32
    assert first[0].tobytes() == second[0].tobytes()


def test_hibari_names_its_version_and_its_model() -> None:
    engine = HibariEngine()
    assert engine.version[0] in "0123456789"
    assert engine.voice.startswith("heart-")
    assert len(engine.voice) == len("heart-") + 16
