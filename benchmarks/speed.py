"""Measures forward + backward of each activation: ours beside its peers.

All are compiled first and then run in turns, in one process; the figures are medians over the
turns, with the quartiles, in milliseconds. "ratio" is ours to the best of jax.nn and plain autodiff
of the textbook formula (of ours, "plain", where there is none), as the median of the ratios within
a turn: what else the machine does in that moment slows both.

    python benchmarks/speed.py gelu mish --output speed.json
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import peers

from trax_activations import registry

Function = Callable[..., Any]
COLUMNS = ("ours", "plain", "textbook", "jax.nn", "flax", "torch")


def jax_step(spec: registry.Activation, function: Function, x: jax.Array) -> Callable[[], object]:
    """One compiled forward and backward pass, with gradients of input and parameters."""
    key = (peers.KEY,) if spec.random else ()
    parameters = peers.parameters(spec)

    def both(x: jax.Array, y_bar: jax.Array, *parameters: jax.Array) -> Any:
        y, pull = jax.vjp(lambda x, *parameters: function(x, *key, *parameters), x, *parameters)
        return y, pull(y_bar)

    y = jax.eval_shape(lambda x, *parameters: function(x, *key, *parameters), x, *parameters)
    y_bar = jnp.ones(y.shape, y.dtype)
    program = jax.jit(both).lower(x, y_bar, *parameters).compile()
    return lambda: jax.block_until_ready(program(x, y_bar, *parameters))


def torch_step(spec: registry.Activation, function: Function, x: jax.Array) -> Callable[[], object]:
    """The same in PyTorch, on the CPU."""
    import torch

    inputs = [torch.tensor(np.asarray(x)).requires_grad_()]
    if spec.parameters:
        inputs.append(torch.tensor([0.25]).requires_grad_())
    y_bar = torch.ones_like(function(*inputs).detach())
    return lambda: torch.autograd.grad(function(*inputs), inputs, y_bar)


def copy_step(x: jax.Array) -> Callable[[], object]:
    """Reads two arrays and writes two, as the two passes of a simple activation do."""
    program = jax.jit(lambda x, y: (x + 1, y + 1)).lower(x, x).compile()
    other = x + 1
    return lambda: jax.block_until_ready(program(x, other))


def measure(
    spec: registry.Activation, shape: tuple[int, int], dtype: str, turns: int
) -> dict[str, Any]:
    """Times an activation and its peers in turns."""
    x = jnp.asarray(np.random.default_rng(0).normal(size=shape) * 2, dtype)
    steps = {
        name: jax_step(spec, function, x)
        for name, function in peers.jax_functions(spec).items()
        if name in COLUMNS
    }
    steps["copy"] = copy_step(x)
    torch_function = peers.torch_function(spec)
    if torch_function is not None and dtype == "float32" and jax.default_backend() == "cpu":
        steps["torch"] = torch_step(spec, torch_function, x)
    times: dict[str, list[float]] = {name: [] for name in steps}
    names = list(steps)
    for turn in range(turns + 1):
        first = turn % len(names)  # Whoever follows another may find the caches as that left them.
        for name in names[first:] + names[:first]:
            start = time.perf_counter()
            steps[name]()
            if turn > 0:
                times[name].append(1e3 * (time.perf_counter() - start))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    row: dict[str, Any] = {
        name: {
            "median_ms": round(medians[name], 4),
            "quartiles_ms": [round(q, 4) for q in statistics.quantiles(taken, n=4)[::2]],
        }
        for name, taken in times.items()
    }
    rivals = [name for name in ("textbook", "jax.nn") if name in times] or ["plain"]
    best = min(rivals, key=lambda name: medians[name])
    ratios = [ours / other for ours, other in zip(times["ours"], times[best], strict=True)]
    row["ratio"] = round(statistics.median(ratios), 3)
    row["ratio_to"] = best
    row["share_of_copy_bandwidth"] = round(medians["copy"] / medians["ours"], 3)
    return row


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="activations; by default all")
    parser.add_argument("--shape", type=int, nargs=2, default=(4096, 2048))
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    specs = [registry.get(name) for name in arguments.names] or registry.specs()
    rows = {}
    columns = (*COLUMNS, "copy")
    print(f"{'ms, median':<32}" + "".join(f"{name:>10}" for name in (*columns, "ratio")))
    for spec in specs:
        row = measure(spec, tuple(arguments.shape), arguments.dtype, arguments.turns)
        rows[spec.name] = row
        cells = [f"{row[name]['median_ms']:.2f}" if name in row else "" for name in columns]
        cells.append(f"{row['ratio']:.2f}" if "ratio" in row else "")
        print(f"{spec.name:<32}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
    if arguments.output:
        report = {
            **peers.conditions(),
            "shape": arguments.shape,
            "dtype": arguments.dtype,
            "turns": arguments.turns,
            "milliseconds": rows,
        }
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
