"""Everything from recordings to a measured model, in one go.

What is finished stays when it is run again after a stop; half of a step is made anew.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from models.recipe.corpus import read_human
from models.recipe.evaluation import evaluate, report
from models.recipe.export import export
from models.recipe.kokoro_voices import kokoro_engine
from models.recipe.speakers import Split
from models.recipe.synthesis import fast_engines, synthesise
from models.recipe.training import Plan, build_maker, train
from models.recipe.trials import Trials
from models.recipe.tuning import chosen, tune

EMBEDDED = Path(__file__).parents[1] / "en-us-telephone"
FROM_NOTHING = Plan(rounds=15, seed=1)
FURTHER = Plan(rounds=6, learning_rate=8e-4, seed=2)
_FAST_SEEDS, _FAST_CLIPS = (1, 2), 3000
_KOKORO_SEEDS, _KOKORO_CLIPS = (11, 12), 700


def make_model(data: Path, output: Path, kokoro: Path | None = None, start: Path | None = None) -> None:
    """Leave a model in `output`/model, of the speakers for training in `data`, and print how good it is.

    `kokoro` is a folder of Kokoro's voices. With `start`, the folder of a model, that one learns further.
    The new model has no MANIFEST.toml yet.
    """
    output.mkdir(parents=True, exist_ok=True)
    fast, many = list(_fast_voices(output)), list(_kokoro_voices(output, kokoro))
    lexicon = Lexicon.load(EMBEDDED / LEXICON_FILE)
    maker, bigram = build_maker(data, many, fast, lexicon, frozenset({Split.TRAIN}))
    if start is None:
        start = _once(output / "first.pt", lambda path: train(maker, bigram, FROM_NOTHING, path))
    weights = _once(output / "weights.pt", lambda path: train(maker, bigram, FURTHER, path, start))
    recordings = read_human(data)
    bias = chosen(tune(weights, EMBEDDED, Trials(recordings, Split.TUNING)))
    model = _once(output / "model", lambda path: _export(weights, path, bias))
    report(evaluate(model, Trials(recordings, Split.TEST)))


def _fast_voices(output: Path) -> Iterator[Path]:
    for seed in _FAST_SEEDS:
        yield _once(
            output / f"fast-{seed}",
            lambda path, seed=seed: synthesise(
                path, _FAST_CLIPS, EMBEDDED / LEXICON_FILE, seed, list(fast_engines())
            ),
        )


def _kokoro_voices(output: Path, voices: Path | None) -> Iterator[Path]:
    if voices is None:
        return
    engine = kokoro_engine(voices)
    for seed in _KOKORO_SEEDS:
        yield _once(
            output / f"kokoro-{seed}",
            lambda path, seed=seed: synthesise(
                path, _KOKORO_CLIPS, EMBEDDED / LEXICON_FILE, seed, [(engine, 1.0)]
            ),
        )


def _export(weights: Path, model: Path, phone_bias: float) -> None:
    shutil.copytree(EMBEDDED, model, ignore=shutil.ignore_patterns("MANIFEST.toml"))
    export(weights, model, phone_bias)


def _once(path: Path, make: Callable[[Path], None]) -> Path:
    """Return the path, made first unless it is there."""
    if not path.exists():
        unfinished = path.with_name(f"{path.stem}-unfinished{path.suffix}")
        shutil.rmtree(unfinished, ignore_errors=True)
        print(f"{path}: making", flush=True)
        make(unfinished)
        unfinished.rename(path)
    return path
