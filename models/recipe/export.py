"""Turns the weights of the network into the components of an nnet3 file."""

from pathlib import Path

import numpy as np
import torch

from models.recipe.kaldi_files import Affine, Component, Floats, NetworkFile, Simple, final_model
from models.recipe.network import CONTEXT_FRAMES, LAYERS, OUTPUTS, Network


class _Export:
    def __init__(self, network: Network) -> None:
        self.lines = ["input-node name=input dim=40"]
        self.components: dict[str, Component] = {}
        self._network = network.eval().double()

    def add(self, name: str, component: Component, source: str) -> str:
        """Add a component and its node, and return the node's name."""
        self.lines.append(f"component-node name={name} component={name} input={source}")
        self.components[name] = component
        return name

    def layer(self, index: int, before: str) -> str:
        """Add a convolution with its norm folded in, ReLU and residual; return the node it ends in."""
        layer, name, units = LAYERS[index], f"layer{index + 1}", self._network.units
        offset = layer.dilation
        taps = f"Append(Offset({before}, -{offset}), {before}, Offset({before}, {offset}))"
        affine = self.add(f"{name}.affine", self._folded(index), taps)
        node = self.add(f"{name}.relu", Simple("RectifiedLinear", units), affine)
        if layer.residual:
            node = self.add(f"{name}.sum", Simple("NoOp", units), f"Sum({before}, {node})")
        return node

    def output(self, before: str) -> None:
        """Add the output: 40 log probabilities, and a constant 0 for an unknown word."""
        last = self._network.output
        affine = Affine(_array(last.weight[:, :, 0]), _array(last.bias))
        node = self.add("output.affine", affine, before)
        node = self.add("output.log_softmax", Simple("LogSoftmax", OUTPUTS), node)
        nothing = Affine(np.zeros((1, self._network.units), np.float32), np.zeros(1, np.float32))
        zero = self.add("zero", nothing, before)
        self.lines.append(f"output-node name=output input=Append({node}, {zero}) objective=linear")

    def _folded(self, index: int) -> Affine:
        convolution, norm = self._network.convolutions[index], self._network.norms[index]
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weights = convolution.weight * gain[:, None, None]
        bias = (convolution.bias - norm.running_mean) * gain + norm.bias
        if index == 0:
            first = self._network.input_norm
            scale = 1 / torch.sqrt(first.running_var + first.eps)
            bias = bias - (weights * (first.running_mean * scale)[None, :, None]).sum((1, 2))
            weights = weights * scale[None, :, None]
        return Affine(_array(torch.cat([weights[:, :, tap] for tap in range(3)], 1)), _array(bias))


def _array(values: torch.Tensor) -> Floats:
    return np.asarray(values.detach().numpy(), np.float32)


def network_file(network: Network) -> NetworkFile:
    """Return the network as libvosk runs it; its scores equal those of `Network` to about 1e-4."""
    export, node = _Export(network), "input"
    with torch.no_grad():
        for index in range(len(LAYERS)):
            node = export.layer(index, node)
        export.output(node)
    return NetworkFile(tuple(export.lines), export.components, CONTEXT_FRAMES)


def load_network(weights: Path) -> Network:
    """Return the network of saved weights."""
    state = torch.load(weights)
    network = Network(units=state["output.weight"].shape[1])
    network.load_state_dict(state)
    network.eval()
    return network


def export(weights: Path, model: Path, phone_bias: float) -> None:
    """Write `am/final.mdl` of the model directory."""
    (model / "am").mkdir(parents=True, exist_ok=True)
    (model / "am" / "final.mdl").write_bytes(final_model(network_file(load_network(weights)), phone_bias))
