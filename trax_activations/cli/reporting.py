"""A training loop that reports in a table, with a row for every evaluation."""

import math
import os
import shlex
import sys
import time
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from tabulate import tabulate

from trax_activations import checkpoints, layers, replacement, training, weights
from trax_activations._model import walk
from trax_activations._trax import base, trainer_lib
from trax_activations.training.planned import PlannedLoop

__all__ = ["ReportingLoop", "shown"]

# Trax's default metrics that say nothing new to a reader: minus the loss, and the size of a batch.
# TensorBoard has them all.
_NOT_SHOWN = frozenset({"neg_log_perplexity", "weights_per_batch_per_core"})
_OF_SEQUENCES = frozenset({"sequence_accuracy"})
_SHOWN_PLACES = 12


class ReportingLoop(PlannedLoop):
    """A loop that prints its progress as a table.

    On a terminal a bar shows every step; elsewhere only the rows of the table are printed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._headed = False
        self._progress = training.Progress(self, file=sys.stdout)
        self._callbacks.append(self._progress)

    def run_and_report(self, folder: str) -> None:
        """Runs the planned steps, and reports the result and where everything lies."""
        if (replaced := replacement.summary(self.model)).rows:
            _say(f"{replaced.shown(_SHOWN_PLACES)}\n")
        _say(_what_is_trained(self.model))
        first_step, started = self.step, time.monotonic()
        try:
            self.run_planned()
        except KeyboardInterrupt as interrupt:
            raise type(interrupt)(
                f"{str(interrupt).strip('.') or 'interrupted'} after step {self.step:,}. "
                f"To go on from there, give --output_dir={shlex.quote(folder)} again."
            ) from None
        if self.planned:
            n_steps, seconds = self.step - first_step, time.monotonic() - started
            _say(f"\nDone: {n_steps:,} steps in {seconds:.1f} s")
        else:
            _say(
                f"\nNothing to do: this run is at step {self.step:,} already. To train on, raise "
                "train.steps; to start anew, give another --output_dir."
            )
        table = tabulate(self._results(folder), tablefmt="plain", disable_numparse=True)
        _say("\n".join(f"  {line}" for line in table.splitlines()))
        _say(f"\nSee the log with: tensorboard --logdir={shlex.quote(folder)}")

    def _results(self, folder: str) -> list[tuple[str, str]]:
        """The last metrics, and the files of the run; draws its picture."""
        from trax_activations import plotting  # Matplotlib: not before the first step.

        rows: list[tuple[str, str]] = []
        if self.evals:
            metrics = shown(self.evals[0], self.eval_tasks[0].sample_batch)
            rows += [(f"eval {name}", f"{value:.4f}") for name, value in metrics.items()]
        rows += [
            ("checkpoint", checkpoints.path_of(folder)),
            ("config", os.path.join(folder, "config.gin")),
            ("TensorBoard log", folder),
        ]
        figure = plotting.plot_learned(self.model, title=f"Activations after {self.step:,} steps")
        if figure and self.is_chief:
            picture = os.path.join(folder, "activations.png")
            with trainer_lib.tf.io.gfile.GFile(picture, "wb") as file:  # It may be gs://...
                figure.savefig(file, format="png")
            rows.append(("picture", picture))
        return rows

    def load_checkpoint(self, directory: str | None = None, filename: str | None = None) -> None:
        """Loads a checkpoint; the error for one that does not fit names flags, not arguments."""
        try:
            super().load_checkpoint(directory, filename)
        except ValueError as error:
            text = str(error).replace("accept_changes=True", "--accept_changes")
            raise ValueError(text.replace(" output_dir", " --output_dir")) from error

    def run_evals(self, summary_writers: Sequence[Any] | None = None) -> None:
        """Evaluates, and prints a row for each eval task."""
        super().run_evals(summary_writers)
        tasks = [task for task in self._eval_tasks if task is not None]
        for index, (task, values) in enumerate(zip(tasks, self.evals, strict=True)):
            name = (task.export_prefix or str(index)) if len(tasks) > 1 else None
            self._print_row(name, shown(values, task.sample_batch))

    def _print_row(self, task_name: str | None, values: dict[str, float]) -> None:
        cells = {"step": f"{self.step:,}"}
        if task_name is not None:
            cells["task"] = task_name
        if self.planned:
            losses = self.summaries.get(("train", "metrics/"), {}).values()
            cells["train loss"] = _formatted(next(iter(losses), math.nan))
        cells |= {f"eval {name}": _formatted(value) for name, value in values.items()}
        if self.planned:
            own = self.summaries.get(("train", "training/"), {})
            speed = own.get("steps per second", math.nan)
            cells["steps/s"] = f"{speed:.3g}" if speed < 100 else f"{speed:.0f}"
        if not self._headed:
            self._headed = True
            self._progress.write("".join(name.rjust(_width(name)) for name in cells))
        row = "".join(cell.rjust(_width(name)) for name, cell in cells.items())
        self._progress.write(row)
        sys.stdout.flush()


def shown(metrics: dict[str, float], batch: Sequence[Any]) -> dict[str, float]:
    """Filters out redundant metrics, such as those of sequences where there are none.

    Example:
        >>> shown({"loss": 0.5, "neg_log_perplexity": -0.5}, (np.zeros((2, 8)), np.zeros(2)))
        {'loss': 0.5}
    """
    sequences = len(batch) > 1 and np.ndim(batch[1]) > 1
    hidden = _NOT_SHOWN if sequences else _NOT_SHOWN | _OF_SEQUENCES
    return {name: value for name, value in metrics.items() if name not in hidden}


def _what_is_trained(model: base.Layer) -> str:
    learned = [x for _, x in walk(model) if isinstance(x, layers.LearnedActivation)]
    names = " and ".join(sorted({layer.spec.layer_name for layer in learned}))
    of_them = sum(np.size(x) for layer in learned for x in jax.tree.leaves(layer.weights))
    total = f"{weights.summary(model).count:,} weights"
    return f"{total}, {of_them:,} of them in {names}" if learned else total


def _say(line: str) -> None:
    print(line, flush=True)


def _width(column: str) -> int:
    return max(len(column) + 3, 10)


def _formatted(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.3e}"
