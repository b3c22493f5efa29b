"""Writes trials as a folder of labelled recordings, for `ivr-service speech evaluate`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from models.recipe.fixtures import write_wave
from models.recipe.trials import MENU_WORDS, Trial

_FULL_SCALE = 32767


def write_labelled(sets: Mapping[str, Sequence[Trial]], directory: Path) -> None:
    """Write every trial as a wav file before the line (8 kHz, 16 bits), and labels.toml."""
    directory.mkdir(parents=True, exist_ok=True)
    phrases = ", ".join(f'"{word}"' for word in MENU_WORDS)
    entries = [f"phrases = [{phrases}]\n"]
    for name, trials in sets.items():
        entries.extend(_write(name, trials, directory))
    (directory / "labels.toml").write_text("\n".join(entries), encoding="utf-8")


def _write(name: str, trials: Sequence[Trial], directory: Path) -> Iterable[str]:
    for place, trial in enumerate(trials):
        file = f"{name.replace(' ', '-')}-{place:03d}.wav"
        samples = np.clip(np.round(trial.samples), -_FULL_SCALE, _FULL_SCALE).astype("<i2")
        write_wave(directory / file, samples.tobytes())
        yield (
            f'[[recording]]\nfile = "{file}"\ntext = "{" ".join(trial.words)}"\n'
            f'speaker = "{trial.speaker}"\nset = "{name}"\n'
        )
