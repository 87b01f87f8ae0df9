"""Measures what NumPy code costs as an activation, beside jax.numpy and torch.autograd.Function.

One Python function for the value and one for the derivative, the same in all three; forward and
backward, compiled where the library compiles. Calls are interleaved, so that a machine that slows
down slows all. Without PyTorch its column is left out.

    python benchmarks/host.py --runs 15 --output host.json
"""

import argparse
import importlib.util
import json
import platform
import statistics
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trax_activations import functional as F

SIZES = (100, 10_000, 1_000_000, 10_000_000)


def value(x: Any) -> Any:
    """A leaky ReLU: cheap, so that what is measured is the bridge."""
    return np.where(x > 0, x, np.float32(0.1) * x)


def slope(x: Any) -> Any:
    """Its derivative."""
    return np.where(x > 0, np.float32(1), np.float32(0.1))


def jax_step(function: Callable[..., Any], x: np.ndarray) -> Callable[[], Any]:
    """Value and gradient, compiled."""
    array = jnp.asarray(x)
    step = jax.jit(jax.value_and_grad(lambda x: function(x).sum()))
    return lambda: jax.block_until_ready(step(array))


def torch_step(x: np.ndarray) -> Callable[[], Any]:
    """The same by torch.autograd.Function, as PyTorch's tutorial has it."""
    import torch

    class Bridge(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.from_numpy(value(x.detach().numpy()))

        @staticmethod
        def backward(ctx: Any, cotangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return cotangent * torch.from_numpy(slope(x.detach().numpy()))

    tensor = torch.from_numpy(x.copy()).requires_grad_()

    def step() -> Any:
        tensor.grad = None
        Bridge.apply(tensor).sum().backward()
        return tensor.grad

    return step


def steps(x: np.ndarray) -> dict[str, Callable[[], Any]]:
    """What is compared."""
    compared = {
        "NumPy alone": lambda: (value(x).sum(), slope(x)),
        "jax.numpy": jax_step(lambda x: jnp.where(x > 0, x, 0.1 * x), x),
        "numpy_activation": jax_step(F.numpy_activation(value, slope), x),
    }
    if importlib.util.find_spec("torch"):
        compared["torch.autograd.Function"] = torch_step(x)
    return compared


def measure(size: int, runs: int) -> dict[str, float]:
    """Median milliseconds of each, after two calls that count nothing."""
    x = np.random.default_rng(0).normal(size=size).astype(np.float32)
    compared = steps(x)
    taken: dict[str, list[float]] = {name: [] for name in compared}
    for run in range(runs + 2):
        for name, step in compared.items():
            start = time.perf_counter()
            step()
            if run > 1:
                taken[name].append(1e3 * (time.perf_counter() - start))
    return {name: round(statistics.median(each), 4) for name, each in taken.items()}


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15, help="calls of each that count")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    results = {size: measure(size, arguments.runs) for size in SIZES}
    names = list(results[SIZES[0]])
    print(f"{'ms':>10}" + "".join(f"{name:>25}" for name in names))
    for size, row in results.items():
        print(f"{size:>10}" + "".join(f"{row[name]:>25.4f}" for name in names))
    if arguments.output:
        packages = [name for name in ("jax", "numpy", "torch") if importlib.util.find_spec(name)]
        versions = {name: metadata.version(name) for name in packages}
        report = {"python": platform.python_version(), "versions": versions, "median_ms": results}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
