"""Measures how much training keeps for the backward pass: ours beside its peers.

Of each activation: tensors per layer, where 1 is the output, which the next Dense layer keeps
anyway. "compiled" is the slope of the compiled program's temporary memory between stacks of 8 and
16 layers of activation + Dense under ``jit(grad)``; "eager" is what ``jax.vjp``, or PyTorch's
autograd, holds. "Remat" is ours joined to the Dense; "plain" is our formula, and "textbook" the
paper's, without a rule for the backward pass. Gated activations have an input of twice the size.

Of whole models: the memory of a training step, by Trax's Trainer and by our Loop, before and after
``economize``. All figures are exact for a compiler: there is no timing, nothing is run.

    python benchmarks/memory.py gelu mish --output memory.json
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import peers
import training_steps

from trax_activations import registry
from trax_activations.functional._remat import remat

Function = Callable[..., Any]
COLUMNS = ("ours", "Remat", "plain", "textbook", "jax.nn", "flax", "torch")


def widths(spec: registry.ActivationSpec, function: Function, width: int) -> tuple[int, int]:
    """Units of a Dense layer before the activation, and how wide the activation's output then is.

    As near to ``width`` as an activation allows that halves its input, or returns a multiple.
    """
    key = (peers.KEY,) if spec.random else ()
    x = jax.ShapeDtypeStruct((1, 64), jnp.float32)
    y = jax.eval_shape(lambda x: function(x, *key, *peers.parameters(spec)), x)
    units = width * 64 // y.shape[1]
    return units, units * y.shape[1] // 64


def stack(
    spec: registry.ActivationSpec, function: Function, layers: int, width: int, joined: bool = False
) -> Any:
    """A network of Dense + activation, with its weights: each layer has its own parameters."""
    units, width = widths(spec, function, width)
    weights = [(jnp.zeros((width, units)), peers.parameters(spec))] * layers
    keys = list(jax.random.split(peers.KEY, layers))

    def layer(weights: Any, x: jax.Array, key: jax.Array) -> Any:
        kernel, parameters = weights
        return function(x, *((key,) if spec.random else ()), *parameters) @ kernel, ()

    def network(weights: Any, x: jax.Array) -> jax.Array:
        x = x @ weights[0][0]
        for own, key in zip(weights[1:], keys, strict=False):
            x = (remat(layer) if joined else layer)(own, x, key)[0]
        return x

    return network, weights, width


def compiled(
    spec: registry.ActivationSpec, function: Function, width: int, batch: int, joined: bool = False
) -> float:
    """Tensors per layer in the compiled gradient."""

    def temporary(layers: int) -> float:
        network, weights, wide = stack(spec, function, layers, width, joined)
        gradient = jax.jit(jax.grad(lambda weights, x: network(weights, x).sum()))
        lowered = gradient.lower(weights, jax.ShapeDtypeStruct((batch, wide), jnp.float32))
        return lowered.compile().memory_analysis().temp_size_in_bytes / (4 * batch * wide)

    return round((temporary(16) - temporary(8)) / 8, 2)


def eager(
    spec: registry.ActivationSpec, function: Function, width: int = 128, joined: bool = False
) -> float:
    """Tensors per layer that ``jax.vjp`` holds, without the weights."""
    batch = 128

    def held(layers: int) -> float:
        network, weights, wide = stack(spec, function, layers, width, joined)
        _, pull = jax.vjp(network, weights, jnp.ones((batch, wide)))
        buffers = {
            leaf.unsafe_buffer_pointer(): leaf.nbytes
            for leaf in jax.tree.leaves(pull)
            if leaf.size > wide  # Neither a key nor a constant.
        }
        for leaf in jax.tree.leaves(weights):
            buffers.pop(leaf.unsafe_buffer_pointer(), None)
        return sum(buffers.values()) / (4 * batch * wide)

    return round((held(4) - held(2)) / 2, 2)


def torch_eager(spec: registry.ActivationSpec, function: Function) -> float:
    """Tensors per layer that PyTorch's autograd holds, without the weights."""
    import torch

    width = batch = 128

    def held(layers: int) -> float:
        buffers = {}

        def pack(tensor: Any) -> Any:
            buffers[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            kept.append(tensor)  # So that no other tensor takes its place in memory.
            return tensor

        kept: list[Any] = []
        x = torch.ones(batch, width)
        units, _ = widths(spec, registry.get(spec.name).function, width)
        denses = [torch.nn.Linear(width, units, bias=False) for _ in range(layers)]
        slopes = [torch.nn.Parameter(torch.tensor([0.25])) for _ in range(layers)]
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            for dense, slope in zip(denses, slopes, strict=True):
                x = function(dense(x), *([slope] if spec.parameters else []))
        for weight in [dense.weight for dense in denses] + slopes:
            buffers.pop(weight.untyped_storage().data_ptr(), None)
        return sum(buffers.values()) / (4 * batch * width)

    return round((held(4) - held(2)) / 2, 2)


def measure(spec: registry.ActivationSpec, width: int, batch: int) -> dict[str, dict[str, float]]:
    """Compiled and eager tensors per layer of an activation and its peers."""
    row: dict[str, dict[str, float]] = {"compiled": {}, "eager": {}}
    for name, function in peers.jax_functions(spec).items():
        row["compiled"][name] = compiled(spec, function, width, batch)
        row["eager"][name] = eager(spec, function)
    row["compiled"]["Remat"] = compiled(spec, spec.function, width, batch, joined=True)
    row["eager"]["Remat"] = eager(spec, spec.function, joined=True)
    torch_function = peers.torch_function(spec)
    if torch_function is not None:
        row["eager"]["torch"] = torch_eager(spec, torch_function)
    return row


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="activations; by default all")
    parser.add_argument("--width", type=int, default=512, help="units of a layer's output")
    parser.add_argument("--batch", type=int, default=2048, help="more than the width")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    specs = [registry.get(name) for name in arguments.names] or registry.specs()
    rows = {}
    print(f"{'tensors per layer':<40}" + "".join(f"{name:>10}" for name in COLUMNS))
    for spec in specs:
        rows[spec.name] = measure(spec, arguments.width, arguments.batch)
        for kind, figures in rows[spec.name].items():
            cells = (figures.get(name, "") for name in COLUMNS)
            label = f"{spec.name} {kind}"
            print(f"{label:<40}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
    models = {} if arguments.names else training_steps.measure()
    if arguments.output:
        report = {
            **peers.conditions(),
            "width": arguments.width,
            "batch": arguments.batch,
            "tensors_per_layer": rows,
            "training_steps": models,
        }
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
