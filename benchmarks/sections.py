"""The sections of the page of figures: what each benchmark's JSON means, its pictures and tables.

Used by report.py.
"""

import statistics
from collections.abc import Iterator
from typing import Any, NamedTuple

from dots import Dots

Report = dict[str, Any]


class Part(NamedTuple):
    """A table, and what stands above it: title, text, picture."""

    table: str
    title: str = ""
    text: str = ""
    dots: Dots | None = None


LIMIT = 1.05  # Of the time of the best rival.

_TENSORS = """Activation tensors that one layer of Dense + activation keeps for its backward pass. 1
is the output, which the next Dense keeps anyway. "compiled" is the slope of the compiled program's
temporary memory between 8 and 16 layers; "eager" is what `jax.vjp`, or PyTorch's autograd, holds.
"Remat" is ours joined to the next Dense; "plain" is our formula and "textbook" the paper's under
plain autodiff. An empty cell: that library has no such function. Exact for a compiler."""
_STEPS = """Memory that a training step (loss, gradients, Adam) needs besides its arguments, in MB:
by Trax's `Trainer` and by our `Loop`, which reuses its buffers, before and after `economize`."""
_SPEED = """Forward and backward of one activation, in milliseconds: medians over turns in one
process, in an order drawn anew each turn. "ratio" is ours to the better of `jax.nn` and the
textbook formula (or our own, "plain") under plain autodiff, below 1 where ours is faster."""
_NETWORK = """The passes are two programs, as in a network, where other layers run between them:
what the first keeps for the second goes through memory."""
_FUSED = """Both passes in one program, which no network has: there plain autodiff computes once
what both passes need, and nothing is kept. Ours computes it twice, and so keeps less in a network.
"bandwidth" is the share of what copying reaches."""
_LOOP = """Microseconds per training step of a small MLP, where the loop's own work dominates; the
weights of all loops agree to the bit."""
_VECTORIZED = """The same comparison on digits twice: the seeds of an activation trained together,
and one by one, as with `--vectorize=never`. All is counted: start, compilation, training,
evaluation, report. "MB" is the most that a process had."""
_SCALING = """Training steps of an MLP on one device and on meshes of CPU devices and processes,
which share the machine's cores: it shows what a split costs, not what it gains."""
_HOST = """Forward and backward of an activation given as NumPy code, in milliseconds, by the number
of elements: medians, interleaved. "NumPy alone" is the code itself, without any framework."""

_START = """What a fresh process costs until it has done something: CPU seconds, wall seconds and
the most memory it had. "warm" finds what it compiled in JAX's persistent cache."""


_ACCURACY = """Distance from the exact number, rounded once, in units in the last place, at the
worst input: all numbers of float16 and bfloat16, 20,000 of float32 and 800 of float64 where the
problem is well conditioned. The budget of value and derivative is 1 and 1 in 16 bit, 4 and 8 in
float32, 8 and 16 in float64. "many": more than a thousand."""
_RACE = """Simulated races of `compare --race`, with two looks. "error": of all activations alike,
in how many races does somebody leave? At most 5 % is claimed. The others: how often does one leave
that is behind all others by so many standard deviations of a run?"""
_TRACE = """What is paid before any number is computed: an eager call of 1,000 elements
and its gradient in microseconds; tracing and lowering 48 layers under `jit(grad)` in milliseconds.
The rival is `jax.nn`, the paper's formula or our plain body under jit; "ratio" is ours to it. Goals
are 1.2 for calls, 1.1 for tracing. Missed: by `sigmoid`, which `jax.nn` traces as one operation,
and by calls of the random ones, above all `randomized_relu`, whose draws pay in larger arrays."""


def table(head: list[str], rows: list[list[Any]]) -> str:
    """A table in Markdown: the first column to the left, figures to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def columns(rows: dict[str, dict[str, Any]]) -> list[str]:
    """The names of all columns, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in rows.values() for name in row))


