"""A loop that is planned first and run afterwards, as Trax's ``train`` does in one go."""

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trax_activations._trax import patched, trainer_lib
from trax_activations._trax import training as trax_training
from trax_activations._trax._imports import View
from trax_activations.training.loop import Loop
from trax_activations.training.tasks import EvalTask, TrainTask

__all__ = ["PlannedLoop", "planned"]


class PlannedLoop(Loop):
    """Our loop; it also evaluates and saves at the last step.

    Attributes:
        planned: Number of steps that it was asked to run.
        evals: The latest metrics of each eval task.
    """

    _checkpoint_at: Callable[[int], bool]
    _eval_at: Callable[[int], bool]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evals: list[dict[str, float]] = []
        self.planned = 0

    def run(self, n_steps: int = 1) -> None:
        """Notes the steps to run: Trax's ``train`` makes the loop and runs it in one go.

        Apart, what is wrong with the config can be told from what goes wrong in training.

        Args:
            n_steps: Number of steps.
        """
        self.planned = n_steps

    def run_planned(self) -> None:
        """Runs the noted steps; the last is evaluated and saved. If there is none, evaluates."""
        if not self.planned:
            self.run_evals()
            return
        last = self.step + self.planned
        self._checkpoint_at = _or_at(last, self._checkpoint_at)
        if self._tasks[0].n_steps_per_checkpoint:  # Else evaluation is switched off.
            self._eval_at = _or_at(last, self._eval_at)
        self._save_gin(None)  # Trax does so at step 1 only, hence not where a run is resumed.
        super().run(self.planned)
        if self.step < last:  # A callback has stopped it, and said why.
            self.save_checkpoint("model")

    def run_evals(self, summary_writers: Sequence[Any] | None = None) -> None:
        """Evaluates, and keeps the metrics of each eval task.

        Args:
            summary_writers: As in Trax.
        """
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
        """Records metrics as Trax does, and keeps those of evals instead of printing them."""
        super().log_summary(values, summary_writer, value_prefix, log_prefix, stdout=False)
        if log_prefix == "eval" and value_prefix == "metrics/":
            self.evals.append(scalars(values))

    def _log_step(self, msg: str, stdout: bool = True) -> None:
        super()._log_step(msg, stdout=False)

    def _log_training_progress(self, *args: Any, **kwargs: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # An empty line that Trax prints.
            super()._log_training_progress(*args, **kwargs)


def planned(output_dir: str, make_loop: Callable[..., Any], **given: Any) -> Any:
    """The loop that Trax's ``train`` makes of the gin config in force, ready to run.

    Args:
        output_dir: Folder of the run.
        make_loop: Makes a :class:`PlannedLoop` from the arguments of Trax's ``Loop``.
        **given: Arguments of ``train`` that the config is not to decide.

    Returns:
        The loop; what else ``train`` returns with ``train.use_loop = False``.
    """
    ours = View(trax_training, Loop=make_loop, TrainTask=TrainTask, EvalTask=EvalTask)
    quiet = patched(trainer_lib, "log", trainer_lib.logging.info)
    with patched(trainer_lib, "training", ours), quiet:
        return trainer_lib.train(output_dir=output_dir, **given)


def scalars(values: dict[str, Any]) -> dict[str, float]:
    """Those of the values that are single numbers."""
    return {name: float(value) for name, value in values.items() if np.ndim(value) == 0}


def _or_at(step: int, also: Callable[[int], bool]) -> Callable[[int], bool]:
    return lambda n: n == step or also(n)
