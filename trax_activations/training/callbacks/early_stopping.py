"""The end of a run that no longer gets better."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trax_activations._checks import check_count, check_flag
from trax_activations._gin import configurable
from trax_activations.training.callbacks._base import Callback, StopTraining
from trax_activations.training.checks import check_metric
from trax_activations.training.protocols import TrainingLoop


@configurable
class EarlyStopping(Callback):
    """Ends the run when an eval metric has not improved for a while.

    Args:
        loop: The loop.
        metric: Name of the metric, as in the eval task's ``metric_names``.
        patience: How many evaluations without an improvement end the run.
        higher_is_better: Whether the metric is to rise.
        min_delta: The least difference that counts as an improvement.
        restore_best: Whether a run that is so ended gets back weights and state of its best
            evaluation. They are kept in memory, hence not from before a run was resumed.

    Raises:
        TypeError: If ``patience`` is no integer, or ``restore_best`` no flag.
        ValueError: If no eval task has such a metric, or several have, or ``patience`` is not
            positive.
    """

    def __init__(
        self,
        loop: TrainingLoop,
        metric: str = "loss",
        patience: int = 5,
        higher_is_better: bool = False,
        min_delta: float = 0.0,
        restore_best: bool = False,
    ) -> None:
        super().__init__(loop)
        check_metric("EarlyStopping", "metric", metric, loop.eval_tasks)
        self._patience = check_count("EarlyStopping", "patience", patience)
        self._restore_best = check_flag("EarlyStopping", "restore_best", restore_best)
        self._metric, self._min_delta = metric, min_delta
        self._sign = 1.0 if higher_is_better else -1.0
        self._kept: tuple[int, Any] = (0, None)

    @property  # It depends on the step.
    def needs_model(self) -> bool:  # type: ignore[override]
        """Only where the latest evaluation is the best and is to be kept."""
        _, best, since = self._progress()
        return self._is_to_be_kept(best, since)

    def on_step_begin(self, step: int) -> None:
        """Looks at the evaluations so far; asks for the end if they no longer improve."""
        value, best, since = self._progress()
        if self._is_to_be_kept(best, since):
            model = self._loop.model
            self._kept = best, jax.tree.map(np.array, (model.weights, model.state))
        if since < self._patience:
            return
        reason = (
            f"{self._metric} has not improved for {since} evaluations; "
            f"its best value is {self._sign * value:.6g}."
            if math.isfinite(value)
            else f"{self._metric} has been NaN or infinite in all {since} evaluations."
        )
        if self._restore_best:
            reason += self._restore(best)
        raise StopTraining(reason)

    def _is_to_be_kept(self, best: int, since: int) -> bool:
        """Whether the latest evaluation is the best so far, and not kept yet."""
        return self._restore_best and not since and self._kept[0] != best

    def _progress(self) -> tuple[float, int, int]:
        """The best value so far, times the sign, its step, and how many have followed it."""
        best, at, since = -math.inf, 0, 0
        for step, value in self._loop.history.get("eval", f"metrics/{self._metric}"):
            if self._sign * float(value) > best + self._min_delta:
                best, at, since = self._sign * float(value), step, 0
            else:
                since += 1
        return best, at, since

    def _restore(self, best: int) -> str:
        """Puts back what was kept of the best step; says so, in a sentence after another."""
        step, kept = self._kept
        if kept is None or step != best:
            return f" Weights of step {best}, its best one, are not in memory: these are the last."
        weights, state = jax.tree.map(jnp.asarray, kept)
        self._loop.update_weights_and_state(weights=weights, state=state)
        return f" The model has the weights of step {best} again."
