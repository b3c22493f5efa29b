"""Tries a model out in a process of its own: Vosk ends the process when it meets a broken file.

python -m ivr_service.speech.trial FOLDER
"""

import subprocess
import sys
from pathlib import Path

from ivr_service.speech.recogniser import SAMPLE_RATE_HZ, RecogniserError

_LONGEST_S = 120.0
"""Models of two gigabytes take half a minute on a slow disk."""

_LONGEST_REASON = 200


def try_out(directory: Path) -> None:
    """Load the model in another process and let it hear silence. Raises RecogniserError."""
    command = [sys.executable, "-m", "ivr_service.speech.trial", str(directory.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise RecogniserError(
            f"the speech model in {directory} took over {_LONGEST_S:.0f} s to load"
        ) from error
    except OSError as error:
        raise RecogniserError(f"the speech model in {directory} cannot be tried out: {error}") from error
    if done.returncode != 0:
        wrong = f"is broken, or not one for this version of Vosk{_reason(done.stderr)}"
        raise RecogniserError(f"the speech model in {directory} {wrong}")


def _reason(told: bytes) -> str:
    """Vosk's own last words, in brackets."""
    lines = [line.strip() for line in told.decode("utf-8", "replace").splitlines() if line.strip()]
    return f" ({lines[-1][:_LONGEST_REASON]})" if lines else ""


def _main(directory: str) -> None:
    import vosk  # noqa: PLC0415 - needed in the process of its own alone

    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(vosk.Model(directory), SAMPLE_RATE_HZ)
    recogniser.AcceptWaveform(bytes(SAMPLE_RATE_HZ))
    recogniser.FinalResult()


if __name__ == "__main__":
    _main(sys.argv[1])
