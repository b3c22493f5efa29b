"""Writes the Kaldi objects that libvosk reads: the transition model and the nnet3 network, in binary.

Formats as in Kaldi's base/io-funcs-inl.h (tokens and numbers), matrix/kaldi-vector.cc and kaldi-matrix.cc,
hmm/hmm-topology.cc, hmm/transition-model.cc, nnet3/nnet-nnet.cc and nnet3/am-nnet-simple.cc.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

import numpy as np
import numpy.typing as npt

from ivr_service.speech.graph import phone_id
from ivr_service.speech.lexicon import PHONES

BLANK = 0
UNKNOWN_PDF = len(PHONES) + 1
PDFS = len(PHONES) + 2

Floats: TypeAlias = npt.NDArray[np.float32]
State: TypeAlias = tuple[tuple[int, float], ...]
"""Where a state goes and with which probability; a state that goes nowhere is final."""

_ALONE: tuple[State, ...] = (((0, 0.5), (1, 0.5)), ())
_BLANK_MAY_FOLLOW: tuple[State, ...] = (((0, 0.4), (1, 0.3), (2, 0.3)), ((1, 0.5), (2, 0.5)), ())
_SHAPES = (_ALONE, _BLANK_MAY_FOLLOW)


def token(text: str) -> bytes:
    """A token: the text and a space."""
    return f"{text} ".encode("ascii")


def integer(value: int) -> bytes:
    """An int32: its size in bytes, then itself, little endian."""
    return struct.pack("<bi", 4, value)


def real(value: float) -> bytes:
    """A float32: its size in bytes, then itself."""
    return struct.pack("<bf", 4, value)


def double(value: float) -> bytes:
    """A float64: its size in bytes, then itself."""
    return struct.pack("<bd", 8, value)


def integers(values: Sequence[int]) -> bytes:
    """A vector of int32: the size of one, how many, then all of them."""
    return integer(len(values)) + np.asarray(values, "<i4").tobytes()


def vector(values: npt.ArrayLike) -> bytes:
    """A vector of float32."""
    data = np.asarray(values, "<f4")
    return b"FV " + integer(len(data)) + data.tobytes()


def matrix(values: npt.ArrayLike) -> bytes:
    """A matrix of float32, row by row."""
    data = np.ascontiguousarray(values, "<f4")
    return b"FM " + integer(data.shape[0]) + integer(data.shape[1]) + data.tobytes()


@dataclass(frozen=True)
class Phone:
    """A phone of the transition model: its shape (index into the topology) and a pdf for each state."""

    number: int
    shape: int
    pdfs: tuple[int, ...]


def phones() -> tuple[Phone, ...]:
    """Every phone in the order of its number, as `ivr_service.speech.graph` numbers them.

    Silence is the blank; a phone that another follows in the word (B, I) may have a blank after it.
    """
    found = [Phone(1, 0, (BLANK,))]
    for pdf, phone in enumerate(PHONES, start=1):
        found += [Phone(phone_id(phone, place), 1, (pdf, BLANK)) for place in "BI"]
        found += [Phone(phone_id(phone, place), 0, (pdf,)) for place in "ES"]
    found.append(Phone(2 + 4 * len(PHONES), 0, (UNKNOWN_PDF,)))
    return tuple(sorted(found, key=lambda phone: phone.number))


def transition_model() -> bytes:
    """The transition model of `phones()`: topology, tuples (phone, state, pdf, pdf) and log probabilities."""
    rows = [(phone, state) for phone in phones() for state in range(len(phone.pdfs))]
    tuples = b"".join(_tuple(phone, state) for phone, state in rows)
    chances = [chance for phone, state in rows for _, chance in _SHAPES[phone.shape][state]]
    log_chances = [0.0, *(math.log(chance) for chance in chances)]  # transition ids begin at 1
    parts = (
        token("<TransitionModel>"),
        _topology(phones()),
        token("<Tuples>") + integer(len(rows)) + tuples + token("</Tuples>"),
        token("<LogProbs>") + vector(log_chances) + token("</LogProbs>"),
        token("</TransitionModel>"),
    )
    return b"".join(parts)


def _tuple(phone: Phone, state: int) -> bytes:
    pdf = phone.pdfs[state]
    return integer(phone.number) + integer(state) + integer(pdf) + integer(pdf)


def _topology(all_phones: Sequence[Phone]) -> bytes:
    shape_of = [-1] * (all_phones[-1].number + 1)
    for phone in all_phones:
        shape_of[phone.number] = phone.shape
    shapes = b"".join(_shape(shape) for shape in _SHAPES)
    numbers = integers([phone.number for phone in all_phones])
    body = numbers + integers(shape_of) + integer(len(_SHAPES)) + shapes
    return token("<Topology>") + body + token("</Topology>")


def _shape(states: Sequence[State]) -> bytes:
    parts = [integer(len(states))]
    for number, ways in enumerate(states):
        parts.append(integer(number if ways else -1) + integer(len(ways)))
        parts += [integer(to) + real(chance) for to, chance in ways]
    return b"".join(parts)


@dataclass(frozen=True)
class Affine:
    """outputs = weights @ inputs + bias; weights (outputs, inputs)."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True)
