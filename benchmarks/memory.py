"""Measures how much each activation keeps for the backward pass: ours beside its peers.

The figures are activation tensors per layer, where 1 is the output, which the next Dense layer
keeps anyway. "compiled" is the slope of the compiled program's temporary memory between stacks of
8 and 16 layers of Dense + activation under ``jit(grad)``; "eager" is what ``jax.vjp`` holds
outside ``jit``. Both are exact: no timing, nothing is run.

    python benchmarks/memory.py gelu mish --output memory.json
"""

import argparse
import json
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import peers

from trax_activations import registry

Function = Callable[..., Any]
COLUMNS = ("ours", "plain", "textbook", "jax.nn", "flax")


def dense_width(spec: registry.Activation, function: Function, width: int) -> int:
    """Units of the Dense layer before the activation, so that its output has ``width``."""
    key = (peers.KEY,) if spec.random else ()
    x = jax.ShapeDtypeStruct((1, 64), jnp.float32)
    y = jax.eval_shape(lambda x: function(x, *key, *peers.parameters(spec)), x)
    return width * 64 // y.shape[1]


def stack(spec: registry.Activation, function: Function, layers: int, width: int) -> Any:
    """A network of Dense + activation, with its weights: each layer has its own parameters."""
    units = dense_width(spec, function, width)
    weights = [(jnp.zeros((width, units)), peers.parameters(spec))] * layers
    keys = list(jax.random.split(peers.KEY, layers))

    def network(weights: Any, x: jax.Array) -> jax.Array:
        for (kernel, parameters), key in zip(weights, keys, strict=True):
            x = function(x @ kernel, *((key,) if spec.random else ()), *parameters)
        return x

    return network, weights


def compiled(spec: registry.Activation, function: Function, width: int, batch: int) -> float:
    """Tensors per layer in the compiled gradient."""

    def temporary(layers: int) -> float:
        network, weights = stack(spec, function, layers, width)
        gradient = jax.jit(jax.grad(lambda weights, x: network(weights, x).sum()))
        lowered = gradient.lower(weights, jax.ShapeDtypeStruct((batch, width), jnp.float32))
        return lowered.compile().memory_analysis().temp_size_in_bytes / (4 * batch * width)

    return round((temporary(16) - temporary(8)) / 8, 2)


def eager(spec: registry.Activation, function: Function) -> float:
    """Tensors per layer that ``jax.vjp`` holds, without the weights."""
    width = batch = 128

    def held(layers: int) -> float:
        network, weights = stack(spec, function, layers, width)
        _, pull = jax.vjp(network, weights, jnp.ones((batch, width)))
        buffers = {
            leaf.unsafe_buffer_pointer(): leaf.nbytes
            for leaf in jax.tree.leaves(pull)
            if leaf.size > width  # Neither a key nor a constant.
        }
        for leaf in jax.tree.leaves(weights):
            buffers.pop(leaf.unsafe_buffer_pointer(), None)
        return sum(buffers.values()) / (4 * batch * width)

    return round((held(4) - held(2)) / 2, 2)


def torch_eager(spec: registry.Activation, function: Function) -> float:
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
        units = dense_width(spec, registry.get(spec.name).function, width)
        denses = [torch.nn.Linear(width, units, bias=False) for _ in range(layers)]
        slopes = [torch.nn.Parameter(torch.tensor([0.25])) for _ in range(layers)]
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            for dense, slope in zip(denses, slopes, strict=True):
                x = function(dense(x), *([slope] if spec.parameters else []))
        for weight in [dense.weight for dense in denses] + slopes:
            buffers.pop(weight.untyped_storage().data_ptr(), None)
        return sum(buffers.values()) / (4 * batch * width)

    return round((held(4) - held(2)) / 2, 2)


def measure(spec: registry.Activation, width: int, batch: int) -> dict[str, dict[str, float]]:
    """Compiled and eager tensors per layer of an activation and its peers."""
    row: dict[str, dict[str, float]] = {"compiled": {}, "eager": {}}
    for name, function in peers.jax_functions(spec).items():
        row["compiled"][name] = compiled(spec, function, width, batch)
        row["eager"][name] = eager(spec, function)
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
    print(f"{'tensors per layer':<32}" + "".join(f"{name:>14}" for name in (*COLUMNS, "torch")))
    for spec in specs:
        rows[spec.name] = measure(spec, arguments.width, arguments.batch)
        for kind, figures in rows[spec.name].items():
            cells = (figures.get(name, "") for name in (*COLUMNS, "torch"))
            print(f"{spec.name + ' ' + kind:<32}" + "".join(f"{cell:>14}" for cell in cells))
    if arguments.output:
        report = {
            "device": jax.devices()[0].device_kind,
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in ("jax", "jaxlib")},
            "width": arguments.width,
            "batch": arguments.batch,
            "tensors_per_layer": rows,
        }
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
