"""Measures what a training step costs in our Loop, on one device and on a mesh, against Trax's.

All loops train the same small model in one process, in turns; the figure is the median turn. The
losses must agree to the bit, else the comparison is void.

    python benchmarks/loop.py --output loop.json
"""

import argparse
import contextlib
import io
import itertools
import json
import platform
import statistics
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np

from trax_activations import training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers
from trax_activations._trax import training as trax_training

WIDTH, BATCH, CLASSES = 32, 32, 10


def make_loop(module: Any, **kwargs: Any) -> Any:
    """A loop over a small MLP that neither evaluates nor saves."""
    rng = np.random.default_rng(0)
    batch = (
        rng.normal(size=(BATCH, WIDTH)).astype(np.float32),
        rng.integers(CLASSES, size=BATCH).astype(np.int32),
    )
    model = tl.Serial(tl.Dense(WIDTH), tl.Relu(), tl.Dense(WIDTH), tl.Relu(), tl.Dense(CLASSES))
    task = module.TrainTask(
        itertools.repeat(batch),
        tl.CategoryCrossEntropy(),
        optimizers.Adam(0.01),
        n_steps_per_checkpoint=10**9,
    )
    return module.Loop(model, task, random_seed=0, n_devices=1, **kwargs)


def measure(turns: int, steps: int) -> dict[str, dict[str, float]]:
    """Microseconds a step for each loop, and their ratio to stock Trax's."""
    with contextlib.redirect_stdout(io.StringIO()):
        loops = {
            "stock Trax": make_loop(trax_training),
            "trax_activations": make_loop(training),
            "the same on a mesh of 1": make_loop(training, mesh=jax.make_mesh((1,), ("batch",))),
        }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(turns + 1):
        for name, loop in loops.items():
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                loop.run(steps)
            jax.block_until_ready(loop.model.weights)
            if turn > 0:  # The first turn compiles.
                times[name].append((time.perf_counter() - start) / steps * 1e6)
    stock = loops["stock Trax"].model.weights
    for loop in loops.values():
        jax.tree.map(np.testing.assert_array_equal, stock, loop.model.weights)
    base = statistics.median(times["stock Trax"])
    return {
        name: {
            "median_us": round(statistics.median(taken), 1),
            "fastest_us": round(min(taken), 1),
            "slowest_us": round(max(taken), 1),
            "ratio_to_stock": round(statistics.median(taken) / base, 3),
        }
        for name, taken in times.items()
    }


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=9, help="timed turns of each loop")
    parser.add_argument("--steps", type=int, default=300, help="training steps in a turn")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    results = measure(arguments.turns, arguments.steps)
    print(f"{'loop':<26}{'a step':>12}{'of stock':>10}")
    for name, row in results.items():
        print(f"{name:<26}{row['median_us']:>9.0f} us{row['ratio_to_stock']:>10.0%}")
    if arguments.output:
        versions = {name: metadata.version(name) for name in ("trax", "jax", "numpy")}
        report = {"python": platform.python_version(), "versions": versions, "loops": results}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
