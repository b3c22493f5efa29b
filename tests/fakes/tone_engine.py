"""A voice that hums: a tone for each text, as long as the text, with silence around it."""

import numpy as np

from ivr_service.prompting.audio import Samples

RATE_HZ = 24000


class ToneEngine:
    """Speaks any text as a tone, remembers what it spoke, and can be silent for some texts."""

    name = "tone"
    voice = "sine"

    def __init__(self, version: str = "1", silent: frozenset[str] = frozenset()) -> None:
        self.version = version
        self.spoken: list[str] = []
        self._silent = silent

    def synthesise(self, text: str) -> tuple[Samples, int]:
        self.spoken.append(text)
        if text in self._silent:
            return np.zeros(RATE_HZ, np.float32), RATE_HZ
        seconds = np.arange(int(RATE_HZ * (0.2 + 0.06 * len(text)))) / RATE_HZ
        quiet = np.zeros(RATE_HZ // 10)
        tone = np.concatenate((quiet, 0.1 * np.sin(2 * np.pi * 440 * seconds), quiet))
        return tone.astype(np.float32), RATE_HZ
