"""How well and how fast recordings are heard, beside pocketsphinx with the same grammar on the same audio.

The recordings are those of people whom the model's training has not heard (tests/fixtures/speech/held_out): a
small sample, so the figures of models/README.md say more about the model. pocketsphinx comes with its own
model for 16 kHz, to which the audio is brought; its word insertion penalty is the best one found for digits.

    .venv/bin/pip install --require-hashes -r bench/requirements.txt
    python -m bench.speech
"""

import statistics
import sys
import tempfile
import time
import tomllib
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr

from ivr_service.speech.graph import write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ
from ivr_service.speech.site_model import embedded_model
from ivr_service.speech.vosk_recogniser import VoskRecogniser
from models.recipe.scoring import Outcome, canonical, score, word_errors

HELD_OUT = Path(__file__).parents[1] / "tests/fixtures/speech/held_out"
DIGITS = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MENU = ("yes", "no", "stop", "go", "up", "down", "left", "right", "on", "off")
GRAMMARS = {"string": DIGITS, "part": DIGITS, "digit": DIGITS, "word": MENU}
"""What is listened for in each kind of recording: digits in any number and order, or words of the menu."""

MOST_MEGABYTES = 8.0
MOST_LOAD_S = 0.5
LOADS = 5

_CHUNK_BYTES = 1600
_PEER_RATE_HZ = 16_000
_PEER_INSERTION_PENALTY = 1e-4


@dataclass(frozen=True)
class Recording:
    """A recording, and what is said in it."""

    kind: str
    words: tuple[str, ...]
    pcm: bytes

    @property
    def length_s(self) -> float:
        return len(self.pcm) / 2 / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Heard:
    """What was heard in a recording, and the seconds of work: in all, and after its last piece."""

    words: tuple[str, ...]
    work_s: float
    last_s: float


class Engine(Protocol):
    """Something that hears words."""

    def hear(self, grammar: Sequence[str], pcm: bytes) -> Heard:
        """Hear one recording (16-bit, mono, 8 kHz), piece by piece."""


class Ours:
    """The project's model, with a graph of these words."""

    def __init__(self, directory: Path) -> None:
        self._recogniser = VoskRecogniser.load(directory)

    def hear(self, grammar: Sequence[str], pcm: bytes) -> Heard:
        began = time.perf_counter()
        stream = self._recogniser.listen(grammar)
        for start in range(0, len(pcm), _CHUNK_BYTES):
            stream.feed(pcm[start : start + _CHUNK_BYTES])
        last = time.perf_counter()
        found = stream.alternatives()
        ended = time.perf_counter()
        return Heard(found[0].words if found else (), ended - began, ended - last)


class Pocketsphinx:
    """The peer, with its own English model and a grammar of the same words. Raises ImportError."""

    def __init__(self, grammars: Sequence[Sequence[str]]) -> None:
        from pocketsphinx import Config, Decoder, get_model_path  # noqa: PLC0415 - it need not be there

        self._folder = Path(get_model_path("en-us"))
        files = {"hmm": self._folder / "en-us", "dict": self._folder / "cmudict-en-us.dict"}
        settings = {name: str(path) for name, path in files.items()}
        self._decoder = Decoder(
            Config(**settings, lm=None, loglevel="FATAL", samprate=_PEER_RATE_HZ, wip=_PEER_INSERTION_PENALTY)
        )
        for grammar in grammars:
            self._decoder.add_jsgf_string(_name(grammar), _jsgf(grammar))

    @property
    def megabytes(self) -> float:
        files = [*(self._folder / "en-us").rglob("*"), self._folder / "cmudict-en-us.dict"]
        return _megabytes(files)

    def hear(self, grammar: Sequence[str], pcm: bytes) -> Heard:
        samples = np.frombuffer(pcm, "<i2")
        audio = soxr.resample(samples, SAMPLE_RATE_HZ, _PEER_RATE_HZ).astype("<i2").tobytes()
        began = time.perf_counter()
        self._decoder.activate_search(_name(grammar))
        self._decoder.start_utt()
        for start in range(0, len(audio), 2 * _CHUNK_BYTES):
            self._decoder.process_raw(audio[start : start + 2 * _CHUNK_BYTES])
        last = time.perf_counter()
        self._decoder.end_utt()
        found = self._decoder.hyp()
        ended = time.perf_counter()
        return Heard(tuple(found.hypstr.split()) if found else (), ended - began, ended - last)