def tensors(report: Report) -> Iterator[Part]:
    """Sections of memory.py."""
    for kind in ("compiled", "eager"):
        rows = {name: row[kind] for name, row in report["tensors_per_layer"].items()}
        names = columns(rows)
        cells = [[name, *(row.get(each, "") for each in names)] for name, row in rows.items()]
        about = f"{kept(rows, 'ours', 1.1, 2.1)} {kept(rows, 'Remat', 1.25, 2.25)}"
        order = sorted(rows, key=lambda name: [rows[name].get(each, 0) for each in names])
        yield Part(
            table(["activation", *names], cells),
            f"Tensors per layer, {kind}",
            about,
            Dots(
                "tensors kept per layer",
                {name: rows[name] for name in order},
                "symlog",
                (0, 1, 2, 3, 5, 10, 20, 40),
            ),
        )
    steps = report.get("training_steps")
    if steps:
        names = columns(steps)
        cells = [[name, *(row[each] for each in names)] for name, row in steps.items()]
        yield Part(table(["model", *names], cells), "Training steps", _STEPS)


def kept(rows: dict[str, dict[str, Any]], column: str, few: float, more: float) -> str:
    """How many activations keep up to so many tensors, and which keep more."""
    tensors = {name: row[column] for name, row in rows.items() if column in row}
    counts = [sum(count <= limit for count in tensors.values()) for limit in (few, more)]
    over = ", ".join(f"`{name}` {count}" for name, count in tensors.items() if count > more)
    return (
        f'Of {len(tensors)} activations, "{column}" keeps {few} or less for {counts[0]}, {more} or '
        f"less for {counts[1]}" + (f"; more for {over}." if over else ".")
    )


def speed(report: Report) -> Iterator[Part]:
    """Sections of speed.py."""
    for mode, title, meaning in (
        ("network", "As in a network", _NETWORK),
        ("fused", "In one program", _FUSED),
    ):
        rows = {name: row[mode] for name, row in report["milliseconds"].items()}
        timed = [name for name in columns(rows) if name not in ("ratio", "ratio_to")]
        cells = [
            [
                name,
                *(f"{row[each]['median_ms']:.2f}" if each in row else "" for each in timed),
                row["ratio"],
            ]
            for name, row in rows.items()
        ]
        head = ["activation", *timed, "ratio"]
        if mode == "fused":
            head.append("bandwidth")
            for cell, row in zip(cells, report["milliseconds"].values(), strict=True):
                cell.append(f"{row['share_of_copy_bandwidth']:.0%}")
        yield Part(table(head, cells), title, f"{meaning}\n\n{slower(rows)}", relative(rows))


def relative(rows: dict[str, dict[str, Any]]) -> Dots:
    """The time of each library as a multiple of ours, from the slowest of ours to the fastest."""
    times = {
        name: {
            library: figures["median_ms"] / row["ours"]["median_ms"]
            for library, figures in row.items()
            if isinstance(figures, dict) and library != "copy"
        }
        for name, row in sorted(rows.items(), key=lambda item: -item[1]["ratio"])
    }
    ticks = (0.25, 0.5, 1, 2, 4, 8, 16)
    return Dots("time, as a multiple of ours: above 1 ours is faster", times, "log", ticks)


def slower(rows: dict[str, dict[str, Any]]) -> str:
    """How many of ours are slower than their best rival, and which."""
    over = {name: row["ratio"] for name, row in rows.items() if row["ratio"] > LIMIT}
    middle = statistics.median(row["ratio"] for row in rows.values())
    listed = ", ".join(f"`{name}` {ratio:.2f}" for name, ratio in over.items())
    most = f"Over {LIMIT}: {listed}." if over else f"None is over {LIMIT}."
    return f"{len(rows)} activations, median ratio {middle:.2f}. {most}"


def loops(report: Report) -> Iterator[Part]:
    """Section of loop.py."""
    rows = report["loops"].items()
    cells = [
        [name, f"{row['median_us']:.0f}", f"{row['ratio_to_stock']:.0%}"] for name, row in rows
    ]
    yield Part(table(["loop", "us a step", "of stock Trax"], cells))


def vectorized(report: Report) -> Iterator[Part]:
    """Section of vectorized.py."""
    cells = [
        [
            name,
            f"{row['cpu_s']:.0f} ({row['cpu_s_ratio']:.0%})",
            f"{row['wall_s']:.0f} ({row['wall_s_ratio']:.0%})",
            f"{row['peak_mb']}",
            ", ".join(f"{label} {mean:.3f}" for label, mean in row["accuracy"].items()),
        ]
        for name, row in report["ways"].items()
    ]
    yield Part(table([f"{report['seeds']} seeds", "CPU s", "wall s", "MB", "accuracy"], cells))


