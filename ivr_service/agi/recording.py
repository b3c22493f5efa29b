"""Recording a call: Asterisk's MixMonitor on the caller's channel, and the key that pauses it.

MixMonitor (app_mixmonitor.c) writes what the caller says and what the caller hears: into one file, or with
r() and t() into one each, which the service puts together. S keeps the two in step on Asterisk 16; 22 always
does, and does not know it. B beeps, `a` goes on in the same file, and i() tells the recording's id, so that
another one that a site makes of the same channel is left alone.
"""

import re

from ivr_service.agi.actions import Recording, SoundPrompt
from ivr_service.agi.channel import AgiChannel

STEREO = "stereo"
USER_PART = "-user"
OTHERS_PART = "-others"

WARNING_S = 30
"""How long before its end the caller of a recorded call is warned."""

_FEATURES = "DYNAMIC_FEATURES"
_PAUSE_FEATURE = "ivr-pause"
_LONGEST_FEATURES = 500

_ID_FORM = r"0x[0-9a-f]{1,16}"

_FILE = "IVR_RECORDING_FILE"
_OPTIONS = "IVR_RECORDING_OPTIONS"
_ID = "IVR_RECORDING_ID"
_PAUSED = "IVR_RECORDING_PAUSED"
_PAUSED_SOUND = "IVR_RECORDING_PAUSED_SOUND"
_GOES_ON_SOUND = "IVR_RECORDING_GOES_ON_SOUND"


class Recorder:
    """Records the dials of one channel. The dialplan's [ivr-pause] reads the variables that are set here."""

    def __init__(self, channel: AgiChannel, recordings: str, prompts: str) -> None:
        self._channel = channel
        self._recordings = recordings
        self._prompts = prompts
        self._features_before = ""

    def start(self, recording: Recording) -> None:
        """Record from now on, and let the caller's key pause it."""
        file, options = _arguments(f"{self._recordings}/{recording.name}", recording)
        before = self._channel.get_variable(_FEATURES)
        self._features_before = before if len(before) <= _LONGEST_FEATURES and before.isprintable() else ""
        for name, value in (
            (_FILE, file),
            (_OPTIONS, options),
            (_ID, ""),
            (_PAUSED, ""),
            (_PAUSED_SOUND, self._path(recording.paused)),
            (_GOES_ON_SOUND, self._path(recording.goes_on)),
            (_FEATURES, "#".join(filter(None, (self._features_before, _PAUSE_FEATURE)))),
            *self._warning(recording),
        ):
            self._channel.set_variable(name, value)
        self._channel.start_recording(f"{file},{options}")

    def stop(self) -> None:
        """Record no more; the key means nothing again. While it is paused there is nothing to stop."""
        mix_monitor = self._channel.get_variable(_ID)
        if re.fullmatch(_ID_FORM, mix_monitor):
            self._channel.stop_recording(mix_monitor)
        for name, value in ((_FILE, ""), (_OPTIONS, ""), (_FEATURES, self._features_before)):
            self._channel.set_variable(name, value)

    def _warning(self, recording: Recording) -> tuple[tuple[str, str], ...]:
        """Whom the option L of Dial warns, and how."""
        if recording.ends_soon is None:
            return ()
        return (
            ("LIMIT_PLAYAUDIO_CALLER", "yes"),
            ("LIMIT_PLAYAUDIO_CALLEE", "no"),
            ("LIMIT_WARNING_FILE", self._path(recording.ends_soon)),
        )

    def _path(self, prompt: SoundPrompt) -> str:
        return f"{self._prompts}/{prompt.sound}"


def length_option(recording: Recording | None, max_length_s: int) -> str:
    """The option of Asterisk's Dial that ends the call: L warns before, S does not (app_dial.c).

    L needs the module bridge_builtin_interval_features: without it Asterisk ends the call at once.
    """
    if recording is None or recording.ends_soon is None or max_length_s <= WARNING_S:
        return f"S({max_length_s})"
    return f"L({max_length_s * 1000}:{WARNING_S * 1000})"


def _arguments(path: str, recording: Recording) -> tuple[str, str]:
    """The file, or none, and the options."""
    common = f"i({_ID})" + (f"B({recording.beep_s})" if recording.beep_s else "")
    if recording.layout == STEREO:
        return "", f"r({path}{USER_PART}.wav)t({path}{OTHERS_PART}.wav)S{common}"
    return f"{path}.wav", common