def _name(grammar: Sequence[str]) -> str:
    return f"words{len(grammar)}"


def _jsgf(grammar: Sequence[str]) -> str:
    more = "+" if grammar == DIGITS else ""
    return f"#JSGF V1.0;\ngrammar words;\npublic <said> = ({' | '.join(grammar)}){more};\n"


def recordings() -> list[Recording]:
    """The held-out recordings of which a grammar is known."""
    entries = tomllib.loads((HELD_OUT / "labels.toml").read_text("utf-8"))["recording"]
    return [
        Recording(entry["set"], tuple(entry["text"].split()), _pcm(HELD_OUT / entry["file"]))
        for entry in entries
        if entry.get("set") in GRAMMARS
    ]


def _pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return bytes(file.readframes(file.getnframes()))


def _megabytes(files: Sequence[Path]) -> float:
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def _seconds(load: Callable[[], object]) -> float:
    """Give the median time that something takes to load, after a first time for the disk."""
    load()
    times = []
    for _ in range(LOADS):
        began = time.perf_counter()
        load()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


@dataclass(frozen=True)
class Figures:
    """Words heard wrongly, the share of a processor, and the 95th percentile after the last piece, in ms."""

    errors: int
    share: float
    last_ms: float


def report(name: str, engine: Engine, said: Sequence[Recording]) -> Figures:
    """Print how well and how fast this engine hears."""
    heard = [engine.hear(GRAMMARS[one.kind], one.pcm) for one in said]
    for kind in GRAMMARS:
        pairs = [(one, words.words) for one, words in zip(said, heard, strict=True) if one.kind == kind]
        result = score([Outcome(canonical(one.words), (canonical(words),)) for one, words in pairs])
        print(f"{name:>14}{kind:>8}{len(pairs):>5}{result.words:>8.1f} % words{result.best:>8.1f} % whole")
    share = sum(one.work_s for one in heard) / sum(one.length_s for one in said)
    last_ms = sorted(one.last_s * 1000 for one in heard)
    slowest = last_ms[int(len(last_ms) * 0.95)]
    print(f"{name:>14} {share:.2%} of a processor a stream; after the last piece of audio p50", end=" ")
    print(f"{statistics.median(last_ms):.1f} ms, p95 {slowest:.1f} ms")
    errors = sum(
        word_errors(canonical(one.words), canonical(words.words))
        for one, words in zip(said, heard, strict=True)
    )
    return Figures(errors, share, slowest)


def main() -> int:
    """Measure both on the same recordings and print the figures; 0 when size and load meet the aims."""
    said = recordings()
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "model"
        lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
        words = sorted({*DIGITS, *MENU})
        write_model(directory, embedded_model(), {word: lexicon.pronunciations(word) for word in words})
        size, load_s = _megabytes(list(embedded_model().rglob("*"))), _seconds(lambda: Ours(directory))
        ours = report("this model", Ours(directory), said)
    print(f"{'this model':>14} {size:.1f} MB (aim: {MOST_MEGABYTES:.0f}), loads in {load_s:.3f} s", end="")
    print(f" (aim: {MOST_LOAD_S})")
    _compare(said, ours, size, load_s)
    return 0 if size <= MOST_MEGABYTES and load_s <= MOST_LOAD_S else 1


def _compare(said: Sequence[Recording], ours: Figures, size: float, load_s: float) -> None:
    grammars = (DIGITS, MENU)
    try:
        peer = Pocketsphinx(grammars)
    except ImportError:
        print("pocketsphinx is not installed: pip install --require-hashes -r bench/requirements.txt")
        return
    peer_load_s = _seconds(lambda: Pocketsphinx(grammars))
    theirs = report("pocketsphinx", peer, said)
    print(f"{'pocketsphinx':>14} {peer.megabytes:.1f} MB, loads in {peer_load_s:.3f} s")
    print(
        f"ratios to pocketsphinx: words heard wrongly {ours.errors / theirs.errors:.2f}, "
        f"processor {ours.share / theirs.share:.2f}, after the last piece p95 "
        f"{ours.last_ms / theirs.last_ms:.2f}, size {size / peer.megabytes:.2f}, "
        f"load {load_s / peer_load_s:.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
