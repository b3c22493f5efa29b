"""Weights to go on from: those that a training saved, or those of a finished model, of its `am/final.mdl`.

A finished model has no batch norm any more: it was folded into the convolutions (`export.py`). So each norm
is given the mean and the deviation that training utterances have there, and takes them back with its own
gain and bias. The network then answers as before, and can learn.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.recipe.kaldi_files import read_affine
from models.recipe.network import LAYERS, Network


def start_from(path: Path, utterances: torch.Tensor) -> Network:
    """Return a network with the weights of `path`: a model's folder, or a file of `train`.

    `utterances` (batch, 40, frames) say what a norm has to expect.
    """
    network = Network()
    if path.is_dir():
        _take(network, (path / "am" / "final.mdl").read_bytes())
        _expect(network, utterances)
    else:
        network.load_state_dict(torch.load(path))
    return network


def _take(network: Network, model: bytes) -> None:
    names = [*(f"layer{number}.affine" for number in range(1, len(LAYERS) + 1)), "output.affine"]
    for name, convolution in zip(names, _convolutions(network), strict=True):
        affine = read_affine(model, name)
        taps = np.split(affine.weights, convolution.weight.shape[2], axis=1)
        convolution.weight.data = torch.from_numpy(np.stack(taps, axis=2))
        convolution.bias.data = torch.from_numpy(affine.bias)


def _convolutions(network: Network) -> Iterator[nn.Conv1d]:
    yield from network.convolutions
    yield network.output


@torch.no_grad()
def _expect(network: Network, utterances: torch.Tensor) -> None:
    first, norm = network.convolutions[0], network.input_norm
    norm.running_mean, norm.running_var = mean, variance = _spread(utterances)
    first.bias.data += torch.einsum("oit,i->o", first.weight, mean)
    first.weight.data *= torch.sqrt(variance + norm.eps)[None, :, None]
    signal = norm.eval()(utterances)
    for layer, convolution, norm in zip(LAYERS, network.convolutions, network.norms, strict=True):
        result = convolution(signal)
        norm.running_mean, norm.running_var = mean, variance = _spread(result)
        norm.weight.data, norm.bias.data = torch.sqrt(variance + norm.eps), mean.clone()
        edge = convolution.dilation[0]
        result = torch.relu(norm.eval()(result))
        signal = result + signal[:, :, edge:-edge] if layer.residual else result


def _spread(signal: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean and the variance of each channel of (batch, channels, steps)."""
    return signal.mean((0, 2)), signal.var((0, 2), unbiased=False)
