"""Writes trials as a folder of labelled recordings, for `ivr-service speech evaluate`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from models.recipe.fixtures import write_wave
from models.recipe.trials import MENU_WORDS, Floats, Trial

_FULL_SCALE = 32767
_PARTS = ("area-code", "middle-three", "last-four")


def write_labelled(
    sets: Mapping[str, Sequence[Trial]], directory: Path, phrases: Sequence[str] = MENU_WORDS
) -> None:
    """Write every trial as a wav file before the line (8 kHz, 16 bits), and labels.toml.

    `phrases` are what is listened for where no number is said.
    """
    directory.mkdir(parents=True, exist_ok=True)
    entries = [f"phrases = {json.dumps(list(phrases))}\n"]
    for name, trials in sets.items():
        entries.extend(_write(name, trials, directory))
    (directory / "labels.toml").write_text("\n".join(entries), encoding="utf-8")


def _write(name: str, trials: Sequence[Trial], directory: Path) -> Iterable[str]:
    for place, trial in enumerate(trials):
        stem = f"{name.replace(' ', '-')}-{place:03d}"
        _write_samples(directory / f"{stem}.wav", trial.samples)
        parts = [f"{stem}-{title}.wav" for title, _ in zip(_PARTS, trial.parts, strict=False)]
        for file, samples in zip(parts, trial.parts, strict=True):
            _write_samples(directory / file, samples)
        yield (
            f'[[recording]]\nfile = "{stem}.wav"\ntext = "{" ".join(trial.words)}"\n'
            f'speaker = "{trial.speaker}"\nset = "{name}"\n{_parts_line(parts)}'
        )


def _parts_line(files: Sequence[str]) -> str:
    return f"parts = {json.dumps(files)}\n" if files else ""


def _write_samples(path: Path, samples: Floats) -> None:
    write_wave(path, np.clip(np.round(samples), -_FULL_SCALE, _FULL_SCALE).astype("<i2").tobytes())
