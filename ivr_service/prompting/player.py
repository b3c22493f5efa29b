"""Plays a sound on this machine, if it can."""

import shutil
import subprocess
from pathlib import Path

_PLAYERS = (
    ("aplay", "-q"),
    ("paplay",),
    ("play", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
)


def play_sound(path: Path) -> bool:
    """Play a sound file with the first player that works, and wait for its end. False when none did."""
    for name, *options in _PLAYERS:
        program = shutil.which(name)
        if program is None:
            continue
        done = subprocess.run(  # noqa: S603 - a fixed program and a file of our own, no shell
            [program, *options, str(path)], check=False, stderr=subprocess.DEVNULL
        )
        if done.returncode == 0:
            return True
    return False
