"""Measures a model with the project's own recogniser on speakers it was not trained on."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr_service.speech.graph import UNKNOWN, write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.recogniser import BYTES_PER_MS, Recogniser
from ivr_service.speech.vosk_recogniser import VoskRecogniser
from models.recipe.scoring import Outcome, canonical, rejected, score
from models.recipe.texts import DIGIT_WORDS
from models.recipe.trials import LINES, MENU_WORDS, Trials

_CHUNK = 100 * BYTES_PER_MS


@dataclass(frozen=True)
class Row:
    """A line of the report."""

    name: str
    line: str
    text: str


def recogniser_of(model: Path, directory: Path) -> Recogniser:
    """Return a recogniser of the model for digits and menu words; its graph is written to `directory`."""
    lexicon = Lexicon.load(model / LEXICON_FILE)
    words = (*DIGIT_WORDS, *MENU_WORDS)
    write_model(directory, model, {word: lexicon.pronunciations(word) for word in words})
    return VoskRecogniser.load(directory)


def outcomes(
    recogniser: Recogniser, phrases: Sequence[str], spoken: Iterable[tuple[bytes, tuple[str, ...]]]
) -> Iterator[Outcome]:
    """Yield what the recogniser makes of each recording, fed in tenths of a second."""
    for pcm, said in spoken:
        stream = recogniser.listen(phrases)
        for start in range(0, len(pcm), _CHUNK):
            stream.feed(pcm[start : start + _CHUNK])
        heard = (canonical(one.words) for one in stream.alternatives())
        yield Outcome(canonical(said), tuple(dict.fromkeys(heard)))


def phrases_for(name: str) -> tuple[str, ...]:
    """Return what is listened for: digits alone for numbers, menu words and [unk] otherwise."""
    return DIGIT_WORDS if name.endswith(("digits", "numbers")) else (*MENU_WORDS, UNKNOWN)


def evaluate(model: Path, trials: Trials, lines: Sequence[str] = tuple(LINES)) -> Iterator[Row]:
    """Yield a row for each set over each line."""
    with tempfile.TemporaryDirectory() as scratch:
        recogniser = recogniser_of(model, Path(scratch) / "graph")
        for name, made in trials.sets().items():
            for line in lines:
                started = time.process_time()
                found = list(outcomes(recogniser, phrases_for(name), trials.over(LINES[line], made)))
                seconds = sum(len(trial.samples) for trial in made) / 8000
                yield Row(name, line, _text(name, found, (time.process_time() - started) / seconds))


def _text(name: str, found: Sequence[Outcome], real_time: float) -> str:
    if name.endswith("foreign"):
        return f"{len(found):4d} trials  rejected {rejected(found):5.1f} %"
    result = score(found)
    return (
        f"{result.trials:4d} trials  words {result.words:5.1f}  best {result.best:5.1f}  "
        f"of length {result.of_length:5.1f}  anywhere {result.anywhere:5.1f} %  {real_time:.4f} x real time"
    )


def report(rows: Iterable[Row]) -> Mapping[tuple[str, str], str]:
    """Print the rows as they come, and return them."""
    made: dict[tuple[str, str], str] = {}
    for row in rows:
        made[row.name, row.line] = row.text
        print(f"{row.name:19s} {row.line:7s} {row.text}", flush=True)
    return made
