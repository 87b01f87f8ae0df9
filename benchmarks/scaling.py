"""Measures what the mesh path of our Loop costs, and how it scales over devices and processes.

First, on one device and in one process: our Loop on a mesh of one against Trax's stock one-device
Loop, in turns; the overhead is the median ratio of turns side by side. Then our Loop alone on 1, 2,
4 and 8 CPU devices of one process, and on two processes of 4, each in processes of their own: the
devices share the machine's cores, so these figures show what a split costs, not what it gains.

    python benchmarks/scaling.py --output scaling.json
"""

import argparse
import contextlib
import io
import itertools
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

LIMIT = 1.05  # Of the overhead.
DEVICES = (1, 2, 4, 8)
CLASSES = 10
SCALED = "small"  # Where what a split costs is seen best.
# Name: width of the two hidden layers, size of a batch.
MODELS = {"small": (32, 32), "large": (512, 256)}


def make_loop(module: Any, name: str, share: tuple[int, int] = (0, 1), **kwargs: Any) -> Any:
    """A loop over an MLP that neither evaluates nor saves."""
    import numpy as np

    from trax_activations._trax import layers as tl
    from trax_activations._trax import optimizers

    (width, size), (part, parts) = MODELS[name], share
    rng = np.random.default_rng(0)
    x = rng.normal(size=(size, width)).astype(np.float32)
    y = rng.integers(CLASSES, size=size).astype(np.int32)
    own = slice(size // parts * part, size // parts * (part + 1))
    model = tl.Serial(tl.Dense(width), tl.Relu(), tl.Dense(width), tl.Relu(), tl.Dense(CLASSES))
    task = module.TrainTask(
        itertools.repeat((x[own], y[own])),
        tl.CategoryCrossEntropy(),
        optimizers.Adam(0.01),
        n_steps_per_checkpoint=10**9,
    )
    return module.Loop(model, task, random_seed=0, **kwargs)


def turn(loop: Any, steps: int) -> float:
    """Steps per second of one turn."""
    import jax

    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        loop.run(steps)
    jax.block_until_ready(loop.model.weights)
    return steps / (time.perf_counter() - start)


def overhead(name: str, turns: int, steps: int) -> dict[str, float]:
    """Time of a step on a mesh of one device, in parts of that of stock Trax."""
    import jax
    import numpy as np

    from trax_activations import training
    from trax_activations._trax import training as trax_training

    with contextlib.redirect_stdout(io.StringIO()):
        loops = {
            "stock": make_loop(trax_training, name, n_devices=1),
            "ours": make_loop(training, name, n_devices=1),
            "mesh": make_loop(training, name, mesh=jax.make_mesh((1,), ("batch",))),
        }
    speeds: dict[str, list[float]] = {kind: [] for kind in loops}
    for i in range(turns + 1):
        for kind, loop in loops.items():
            speed = turn(loop, steps)
            if i > 0:  # The first turn compiles.
                speeds[kind].append(speed)
    for loop in loops.values():  # Else the comparison is void.
        jax.tree.map(
            np.testing.assert_array_equal, loops["stock"].model.weights, loop.model.weights
        )
    figures = {
        f"{kind}_steps_per_second": round(statistics.median(measured), 1)
        for kind, measured in speeds.items()
    }
    # Of turns side by side, since what else the machine does comes and goes.
    for kind in ("ours", "mesh"):
        ratios = [stock / own for stock, own in zip(speeds["stock"], speeds[kind], strict=True)]
        figures[f"{kind}_time_of_stock"] = round(statistics.median(ratios), 3)
    return figures


def scale(name: str, turns: int, steps: int, share: tuple[int, int]) -> dict[str, float]:
    """Steps per second on all devices there are, of all processes."""
    import jax

    from trax_activations import training

    with contextlib.redirect_stdout(io.StringIO()):
        loop = make_loop(training, name, share)
    speeds = [turn(loop, steps) for _ in range(turns + 1)][1:]
    return {
        "devices": jax.device_count(),
        "processes": jax.process_count(),
        "steps_per_second": round(statistics.median(speeds), 1),
    }


def run_worker(arguments: Sequence[str]) -> None:
    """What a process of :func:`start` does: prints a line of JSON."""
    kind, name, turns, steps, *others = arguments
    share = (0, 1)
    if others:
        import jax

        address, count, own = others[0], int(others[1]), int(others[2])
        jax.distributed.initialize(address, count, own)
        share = (own, count)
    measured: Any
    if kind == "overhead":
        measured = overhead(name, int(turns), int(steps))
    else:
        measured = scale(name, int(turns), int(steps), share)
    print(json.dumps(measured), flush=True)


def start(devices: int, *arguments: object) -> subprocess.Popen[str]:
    """Starts a process with that many CPU devices."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, __file__, "--worker", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
    )


def result(process: subprocess.Popen[str]) -> dict[str, float]:
    """What a process has measured."""
    output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"A worker ended with status {process.returncode}.")
    figures: dict[str, float] = json.loads(output.splitlines()[-1])
    return figures


def measure(name: str, turns: int, steps: int) -> dict[str, Any]:
    """All figures of a model."""
    figures: dict[str, Any] = result(start(1, "overhead", name, turns, steps))
    if name != SCALED:
        return {**figures, "scaling": []}
    rows = [result(start(n, "scale", name, turns, steps)) for n in DEVICES]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    both = [start(4, "scale", name, turns, steps, address, 2, i) for i in range(2)]
    measured = [result(process) for process in both]
    rows.append(measured[0])
    return {**figures, "scaling": rows}


def print_table(name: str, figures: dict[str, Any]) -> None:
    """The figures of a model, to be read."""
    width, size = MODELS[name]
    print(f"\n{name}: MLP of width {width}, batches of {size}")
    for kind, text in (
        ("stock", "Trax's Loop, one device"),
        ("ours", "our Loop, one device"),
        ("mesh", "our Loop, a mesh of one device"),
    ):
        speed = figures[f"{kind}_steps_per_second"]
        ratio = figures.get(f"{kind}_time_of_stock", 1)
        print(f"  {text:<34}{speed:>10.0f} steps/s{ratio:>8.2f} of stock's time")
    for row in figures["scaling"]:
        where = f"{row['processes']} x {row['devices'] // row['processes']} CPU devices"
        print(f"  {where:<34}{row['steps_per_second']:>10.0f} steps/s")


def main() -> None:
    """Prints a table, writes it as JSON where asked, and fails if the overhead is too large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5, help="timed turns of each loop")
    parser.add_argument("--steps", type=int, default=50, help="training steps in a turn")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    parser.add_argument("--worker", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        run_worker(arguments.worker)
        return
    models = {}
    for name in arguments.models:
        models[name] = measure(name, arguments.turns, arguments.steps)
        print_table(name, models[name])
    worst = max(figures["mesh_time_of_stock"] for figures in models.values())
    print(f"\nOverhead of the mesh path on one device: {worst:.3f} (limit {LIMIT})")
    if arguments.output:
        report = {
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in ("trax", "jax", "numpy")},
            "cores": os.cpu_count(),
            "limit": LIMIT,
            "models": models,
        }
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")
    if worst > LIMIT:
        raise SystemExit(f"The overhead is over {LIMIT}.")


if __name__ == "__main__":
    main()
