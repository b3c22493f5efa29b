"""Runs labelled recordings through what a call goes through, under each condition."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ivr_service.dialogue import menu, questions
from ivr_service.policy.pronunciation import Pronunciation
from ivr_service.speech.evaluation.caller import Trial, try_out
from ivr_service.speech.evaluation.conditions import CONDITIONS
from ivr_service.speech.evaluation.labels import Recording, Samples, read_labels, read_samples
from ivr_service.speech.evaluation.report import Figures, figures
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ, Recogniser
from ivr_service.speech.site_speech import SpeechEngine

Progress = Callable[[str], None]

_FRAME = 80
"""Samples: 10 ms."""

_SPEECH_ABOVE = 0.03
"""Share of the loudest frame's level above which a frame still counts as speech: 30 dB below it."""


def evaluate(
    directory: Path,
    engine: SpeechEngine,
    conditions: Sequence[str],
    progress: Progress,
    written: Mapping[str, tuple[Pronunciation, ...]] = MappingProxyType({}),
) -> tuple[Figures, ...]:
    """Measure a folder's recordings with this model.

    `written` are the pronunciations that a site adds to those of the lexicon. Raises LabelsError, and
    RecogniserError when the model cannot be loaded.
    """
    every_phrase = (*menu.every_phrase(), *questions.EVERY_WORD)
    recordings = read_labels(directory, every_phrase)
    # The questions for numbers listen for words, too, whatever the recordings are.
    engine.prepare(
        [*every_phrase, *(phrase for one in recordings for phrase in (*one.phrases, one.text))], written
    )
    rows = []
    for set_name, members in _by_set(recordings):
        for condition in conditions:
            trials = [_trial(engine.recogniser(), one, condition) for one in members]
            rows.append(figures(set_name, condition, trials))
            progress(f"{set_name}, {condition}: {len(trials)}")
    return tuple(rows)


def _by_set(recordings: Sequence[Recording]) -> Iterator[tuple[str, list[Recording]]]:
    sets: dict[tuple[str, str], list[Recording]] = {}
    for one in recordings:
        sets.setdefault((one.set_name, one.kind.value), []).append(one)
    names = [name for name, _ in sets]
    for (name, kind), members in sets.items():
        yield (name if names.count(name) == 1 else f"{name}, {kind}"), members


def _trial(recogniser: Recogniser, recording: Recording, condition: str) -> Trial:
    def line(path: Path) -> bytes:
        samples = read_samples(path)
        return CONDITIONS[condition].apply(samples, seed=len(samples))

    return try_out(recogniser, recording, line, speech_ends_ms(read_samples(recording.path)))


def speech_ends_ms(samples: Samples) -> float:
    """When the last frame ends that is louder than a hundredth of the loudest frame's power."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    levels = np.sqrt(np.mean(np.square(frames), axis=1)) if len(frames) else np.zeros(1)
    loud = np.flatnonzero(levels > _SPEECH_ABOVE * levels.max(initial=0.0))
    last = int(loud[-1]) + 1 if len(loud) else len(levels)
    return last * _FRAME * 1000 / SAMPLE_RATE_HZ
