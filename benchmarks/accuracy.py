"""Measures how many digits of value and derivative are right: ours and the peers'.

All numbers of float16 and bfloat16 are tried, and 20,000 of float32 of every size. The figures are
distances from the exact number, rounded once, in units in the last place; in float32 only where the
problem is well conditioned: there an error of the input in its last place makes four at most.

    python benchmarks/accuracy.py gelu mish --output accuracy.json
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import peers

from trax_activations import registry

sys.path.append(str(Path(__file__).parent.parent / "tests"))
import digits

Function = Callable[..., Any]


def elementwise() -> list[registry.ActivationSpec]:
    """Those of one number that draw nothing."""
    return [spec for spec in registry.specs() if not (spec.along_axis or spec.random)]


def worst(spec: registry.ActivationSpec, function: Function, dtype: str) -> dict[str, Any]:
    """The greatest distances of value and derivative, and where they are."""
    x = digits.every_finite(dtype)
    x = x[x.astype(np.float64) >= spec.domain[0]]
    found = digits.measured(function, x, *peers.parameters(spec))
    row: dict[str, Any] = {}
    distances = digits.distances(spec, x, dtype, found)
    for what, distance in zip(("value", "derivative"), distances, strict=True):
        distance = np.where(np.isnan(distance), np.inf, distance)
        at = int(np.argmax(distance))
        # JSON has no infinity.
        row[what] = {"ulps": min(float(distance[at]), 1e9), "at": float(x[at])}
    return row


def rivals(spec: registry.ActivationSpec) -> dict[str, Function]:
    """Ours, and jax.nn's where it is the same function."""
    functions = peers.jax_functions(spec)
    return {name: each for name, each in functions.items() if name in ("ours", "jax.nn")}


def measure(spec: registry.ActivationSpec) -> dict[str, Any]:
    """Each dtype and rival."""
    return {
        dtype: {name: worst(spec, function, dtype) for name, function in rivals(spec).items()}
        for dtype in digits.BUDGET
    }


def closer(row: dict[str, Any]) -> list[str]:
    """Where a rival is more accurate than ours, and than the budget asks."""
    found = []
    for dtype, of in row.items():
        for i, what in enumerate(("value", "derivative")):
            ours = of["ours"][what]["ulps"]
            others = [each[what]["ulps"] for name, each in of.items() if name != "ours"]
            if others and min(others) < ours > digits.BUDGET[dtype][i]:
                found.append(f"{dtype} {what}")
    return found


def main() -> None:
    """Prints a table, and writes it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="activations; by default all")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON")
    arguments = parser.parse_args()
    specs = [registry.get(name) for name in arguments.names] or elementwise()
    rows, behind = {}, {}
    for spec in specs:
        rows[spec.name] = row = measure(spec)
        if found := closer(row):
            behind[spec.name] = found
        cells = [
            f"{dtype} {each['value']['ulps']:g} {each['derivative']['ulps']:g} ({name})"
            for dtype, of in row.items()
            for name, each in of.items()
        ]
        print(f"{spec.name:<32}" + "; ".join(cells), flush=True)
    print(f"A rival is closer: {behind}")
    misses = {f"{name} {dtype}": reason for (name, dtype), (*_, reason) in digits.MISSES.items()}
    if arguments.output:
        report = {**peers.conditions(), "ulps": rows, "closer": behind, "reasons": misses}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