def scaling(report: Report) -> Iterator[Part]:
    """Sections of scaling.py."""
    kinds = {"stock": "stock Trax", "ours": "trax_activations", "mesh": "the same on a mesh of 1"}
    cells = [
        [
            f"{model}, {text}",
            f"{figures[f'{kind}_steps_per_second']:.0f}",
            f"{figures.get(f'{kind}_time_of_stock', 1):.0%}",
        ]
        for model, figures in report["models"].items()
        for kind, text in kinds.items()
    ]
    yield Part(table(["model and loop", "steps a second", "time of stock Trax"], cells))
    cells = [
        [
            model,
            f"{row['processes']} x {row['devices'] // row['processes']}",
            f"{row['steps_per_second']:.0f}",
        ]
        for model, figures in report["models"].items()
        for row in figures["scaling"]
    ]
    yield Part(table(["model", "processes x devices", "steps a second"], cells))


def host(report: Report) -> Iterator[Part]:
    """Section of host.py."""
    rows = report["median_ms"]
    names = columns(rows)
    cells = [
        [f"{int(size):,}", *(f"{row[each]:.2f}" for each in names)] for size, row in rows.items()
    ]
    yield Part(table(["elements", *names], cells))


def starts(report: Report) -> Iterator[Part]:
    """Section of start.py."""
    cells = [
        [name, f"{row['cpu_s']:.2f}", f"{row['wall_s']:.2f}", f"{row['memory_mb']:.0f}"]
        for name, row in report["starts"].items()
    ]
    yield Part(table(["process", "CPU s", "wall s", "MB"], cells))


def accuracy(report: Report) -> Iterator[Part]:
    """Section of accuracy.py."""
    cells = []
    for name, row in report["ulps"].items():
        for rival in columns(row):
            found = [row[dtype].get(rival) for dtype in row]
            words = [_ulps(each, what) for each in found for what in ("value", "derivative")]
            cells.append([name if rival == "ours" else "", rival, *words])
    dtypes = list(next(iter(report["ulps"].values())))
    heads = [f"{dtype} {what}" for dtype in dtypes for what in ("value", "slope")]
    yield Part(table(["", "", *heads], cells))
    reasons = [[name, reason] for name, reason in report["reasons"].items()]
    yield Part(table(["misses the budget", "why"], reasons), "What misses the budget")
    nearer = [
        [name if i == 0 else "", where, why]
        for name, found in report["closer"].items()
        for i, (where, why) in enumerate(found.items())
    ]
    if nearer:
        title = "Where a rival is closer than ours"
        yield Part(table(["activation", "where", "distances, and why"], nearer), title)


def _ulps(found: dict[str, Any] | None, what: str) -> str:
    """A distance in words; nothing where the rival lacks the dtype."""
    far = found[what]["ulps"] if found else None
    return "" if far is None else "many" if far > 1000 else f"{far:.0f}"


def before_running(report: Report) -> Iterator[Part]:
    """Section of trace.py."""
    kinds = ("forward_us", "gradient_us", "tracing_ms")
    cells = [
        [name, *(f"{row[who][kind]:.4g}" for kind in kinds for who in (*_rivals(row), "ratio"))]
        for name, row in report["before_running"].items()
    ]
    heads = [
        f"{kind} {who}"
        for kind in ("forward", "gradient", "tracing")
        for who in ("ours", "rival", "ratio")
    ]
    yield Part(table(["activation", *heads], cells))


def _rivals(row: dict[str, Any]) -> list[str]:
    return [name for name in row if name != "ratio"]


def race(report: Report) -> Iterator[Part]:
    """Section of race.py."""
    for title, rows in report["wrongly_left"].items():
        heads = list(next(iter(rows.values())))
        cells = [[draw, *(f"{row[head]:.2%}" for head in heads)] for draw, row in rows.items()]
        yield Part(table(["", *heads], cells), title)


# Which key marks the JSON of which benchmark; its title, its meaning and its tables.
SECTIONS = {
    "tensors_per_layer": ("Memory", _TENSORS, tensors),
    "milliseconds": ("Speed", _SPEED, speed),
    "loops": ("The loop", _LOOP, loops),
    "ways": ("Seeds together", _VECTORIZED, vectorized),
    "models": ("Many devices", _SCALING, scaling),
    "median_ms": ("NumPy code", _HOST, host),
    "starts": ("Start", _START, starts),
    "ulps": ("Accuracy", _ACCURACY, accuracy),
    "before_running": ("Before running", _TRACE, before_running),
    "wrongly_left": ("Races", _RACE, race),
}
