"""Writes the page of figures out of the JSON that the other benchmarks wrote.

    python benchmarks/report.py benchmarks/results --output docs/figures.md

Every file in the folder that has a table of ours makes a section of the page; the same benchmark
may be there several times, of different machines.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Report = dict[str, Any]

_HEAD = """# Figures

Written by `python benchmarks/report.py` from the files in `benchmarks/results`: do not edit. Each
section says where and with what it was measured; `python benchmarks/<name>.py --help` says how to
measure again.
"""
_TENSORS = """Activation tensors that one layer of Dense + activation keeps for its backward pass. 1
is the output, which the next Dense keeps anyway. "compiled" is the slope of the compiled program's
temporary memory between 8 and 16 layers; "eager" is what `jax.vjp`, or PyTorch's autograd, holds.
"Remat" is ours joined to the next Dense; "plain" is our formula and "textbook" the paper's under
plain autodiff. An empty cell: that library has no such function. Exact for a compiler."""
_STEPS = """Memory that a training step (loss, gradients, Adam) needs besides its arguments, in MB:
by Trax's `Trainer` and by our `Loop`, which reuses its buffers, before and after `economize`."""
_SPEED = """Forward and backward of one activation, compiled, in milliseconds: medians over turns,
in one process, interleaved. "ratio" is ours to the better of `jax.nn` and the textbook formula (or
our own, "plain") under plain autodiff, below 1 where ours is faster. "bandwidth" is the share of
what copying reaches."""
_LOOP = """Microseconds per training step of a small MLP, where the loop's own work dominates; the
weights of all loops agree to the bit."""

_HOST = """Forward and backward of an activation given as NumPy code, in milliseconds, by the number
of elements: medians, interleaved. "NumPy alone" is the code itself, without any framework."""


def table(head: list[str], rows: list[list[Any]]) -> str:
    """A table in Markdown: the first column to the left, figures to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def conditions(report: Report) -> str:
    """Where and with what something was measured, in a line."""
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    parts = [report.get("device", ""), report.get("machine", "")]
    parts += [f"{report['cores']} cores"] if "cores" in report else []
    parts += [f"Python {report['python']}", versions]
    parts += [
        f"{key} {report[key]}"
        for key in ("width", "batch", "shape", "dtype", "turns")
        if key in report
    ]
    return "Measured on " + "; ".join(part for part in parts if part) + "."


def columns(rows: dict[str, dict[str, Any]]) -> list[str]:
    """The names of all columns, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in rows.values() for name in row))


def tensors(report: Report) -> Iterator[str]:
    """Sections of memory.py."""
    for kind in ("compiled", "eager"):
        rows = {name: row[kind] for name, row in report["tensors_per_layer"].items()}
        names = columns(rows)
        cells = [[name, *(row.get(each, "") for each in names)] for name, row in rows.items()]
        yield f"### Tensors per layer, {kind}\n\n{table(['activation', *names], cells)}"
    steps = report.get("training_steps")
    if steps:
        names = columns(steps)
        cells = [[name, *(row[each] for each in names)] for name, row in steps.items()]
        yield f"### Training steps\n\n{_STEPS}\n\n{table(['model', *names], cells)}"


def speed(report: Report) -> Iterator[str]:
    """Section of speed.py."""
    rows = report["milliseconds"]
    timed = [
        name for name in columns(rows) if any(isinstance(r.get(name), dict) for r in rows.values())
    ]
    cells = [
        [
            name,
            *(f"{row[each]['median_ms']:.2f}" if each in row else "" for each in timed),
            row.get("ratio", ""),
            f"{row['share_of_copy_bandwidth']:.0%}",
        ]
        for name, row in rows.items()
    ]
    yield table(["activation", *timed, "ratio", "bandwidth"], cells)


def loops(report: Report) -> Iterator[str]:
    """Section of loop.py."""
    rows = report["loops"].items()
    cells = [
        [name, f"{row['median_us']:.0f}", f"{row['ratio_to_stock']:.0%}"] for name, row in rows
    ]
    yield table(["loop", "us a step", "of stock Trax"], cells)


def host(report: Report) -> Iterator[str]:
    """Section of host.py."""
    rows = report["median_ms"]
    names = columns(rows)
    cells = [
        [f"{int(size):,}", *(f"{row[each]:.2f}" for each in names)] for size, row in rows.items()
    ]
    yield table(["elements", *names], cells)


# Which key marks the JSON of which benchmark; its title, its meaning and its tables.
SECTIONS = {
    "tensors_per_layer": ("Memory", _TENSORS, tensors),
    "milliseconds": ("Speed", _SPEED, speed),
    "loops": ("The loop", _LOOP, loops),
    "median_ms": ("NumPy code", _HOST, host),
}


def page(folder: Path) -> str:
    """The whole page.

    Raises:
        SystemExit: If there is nothing to write it from.
    """
    parts = [_HEAD]
    reports = [(path, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    for key, (title, meaning, make) in SECTIONS.items():
        for path, report in reports:
            if key in report:
                about = [f"## {title}: {path.stem}", meaning, conditions(report)]
                parts.append("\n\n".join([*about, *make(report)]) + "\n")
    if len(parts) == 1:
        raise SystemExit(
            f"No figures in {folder}: write some first, for example "
            f"python benchmarks/memory.py --output {folder}/memory_cpu.json"
        )
    return "\n".join(parts)


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("benchmarks/results"))
    parser.add_argument("--output", type=Path, default=Path("docs/figures.md"))
    arguments = parser.parse_args()
    arguments.output.write_text(page(arguments.folder))
    print(f"Wrote {arguments.output}.")


if __name__ == "__main__":
    main()
