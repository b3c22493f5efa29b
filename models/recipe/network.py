"""The acoustic network: 40 cepstra to 40 log probabilities (blank and 39 phones) every 30 ms."""

from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Layer:
    """One convolution of three taps: their distance in 10 ms frames, the stride, and whether it adds."""

    dilation: int
    stride: int
    residual: bool


LAYERS: tuple[Layer, ...] = (
    Layer(1, 1, residual=False),
    Layer(1, 3, residual=False),
    Layer(3, 1, residual=True),
    Layer(3, 1, residual=True),
    Layer(3, 1, residual=True),
    Layer(6, 1, residual=True),
    Layer(6, 1, residual=True),
    Layer(6, 1, residual=True),
)
CONTEXT_FRAMES = sum(layer.dilation for layer in LAYERS)
OUTPUTS = 40
UNITS = 256


class Network(nn.Module):
    """Dilated convolutions with batch norm, ReLU and residuals; 1.42 million parameters with 256 units."""

    def __init__(self, units: int = UNITS, dropout: float = 0.05) -> None:
        super().__init__()
        self.units = units
        self.input_norm = nn.BatchNorm1d(40, affine=False)
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        width, frames_per_step = 40, 1
        for layer in LAYERS:
            dilation = max(1, layer.dilation // frames_per_step)
            self.convolutions.append(nn.Conv1d(width, units, 3, stride=layer.stride, dilation=dilation))
            self.norms.append(nn.BatchNorm1d(units))
            width, frames_per_step = units, frames_per_step * layer.stride
        self.output = nn.Conv1d(units, OUTPUTS, 1)
        self.dropout = nn.Dropout1d(dropout)  # whole channels: cheaper to draw than single values

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return (batch, 40, steps) log probabilities of (batch, 40, frames + 2 * CONTEXT_FRAMES) features.

        The caller repeats the first and the last frame CONTEXT_FRAMES times, as libvosk does.
        """
        signal = self.input_norm(features)
        for layer, convolution, norm in zip(LAYERS, self.convolutions, self.norms, strict=True):
            result = self.dropout(torch.relu(norm(convolution(signal))))
            edge = convolution.dilation[0]
            signal = result + signal[:, :, edge:-edge] if layer.residual else result
        return torch.log_softmax(self.output(signal).float(), dim=1)
