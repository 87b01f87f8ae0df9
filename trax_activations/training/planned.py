"""A loop that is planned first and run afterwards, as Trax's ``train`` does in one go."""

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trax_activations._gin import name_activations
from trax_activations._trax import train_with, trainer_lib
from trax_activations.training.loop import Loop
from trax_activations.training.tasks import EvalTask, TrainTask

__all__ = ["PlannedLoop", "planned", "train"]


class PlannedLoop(Loop):
    """Our loop, which knows how many steps it is to run: it also evaluates and saves at the last.

    Attributes:
        planned: Number of steps that it is to run.
        evals: The latest metrics of each eval task.
        summaries: The latest summary by its prefixes, as ('train', 'metrics/').
    """

    _checkpoint_at: Callable[[int], bool]
    _eval_at: Callable[[int], bool]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evals: list[dict[str, float]] = []
        self.summaries: dict[tuple[str, str], dict[str, float]] = {}
        self.planned = 0

    def run_planned(self) -> None:
        """Runs the noted steps; the last is evaluated and saved. If there is none, evaluates."""
        self.begin_planned()
        if self.planned:
            self.run(self.planned)
        self.end_planned()

    def begin_planned(self) -> None:
        """What comes before the first of the noted steps; if there is none, evaluates."""
        if not self.planned:
            self.run_evals()
            return
        last = self.step + self.planned
        self._checkpoint_at = _or_at(last, self._checkpoint_at)
        if self._tasks[0].n_steps_per_checkpoint:  # Else evaluation is switched off.
            self._eval_at = _or_at(last, self._eval_at)
        self._save_gin(None)  # Trax does so at step 1 only, hence not where a run is resumed.

    def end_planned(self) -> None:
        """What comes after the last of them."""
        if self.step < self.last_step:  # A callback has stopped it, and said why.
            self.save_checkpoint("model")

    def run_evals(self, summary_writers: Sequence[Any] | None = None) -> None:
        """Evaluates, and keeps the metrics of each eval task."""
        self.evals = []
        super().run_evals(summary_writers)

    def log_summary(
        self,
        values: dict[str, Any],
        summary_writer: Any,
        value_prefix: str,
        log_prefix: str,
        stdout: bool = True,
    ) -> None:
        """Records metrics as Trax does, and keeps them instead of printing them."""
        super().log_summary(values, summary_writer, value_prefix, log_prefix, stdout=False)
        numbers = {name: float(value) for name, value in values.items() if np.ndim(value) == 0}
        self.summaries[log_prefix, value_prefix] = numbers
        if (log_prefix, value_prefix) == ("eval", "metrics/"):
            self.evals.append(numbers)

    def _log_step(self, msg: str, stdout: bool = True) -> None:
        super()._log_step(msg, stdout=False)

    def _log_training_progress(self, *args: Any, **kwargs: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # An empty line that Trax prints.
            super()._log_training_progress(*args, **kwargs)


class _Plan:
    """Stands for a loop while Trax's ``train`` makes it and runs it in one go: takes note instead.

    Apart, what is wrong with a config can be told from what goes wrong in training.
    """

    def __init__(self, loop: PlannedLoop) -> None:
        self.loop = loop
        self.step = loop.step

    def run(self, n_steps: int) -> None:
        """Notes the steps to run."""
        self.loop.planned = n_steps


def train(output_dir: str | None, *args: Any, **kwargs: Any) -> Any:
    """Trains as Trax's ``trainer_lib.train``, with our loop and tasks.

    In a notebook it is to gin what ``trax-activations train`` is on the command line: bindings of
    ``train`` hold for it. Trax's own function makes a stock loop.

    Args:
        output_dir: Folder of the run, or ``None``.
        *args: As Trax's ``train``.
        **kwargs: As Trax's ``train``.

    Returns:
        The loop, which has run.
    """
    name_activations()
    with train_with(Loop=Loop, TrainTask=_train_task, EvalTask=EvalTask):
        return trainer_lib.train(output_dir, *args, **kwargs)


def planned(output_dir: str, make_loop: Callable[..., PlannedLoop], **given: Any) -> Any:
    """The loop that Trax's ``train`` makes of the gin config in force, ready to run.

    What ``given`` has, the config does not decide. With ``train.use_loop = False`` there is no
    loop: then it is what else ``train`` returns.
    """

    def plan(*args: Any, **kwargs: Any) -> _Plan:
        return _Plan(make_loop(*args, **kwargs))

    with train_with(Loop=plan, TrainTask=_train_task, EvalTask=EvalTask):
        made = trainer_lib.train(output_dir=output_dir, **given)
    return made.loop if isinstance(made, _Plan) else made


def _train_task(*args: Any, **kwargs: Any) -> TrainTask:
    """A task of ``train``, for which an ``eval_frequency`` of 0 is None, never."""
    frequency = kwargs.pop("n_steps_per_checkpoint")
    return TrainTask(*args, n_steps_per_checkpoint=frequency or None, **kwargs)


def _or_at(step: int, also: Callable[[int], bool]) -> Callable[[int], bool]:
    return lambda n: n == step or also(n)
