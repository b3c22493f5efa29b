"""Chooses the phone bias of a model on the tuning speakers.

A CTC network answers "blank" too readily to a voice it has not met; a bias on all phones, written as priors,
takes that back. It is chosen on speakers that are neither trained on nor tested on.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from models.recipe.evaluation import outcomes, phrases_for, recogniser_of
from models.recipe.export import load_network, network_file
from models.recipe.kaldi_files import NetworkFile, final_model
from models.recipe.scoring import Outcome, score
from models.recipe.trials import LINES, Trials

BIASES = (0.0, 0.5, 0.75, 1.0, 1.5)
_LINES = ("mu-law", "20 dB")


@dataclass(frozen=True)
class Tried:
    """A phone bias, and percent of the words and of whole utterances that were understood with it.

    `best` counts the first alternative and `anywhere` all twenty; averages over the sets.
    """

    bias: float
    words: float
    best: float
    anywhere: float


def tune(weights: Path, model: Path, trials: Trials, biases: Sequence[float] = BIASES) -> Iterator[Tried]:
    """Yield how good each bias is."""
    file = network_file(load_network(weights))
    for bias in biases:
        scores = [score(found) for found in _results(file, model, trials, bias)]
        yield Tried(
            bias,
            words=fmean(one.words for one in scores),
            best=fmean(one.best for one in scores),
            anywhere=fmean(one.anywhere for one in scores),
        )


def chosen(tried: Iterable[Tried]) -> float:
    """Print what was tried, and return the bias with the most words understood."""
    found = []
    for one in tried:
        found.append(one)
        understood = f"words {one.words:5.1f}  best {one.best:5.1f}  anywhere {one.anywhere:5.1f}"
        print(f"bias {one.bias:5.2f}  {understood}", flush=True)
    return max(found, key=lambda one: one.words).bias


def _results(file: NetworkFile, model: Path, trials: Trials, bias: float) -> Iterator[list[Outcome]]:
    with tempfile.TemporaryDirectory() as scratch:
        biased = Path(scratch) / "model"
        shutil.copytree(model, biased)
        (biased / "am").mkdir(exist_ok=True)
        (biased / "am" / "final.mdl").write_bytes(final_model(file, bias))
        recogniser = recogniser_of(biased, Path(scratch) / "graph")
        for name, made in trials.sets().items():
            for line in _LINES if not name.endswith("foreign") else ():
                yield list(outcomes(recogniser, phrases_for(name), trials.over(LINES[line], made)))
