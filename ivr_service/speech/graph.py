"""Makes a Vosk model for a vocabulary: the trained network, and a graph of the words that can be heard.

The graph is one loop of words. Each phone of the network is 30 ms frames of its own sound, and inside a word
possibly of the "blank" that comes between sounds; between words there is silence or nothing.
"""

import hashlib
import math
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ivr_service.speech import openfst
from ivr_service.speech.lexicon import PHONES, Pronunciation
from ivr_service.speech.openfst import Graph, look_ahead_file, loop_file

UNKNOWN = "[unk]"
"""What Vosk says for anything that is none of the words."""

_SILENCE = 1
_POSITIONS = ("B", "E", "I", "S")
_BOUNDARIES = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
_SPOKEN_NOISE = 2 + 4 * len(PHONES)
_UNKNOWN_COST_PER_FRAME = 1.0
"""The cost of taking 30 ms of a sound for an unknown word.

All of the cost is in the time that it takes: with a part of it at the start of the word, "call Alice" and
"call now" lost to one long unknown word, having more to be wrong about. Chosen on the tuning speakers and the
synthetic voices of models/README.md.
"""


def graph_version() -> str:
    """Tells graphs of this version from those of another: a digest of the code, its costs and its phones."""
    written_by = b"".join(path.read_bytes() for path in (Path(__file__), Path(openfst.__file__)))
    return hashlib.sha256(written_by + " ".join(PHONES).encode()).hexdigest()[:16]


def phone_id(phone: str, position: str) -> int:
    """The number of a phone at the begin (B), end (E) or inside (I) of a word, or alone in it (S)."""
    return 2 + 4 * PHONES.index(phone) + _POSITIONS.index(position)


def write_model(directory: Path, base: Path, vocabulary: Mapping[str, Sequence[Pronunciation]]) -> None:
    """Write a Vosk model of `base`'s network for these words, each in all its pronunciations.

    Written beside `directory` and renamed, so that it is there as a whole or not at all; one that is there
    already is kept. Raises OSError.
    """
    if directory.exists():
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        making.chmod(0o755)
        for part in ("am", "conf"):
            (making / part).symlink_to((base / part).resolve(), target_is_directory=True)
        _write_graph(making / "graph", vocabulary)
        making.rename(directory)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        if not directory.exists():  # another worker was faster
            raise


def _write_graph(directory: Path, vocabulary: Mapping[str, Sequence[Pronunciation]]) -> None:
    (directory / "phones").mkdir(parents=True)
    words = word_numbers(vocabulary)
    graph, start = loop_of_words(vocabulary)
    (directory / "HCLr.fst").write_bytes(look_ahead_file(graph, start, len(words)))
    (directory / "Gr.fst").write_bytes(loop_file(list(words.values()), math.log(len(words))))
    # Vosk wants the file; an id that does not occur in the graph is what "none" is written as.
    (directory / "disambig_tid.int").write_text(f"{_TRANSITIONS + 1}\n", encoding="ascii")
    lines = ["<eps> 0", *(f"{word} {number}" for word, number in words.items())]
    (directory / "words.txt").write_text("\n".join((*lines, "")), encoding="utf-8")
    (directory / "phones" / "word_boundary.int").write_text(_word_boundaries(), encoding="ascii")


def word_numbers(vocabulary: Iterable[str]) -> dict[str, int]:
    """The numbers of the words in a graph, from 1; the unknown word has the last."""
    return {word: number for number, word in enumerate((*vocabulary, UNKNOWN), start=1)}


def loop_of_words(vocabulary: Mapping[str, Sequence[Pronunciation]]) -> tuple[Graph, int]:
    """The graph in which these words follow each other in any order, and the state where it begins."""
    graph = Graph()
    return graph, _word_loop(graph, word_numbers(vocabulary), vocabulary)


