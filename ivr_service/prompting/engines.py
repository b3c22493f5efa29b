"""Voices behind one interface, so that a young engine can be replaced without a change elsewhere."""

import hashlib
import importlib
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from ivr_service.errors import IvrServiceError
from ivr_service.prompting import espeak
from ivr_service.prompting.audio import AudioError, Samples, read_recording
from ivr_service.prompting.espeak import EspeakEngine

SEED = 0
SPEED = 1.0
_FLITE_TIMEOUT_S = 60


class EngineError(IvrServiceError):
    """No voice can be had, or a voice failed to speak a text."""


class Engine(Protocol):
    """A voice. The attributes are part of each clip's content hash, and reading them loads no model."""

    @property
    def name(self) -> str:
        """The engine, as `--engine` names it."""

    @property
    def version(self) -> str:
        """The engine's own version."""

    @property
    def voice(self) -> str:
        """The voice and a hash of its model."""

    def synthesise(self, text: str) -> tuple[Samples, int]:
        """Return mono samples between -1 and 1, and their rate in Hz. Raises EngineError."""


class WithoutVoice:
    """Goes by the name of a voice and never speaks: finds out whether everything is spoken already."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.version, self.voice = engine.name, engine.version, engine.voice

    def synthesise(self, text: str) -> tuple[Samples, int]:
        """Raises EngineError, always."""
        raise EngineError(f"{text!r} is not spoken yet")


class HibariEngine:
    """The hibari-tts package and the one voice that is inside its wheel. Nothing is ever downloaded.

    The same text gives the same bytes on one machine: the seed is fixed and one thread is used.
    """

    name = "hibari"

    @cached_property
    def version(self) -> str:
        """The version of the installed package."""
        return importlib.metadata.version("hibari-tts")

    @cached_property
    def voice(self) -> str:
        """The voice "heart" and the start of its model's SHA-256."""
        return f"heart-{hashlib.sha256(self._model.read_bytes()).hexdigest()[:16]}"

    @cached_property
    def _model(self) -> Path:
        package = importlib.util.find_spec("hibari")
        if package is None or package.origin is None:
            raise EngineError("the package hibari-tts is not installed")
        return Path(package.origin).parent / "assets" / "hibari.onnx"

    @cached_property
    def _speak(self) -> "_Speak":
        package = importlib.import_module("hibari")  # here, so that a cached build does not pay for it
        speak: _Speak = package.Hibari(voice="heart", model=str(self._model), threads=1)
        return speak

    def synthesise(self, text: str) -> tuple[Samples, int]:
        """Return mono samples between -1 and 1, at 24 kHz."""
        return self._speak(text, speed=SPEED, seed=SEED), self._speak.sample_rate


class _Speak(Protocol):
    sample_rate: int

    def __call__(self, text: str, *, speed: float, seed: int) -> Samples: ...


class FliteEngine:
    """The `flite` command, for machines on which hibari does not run."""

    name = "flite"

    def __init__(self, command: Path) -> None:
        self._command = command

    @cached_property
    def version(self) -> str:
        """What the command says its version is."""
        found = re.search(r"version: *(\S+)", self._run("--version"))
        return found[1] if found else "unknown"

    @property
    def voice(self) -> str:
        """The voice rms, which is compiled into the command."""
        return "rms"

    def synthesise(self, text: str) -> tuple[Samples, int]:
        """Return mono samples between -1 and 1, and their rate in Hz. Raises EngineError."""
        with tempfile.TemporaryDirectory(prefix="ivr-service-") as folder:
            words, sound = Path(folder) / "words.txt", Path(folder) / "sound.wav"
            words.write_text(text, encoding="utf-8")
            self._run("-voice", self.voice, "-f", str(words), "-o", str(sound))
            try:
                samples, rate_hz = read_recording(sound)
            except AudioError as error:
                raise EngineError(f"flite wrote no sound for {text!r}") from error
        return samples.astype(np.float32), rate_hz

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program and an argument list, no shell
                [str(self._command), *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_FLITE_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"the flite command failed: {error}") from error
        if done.returncode != 0 and arguments != ("--version",):
            raise EngineError(f"the flite command failed: {done.stderr.strip()[:200]}")
        return done.stdout or done.stderr


def choose_engine(language: str) -> Engine:
    """Return hibari for English where it is installed, else flite; eSpeak NG for every other language.

    Raises EngineError when there is none, and EspeakError for a language that has no voice.
    """
    return _english_engine() if language == "en" else espeak_engine(language)


def _english_engine() -> Engine:
    if importlib.util.find_spec("hibari") is not None:
        return HibariEngine()
    try:
        return flite_engine()
    except EngineError as error:
        raise EngineError(
            "there is no voice to make the prompts with: install the Python package hibari-tts, "
            "or the command flite (on Debian or Ubuntu: apt-get install flite)"
        ) from error


def espeak_engine(language: str) -> EspeakEngine:
    """Return eSpeak NG. Raises EngineError when it is not there, EspeakError when it lacks the language."""
    if not espeak.is_installed():
        raise EngineError(
            f'there is no voice for the language "{language}": install the Python package {espeak.PACKAGE}'
        )
    return EspeakEngine(language)


def flite_engine() -> FliteEngine:
    """Return the flite command's engine. Raises EngineError when the command is not there."""
    command = shutil.which("flite")
    if command is None:
        raise EngineError("the command flite is not installed (on Debian or Ubuntu: apt-get install flite)")
    return FliteEngine(Path(command))
