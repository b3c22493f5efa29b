"""Everything from recordings to a measured model, in one go.

What is finished stays when it is run again after a stop; half of a step is made anew.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from models.recipe.corpus import read_human
from models.recipe.evaluation import evaluate, report
from models.recipe.export import export
from models.recipe.kokoro_voices import kokoro_engine
from models.recipe.speakers import Split
from models.recipe.synthesis import Engine, fast_engines, synthesise
from models.recipe.training import Plan, build_maker, train
from models.recipe.trials import Trials
from models.recipe.tuning import chosen, tune

FROM_NOTHING = Plan(rounds=15, seed=1)
FURTHER = Plan(rounds=6, learning_rate=8e-4, seed=2)


@dataclass(frozen=True)
class Voices:
    """Folders to be made of `count` texts each, one for each seed, spoken by these engines."""

    name: str
    seeds: tuple[int, ...]
    count: int
    engines: Callable[[], Sequence[tuple[Engine, float]]]


def make_model(
    data: Path, output: Path, base: Path, kokoro: Path | None = None, start: Path | None = None
) -> None:
    """Leave a model in `output`/model, of the speakers for training in `data`, and print how good it is.

    `base` is a model's folder, for its lexicon and options. `kokoro` is a folder of Kokoro's voices. With
    `start`, the folder of a model, that one learns further. The new model has no MANIFEST.toml yet.
    """
    output.mkdir(parents=True, exist_ok=True)
    lexicon = base / LEXICON_FILE
    few = _spoken(Voices("fast", (1, 2), 3000, lambda: tuple(fast_engines())), output, lexicon)
    many = []
    if kokoro is not None:
        voices = Voices("kokoro", (11, 12), 700, lambda: ((kokoro_engine(kokoro), 1.0),))
        many = _spoken(voices, output, lexicon)
    maker, bigram = build_maker(data, many, few, Lexicon.load(lexicon), frozenset({Split.TRAIN}))
    if start is None:
        start = _once(output / "first.pt", lambda path: train(maker, bigram, FROM_NOTHING, path))
    weights = _once(output / "weights.pt", lambda path: train(maker, bigram, FURTHER, path, start))
    recordings = read_human(data)
    tuning = Trials(recordings, Split.TUNING)
    model = _once(
        output / "model", lambda path: _export(weights, base, path, chosen(tune(weights, base, tuning)))
    )
    report(evaluate(model, Trials(recordings, Split.TEST)))


def _spoken(voices: Voices, output: Path, lexicon: Path) -> list[Path]:
    return [
        _once(
            output / f"{voices.name}-{seed}",
            lambda path, seed=seed: synthesise(path, voices.count, lexicon, seed, voices.engines()),
        )
        for seed in voices.seeds
    ]


def _export(weights: Path, base: Path, model: Path, phone_bias: float) -> None:
    shutil.copytree(base, model, ignore=shutil.ignore_patterns("MANIFEST.toml"))
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
