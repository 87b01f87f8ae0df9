"""Measures what is paid before any number is computed: eager calls, tracing and lowering.

Eager calls are of 1,000 elements, forward and gradient, in microseconds; tracing and lowering is of
a stack of layers under ``jit(grad)``, in milliseconds. Rivals take turns in one process, in an
order drawn anew each turn; the figures are medians, those of ratios of ratios within a turn. Turns
of calls are short and many: how JAX's threads wake up differs from one millisecond to the next, and
more than rivals do.

    python benchmarks/trace.py silu parametric_relu --output trace.json
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import peers

from trax_activations import registry

Function = Callable[..., Any]
LAYERS = 48
# Calls in a turn, and how many such turns there are to one of tracing.
CALLS = {"forward_us": (20, 15), "gradient_us": (5, 4), "tracing_ms": (1, 1)}


def rivals(spec: registry.ActivationSpec) -> dict[str, Function]:
    """Ours, and jax.nn's function or else the paper's formula, or our plain body, under jit."""
    functions = peers.jax_functions(spec)
    found = {"ours": functions["ours"]}
    if "jax.nn" in functions:
        found["jax.nn"] = functions["jax.nn"]
    else:
        found["formula"] = jax.jit(functions.get("textbook", functions["plain"]))
    return found


def calls(spec: registry.ActivationSpec, function: Function, layers: int) -> dict[str, Function]:
    """What is timed, as functions without arguments."""
    key = (peers.KEY,) if spec.random else ()
    parameters = peers.parameters(spec)
    x = jnp.linspace(0.1, 3.0, 1000).reshape(10, 100)
    gradient = jax.grad(lambda x: function(x, *key, *parameters).sum())

    def deep(x: jax.Array, parameters: list[jax.Array]) -> jax.Array:
        for _ in range(layers):
            x = function(x, *key, *parameters) * 0.5
        return x.sum()

    def traced() -> object:
        step = jax.jit(jax.grad(lambda x, p: deep(x, p), (0, 1)))
        return step.lower(x, parameters)

    return {
        "forward_us": lambda: jax.block_until_ready(function(x, *key, *parameters)),
        "gradient_us": lambda: jax.block_until_ready(gradient(x)),
        "tracing_ms": traced,
    }


def keeps_shape(spec: registry.ActivationSpec) -> bool:
    """Whether the output is as large as the input."""
    x = jax.ShapeDtypeStruct((10, 100), jnp.float32)
    key = (peers.KEY,) if spec.random else ()
    y: jax.Array = jax.eval_shape(spec.function, x, *key, *peers.parameters(spec))
    return y.shape == x.shape


def measure(spec: registry.ActivationSpec, turns: int, layers: int = LAYERS) -> dict[str, Any]:
    """Medians of each rival, and of the ratio of ours to the other within a turn."""
    of = {name: calls(spec, function, layers) for name, function in rivals(spec).items()}
    row: dict[str, Any] = {name: {} for name in of}
    for what, (repeat, parts) in CALLS.items():
        scale = 1e3 if what == "tracing_ms" else 1e6
        times: dict[str, list[float]] = {name: [] for name in of}
        for turn in range(turns * parts + 1):
            for name in random.sample([*of], len(of)):
                start = time.perf_counter()
                for _ in range(repeat):
                    of[name][what]()
                if turn:  # The first one compiles.
                    times[name].append((time.perf_counter() - start) / repeat * scale)
        for name, measured in times.items():
            row[name][what] = round(statistics.median(measured), 2)
        for name in set(times) - {"ours"}:
            ratios = [a / b for a, b in zip(times["ours"], times[name], strict=True)]
            row.setdefault("ratio", {})[what] = round(statistics.median(ratios), 2)
    return row


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="activations; by default all")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    specs = [registry.get(name) for name in arguments.names] or [
        # Layers are stacked: those that change the number of channels cannot be.
        spec
        for spec in registry.specs()
        if keeps_shape(spec)
    ]
    rows = {}
    for spec in specs:
        rows[spec.name] = row = measure(spec, arguments.turns)
        print(f"{spec.name:<32}{row}", flush=True)
    if arguments.output:
        report = {**peers.conditions(), "turns": arguments.turns, "before_running": rows}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
