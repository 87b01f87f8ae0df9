"""The end of a run that no longer gets better."""

from trax_activations._checks import check_count
from trax_activations._gin import configurable
from trax_activations.training.callbacks._base import Callback, StopTraining
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

    Raises:
        TypeError: If ``patience`` is no integer.
        ValueError: If no eval task has such a metric, or ``patience`` is not positive.
    """

    needs_model = False

    def __init__(
        self,
        loop: TrainingLoop,
        metric: str = "loss",
        patience: int = 5,
        higher_is_better: bool = False,
        min_delta: float = 0.0,
    ) -> None:
        super().__init__(loop)
        known = [name for task in loop.eval_tasks if task is not None for name in task.metric_names]
        if metric not in known:
            there_are = (
                f"There are {', '.join(known)}." if known else "There is none: no eval task."
            )
            raise ValueError(f"EarlyStopping: no eval metric is called {metric!r}. {there_are}")
        self._patience = check_count("EarlyStopping", "patience", patience)
        self._metric, self._min_delta = metric, min_delta
        self._sign = 1.0 if higher_is_better else -1.0

    def on_step_begin(self, step: int) -> None:
        """Looks at the evaluations so far; asks for the end if they no longer improve."""
        series = self._loop.history.get("eval", f"metrics/{self._metric}")
        values = [self._sign * float(value) for _, value in series]
        best = -float("inf")
        since = 0
        for value in values:
            if value > best + self._min_delta:
                best, since = value, 0
            else:
                since += 1
        if values and since >= self._patience:
            raise StopTraining(
                f"{self._metric} has not improved for {since} evaluations; its best value is "
                f"{self._sign * best:.6g}."
            )
