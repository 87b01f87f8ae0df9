"""Shows that a long run keeps its memory: evals, checkpoints, callbacks and TensorBoard.

A small model takes 20,000 steps in one process; a figure per 1,000 steps.

    python benchmarks/long_run.py --output long_run.json
"""

import argparse
import contextlib
import functools
import gc
import io
import json
import platform
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import psutil

import trax_activations as ta
from trax_activations import datasets, training
from trax_activations._trax import layers as tl
from trax_activations._trax import optimizers

WIDTH, CHANNELS = 32, 10


class Memory(training.Callback):
    """Notes what the process holds."""

    needs_model = False

    def __init__(self, loop: training.Loop, every: int) -> None:
        super().__init__(loop, every)
        self.figures: list[dict[str, Any]] = []
        self._start = time.perf_counter()

    def on_step_end(self, step: int) -> None:
        """Notes it, once garbage is gone."""
        gc.collect()
        process = psutil.Process()
        arrays = jax.live_arrays()
        self.figures.append(
            {
                "step": step,
                "seconds": round(time.perf_counter() - self._start, 1),
                "resident_mb": round(process.memory_info().rss / 2**20, 1),
                "arrays": len(arrays),
                "array_kb": round(sum(array.nbytes for array in arrays) / 2**10, 1),
                "open_files": len(process.open_files()),
                "threads": process.num_threads(),
            }
        )


def make_loop(folder: str, every: int) -> training.Loop:
    """A loop that does all that a loop can do, often."""
    digits, loss = datasets.digits(batch_size=32), tl.WeightedCategoryCrossEntropy()
    model = tl.Serial(
        tl.Dense(WIDTH),
        ta.ParametricRelu(WIDTH),
        tl.BatchNorm(axis=(0,)),
        tl.Dropout(0.1),
        tl.Dense(WIDTH),
        ta.RandomizedRelu(),
        tl.Dense(CHANNELS),
    )
    return training.Loop(
        model,
        training.TrainTask(
            digits.train_stream(1), loss, optimizers.Adam(0.001), n_steps_per_checkpoint=100
        ),
        eval_tasks=training.EvalTask(
            digits.eval_stream(1),
            [loss, tl.WeightedCategoryAccuracy()],
            metric_names=["loss", "accuracy"],
        ),
        output_dir=folder,
        checkpoint_low_metric="loss",
        random_seed=0,
        n_devices=1,
        callbacks=[
            functools.partial(training.ActivationWeights, every=100),
            functools.partial(training.UnitHealth, every=100),
            functools.partial(training.EarlyStopping, patience=10**6),
            training.Progress,
            functools.partial(Memory, every=every),
        ],
    )


def measure(steps: int, every: int) -> dict[str, Any]:
    """Runs it; its figures, and the growth of what is resident from a quarter on."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        loop = make_loop(folder, every)
        loop.run(steps)
        files = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    figures = loop._callbacks[-1].figures
    settled = [figure["resident_mb"] for figure in figures if figure["step"] >= steps / 4]
    return {
        "steps": loop.step,
        "folder_kb": round(files / 2**10),
        "growth_mb": round(settled[-1] - settled[0], 1),
        "figures": figures,
    }


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--every", type=int, default=1_000)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    versions = {name: metadata.version(name) for name in ("trax", "jax", "numpy")}
    report = {
        "python": platform.python_version(),
        "versions": versions,
        "long_run": measure(options.steps, options.every),
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.write_text(f"{text}\n")


if __name__ == "__main__":
    main()
