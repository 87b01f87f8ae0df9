"""Measures how many digits of value and derivative are right: ours and the peers'.

All numbers of float16 and bfloat16 are tried, 20,000 of float32 of every size, and 800 of float64.
The figures are distances from the exact number, rounded once, in units in the last place; from
float32 on only where the problem is well conditioned: there an error of the input in its last place
makes four at most. PyTorch and Keras are measured where they are installed.

    python benchmarks/accuracy.py gelu mish --output accuracy.json
"""

import argparse
import contextlib
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frameworks
import numpy as np
import peers

from trax_activations import registry

sys.path.append(str(Path(__file__).parent.parent / "tests"))
import digits

Function = Callable[..., Any]


def elementwise() -> list[registry.ActivationSpec]:
    """Those of one number that draw nothing."""
    return [spec for spec in registry.specs() if not (spec.along_axis or spec.random)]


def worst(spec: registry.ActivationSpec, measured: Function, dtype: str) -> dict[str, Any]:
    """The greatest distances of value and derivative, and where they are."""
    x = digits.every_finite(dtype)
    x = x[x.astype(np.float64) >= spec.domain[0]]
    found = measured(x)
    row: dict[str, Any] = {}
    distances = digits.distances(spec, x, dtype, found)
    for what, distance in zip(("value", "derivative"), distances, strict=True):
        distance = np.where(np.isnan(distance), np.inf, distance)
        at = int(np.argmax(distance))
        # JSON has no infinity.
        row[what] = {"ulps": min(float(distance[at]), 1e9), "at": float(x[at])}
    return row


def rivals(spec: registry.ActivationSpec) -> dict[str, Function]:
    """Ours, and those that are the same function elsewhere: of inputs, value and derivative."""
    parameters = [np.float64(parameter.initial) for parameter in spec.parameters]

    def by_jax(function: Function, x: Any) -> Any:
        wide = x.dtype if x.dtype == np.float64 else np.float32
        return digits.measured(function, x, *(p.astype(wide) for p in parameters))

    functions = peers.jax_functions(spec)
    ours = {name: each for name, each in functions.items() if name in ("ours", "jax.nn")}
    return {
        **{name: functools.partial(by_jax, each) for name, each in ours.items()},
        **frameworks.measured_by(spec),
    }


def measure(spec: registry.ActivationSpec) -> dict[str, Any]:
    """Each dtype and rival; where a rival lacks the dtype, nothing of it."""
    row: dict[str, Any] = {}
    for dtype in digits.BUDGET:
        row[dtype] = {}
        for name, measured in rivals(spec).items():
            with contextlib.suppress(NotImplementedError):
                row[dtype][name] = worst(spec, measured, dtype)
    return row


def closer(name: str, row: dict[str, Any]) -> dict[str, str]:
    """Where a rival is more accurate than ours, with the reason."""
    found = {}
    for dtype, of in row.items():
        for i, what in enumerate(("value", "derivative")):
            ours = of["ours"][what]["ulps"]
            others = {rival: each[what]["ulps"] for rival, each in of.items() if rival != "ours"}
            nearer = {rival: ulps for rival, ulps in others.items() if ulps < ours}
            if nearer and ours > digits.BUDGET[dtype][i]:
                reason = digits.MISSES[name, dtype][2]
            elif nearer:
                reason = "Within the budget."
            else:
                continue
            figures = ", ".join(f"{rival} {ulps:g}" for rival, ulps in nearer.items())
            found[f"{dtype} {what}"] = f"{figures}, ours {ours:g}: {reason}"
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
        if found := closer(spec.name, row):
            behind[spec.name] = found
        cells = [
            f"{dtype} {each['value']['ulps']:g} {each['derivative']['ulps']:g} ({name})"
            for dtype, of in row.items()
            for name, each in of.items()
        ]
        print(f"{spec.name:<32}" + "; ".join(cells), flush=True)
    print("A rival is closer:")
    for name, where in behind.items():
        print(f"  {name}: {where}")
    misses = {f"{name} {dtype}": reason for (name, dtype), (*_, reason) in digits.MISSES.items()}
    if arguments.output:
        report = {**peers.conditions(), "ulps": rows, "closer": behind, "reasons": misses}
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