class Simple:
    """A component without parameters: "RectifiedLinear", "LogSoftmax" or "NoOp", of so many dimensions."""

    kind: str
    dimension: int


Component: TypeAlias = Affine | Simple


@dataclass(frozen=True)
class NetworkFile:
    """An nnet3 network: its configuration lines, components by name, and context in frames on each side."""

    lines: tuple[str, ...]
    components: Mapping[str, Component]
    context: int


def network(file: NetworkFile, priors: Sequence[float]) -> bytes:
    """The network with its priors: PROBABILITIES, one a pdf. libvosk subtracts their logs from the scores.

    Raises ValueError for a prior that is not positive: the log of 0 aborts the process that loads the model.
    """
    if min(priors) <= 0:
        raise ValueError("priors are probabilities, and libvosk takes their log: none may be 0")
    parts = [b"<Nnet3> \n", "\n".join(file.lines).encode("ascii"), b"\n\n"]
    parts.append(token("<NumComponents>") + integer(len(file.components)))
    parts += [_component(name, component) for name, component in file.components.items()]
    context = token("<LeftContext>") + integer(file.context) + token("<RightContext>") + integer(file.context)
    return b"".join((*parts, token("</Nnet3>"), context, token("<Priors>"), vector(priors)))


def _component(name: str, component: Component) -> bytes:
    kind, body = _kind_and_body(component)
    return token("<ComponentName>") + token(name) + token(f"<{kind}>") + body + token(f"</{kind}>")


def _kind_and_body(component: Component) -> tuple[str, bytes]:
    match component:
        case Affine(weights=weights, bias=bias):
            body = token("<LinearParams>") + matrix(weights) + token("<BiasParams>") + vector(bias)
            return "FixedAffineComponent", body
        case Simple(kind="NoOp", dimension=dimension):
            body = token("<Dim>") + integer(dimension) + token("<BackpropScale>") + real(1.0)
            return "NoOpComponent", body
        case Simple(kind=kind, dimension=dimension):
            return f"{kind}Component", _non_linear(dimension)
        case _:
            assert_never(component)


def _non_linear(dimension: int) -> bytes:
    """A NonlinearComponent without statistics (nnet3/nnet-component-itf.cc)."""
    parts = (
        token("<Dim>") + integer(dimension),
        token("<ValueAvg>") + vector([]) + token("<DerivAvg>") + vector([]),
        token("<Count>") + double(0.0),
        token("<OderivRms>") + vector([]) + token("<OderivCount>") + double(0.0),
    )
    return b"".join(parts)


def biased_priors(phone_bias: float) -> tuple[float, ...]:
    """Priors that add `phone_bias` to the log score of every phone, and nothing to blank and [unk]."""
    return (1.0, *[math.exp(-phone_bias)] * len(PHONES), 1.0)


def read_affine(model: bytes, name: str) -> Affine:
    """Return the affine component of this name of an `am/final.mdl` that `final_model` wrote.

    Raises ValueError where there is none.
    """
    after_name = model.index(token("<ComponentName>") + token(name) + token("<FixedAffineComponent>"))
    start = model.index(token("<LinearParams>"), after_name) + len(token("<LinearParams>") + b"FM ")
    _, rows, _, columns = struct.unpack_from("<bibi", model, start)
    start += struct.calcsize("<bibi")
    weights = np.frombuffer(model, "<f4", rows * columns, start).reshape(rows, columns)
    end = start + weights.nbytes
    start = model.index(token("<BiasParams>"), end) + len(token("<BiasParams>") + b"FV " + integer(rows))
    return Affine(weights.copy(), np.frombuffer(model, "<f4", rows, start).copy())


def final_model(file: NetworkFile, phone_bias: float) -> bytes:
    """The whole of `am/final.mdl`."""
    return b"\0B" + transition_model() + network(file, biased_priors(phone_bias))
