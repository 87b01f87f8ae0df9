"""Measures what a fresh process costs until it has done something, beside other libraries.

Each case is a process of its own; all cases are run once per turn, in an order drawn anew. "cold"
compiles everything, "warm" finds what it compiled in JAX's persistent cache.

    python benchmarks/start.py --turns 5 --output benchmarks/results/start.json
"""

import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from peers import conditions

_LOOP = """
import itertools
import numpy as np
import trax_activations as ta
from trax import layers as tl, optimizers
from trax_activations import training
batch = np.ones((32, 64), np.float32), np.zeros(32, np.int32), np.ones(32, np.float32)
loss, adam = tl.WeightedCategoryCrossEntropy(), optimizers.Adam(0.01)
task = training.TrainTask(itertools.repeat(batch), loss, adam)
model = tl.Serial(tl.Dense(64), {activation}, tl.Dense(10))
training.Loop(model, [task], random_seed=0).run({steps})
"""
_TRAIN = """
import tempfile
from trax_activations import cli
flags = ["--config_file=digits_mlp.gin", "--config=train.steps = {steps}"]
with tempfile.TemporaryDirectory() as folder:
    assert cli.main(["train", *flags, f"--output_dir={{folder}}"]) == 0
"""
# By name: the package that it needs, and the code.
CASES = {
    "jax: import": ("jax", "import jax"),
    "jax: jax.nn.gelu": ("jax", "import jax; jax.nn.gelu(jax.numpy.ones(8)).block_until_ready()"),
    "flax.nnx: layer": (
        "flax",
        "from flax import nnx; import jax; nnx.PReLU()(jax.numpy.ones(8)).block_until_ready()",
    ),
    "torch: layer": ("torch", "import torch; torch.nn.PReLU()(torch.ones(8))"),
    "keras: layer": ("keras", "import keras, numpy; keras.layers.PReLU()(numpy.ones((1, 8)))"),
    "stock Trax: import": ("tensorflow", "import trax"),
    "ours: face": ("trax_activations", "import trax_activations"),
    "ours: functional": (
        "trax_activations",
        "from trax_activations import functional as F; import jax; "
        "F.gelu(jax.numpy.ones(8)).block_until_ready()",
    ),
    "ours: training and layers": (
        "trax",
        "import trax_activations as ta; from trax_activations import training; ta.ParametricRelu",
    ),
    "ours: layer": (
        "trax",
        "import numpy as np, trax_activations as ta; layer = ta.ParametricRelu(); "
        "x = np.ones(8, np.float32); layer.init(x); np.asarray(layer(x))",
    ),
    "ours: Loop, first step": (
        "trax",
        _LOOP.format(activation="ta.ParametricRelu(64)", steps=1),
    ),
    "ours: demo, first step": ("trax", _TRAIN.format(steps=1)),
    "ours: demo": ("trax", _TRAIN.format(steps=200)),
}
# The process tells its own figures. Linux counts in `ru_maxrss` what its parent had, not in VmHWM.
_TOLD = """
import json as _json, os as _os, resource as _resource, time as _time
_own = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss
if _os.path.exists("/proc/self/status"):
    _own = next(int(line.split()[1]) for line in open("/proc/self/status") if "VmHWM" in line)
print("\\n" + _json.dumps([_time.process_time(), _own / 1024]))
"""


def run(code: str, cache: str | None) -> dict[str, float]:
    """One process: CPU and wall seconds, and the most memory that it had, in MB."""
    environment = dict(os.environ)
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    if cache is None:
        environment["JAX_ENABLE_COMPILATION_CACHE"] = "false"
    else:
        environment["JAX_COMPILATION_CACHE_DIR"] = cache
        environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        environment["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + _TOLD],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    wall = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{code}\n{done.stderr}")
    cpu, memory = json.loads(done.stdout.splitlines()[-1])
    return {"cpu_s": cpu, "wall_s": wall, "memory_mb": memory}


def measure(names: list[str], turns: int) -> dict[str, dict[str, float]]:
    """Medians of all cases, cold and warm, after a turn that fills the cache and counts nothing."""
    taken: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as cache:
        for turn in range(turns + 1):
            for name in random.sample(names, len(names)):
                for kind, folder in (("cold", None), ("warm", cache)):
                    figures = run(CASES[name][1], folder)
                    if turn > 0:
                        taken.setdefault(f"{name}, {kind}", []).append(figures)
    return {
        f"{name}, {kind}": {
            key: round(statistics.median(each[key] for each in taken[f"{name}, {kind}"]), 3)
            for key in ("cpu_s", "wall_s", "memory_mb")
        }
        for name in names
        for kind in ("cold", "warm")
    }


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3, help="processes per case and cache")
    parser.add_argument("--only", nargs="*", default=[], help="parts of the names of cases")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    chosen = [
        name for name in CASES if not arguments.only or any(part in name for part in arguments.only)
    ]
    names = [name for name in chosen if importlib.util.find_spec(CASES[name][0])]
    for name in [name for name in chosen if name not in names]:
        print(f"{name:<34}skipped: {CASES[name][0]} is not installed")
    starts = measure(names, arguments.turns)
    for name, row in starts.items():
        figures = f"{row['cpu_s']:>8.2f} s CPU{row['wall_s']:>8.2f} s{row['memory_mb']:>8.0f} MB"
        print(f"{name:<34}{figures}")
    if arguments.output:
        report: dict[str, Any] = {**conditions(), "starts": starts}
        arguments.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