def _word_boundaries() -> str:
    rows = [f"{_SILENCE} nonword"]
    rows += [f"{phone_id(phone, at)} {_BOUNDARIES[at]}" for phone in PHONES for at in _POSITIONS]
    rows.append(f"{_SPOKEN_NOISE} singleton")
    return "\n".join((*rows, ""))


# --- transition ids, numbered by Kaldi in the order of phones, their states, and the states' transitions


def _transition_ids() -> dict[tuple[int, int, int], int]:
    """For a phone, one of its states and where it goes, the transition's number (transition-model.cc)."""
    found: dict[tuple[int, int, int], int] = {}
    for phone in range(_SILENCE, _SPOKEN_NOISE + 1):
        ways = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2)) if _has_blank(phone) else ((0, 0), (0, 1))
        for state, following in ways:
            found[phone, state, following] = len(found) + 1
    return found


def _has_blank(phone: int) -> bool:
    """Phones that another one follows in the same word (B and I) may be followed by blank."""
    if not _SILENCE < phone < _SPOKEN_NOISE:
        return False
    return _POSITIONS[(phone - 2) % 4] in "BI"


_IDS = _transition_ids()
_TRANSITIONS = len(_IDS)


# --- the loop


def _word_loop(
    graph: Graph, words: Mapping[str, int], vocabulary: Mapping[str, Sequence[Pronunciation]]
) -> int:
    """Every word from the root and back, through silence or at once. Returns the state where it begins."""
    end, root, silence = graph.state(), graph.state(), graph.state()
    graph.arc(end, root, 0)
    graph.arc(end, silence, _IDS[_SILENCE, 0, 1])
    graph.arc(silence, silence, _IDS[_SILENCE, 0, 0])
    graph.arc(silence, root, 0)
    graph.final[root] = 0.0
    for word, ways in vocabulary.items():
        for way in ways:
            graph.arc(_word(graph, root, words[word], way), end, 0)
    _unknown_word(graph, root, end, words[UNKNOWN])
    return end


def _word(graph: Graph, root: int, word: int, way: Pronunciation) -> int:
    """One word in one pronunciation; its label is on the first arc. Returns the state where it ends."""
    state = root
    for position, phone in enumerate(way):
        gives = word if position == 0 else 0
        state = _phone(graph, state, phone_id(phone, _place(position, len(way))), gives)
    return state


def _place(position: int, length: int) -> str:
    if length == 1:
        return "S"
    if position == 0:
        return "B"
    return "E" if position == length - 1 else "I"


def _phone(graph: Graph, start: int, phone: int, gives: int) -> int:
    """One phone: its sound, and if another follows in the word, then blank or nothing."""
    sound = graph.state()
    if not _has_blank(phone):
        graph.arc(start, sound, _IDS[phone, 0, 1], gives)
        graph.arc(sound, sound, _IDS[phone, 0, 0])
        return sound
    before_blank, blank, join = graph.state(), graph.state(), graph.state()
    graph.arc(start, sound, _IDS[phone, 0, 2], gives)
    graph.arc(sound, sound, _IDS[phone, 0, 0])
    graph.arc(start, before_blank, _IDS[phone, 0, 1], gives)
    graph.arc(before_blank, before_blank, _IDS[phone, 0, 0])
    graph.arc(before_blank, blank, _IDS[phone, 1, 2])
    graph.arc(blank, blank, _IDS[phone, 1, 1])
    graph.arc(sound, join, 0)
    graph.arc(blank, join, 0)
    return join


def _unknown_word(graph: Graph, root: int, end: int, word: int) -> None:
    """Any sound at a fixed cost a frame; a loop over all phones would make the lattice explode."""
    noise = graph.state()
    graph.arc(root, noise, _IDS[_SPOKEN_NOISE, 0, 1], word, _UNKNOWN_COST_PER_FRAME)
    graph.arc(noise, noise, _IDS[_SPOKEN_NOISE, 0, 0], 0, _UNKNOWN_COST_PER_FRAME)
    graph.arc(noise, end, 0)
