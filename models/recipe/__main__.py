"""The commands of the recipe, run from the root of the repository: `python -m models.recipe --help`."""

import argparse
import os
from pathlib import Path

MODEL = Path(__file__).parents[1] / "en-us-telephone"

# Each command imports what it needs: `lexicon` runs without PyTorch, `evaluate` without it and the voices.


def _make(options: argparse.Namespace) -> None:
    from models.recipe.whole_recipe import make_model

    make_model(options.data, options.output, MODEL, options.kokoro, options.start)


def _lexicon(options: argparse.Namespace) -> None:
    from models.recipe.lexicon_file import make_lexicon

    make_lexicon(options.output)


def _synthesise(options: argparse.Namespace) -> None:
    from ivr_service.speech.lexicon import LEXICON_FILE
    from models.recipe.synthesis import fast_engines, synthesise

    if options.kokoro is None:
        engines = list(fast_engines())
    else:
        from models.recipe.kokoro_voices import kokoro_engine

        engines = [(kokoro_engine(options.kokoro), 1.0)]
    synthesise(options.output, options.count, MODEL / LEXICON_FILE, options.seed, engines)


def _train(options: argparse.Namespace) -> None:
    from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
    from models.recipe.speakers import Split
    from models.recipe.training import Plan, build_maker, train

    splits = frozenset(Split) if options.all_speakers else frozenset({Split.TRAIN})
    lexicon = Lexicon.load(MODEL / LEXICON_FILE)
    maker, bigram = build_maker(options.data, options.kokoro, options.synthetic, lexicon, splits)
    plan = Plan(options.rounds, learning_rate=options.rate, seed=options.seed)
    train(maker, bigram, plan, options.output, options.start)


def _export(options: argparse.Namespace) -> None:
    from models.recipe.export import export

    export(options.weights, options.model, options.phone_bias)


def _evaluate(options: argparse.Namespace) -> None:
    from models.recipe.corpus import read_human
    from models.recipe.evaluation import evaluate, report
    from models.recipe.speakers import Split
    from models.recipe.trials import Trials

    report(evaluate(options.model, Trials(read_human(options.data), Split(options.split)), options.line))


def _tune(options: argparse.Namespace) -> None:
    from models.recipe.corpus import read_human
    from models.recipe.speakers import Split
    from models.recipe.trials import Trials
    from models.recipe.tuning import chosen, tune

    chosen(tune(options.weights, options.model, Trials(read_human(options.data), Split.TUNING)))


def _fixtures(options: argparse.Namespace) -> None:
    from models.recipe.corpus import read_human
    from models.recipe.fixtures import write_fixtures

    write_fixtures(read_human(options.data), options.output)


def _trials(options: argparse.Namespace) -> None:
    from models.recipe.corpus import read_human
    from models.recipe.labelled import write_labelled
    from models.recipe.speakers import Split
    from models.recipe.trials import Trials

    trials = Trials(read_human(options.data), Split(options.split))
    write_labelled({**trials.sets(), "noise": trials.noises()}, options.output)


