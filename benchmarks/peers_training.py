"""Measures training beside what people would use instead: Flax with optax, PyTorch, stock Trax.

Each framework trains the same model in a process of its own, alone with its threads: the processes
take turns, in an order drawn anew each turn, and the others wait. Every turn ends when all that it
has computed is there. A ratio is the median over turns of a framework's time to ours in that turn.

    python benchmarks/peers_training.py --output benchmarks/results/peers_training.json

takes 7 minutes on two cores; what is not installed is left out.
"""

import argparse
import importlib.util
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import training_models
import training_peers

PACKAGES = ("trax-activations", "jax", "flax", "optax", "torch", "trax", "numpy")
NEEDS = {"linen": "optax", "nnx": "optax", "torch": "torch", "torch.compile": "torch"}


class Worker:
    """A process that trains a model by a framework when it is told to, and else waits."""

    def __init__(self, framework: str, model: str) -> None:
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--worker", framework, model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        first = self._answer()
        self.about = {
            "first_step_s": round(time.perf_counter() - started, 2),
            "first_step_cpu_s": round(first["cpu"], 2),
            "parameters": first["parameters"],
        }
        for _ in range(2):  # The second also compiles, in some.
            self.seconds_per_step = self.run(5) / 5

    def run(self, steps: int, at_once: bool = True) -> float:
        """Seconds that so many steps take, at once or one by one."""
        return self._ask({"steps": steps, "at_once": at_once})["seconds"]

    def peak(self) -> float:
        """The most memory that the process has had, in MB."""
        return self._ask({"steps": 0, "at_once": True})["peak_mb"]

    def end(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self._process.args[2:])} has ended; run it alone to see.")
        return json.loads(line)


def work(framework: str, model: str) -> None:
    """What a worker's process does: one step, then what it is asked for, line by line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What frameworks print is no answer.
    steps, parameters = training_peers.FRAMEWORKS[framework](model)
    steps(1)
    found: dict[str, Any] = {"cpu": time.process_time(), "parameters": parameters}
    print(json.dumps(found), file=answers, flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        started = time.perf_counter()
        for _ in range(1 if question["at_once"] else question["steps"]):
            if question["steps"]:
                steps(question["steps"] if question["at_once"] else 1)
        found = {"seconds": time.perf_counter() - started, "peak_mb": peak_megabytes()}
        print(json.dumps(found), file=answers, flush=True)


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3))


def measure(model: str, frameworks: list[str], turns: int, seconds: float) -> dict[str, Any]:
    """Measures one model by all frameworks, turn by turn."""
    workers = {each: Worker(each, model) for each in frameworks}
    count = {each: max(2, round(seconds / w.seconds_per_step)) for each, w in workers.items()}
    times: dict[str, list[float]] = {each: [] for each in frameworks}
    order = random.Random(0)
    for _ in range(turns):
        for each in order.sample(frameworks, len(frameworks)):
            times[each].append(workers[each].run(count[each]) / count[each])
            time.sleep(0.05)  # Until its threads have gone to sleep.
    rows = {
        each: {
            "steps_per_second": round(1 / statistics.median(taken), 2),
            "ratio_to_ours": round(
                statistics.median(a / b for a, b in zip(taken, times["ours"], strict=True)), 3
            ),
            "peak_mb": workers[each].peak(),
            **workers[each].about,
        }
        for each, taken in times.items()
    }
    rows["ours"]["run_1_to_step"] = run_1(workers["ours"], count["ours"], turns)
    for worker in workers.values():
        worker.end()
    return rows


def run_1(worker: Worker, steps: int, turns: int) -> float:
    """What a step by `run(1)` costs, in steps of a long run."""
    few = max(5, steps // 4)
    worker.run(3, at_once=False)
    ratios = []
    for _ in range(turns):
        single = worker.run(few, at_once=False) / few
        ratios.append(single / (worker.run(steps) / steps))
    return round(statistics.median(ratios), 3)


def shown(results: dict[str, Any]) -> str:
    """A table for the terminal."""
    lines = [
        f"{'':<22}{'steps/s':>10}{'of ours':>9}{'peak MB':>9}{'1st step s':>12}{'weights':>11}"
    ]
    for model, rows in results.items():
        lines.append(f"{model}  (run(1): {rows['ours']['run_1_to_step']:.2f} steps)")
        lines += [
            f"  {each:<20}{row['steps_per_second']:>10}{row['ratio_to_ours']:>9.2f}"
            f"{row['peak_mb']:>9.0f}{row['first_step_s']:>12.1f}{row['parameters']:>11,}"
            for each, row in rows.items()
        ]
    return "\n".join(lines)


def main() -> None:
    """Measures and prints; writes JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="*", default=training_models.MODELS)
    parser.add_argument("--frameworks", nargs="*", default=tuple(training_peers.FRAMEWORKS))
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each framework in a turn")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(*arguments.worker)
        return
    there = [
        each
        for each in dict.fromkeys(["ours", *arguments.frameworks])
        if all(importlib.util.find_spec(m) for key, m in NEEDS.items() if key in each)
    ]
    results = {}
    for model in arguments.models:
        results[model] = measure(model, there, arguments.turns, arguments.seconds)
        print(shown({model: results[model]}), flush=True)
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    report = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "versions": versions,
        "turns": arguments.turns,
        "training": results,
    }
    if arguments.output:
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
