"""Trains the network: one process makes utterances, this one learns from them."""

import math
import multiprocessing
import pickle
import random
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess as Process
from pathlib import Path

import numpy as np
import torch
from scipy.signal import resample_poly

from ivr_service.speech.lexicon import Lexicon
from models.recipe.continuing import start_from
from models.recipe.corpus import Clip, is_test_noise, of_split, read_human, read_synthetic
from models.recipe.features import cepstrum_matrix
from models.recipe.loss import ctc_crf_loss, phone_bigram
from models.recipe.network import CONTEXT_FRAMES, OUTPUTS, Network
from models.recipe.speakers import Split
from models.recipe.telephone import Floats, Telephone
from models.recipe.utterances import LABELS, Example, Pools, UtteranceMaker

_MAKE_CONTEXT = multiprocessing.get_context("fork")
_SHORTEST_FRAMES, _LONGEST_FRAMES = 12, 1500
_WARM_UP_STEPS = 150
_AVERAGE_DECAY = 0.998
_BATCHES_TO_EXPECT = 40


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn; `frames` is the size of a batch in 10 ms frames."""

    rounds: int
    utterances: int = 5000
    passes: int = 2
    frames: int = 6000
    learning_rate: float = 2e-3
    seed: int = 1


def build_pools(clips: Sequence[Clip], sentences: Sequence[Clip], fast: Sequence[Clip]) -> Pools:
    """Return the training pools of the human `clips` of the training speakers and the synthetic ones."""
    by_speaker: dict[str, list[Clip]] = {}
    for clip in clips:
        by_speaker.setdefault(clip.speaker, []).append(clip)
    many = [clip for clip in clips if clip.source == "gsc"]
    return Pools(
        sentences=sentences,
        fast_sentences=fast,
        digits=[clip for clip in many if clip.is_digit],
        digit_speakers=[clip for clip in clips if clip.source == "fsdd"],
        words=[clip for clip in many if not clip.is_digit],
        by_speaker=by_speaker,
    )


def _at_8_khz(clip: Clip) -> Floats:
    return np.asarray(resample_poly(clip.samples.astype(np.float32), 8000, clip.rate_hz), np.float32)


def build_maker(
    data: Path,
    many_voices: Sequence[Path],
    few_voices: Sequence[Path],
    lexicon: Lexicon,
    splits: Collection[Split],
) -> tuple[UtteranceMaker, torch.Tensor]:
    """Return the maker of training utterances and the phone bigram of what the clips say.

    `data` has human/ and synthetic/; `many_voices` are more folders of speech like that in synthetic/, and
    `few_voices` folders of speech of a few voices. `splits` are the sets of speakers to train on: a model
    that has heard the others too can be shipped, but not measured on them.
    """
    human = read_human(data)
    clips = [clip for split in sorted(splits, key=list(Split).index) for clip in of_split(human, split)]
    folders = (data / "synthetic", *many_voices)
    sentences = [clip for folder in folders for clip in read_synthetic(folder, "sentences", lexicon)]
    fast = [clip for folder in few_voices for clip in read_synthetic(folder, "fast", lexicon)]
    noises = [_at_8_khz(clip) for clip in human if clip.source == "noise" and not is_test_noise(clip)]
    voices = [_at_8_khz(clip) for clip in random.Random(1).sample([*sentences, *fast], 300)]
    maker = UtteranceMaker(build_pools(clips, sentences, fast), Telephone(noises, voices), lexicon)
    return maker, phone_bigram(_label_strings([*sentences, *fast, *clips], lexicon), OUTPUTS)


def _label_strings(clips: Sequence[Clip], lexicon: Lexicon) -> Iterator[list[int]]:
    chance = random.Random(3)
    single = [clip.words for clip in clips[-2000:] if len(clip.words) == 1]
    for clip in clips:
        # Single words are trained in strings, so what follows one is the start of any other.
        others = chance.choices(single, k=3)
        alone = len(clip.words) == 1
        words = (*clip.words, *(word for other in others for word in other)) if alone else clip.words
        yield [LABELS[phone] for word in words for phone in lexicon.pronunciations(word)[0]]


def make_round(maker: UtteranceMaker, plan: Plan, number: int, path: Path) -> None:
    """Write the examples of one round; those too short or too long for their labels are left out."""
    first = plan.seed * 10**9 + number * 10**6
    examples = [maker.make(first + index) for index in range(plan.utterances)]
    path.write_bytes(pickle.dumps([example for example in examples if _is_usable(example)]))


def _is_usable(example: Example) -> bool:
    frames = len(example.features)
    fits = (frames + 2) // 3 >= len(example.labels) + 1
    return fits and _SHORTEST_FRAMES <= frames <= _LONGEST_FRAMES


def batches(examples: Sequence[Example], frames: int, chance: random.Random) -> list[list[Example]]:
    """Return batches of examples of about the same length, at most `frames` frames each, in random order."""
    ordered = sorted(examples, key=lambda example: len(example.features) + chance.random() * 20)
    result: list[list[Example]] = [[]]
    for example in ordered:
        width = len(example.features) + 2 * CONTEXT_FRAMES
        if result[-1] and (len(result[-1]) + 1) * width > frames:
            result.append([])
        result[-1].append(example)
    chance.shuffle(result)
    return result


def stack(batch: Sequence[Example]) -> torch.Tensor:
    """Return (batch, frames, 40): each example with its first and last frame repeated to the full width."""
    longest = max(len(example.features) for example in batch)
    rows = []
    for example in batch:
        after = longest - len(example.features) + CONTEXT_FRAMES
        rows.append(
            np.pad(example.features.astype(np.float32), ((CONTEXT_FRAMES, after), (0, 0)), mode="edge")
        )
    return torch.from_numpy(np.stack(rows))


class Masking:
    """SpecAugment: hides bands of the mel spectrum and short times of a batch behind the batch mean."""

    def __init__(self, chance: random.Random) -> None:
        matrix = torch.tensor(cepstrum_matrix())
        self._to_cepstra, self._to_energies = matrix.float(), torch.linalg.inv(matrix).float()
        self._chance = chance

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """Return the features (batch, frames, 40), masked in two of three batches."""
        if self._chance.random() < 0.33:
            return features
        energies = features @ self._to_energies.T
        mean = energies.mean((0, 1))
        for _ in range(2):
            width = self._chance.randint(1, 6)
            first = self._chance.randint(0, energies.shape[2] - width)
            energies[:, :, first : first + width] = mean[first : first + width]
        for row in energies:
            width = self._chance.randint(0, 9)
            first = self._chance.randint(0, max(0, len(row) - width))
            row[first : first + width] = mean
        return energies @ self._to_cepstra.T


class Average:
    """A running average of the weights, which generalises better than the last ones."""

    def __init__(self, network: Network) -> None:
        self._state = {name: value.clone() for name, value in network.state_dict().items()}
        self._steps = 0

    def update(self, network: Network) -> None:
        """Move the average towards the weights of the network."""
        self._steps += 1
        decay = min(_AVERAGE_DECAY, self._steps / (self._steps + 10))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self._state[name].lerp_(value, 1 - decay)

    def save(self, path: Path) -> None:
        """Write the averaged weights."""
        torch.save(self._state, path)


class Trainer:
    """Learns batch by batch; the learning rate warms up and falls along a cosine to 2 %."""

    def __init__(self, network: Network, bigram: torch.Tensor, plan: Plan, total_steps: int) -> None:
        self.network = network
        self.average = Average(network)
        self._bigram, self._plan, self._total = bigram, plan, total_steps
        self._optimizer = torch.optim.AdamW(
            network.parameters(), lr=plan.learning_rate, weight_decay=1e-3, betas=(0.9, 0.98)
        )
        self._masking = Masking(random.Random(plan.seed + 7))
        self._bfloat16 = _has_bfloat16()
        self._step, self._loss, self._started = 0, math.nan, time.monotonic()

    def learn(self, batch: Sequence[Example]) -> None:
        """Take one step."""
        self._set_rate()
        lengths = [(len(example.features) + 2) // 3 for example in batch]
        features = self._masking(stack(batch)).transpose(1, 2)
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            scores = self.network(features)
        loss = ctc_crf_loss(scores, lengths, [example.labels for example in batch], self._bigram)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()
        self.average.update(self.network)
        self._report(loss.item())

    def _set_rate(self) -> None:
        fall = 0.5 * (1 + math.cos(math.pi * min(1.0, self._step / self._total)))
        rate = self._plan.learning_rate * min(1.0, (self._step + 1) / _WARM_UP_STEPS) * (fall * 0.98 + 0.02)
        for group in self._optimizer.param_groups:
            group["lr"] = rate

    def _report(self, loss: float) -> None:
        self._step += 1
        self._loss = loss if math.isnan(self._loss) else 0.98 * self._loss + 0.02 * loss
        if self._step % 50 == 0:
            seconds = time.monotonic() - self._started
            print(f"step {self._step}/{self._total} loss {self._loss:.4f} {seconds:.0f} s", flush=True)


def _has_bfloat16() -> bool:
    """Whether the processor itself has it, and a third less time is needed; PyTorch imitates it very slowly.

    Only the network computes in it. The loss is always float32.
    """
    flags = Path("/proc/cpuinfo")
    return flags.exists() and not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags.read_text().split())


def train(
    maker: UtteranceMaker, bigram: torch.Tensor, plan: Plan, output: Path, start: Path | None = None
) -> None:
    """Train a network and write its averaged weights to `output` after every round.

    `start` is a model's folder, or a file of weights, to go on from. The same plan and data give the same
    utterances in the same order.
    """
    torch.manual_seed(plan.seed)
    torch.set_num_threads(1)
    chance = random.Random(plan.seed)
    trainer: Trainer | None = None
    for examples in _rounds(maker, plan, output):
        for _ in range(plan.passes):
            made = batches(examples, plan.frames, chance)
            if trainer is None:
                network = _first_network(start, made[:_BATCHES_TO_EXPECT])
                trainer = Trainer(network, bigram, plan, len(made) * plan.rounds * plan.passes)
            for batch in made:
                trainer.learn(batch)
            trainer.average.save(output)


def _first_network(start: Path | None, first: Sequence[Sequence[Example]]) -> Network:
    if start is None:
        return Network()
    longest = max(len(example.features) for batch in first for example in batch)
    alike = [example for batch in first for example in batch if len(example.features) * 2 > longest]
    return start_from(start, stack(alike).transpose(1, 2)).train()


def _rounds(maker: UtteranceMaker, plan: Plan, output: Path) -> Iterator[list[Example]]:
    """Yield the examples of each round while another process makes those of the next."""
    process = _start_round(maker, plan, 0, output)
    for number in range(plan.rounds):
        process.join()
        path = _round_path(output, number)
        examples: list[Example] = pickle.loads(path.read_bytes())
        path.unlink()
        if number + 1 < plan.rounds:
            process = _start_round(maker, plan, number + 1, output)
        yield examples


def _round_path(output: Path, number: int) -> Path:
    return output.with_suffix(f".round{number}")


def _start_round(maker: UtteranceMaker, plan: Plan, number: int, output: Path) -> Process:
    process = _MAKE_CONTEXT.Process(
        target=make_round, args=(maker, plan, number, _round_path(output, number))
    )
    process.start()
    return process
