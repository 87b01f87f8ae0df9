"""Measures what `compare` costs when the seeds of an activation are trained together.

The same comparison twice, on digits with configs/digits_mlp.gin, each in a process of its own and
without a cache of compiled programs: as it chooses by itself, and with `--vectorize=never`. It
takes a minute or three.

    python benchmarks/vectorized.py --output benchmarks/results/vectorized.json
"""

import argparse
import csv
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

WAYS = {"together": "auto", "one by one": "never"}


def measure(way: str, activations: str, seeds: int, n_jobs: int) -> dict[str, Any]:
    """Seconds, memory and the final mean accuracy of each activation."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "trax_activations", "compare", "--config_file=digits_mlp"]
        command += [f"--activations={activations}", f"--seeds={seeds}", f"--n_jobs={n_jobs}"]
        command += [f"--vectorize={way}", "--compilation_cache=off", f"--output_dir={folder}"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(Path(folder) / "results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
    accuracies: dict[str, list[float]] = {}
    for row in rows:
        accuracies.setdefault(row["activation"], []).append(float(row["eval_accuracy"]))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "cpu_s": round(cpu, 1),
        "wall_s": round(wall, 1),
        "peak_mb": round(max(int(row["peak_bytes"]) for row in rows) / 2**20),
        "accuracy": {label: round(statistics.mean(of), 4) for label, of in accuracies.items()},
    }


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activations", default="Relu,ParametricRelu,Gelu,Mish")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--n_jobs", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    given = options.activations, options.seeds, options.n_jobs
    ways = {name: measure(way, *given) for name, way in WAYS.items()}
    for each in ways.values():
        for unit in ("cpu_s", "wall_s"):
            each[f"{unit}_ratio"] = round(each[unit] / ways["one by one"][unit], 2)
    report = {
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in ("trax", "jax", "numpy")},
        "cores": os.cpu_count(),
        "activations": options.activations,
        "seeds": options.seeds,
        "processes": options.n_jobs,
        "ways": ways,
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.output:
        options.output.write_text(f"{text}\n")


if __name__ == "__main__":
    main()
