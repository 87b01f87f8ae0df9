"""The section of the page of figures that peers_training.py makes. Used by report.py."""

from collections.abc import Iterator

from sections import Part, Report, table

_TRAINING = """The same model, batch and optimizer (Adam), trained by our Loop with all that it does
by default, and by what people would use instead. Each framework has a process of its own, alone
with its threads; they take turns, and each waits until all is computed. "to ours" is the median
over turns of its time to ours: below 1 where it is faster. Peak is that of the process; the first
step is counted from the start of Python. `run(1)` is the time of a loop that is run step by step,
to that of a long run."""


def training(report: Report) -> Iterator[Part]:
    """Sections of peers_training.py."""
    head = ["", "steps/s", "to ours", "peak [MB]", "first step [s]", "CPU [s]"]
    for model, rows in report["training"].items():
        cells = [
            [
                name,
                row["steps_per_second"],
                f"{row['ratio_to_ours']:.2f}",
                f"{row['peak_mb']:.0f}",
                row["first_step_s"],
                row["first_step_cpu_s"],
            ]
            for name, row in rows.items()
        ]
        ours = rows["ours"]
        about = f"{ours['parameters']:,} weights. `run(1)`: {ours['run_1_to_step']:.2f} steps."
        yield Part(table(head, cells), model, about)


SECTIONS = {"training": ("Training", _TRAINING, training)}
