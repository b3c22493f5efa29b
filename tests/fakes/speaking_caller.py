"""A fake Asterisk with EAGI: prompts take their time, and the caller's voice goes to the script meanwhile."""

import os
import select
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.agi_peer import FakeAsterisk

_FRAME_S = 0.02
_FRAME_BYTES = 320


@dataclass
class SpeakingAsterisk(FakeAsterisk):
    """Every prompt that keys may interrupt lasts `prompt_s`, unless another command comes: that stops it.

    A stopped prompt is not answered, only the command that stopped it (`handle_streamfile` in res_agi.c).
    `says` is what the caller says from the beginning of a prompt on (16 bits, mono, 8 kHz), by the end of the
    prompt's name.
    """

    says: Mapping[str, bytes] = field(default_factory=dict)
    prompt_s: float = 3.0
    stopped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.environment = {**self.environment, "agi_enhanced": "1.0"}
        self.audio, self._voice = os.pipe()
        self._being_said = b""
        self._is_over = threading.Event()
        self._commands = -1

    def serve(self, read_descriptor: int, write_descriptor: int) -> None:
        """Talk to the script until it is gone, with the caller's voice in the background."""
        self._commands = read_descriptor
        voice = threading.Thread(target=self._speak)
        voice.start()
        try:
            super().serve(read_descriptor, write_descriptor)
        finally:
            self._is_over.set()
            voice.join()
            os.close(self._voice)

    def _speak(self) -> None:
        """Write a frame of what is said, or of silence, every 20 ms; what nobody reads is lost."""
        os.set_blocking(self._voice, False)
        next_frame = time.monotonic()
        while not self._is_over.wait(max(0.0, next_frame - time.monotonic())):
            frame, self._being_said = self._being_said[:_FRAME_BYTES], self._being_said[_FRAME_BYTES:]
            try:
                os.write(self._voice, frame.ljust(_FRAME_BYTES, b"\0"))
            except BlockingIOError:
                continue
            except BrokenPipeError:
                return
            finally:
                next_frame += _FRAME_S

    def _answer_to_prompt(self, sound: str, escape_keys: str) -> str | None:
        if not escape_keys:
            return super()._answer_to_prompt(sound, escape_keys)
        self._being_said = next((pcm for name, pcm in self.says.items() if sound.endswith(name)), b"")
        if select.select([self._commands], [], [], self.prompt_s)[0]:
            self.stopped.append(sound)
            return None
        return super()._answer_to_prompt(sound, escape_keys)
