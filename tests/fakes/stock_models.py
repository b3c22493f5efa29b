"""Models in the forms that Vosk's makers publish, made from the embedded one's network."""

import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ivr_service.speech.graph import loop_of_words, write_model
from ivr_service.speech.lexicon import LEXICON_FILE, Lexicon
from ivr_service.speech.openfst import Graph, const_file
from ivr_service.speech.site_model import embedded_model

WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "oh",
    "double",
    "stop",
    "go",
    "yes",
    "no",
)


def look_ahead_model(directory: Path, words: Sequence[str] = WORDS) -> Path:
    """One that takes the phrases of a question; all its files are its own."""
    lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
    write_model(directory, embedded_model(), {word: lexicon.pronunciations(word) for word in words})
    for part in ("am", "conf"):
        source = (directory / part).resolve()
        (directory / part).unlink()
        shutil.copytree(source, directory / part)
    return directory


def whole_model(directory: Path) -> Path:
    """One with a ready-made graph (HCLG.fst), in which every word has the same cost."""
    look_ahead_model(directory)
    graph_folder = directory / "graph"
    for name in ("HCLr.fst", "Gr.fst", "disambig_tid.int"):
        (graph_folder / name).unlink()
    lexicon = Lexicon.load(embedded_model() / LEXICON_FILE)
    graph, start = loop_of_words({word: lexicon.pronunciations(word) for word in WORDS})
    cost = math.log(len(WORDS))
    weighed = Graph(
        graph.states,
        [replace(arc, cost=arc.cost + (cost if arc.gives else 0.0)) for arc in graph.arcs],
        graph.final,
    )
    (graph_folder / "HCLG.fst").write_bytes(const_file(weighed, start))
    return directory


def older_form(directory: Path) -> Path:
    """Put the files where models of the older form have them."""
    for name, place in (("am/final.mdl", "final.mdl"), ("conf/mfcc.conf", "mfcc.conf")):
        (directory / name).rename(directory / place)
    for path in (directory / "graph").iterdir():
        if path.is_file():
            path.rename(directory / path.name)
    (directory / "graph" / "phones" / "word_boundary.int").rename(directory / "word_boundary.int")
    for left in ("am", "conf", "graph"):
        shutil.rmtree(directory / left)
    return directory
