"""Trains or resumes one run of a comparison, and summarises it."""

import contextlib
import dataclasses
import functools
import io
import math
import os
import time
import traceback
import warnings
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import gin
import jax
import numpy as np

from trax_activations import datasets, layers, models, replacement, weights
from trax_activations._model import walk
from trax_activations._trax import base, fastmath, trainer_lib
from trax_activations._trax import training as trax_training
from trax_activations.experiments import memory
from trax_activations.experiments.config_errors import explain
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.worker import Run, note_step
from trax_activations.training import EvalTask, learned_history
from trax_activations.training.lockstep import run_together
from trax_activations.training.planned import PlannedLoop, planned
from trax_activations.training.vectorized import CannotVectorize, SharedPrograms

__all__ = ["outcome_of", "outcomes_of"]

REGISTERED = (datasets, layers, models, replacement)  # What a config can name without importing it.

_ON_TRAINING_DATA = "training_data/"  # Names of metrics must tell the two tasks apart.
_MODE = "comparison"  # Under which Trax's History, which has 'train' and 'eval', keeps our series.


class ExperimentLoop(PlannedLoop):
    """A loop that also evaluates on training data, and records time and memory.

    All of that is in its history, so a resumed run has it too. Each evaluation takes so many
    ``train_batches``, or as many as hold as many examples as the first eval task has.
    """

    def __init__(
        self,
        *args: Any,
        training_data: Iterator[Any],
        train_batches: int | None,
        programs: SharedPrograms,
        eval_tasks: Sequence[Any],
        **kwargs: Any,
    ) -> None:
        self._programs, self._n_evaluators = programs, 0
        self._started, self._together = time.monotonic(), 1
        first = eval_tasks[0]
        examples = first.n_eval_batches * len(first.sample_batch[0])
        sample = next(training_data)
        own = EvalTask(
            training_data,
            first.metrics,
            metric_names=[_ON_TRAINING_DATA + name for name in first.metric_names],
            n_eval_batches=train_batches or math.ceil(examples / len(sample[0])),
            sample_batch=sample,
            export_prefix="training_data",
        )
        super().__init__(*args, eval_tasks=[*eval_tasks, own], **kwargs)
        self._earlier = self._noted("seconds")
        note_step(self.output_dir, self.step)
        if not self.step:
            self._note("start", start(self.model))

    def _init_evaluator(self, eval_task: Any) -> Any:
        self._n_evaluators += 1
        make = functools.partial(super()._init_evaluator, eval_task)
        return self._programs.evaluator(self._n_evaluators - 1, make)

    def share_clock(self, loops: "Sequence[ExperimentLoop]") -> None:
        """Counts its part of the time of loops that run together."""
        self._started, self._together = min(loop._started for loop in loops), len(loops)

    @property
    def is_evaluated(self) -> bool:
        """Whether the evaluation of its last step is in its history."""
        series = self.history.get(_MODE, "seconds")
        return bool(series) and series[-1][0] == self.step

    def run_evals(self, summary_writers: Sequence[Any] | None = None) -> None:
        """Evaluates, on training data too, and notes the results."""
        super().run_evals(summary_writers)
        for part, values in (("held_out", self.evals[0]), ("train", self.evals[-1])):
            for name, value in values.items():
                self._note(f"{part}/{name.removeprefix(_ON_TRAINING_DATA)}", value)
        note_step(self.output_dir, self.step)
        passed = (time.monotonic() - self._started) / self._together
        self._note("seconds", self._earlier + passed)
        self._note("peak_bytes", max(self._noted("peak_bytes"), memory.peak()))

    def outcome(self, run: Run) -> Outcome:
        """Summarises the run, which has been evaluated at its last step."""
        summary = weights.summary(self.model)
        activations = [x for _, x in walk(self.model) if isinstance(x, layers.Activation)]
        leaves = [leaf for layer in activations for leaf in jax.tree.leaves(layer.weights)]
        moved = learned_history.read_learned(self.history.to_dict())
        step_bytes = 0
        if self.step and (program := self._stepper.compiled()):
            step_bytes = memory.step_memory(program) // self._together
        return Outcome(
            label=run.label,
            seed=run.seed,
            layers=tuple(dict.fromkeys(map(repr, activations))),
            steps=self.step,
            train=self._series("train/"),
            held_out=self._series("held_out/"),
            learned={
                path: {name: float(series[name][-1]) for name in learned_history.QUANTILES}
                for path, series in moved.items()
            },
            n_weights=summary.count,
            n_learned=sum(int(np.size(leaf)) for leaf in leaves),
            start=int(self._noted("start")),
            seconds=self._noted("seconds"),
            step_bytes=step_bytes,
            peak_bytes=int(self._noted("peak_bytes")),
            together=self._together,
        )

    def _note(self, name: str, value: float) -> None:
        series = self.history.get(_MODE, name)
        if not series or series[-1][0] < self.step:
            self.history.append(_MODE, name, self.step, value)

    def _noted(self, name: str) -> float:
        series = self.history.get(_MODE, name)
        return float(series[-1][1]) if series else 0.0

    def _series(self, prefix: str) -> dict[str, list[tuple[int, float]]]:
        return {
            name.removeprefix(prefix): self.history.get(_MODE, name)
            for name in self.history.metrics_for_mode(_MODE)
            if name.startswith(prefix)
        }