def _phrases(options: argparse.Namespace) -> None:
    from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
    from models.recipe.labelled import write_labelled
    from models.recipe.menu_texts import listened_for, menu_texts
    from models.recipe.spoken_phrases import phrase_trials

    texts = menu_texts(Lexicon.load(MODEL / LEXICON_FILE))
    write_labelled(phrase_trials(texts), options.output, listened_for())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.recipe", description=__doc__)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("make", help="all of it: voices, training, tuning, export, evaluation")
    make.set_defaults(run=_make)
    make.add_argument("--data", type=Path, required=True, help="the folder with human/ and synthetic/")
    make.add_argument("--output", type=Path, required=True, help="a folder for everything that is made")
    make.add_argument("--kokoro", type=Path, metavar="VOICES", help="Kokoro's voices, to be used too")
    make.add_argument("--start", type=Path, help="a model's folder, to go on from it instead of from nothing")
    lexicon = commands.add_parser("lexicon", help="make lexicon.txt.gz from the pocketsphinx package")
    lexicon.set_defaults(run=_lexicon)
    lexicon.add_argument("--output", type=Path, default=MODEL / "lexicon.txt.gz")
    synthesise = commands.add_parser("synthesise", help="make clips with hibari and flite, or with Kokoro")
    synthesise.set_defaults(run=_synthesise)
    synthesise.add_argument(
        "--output", type=Path, required=True, help="a folder for clips and manifest.jsonl"
    )
    synthesise.add_argument(
        "--kokoro", type=Path, metavar="VOICES", help="speak with Kokoro and the voices of this folder"
    )
    synthesise.add_argument("--count", type=int, default=3000)
    synthesise.add_argument("--seed", type=int, default=1)
    _add_train(commands.add_parser("train", help="train the network"))
    tune = commands.add_parser("tune", help="try phone biases on the tuning speakers")
    tune.set_defaults(run=_tune)
    tune.add_argument("--data", type=Path, required=True, help="the folder with human/")
    tune.add_argument("--weights", type=Path, required=True)
    tune.add_argument("--model", type=Path, default=MODEL, help="for its conf/ and lexicon")
    export = commands.add_parser("export", help="write am/final.mdl from trained weights")
    export.set_defaults(run=_export)
    export.add_argument("--weights", type=Path, required=True)
    export.add_argument("--model", type=Path, default=MODEL)
    export.add_argument("--phone-bias", type=float, default=0.5, help="log weight added to every phone")
    _add_evaluate(commands.add_parser("evaluate", help="measure a model on held-out speakers"))
    trials = commands.add_parser("trials", help="write a set's trials as labelled recordings")
    trials.set_defaults(run=_trials)
    trials.add_argument("--data", type=Path, required=True, help="the folder with human/")
    trials.add_argument("--output", type=Path, required=True)
    trials.add_argument("--split", choices=("test", "tuning", "train"), default="test")
    phrases = commands.add_parser("phrases", help="write menu phrases that Festival says, as trials")
    phrases.set_defaults(run=_phrases)
    phrases.add_argument("--output", type=Path, required=True)
    fixtures = commands.add_parser("fixtures", help="write the recordings that the tests use")
    fixtures.set_defaults(run=_fixtures)
    fixtures.add_argument("--data", type=Path, required=True, help="the folder with human/")
    fixtures.add_argument("--output", type=Path, default=Path("tests/fixtures/speech/held_out"))
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.set_defaults(run=_train)
    train.add_argument("--data", type=Path, required=True, help="the folder with human/ and synthetic/")
    train.add_argument("--synthetic", type=Path, nargs="*", default=[], help="folders of `synthesise`")
    train.add_argument("--kokoro", type=Path, nargs="*", default=[], help="those of `synthesise --kokoro`")
    train.add_argument("--output", type=Path, required=True, help="the file of the weights")
    train.add_argument("--rounds", type=int, default=15, help="rounds of 5000 utterances")
    train.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--start", type=Path, help="weights, or a model's folder, to go on from")
    train.add_argument("--all-speakers", action="store_true", help="train on the held-out speakers, too")


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.set_defaults(run=_evaluate)
    evaluate.add_argument("--data", type=Path, required=True, help="the folder with human/")
    evaluate.add_argument("--model", type=Path, default=MODEL)
    evaluate.add_argument("--split", choices=("test", "tuning", "train"), default="test")
    evaluate.add_argument("--line", nargs="*", default=["mu-law", "GSM", "20 dB", "10 dB"])


if __name__ == "__main__":
    # Read by PyTorch when it is imported: one thread learns, another process makes utterances.
    os.environ["OMP_NUM_THREADS"] = "1"
    chosen = _parser().parse_args()
    chosen.run(chosen)
