"""What the recipe writes, read by stock Vosk.

The networks here answer the same for every sound, so that their scores can be worked out with a pencil:
every 30 ms a phone gives log(chance of the phone), and there are no other costs that grow with time.
"""

import math
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr_service.speech.graph import write_model
from ivr_service.speech.lexicon import PHONES
from ivr_service.speech.recogniser import SAMPLE_RATE_HZ
from ivr_service.speech.site_model import embedded_model
from ivr_service.speech.vosk_recogniser import VoskRecogniser
from models.recipe import kaldi_files
from models.recipe.kaldi_files import PDFS, Affine, NetworkFile, Simple, final_model

LIKELY, RARE = 0.2, 1e-4
SAID = ("W", "AH", "N")
Score = Callable[[int], float]


def network_that_always_hears(phones: tuple[str, ...]) -> NetworkFile:
    """One affine component of no weights, whose bias is the answer."""
    chances = np.full(PDFS, RARE)
    chances[[PHONES.index(phone) + 1 for phone in phones]] = LIKELY
    lines = (
        "input-node name=input dim=40",
        "component-node name=answer component=answer input=input",
        "component-node name=same component=same input=answer",
        "output-node name=output input=same objective=linear",
    )
    answer = Affine(np.zeros((PDFS, 40), np.float32), np.log(chances).astype(np.float32))
    return NetworkFile(lines, {"answer": answer, "same": Simple("NoOp", PDFS)}, context=0)


def model_of(directory: Path, phone_bias: float) -> Path:
    base = directory / "base"
    (base / "am").mkdir(parents=True)
    (base / "am" / "final.mdl").write_bytes(final_model(network_that_always_hears(SAID), phone_bias))
    (base / "conf").symlink_to(embedded_model() / "conf", target_is_directory=True)
    write_model(directory / "model", base, {"one": [SAID]})
    return directory / "model"


def scorer(directory: Path, phone_bias: float) -> Score:
    """Return what gives the score of "one" after so many 30 ms steps of sound."""
    recogniser = VoskRecogniser.load(model_of(directory, phone_bias))

    def score(steps: int) -> float:
        stream = recogniser.listen(["one"])
        stream.feed(bytes(2 * SAMPLE_RATE_HZ * 30 * steps // 1000))
        (best, *_) = stream.alternatives()
        assert list(best.words) == ["one"]
        return best.score

    return score


@pytest.fixture(scope="module")
def unbiased(tmp_path_factory: pytest.TempPathFactory) -> Score:
    return scorer(tmp_path_factory.mktemp("unbiased"), 0.0)


def test_the_score_of_each_step_is_the_log_of_the_chance(unbiased: Score) -> None:
    assert unbiased(60) - unbiased(40) == pytest.approx(20 * math.log(LIKELY), abs=0.02)


def test_a_bias_is_added_to_each_step_of_a_phone(unbiased: Score, tmp_path: Path) -> None:
    biased = scorer(tmp_path, 0.5)
    gained = biased(60) - biased(40) - (unbiased(60) - unbiased(40))
    assert gained == pytest.approx(20 * 0.5, abs=0.02)


def test_a_prior_of_nothing_is_refused_because_it_would_abort_the_process_that_loads_it() -> None:
    with pytest.raises(ValueError, match="none may be 0"):
        kaldi_files.network(network_that_always_hears(SAID), (1.0, 0.0))


def test_transitions_are_numbered_as_the_graph_numbers_them() -> None:
    rows = [len(phone.pdfs) for phone in kaldi_files.phones()]
    assert [phone.number for phone in kaldi_files.phones()] == list(range(1, 2 + 4 * len(PHONES) + 1))
    assert rows.count(2) == rows.count(1) - 2 == 2 * len(PHONES)


def test_a_number_is_written_with_its_size_before_it() -> None:
    assert kaldi_files.integer(7) == b"\x04" + struct.pack("<i", 7)
    assert kaldi_files.vector([1.5]) == b"FV \x04" + struct.pack("<i", 1) + struct.pack("<f", 1.5)
    assert kaldi_files.matrix([[1.0, 2.0]]) == b"FM \x04\1\0\0\0\x04\2\0\0\0" + struct.pack("<ff", 1, 2)


def test_an_affine_that_was_written_can_be_read_to_train_on() -> None:
    weights = np.arange(12, dtype=np.float32).reshape(3, 4)
    first, second = Affine(weights, np.ones(3, np.float32)), Affine(weights[:2] + 7, np.zeros(2, np.float32))
    model = final_model(NetworkFile(("input-node name=input dim=4",), {"a": first, "b": second}, 0), 0.5)
    for name, written in (("a", first), ("b", second)):
        read = kaldi_files.read_affine(model, name)
        np.testing.assert_array_equal(read.weights, written.weights)
        np.testing.assert_array_equal(read.bias, written.bias)
    with pytest.raises(ValueError, match="not found"):
        kaldi_files.read_affine(model, "c")


def test_the_layers_of_the_shipped_model_can_be_read() -> None:
    model = (embedded_model() / "am" / "final.mdl").read_bytes()
    assert kaldi_files.read_affine(model, "layer1.affine").weights.shape == (256, 3 * 40)
    assert kaldi_files.read_affine(model, "output.affine").bias.shape == (PDFS - 1,)
