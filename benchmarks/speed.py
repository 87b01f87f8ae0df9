"""Measures forward + backward of each activation: ours beside its peers.

"network" is what counts while training: the passes are two programs, as in a network, where other
layers run between them, and what the first keeps for the second goes through memory. What is there
anyway, input and output, is kept for nothing. "fused" is both passes in one program, which no
network has: there a compiler lets the passes share what they compute, and nothing is kept.

All are compiled first and then run in turns, in one process; the figures are medians over the
turns, with the quartiles, in milliseconds. A ratio is ours to the best of jax.nn and plain autodiff
of the textbook formula (of ours, "plain", where there is none), as the median of the ratios within
a turn: what else the machine does in that moment slows both.

    python benchmarks/speed.py gelu mish --output speed.json
"""

import argparse
import json
import os
import random
import statistics
import sys
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
Step = Callable[[], object]
COLUMNS = ("ours", "plain", "textbook", "jax.nn", "flax", "torch")
# The C library returns large blocks to the system and takes them again page by page, which takes
# longer than most activations: keep them.
KEEP_MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**34),
}


def jax_steps(spec: registry.ActivationSpec, function: Function, x: jax.Array) -> tuple[Step, Step]:
    """Forward and backward as two programs and as one, for input and parameters."""
    key = (peers.KEY,) if spec.random else ()
    arguments = (x, *peers.parameters(spec))
    trees = []

    def forward(*arguments: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        y, pull = jax.vjp(lambda x, *rest: function(x, *key, *rest), *arguments)
        kept, tree = jax.tree.flatten(pull)
        trees.append(tree)
        return y, kept

    y, kept = jax.jit(forward)(*arguments)
    y_bar = jnp.ones_like(y)
    there = [*arguments, y]
    sources = [next((i for i, a in enumerate(there) if same(a, leaf)), None) for leaf in kept]

    def first(*arguments: jax.Array) -> Any:
        y, kept = forward(*arguments)
        return y, [leaf for leaf, at in zip(kept, sources, strict=True) if at is None]

    def second(there: list[jax.Array], extra: list[jax.Array], y_bar: jax.Array) -> Any:
        own = iter(extra)
        kept = [next(own) if at is None else there[at] for at in sources]
        return jax.tree.unflatten(trees[0], kept)(y_bar)

    def both(y_bar: jax.Array, *arguments: jax.Array) -> Any:
        y, kept = forward(*arguments)
        return y, jax.tree.unflatten(trees[0], kept)(y_bar)

    first, second, both = jax.jit(first), jax.jit(second), jax.jit(both)

    def apart() -> object:
        y, extra = first(*arguments)
        return jax.block_until_ready(second([*arguments, y], extra, y_bar))

    return apart, lambda: jax.block_until_ready(both(y_bar, *arguments))


def same(x: jax.Array, y: jax.Array) -> bool:
    """Whether two arrays are equal, so that a network has to keep only one of them."""
    return x.shape == y.shape and x.dtype == y.dtype and bool((x == y).all())


def torch_step(spec: registry.ActivationSpec, function: Function, x: jax.Array) -> Step:
    """The same in PyTorch, on the CPU."""
    import torch

    inputs = [torch.tensor(np.asarray(x)).requires_grad_()]
    if spec.parameters:
        inputs.append(torch.tensor([0.25]).requires_grad_())
    y_bar = torch.ones_like(function(*inputs).detach())
    return lambda: torch.autograd.grad(function(*inputs), inputs, y_bar)


def copy_step(x: jax.Array) -> Step:
    """Reads two arrays and writes two, as the two passes of a simple activation do."""
    program = jax.jit(lambda x, y: (x + 1, y + 1)).lower(x, x).compile()
    other = x + 1
    return lambda: jax.block_until_ready(program(x, other))


def timed(steps: dict[str, Step], turns: int) -> dict[str, list[float]]:
    """Milliseconds of each step in each turn.

    The order is drawn anew in each: a step finds the caches as the one before it left them.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    order = random.Random(0)
    for turn in range(turns + 1):
        for name in order.sample(list(steps), len(steps)):
            start = time.perf_counter()
            steps[name]()
            if turn > 0:
                times[name].append(1e3 * (time.perf_counter() - start))
    return times


def summary(times: dict[str, list[float]]) -> dict[str, Any]:
    """Medians and quartiles of all, and the ratio of ours to the best rival."""
    row: dict[str, Any] = {
        name: {
            "median_ms": round(statistics.median(taken), 4),
            "quartiles_ms": [round(q, 4) for q in statistics.quantiles(taken, n=4)[::2]],
        }
        for name, taken in times.items()
    }
    rivals = [name for name in ("textbook", "jax.nn") if name in times] or ["plain"]
    best = min(rivals, key=lambda name: row[name]["median_ms"])
    ratios = [ours / other for ours, other in zip(times["ours"], times[best], strict=True)]
    row["ratio"] = round(statistics.median(ratios), 3)
    row["ratio_to"] = best
    return row


def measure(
    spec: registry.ActivationSpec, shape: tuple[int, int], dtype: str, turns: int
) -> dict[str, Any]:
    """Times an activation and its peers in turns."""
    x = jnp.asarray(np.random.default_rng(0).normal(size=shape) * 2, dtype)
    functions = peers.jax_functions(spec)
    pairs = {name: jax_steps(spec, f, x) for name, f in functions.items() if name in COLUMNS}
    network = {name: apart for name, (apart, _) in pairs.items()}
    fused = {name: both for name, (_, both) in pairs.items()} | {"copy": copy_step(x)}
    torch_function = peers.torch_function(spec)
    if torch_function is not None and dtype == "float32" and jax.default_backend() == "cpu":
        network["torch"] = torch_step(spec, torch_function, x)
    row = {"network": summary(timed(network, turns)), "fused": summary(timed(fused, turns))}
    medians = row["fused"]
    row["share_of_copy_bandwidth"] = round(
        medians["copy"]["median_ms"] / medians["ours"]["median_ms"], 3
    )
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
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") is None:
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEP_MEMORY)
    specs = [registry.get(name) for name in arguments.names] or registry.specs()
    rows = {}
    print(f"{'ms, median':<32}" + "".join(f"{name:>10}" for name in (*COLUMNS, "ratio")))
    for spec in specs:
        row = measure(spec, tuple(arguments.shape), arguments.dtype, arguments.turns)
        rows[spec.name] = row
        for mode in ("network", "fused"):
            found = row[mode]
            cells = [f"{found[name]['median_ms']:.2f}" if name in found else "" for name in COLUMNS]
            cells.append(f"{found['ratio']:.2f}")
            label = f"{spec.name} {mode}"
            print(f"{label:<32}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
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
