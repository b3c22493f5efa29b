"""A folder of labelled recordings: wav files, and labels.toml that says what is said in each."""

import tomllib
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ivr_service.errors import IvrServiceError
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ
from ivr_service.speech.spoken_numbers import read_number

LABELS_FILE = "labels.toml"

Samples = npt.NDArray[np.float32]
"""Audio at 8 kHz on the 16-bit scale."""


class LabelsError(IvrServiceError):
    """The folder, its labels or a recording cannot be used: what is wrong, where, and what to do."""


class Kind(StrEnum):
    """What a recording is for."""

    NUMBER = "number"
    PHRASE = "phrase"
    FOREIGN = "foreign"
    NOISE = "noise"


@dataclass(frozen=True)
class Recording:
    """One recording: the words said in it (none in noise), by whom, and the set it is counted in.

    `digits` are those of a number that is said, and `phrases` those that are listened for with it. `parts`
    are recordings of its area code, middle three and last four said alone: all three, or none.
    """

    path: Path
    text: str
    kind: Kind
    speaker: str
    set_name: str
    digits: str
    phrases: tuple[str, ...]
    parts: tuple[Path, ...] = ()


def read_samples(path: Path) -> Samples:
    """The audio of a recording. Raises LabelsError unless it is 8 kHz, 16 bits and mono."""
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getsampwidth(), file.getnchannels())
            audio = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise LabelsError(f"{path} is no wav file that can be read: {error}") from error
    if form != (SAMPLE_RATE_HZ, 2, 1):
        raise LabelsError(f"{path} must be 8000 Hz, 16 bits and mono: sox IN -r 8000 -b 16 -c 1 OUT.wav")
    return np.frombuffer(audio, "<i2").astype(np.float32)


_FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+][A-Za-z0-9_.+-]*$", max_length=200)]


class _Entry(BaseModel):
    """One [[recording]]. What else is written there (source, licence) is for people."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: _FileName
    text: Annotated[str, StringConstraints(pattern=r"^[a-z' -]*$", max_length=500)]
    speaker: str = ""
    kind: Kind | None = None
    set: str = ""
    parts: tuple[_FileName, _FileName, _FileName] | None = None


class _Labels(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrases: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z' -]+$")], ...] = ()
    recording: tuple[_Entry, ...]


def read_labels(directory: Path, phrases: Sequence[str]) -> tuple[Recording, ...]:
    """Read a folder's labels; `phrases` are listened for unless the file names others.

    A text that reads as digits is a number, one that is one of the phrases a phrase, none is noise, and
    anything else is foreign: words that must not be taken for a phrase. `kind` says otherwise.

    Raises LabelsError.
    """
    labels = _parsed(directory / LABELS_FILE)
    listened_for = tuple(labels.phrases or phrases)
    found = tuple(_recording(directory, entry, listened_for) for entry in labels.recording)
    files = (path for one in found for path in (one.path, *one.parts))
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise LabelsError(f"{directory / LABELS_FILE} names {missing[0]}, which is not in {directory}")
    if not found:
        raise LabelsError(f"{directory / LABELS_FILE} names no recording; add a [[recording]] for each file")
    return found


def _parsed(path: Path) -> _Labels:
    try:
        return _Labels.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise LabelsError(
            f"there is no {path}; write one with a [[recording]] table for each file: file, text, speaker"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabelsError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = [str(part) for part in first["loc"]]
        remedy = next((_REMEDY[part] for part in reversed(where) if part in _REMEDY), "")
        raise LabelsError(f"{path}: {'.'.join(where)}: {first['msg']}. {remedy}") from error


_REMEDY = {
    "file": "Write the name of a wav file in this folder.",
    "text": "Write the words that are said in small letters, numbers as words; nothing for noise.",
    "parts": "Write three files: the area code, the middle three and the last four digits, said alone.",
    "kind": f"It is one of {', '.join(Kind)}.",
    "recording": "Write a [[recording]] table for each file.",
}


def _recording(directory: Path, entry: _Entry, phrases: tuple[str, ...]) -> Recording:
    words = tuple(entry.text.split())
    read = read_number(words)
    digits = "" if read is None else read.digits
    kind = entry.kind or _kind(entry.text, digits, phrases)
    if kind is Kind.NUMBER and not digits:
        where = f"{directory / LABELS_FILE}: {entry.file}"
        raise LabelsError(f'{where}: "{entry.text}" is no number; write its digits as words')
    return Recording(
        path=directory / entry.file,
        text=entry.text,
        kind=kind,
        speaker=entry.speaker,
        set_name=entry.set or kind.value,
        digits=digits if kind is Kind.NUMBER else "",
        phrases=phrases,
        parts=tuple(directory / name for name in entry.parts or ()),
    )


def _kind(text: str, digits: str, phrases: tuple[str, ...]) -> Kind:
    if not text:
        return Kind.NOISE
    if digits:
        return Kind.NUMBER
    return Kind.PHRASE if text in phrases else Kind.FOREIGN
