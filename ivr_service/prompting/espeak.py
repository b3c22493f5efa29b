"""The voice for languages that hibari does not speak: the eSpeak NG library of the package espeakng-loader.

It sounds like a machine, and is understood. The library (GPL-3) is loaded only when something is to be
spoken. Its functions and numbers are those of speak_lib.h in eSpeak NG 1.52.
"""

import ctypes
import hashlib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ivr_service.errors import IvrServiceError
from ivr_service.prompting.audio import Samples

PACKAGE = "espeakng-loader"
VOICES = {"en": "en-us", "es": "es-419"}
"""The voice of each language: "es-419" is the Spanish of the Americas."""

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, inside espeak_Synth
_UTF_8 = 1  # espeakCHARS_UTF8
_POS_CHARACTER = 1
_RATE, _WORDS_A_MINUTE = 1, 155  # espeakRATE; the usual 175 is fast for somebody on a telephone
_BUFFER_MS = 200
_FULL_SCALE = 32768.0
_GOES_ON = 0

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakError(IvrServiceError):
    """The library is not there, or did not speak."""


def is_installed() -> bool:
    """Whether the package is there."""
    return importlib.util.find_spec("espeakng_loader") is not None


class EspeakEngine:
    """eSpeak NG in one language. Not to be shared by threads: the library has one state for the process."""

    name = "espeak-ng"

    def __init__(self, language: str) -> None:
        """Raises EspeakError for a language that has no voice here."""
        if language not in VOICES:
            raise EspeakError(
                f'there is no voice for the language "{language}", only for {", ".join(VOICES)}'
            )
        self._voice_name = VOICES[language]
        self._heard = bytearray()
        self._callback: Any = None

    @cached_property
    def version(self) -> str:
        """The version of the package, and the pace."""
        return f"{importlib.metadata.version(PACKAGE)}-{_WORDS_A_MINUTE}"

    @cached_property
    def voice(self) -> str:
        """The voice, and the start of the SHA-256 of what its sounds are made from."""
        made_from = (self._data / "phondata").read_bytes()
        return f"{self._voice_name}-{hashlib.sha256(made_from).hexdigest()[:16]}"

    def synthesise(self, text: str) -> tuple[Samples, int]:
        """Return mono samples between -1 and 1, and their rate in Hz. Raises EspeakError."""
        library, rate_hz = self._library
        self._choose_voice(library)
        self._heard.clear()
        written = text.encode()
        status = library.espeak_Synth(written, len(written) + 1, 0, _POS_CHARACTER, 0, _UTF_8, None, None)
        if status != 0:
            raise EspeakError(f"eSpeak NG did not speak {text!r} (status {status})")
        samples = np.frombuffer(bytes(self._heard), dtype=np.int16)
        return (samples / _FULL_SCALE).astype(np.float32), rate_hz

    @cached_property
    def _data(self) -> Path:
        if not is_installed():
            raise EspeakError(f"the package {PACKAGE} is not installed")
        path: Callable[[], str] = importlib.import_module("espeakng_loader").get_data_path
        return Path(path())

    @cached_property
    def _library(self) -> tuple[Any, int]:
        data = self._data
        try:
            library = ctypes.CDLL(importlib.import_module("espeakng_loader").get_library_path())
        except OSError as error:
            raise EspeakError(f"the library of {PACKAGE} cannot be loaded: {error}") from error
        rate_hz = library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, str(data).encode(), 0)
        if rate_hz <= 0:
            raise EspeakError(f"eSpeak NG does not start with {data}")
        self._callback = _Callback(self._keep)  # kept here, for the library does not
        return library, rate_hz

    def _choose_voice(self, library: Any) -> None:
        """Before every text: another engine of this process may have spoken another language since."""
        library.espeak_SetSynthCallback(self._callback)
        if library.espeak_SetVoiceByName(self._voice_name.encode()) != 0:
            raise EspeakError(f"eSpeak NG has no voice {self._voice_name}")
        library.espeak_SetParameter(_RATE, _WORDS_A_MINUTE, 0)

    def _keep(self, samples: Any, count: int, _events: object) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, 2 * count)
        return _GOES_ON
