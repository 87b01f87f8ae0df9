"""Measures how long importing Trax takes: as it is, through this package, and what lies beneath.

Each run is a fresh process; the three are interleaved, so that a machine that slows down slows all.

    python benchmarks/import_time.py --runs 5 --output import_time.json
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path

IMPORTS = {
    "stock Trax": "import trax",
    "trax_activations": "import trax_activations._trax",
    "TensorFlow + JAX": "import tensorflow, jax",
}

# The clock starts inside the process: the interpreter's own start is nobody's import.
TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def seconds(statement: str) -> tuple[float, int]:
    """Runs an import in a fresh process: seconds, and lines that it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(statement)], capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1]), len(done.stderr.splitlines())


def measure(runs: int) -> dict[str, dict[str, float | int | list[float]]]:
    """Times every import `runs` times, one after the other, after a first run that counts nothing.

    The uncounted run writes bytecode and reads the files once, as any second start finds them.
    """
    times: dict[str, list[float]] = {name: [] for name in IMPORTS}
    lines: dict[str, int] = {}
    for run in range(runs + 1):
        for name, statement in IMPORTS.items():
            taken, lines[name] = seconds(statement)
            if run > 0:
                times[name].append(taken)
    stock = statistics.median(times["stock Trax"])
    return {
        name: {
            "median_s": round(statistics.median(taken), 3),
            "ratio_to_stock": round(statistics.median(taken) / stock, 3),
            "stderr_lines": lines[name],
            "runs_s": [round(each, 3) for each in taken],
        }
        for name, taken in times.items()
    }


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="fresh processes per import")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    results = measure(arguments.runs)
    print(f"{'import':<18}{'median':>10}{'of stock':>10}{'stderr':>14}")
    for name, row in results.items():
        print(
            f"{name:<18}{row['median_s']:>8.2f} s{row['ratio_to_stock']:>10.0%}"
            f"{row['stderr_lines']:>8} lines"
        )
    if arguments.output:
        packages = ("trax", "jax", "tensorflow", "numpy")
        versions = {name: metadata.version(name) for name in packages}
        report = {"python": platform.python_version(), "versions": versions, "imports": results}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