def outcome_of(run: Run, programs: SharedPrograms | None = None) -> Outcome:
    """Starts or resumes a run; one that fails has an outcome too, and ``error.txt``.

    What is compiled is taken from ``programs``, or left there for the next run.
    """
    memory.forget_peak()
    with _silent():
        try:
            loop = _loop(run, programs or SharedPrograms())
            if loop.planned or not loop.is_evaluated:
                loop.run_planned()
            return loop.outcome(run)
        except Exception as error:  # Whatever it is, the other runs go on.
            return _failed(run, error)


def outcomes_of(runs: Sequence[Run], programs: SharedPrograms | None = None) -> list[Outcome]:
    """Starts or resumes runs that differ in seeds and learning rates alone: together, if they can.

    Else one after the other. What is compiled is taken from ``programs``, or left there.
    """
    if len(runs) == 1:
        return [outcome_of(runs[0], programs)]
    memory.forget_peak()
    programs = programs or SharedPrograms()
    with _silent():
        try:
            return _together(runs, programs)
        except CannotVectorize as reason:
            alone = str(reason)
        except Exception as error:  # Each run by itself will say it, or succeed.
            alone = f"together they failed ({explain(error)})"
    outcomes = [outcome_of(run, programs) for run in runs]
    return [each if each.reason else dataclasses.replace(each, alone=alone) for each in outcomes]


def _together(runs: Sequence[Run], programs: SharedPrograms) -> list[Outcome]:
    first, *others = runs
    lead = _loop(first, programs)
    steps = programs.steps(lead, len(runs))
    loops = [lead, *(_loop(run, programs) for run in others)]
    for loop in loops:
        loop.share_clock(loops)
    outcomes = []
    for run, loop, error in zip(runs, loops, run_together(loops, steps), strict=True):
        outcomes.append(_failed(run, error) if error else loop.outcome(run))
    return outcomes


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Trains without a word; gin is left as it was when Python started."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `train` shows them; here hundreds would come.
            yield
    finally:
        gin.clear_config()


def _failed(run: Run, error: Exception) -> Outcome:
    with open(os.path.join(run.folder, "error.txt"), "w") as file:
        traceback.print_exception(error, file=file)
    return Outcome(run.label, run.seed, reason=explain(error))


def start(model: base.Layer) -> int:
    """A checksum of a model's weights that are not its activations'."""
    own = tuple(f"{path}/" for path, x in walk(model) if isinstance(x, layers.Activation))
    checksum = 0
    for name, value in weights.to_dict(model).items():
        if not name.startswith(own):
            checksum = zlib.crc32(np.asarray(value).tobytes(), checksum)
    return checksum


def _loop(run: Run, programs: SharedPrograms) -> Any:
    gin.clear_config()
    gin.parse_config(run.config)
    # As Trax's Loop does; but the data, which may be shuffled by these, are opened before it is.
    trax_training._init_random_number_generators(run.seed)
    try:
        inputs = gin.query_parameter("train.inputs").scoped_configurable_fn()
    except ValueError:
        inputs = trainer_lib.trax_inputs.batcher()
    devices = trainer_lib.num_devices() or fastmath.local_device_count()
    make = functools.partial(
        ExperimentLoop,
        training_data=inputs.train_stream(devices),
        train_batches=run.train_batches,
        programs=programs,
    )
    loop = planned(run.folder, make, inputs=inputs)
    loop._config = gin.operative_config_str()
    programs.lend(loop)
    return loop
