"""``trax-activations train``: Trax's own ``train`` with our loop in its place, and a report."""

import os
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from absl import logging

from trax_activations import checkpoints, plotting
from trax_activations._model.paths import walk
from trax_activations._trax import base, fastmath, trainer_lib
from trax_activations.cli.config import configure, output_dir, parsed_flags
from trax_activations.cli.errors import MISTAKES, UsageError, explain
from trax_activations.cli.files import plain_errors
from trax_activations.cli.progress import ReportingLoop, shown
from trax_activations.layers import LearnedActivation
from trax_activations.training.planned import planned

__all__ = ["train"]

tf = trainer_lib.tf  # TensorFlow, as Trax has it: for files.


def train(arguments: Sequence[str]) -> None:
    """Trains as the flags say, and tells what came out and where it lies.

    Args:
        arguments: Trax's flags, as for ``python -m trax.trainer``.

    Raises:
        UsageError: If a flag, file, binding or hyperparameter is wrong.
        FloatingPointError: If a loss or gradient is not finite.
        OSError: If a file cannot be written.
        KeyboardInterrupt: If the user stops it; the message says how to go on.
    """
    with parsed_flags(arguments) as values, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"trax\.")  # Of no use to whoever trains.
        warnings.showwarning = _note
        try:
            configure(values)
            folder = output_dir(values)
            result = _prepare(folder)
        except (*MISTAKES, base.LayerError, tf.errors.OpError) as error:
            if values.log_level >= logging.DEBUG:
                raise
            raise UsageError(explain(error)) from error
        if isinstance(result, ReportingLoop):  # Not with `train.use_loop = False`.
            with plain_errors():
                _run(result, folder)


def _prepare(folder: str) -> Any:
    """The loop that Trax's ``train`` makes of the config, ready to run."""
    return planned(folder, ReportingLoop)


def _run(loop: ReportingLoop, folder: str) -> None:
    _say(_what_is_trained(loop.model))
    if loop.step and loop.planned:
        _say(f"Continuing at step {loop.step:,}, from the checkpoint in {folder}")
    first_step, started = loop.step, time.monotonic()
    try:
        loop.run_planned()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted at step {loop.step:,}. "
            f"To go on from the last checkpoint, give --output_dir={folder} again."
        ) from None
    if loop.planned:
        n_steps, seconds = loop.step - first_step, time.monotonic() - started
        _say(f"\nDone: {n_steps:,} steps in {seconds:.1f} s")
    else:
        _say(
            f"\nNothing to do: this run is at step {loop.step:,} already. To train on, raise "
            "train.steps; to start anew, give another --output_dir."
        )
    _report(loop, folder)


def _report(loop: ReportingLoop, folder: str) -> None:
    """Tells the result, and where everything lies."""
    rows: list[tuple[str, str]] = []
    if loop.evals:
        rows += [
            (f"eval {name}", f"{value:.4f}")
            for name, value in shown(loop.evals[0], loop.eval_tasks[0].sample_batch).items()
        ]
    rows += [
        ("checkpoint", checkpoints.path_of(folder)),
        ("config", os.path.join(folder, "config.gin")),
        ("TensorBoard log", folder),
    ]
    figure = plotting.plot_learned(loop.model, title=f"Activations after {loop.step:,} steps")
    if figure and loop.is_chief:
        picture = os.path.join(folder, "activations.png")
        with tf.io.gfile.GFile(picture, "wb") as file:  # The folder may be gs://...
            figure.savefig(file, format="png")
        rows.append(("picture", picture))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        _say(f"  {name.ljust(width)}  {value}")
    _say(f"\nSee the log with: tensorboard --logdir={folder}  (pip install tensorboard)")


def _what_is_trained(model: base.Layer) -> str:
    n_weights = _size(model.weights)
    learned = [layer for _, layer in walk(model) if isinstance(layer, LearnedActivation)]
    names = " and ".join(sorted({layer.spec.layer_name for layer in learned}))
    of_them = sum(_size(layer.weights) for layer in learned)
    return f"{n_weights:,} weights" + (f", {of_them:,} of them in {names}" if learned else "")


def _size(weights: Any) -> int:
    return sum(int(np.size(x)) for x in fastmath.tree_flatten(weights) if x is not None)


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    if jax.process_index() == 0:
        print(f"trax-activations: note: {message}", file=sys.stderr)


def _say(line: str) -> None:
    print(line, flush=True)
