"""CTC-CRF: the CTC score of what was said against the score of everything a phone bigram allows.

Plain CTC lets a word fall silent on a voice it has not met; here the silence has to win over all other
phone strings, so fewer words get lost (Xiang and Ou, "CRF-based single-stage acoustic modeling", 2019).
"""

from collections.abc import Iterable, Sequence

import torch
from torch.nn import functional

_CTC_SHARE = 0.1


def phone_bigram(strings: Iterable[Sequence[int]], classes: int, floor: float = 0.05) -> torch.Tensor:
    """Return P (classes, classes): P[a, b] is the probability of phone b after a, row 0 the start."""
    counts = torch.full((classes, classes), floor)
    for labels in strings:
        for before, after in zip((0, *labels), labels, strict=False):
            counts[before, after] += 1
    counts[:, 0] = 0
    return counts / counts.sum(1, keepdim=True)


def log_denominator(scores: torch.Tensor, lengths: Sequence[int], bigram: torch.Tensor) -> torch.Tensor:
    """Return (batch,) log sums over all paths of the CTC topology weighted by the bigram.

    `scores` is (batch, classes, steps) of log scores; `lengths` gives the steps that count in each.
    """
    batch, classes, steps = scores.shape
    highest = scores.amax(1, keepdim=True)
    exponentials = torch.exp(scores - highest).transpose(1, 2)
    start, between = bigram[0, 1:], bigram[1:, 1:]
    # A phone may not follow itself without a blank: its own entry leaves the step, and staying adds 1.
    step = between - torch.diag(torch.diagonal(between)) + torch.eye(classes - 1)
    silent = torch.ones(batch, 1)
    phones, blanks = torch.zeros(batch, classes - 1), torch.zeros(batch, classes - 1)
    total, totals = torch.zeros(batch), []
    for index in range(steps):
        now = exponentials[:, index, 1:]
        blank = exponentials[:, index, :1]
        phones, blanks, silent = (
            (torch.addmm(silent * start, phones, step) + blanks @ between) * now,
            (phones + blanks) * blank,
            silent * blank,
        )
        mass = (phones.sum(1) + blanks.sum(1) + silent[:, 0]).clamp_min(1e-30)
        total = total + torch.log(mass) + highest[:, 0, index]
        scale = (1 / mass)[:, None]
        phones, blanks, silent = phones * scale, blanks * scale, silent * scale
        totals.append(total)
    return torch.stack(totals, 1)[torch.arange(batch), torch.tensor(lengths) - 1]


def ctc_crf_loss(
    scores: torch.Tensor, lengths: Sequence[int], labels: Sequence[Sequence[int]], bigram: torch.Tensor
) -> torch.Tensor:
    """Return the loss per step: 1.1 times the CTC loss plus the log denominator."""
    flat = torch.tensor([label for string in labels for label in string], dtype=torch.long)
    counts = torch.tensor([len(string) for string in labels])
    ctc = functional.ctc_loss(
        scores.permute(2, 0, 1), flat, torch.tensor(lengths), counts, reduction="sum", zero_infinity=True
    )
    return ((1 + _CTC_SHARE) * ctc + log_denominator(scores, lengths, bigram).sum()) / sum(lengths)
