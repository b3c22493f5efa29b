"""Writes the two kinds of OpenFst file that a Vosk model needs, without OpenFst.

All numbers are little endian, and arcs are of the "standard" type: int32 input label, int32 output label,
float32 weight (a cost; larger is less likely), int32 next state.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_MAGIC = 2125659606
"""kFstMagicNumber in OpenFst's fst.h."""

_ADD_ON_MAGIC = 446681434
"""kAddOnMagicNumber in OpenFst's add-on.h."""

_CONST_VERSION = 2
_LOOP_PROPERTIES = 0x6595656A0001
"""Of a word loop: a transducer, sorted by output, weighted, cyclic, connected (properties.h)."""

_GRAMMAR_PROPERTIES = (
    0x1
    | 0x10000
    | 0x40000
    | 0x100000
    | 0x800000
    | 0x2000000
    | 0x8000000
    | 0x10000000
    | 0x40000000
    | 0x100000000
)
"""Of a one-state loop: expanded, an acceptor, deterministic, sorted, no epsilons, weighted, cyclic."""


@dataclass(frozen=True)
class Arc:
    """One arc: from where to where, what it takes, what it puts out, what it costs."""

    start: int
    end: int
    takes: int
    gives: int = 0
    cost: float = 0.0


@dataclass
class Graph:
    """A transducer that is being made."""

    states: int = 0
    arcs: list[Arc] = field(default_factory=list)
    final: dict[int, float] = field(default_factory=dict)

    def state(self) -> int:
        """Add a state and return its number."""
        self.states += 1
        return self.states - 1

    def arc(self, start: int, end: int, takes: int, gives: int = 0, cost: float = 0.0) -> None:
        """Add an arc."""
        self.arcs.append(Arc(start, end, takes, gives, cost))


def look_ahead_file(graph: Graph, start: int, labels: int) -> bytes:
    """A graph as an olabel_lookahead file, which Vosk composes with a grammar at run time.

    Every state must reach every output label 1..`labels`, as in a word loop: then each has the one interval
    [1, labels + 2), and no label need be renamed (label-reachable.h, lookahead-matcher.h).
    """
    final_label = labels + 1
    reached = struct.pack("<qiii", 1, 1, labels + 2, final_label)
    return b"".join(
        (
            _header("olabel_lookahead", 1, _LOOP_PROPERTIES, (-1, 0, 0)),
            struct.pack("<i", _ADD_ON_MAGIC),
            _const(graph, start, _LOOP_PROPERTIES),
            b"\1\0\1",  # an add-on follows: nothing for the input side, something for the output side
            b"\0\0",  # it reaches by output, and keeps no table of renamed labels
            struct.pack("<iq", final_label, graph.states),
            reached * graph.states,
        )
    )


def const_file(graph: Graph, start: int) -> bytes:
    """A graph as it is, as a const file: what Vosk takes for a ready-made graph (HCLG.fst)."""
    return _const(graph, start, _LOOP_PROPERTIES)


def loop_file(labels: Sequence[int], cost: float) -> bytes:
    """A grammar of one state that takes any of the labels at the same cost, as a const file."""
    arcs = [Arc(0, 0, label, label, cost) for label in sorted(labels)]
    return _const(Graph(1, arcs, {0: 0.0}), 0, _GRAMMAR_PROPERTIES)


def _const(graph: Graph, start: int, properties: int) -> bytes:
    leaving: list[list[Arc]] = [[] for _ in range(graph.states)]
    for arc in graph.arcs:
        leaving[arc.start].append(arc)
    states: list[bytes] = []
    arcs: list[bytes] = []
    position = 0
    for state, own in enumerate(leaving):
        own.sort(key=lambda arc: arc.gives)
        states.append(_const_state(graph.final.get(state, float("inf")), position, own))
        arcs.extend(struct.pack("<iifi", arc.takes, arc.gives, arc.cost, arc.end) for arc in own)
        position += len(own)
    header = _header("const", _CONST_VERSION, properties, (start, graph.states, position))
    return b"".join((header, *states, *arcs))


def _const_state(final: float, position: int, arcs: Iterable[Arc]) -> bytes:
    """Final cost, where its arcs begin, how many, and how many take or give nothing (const-fst.h)."""
    own = list(arcs)
    takes_nothing = sum(arc.takes == 0 for arc in own)
    gives_nothing = sum(arc.gives == 0 for arc in own)
    return struct.pack("<fIIII", final, position, len(own), takes_nothing, gives_nothing)


def _header(kind: str, version: int, properties: int, sizes: tuple[int, int, int]) -> bytes:
    """FstHeader in fst.cc: magic, type, arc type, version, flags, properties; start, states, arcs."""
    return b"".join(
        (
            struct.pack("<i", _MAGIC),
            _text(kind),
            _text("standard"),
            struct.pack("<iiQqqq", version, 0, properties, *sizes),
        )
    )


def _text(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode("ascii")
