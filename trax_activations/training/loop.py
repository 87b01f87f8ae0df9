"""Trax's training loop, in which each task's mode reaches every layer of the model it uses."""

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from trax_activations import modes
from trax_activations._trax import base
from trax_activations._trax import training as trax_training
from trax_activations.training.tasks import eval_mode, train_mode


class Loop(trax_training.Loop):
    """Trax's ``Loop``, which shows each task the model in the task's mode.

    Everything else - arguments, output, checkpoints, random numbers - is Trax's; for a model
    without modes so are the results, to the bit. Stock Trax tasks count as 'train' and 'eval'.
    The modes are served by copies of the model that share its weights; each is compiled once.

    Args:
        model: The model; it need not be built in any particular mode.
        tasks: A training task or several.
        eval_model: A model of its own for evaluation, as in Trax; by default ``model``. Its layers
            too get each eval task's mode.
        eval_tasks: An eval task or several, or ``None``.
        *args: As Trax's ``Loop``, from ``output_dir`` on.
        **kwargs: As Trax's ``Loop``.

    Raises:
        ValueError: If a layer cannot be switched to the mode that a task asks for.
    """

    def __init__(
        self,
        model: base.Layer,
        tasks: Any,
        eval_model: base.Layer | None = None,
        eval_tasks: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self._views: dict[tuple[int, str], base.Layer] = {}
        super().__init__(model, tasks, eval_model, eval_tasks, *args, **kwargs)
        self._refresh_views()

    @property
    def eval_model(self) -> base.Layer:
        """The model as the first eval task sees it; in 'eval' mode if there is none."""
        tasks = [task for task in getattr(self, "_eval_tasks", ()) if task is not None]
        view = self._view(self._eval_model, eval_mode(tasks[0]) if tasks else "eval")
        self._refresh_views()
        return view

    def run(self, n_steps: int = 1) -> None:
        """Trains for ``n_steps`` steps, with evals and checkpoints, as Trax's ``Loop.run``."""
        super().run(n_steps)
        self._refresh_views()

    def run_evals(self, summary_writers: Sequence[Any] | None = None) -> None:
        """Runs every eval task, each in its mode, and records the results."""
        super().run_evals(summary_writers)
        self._refresh_views()

    def load_checkpoint(self, directory: str | None = None, filename: str | None = None) -> None:
        """Loads weights, state and step, as Trax's ``Loop.load_checkpoint``."""
        super().load_checkpoint(directory, filename)
        self._refresh_views()

    def update_weights_and_state(self, weights: Any = None, state: Any = None) -> None:
        """Sets weights and state of the model, in every mode."""
        self._refresh_views(weights, state)
        super().update_weights_and_state(weights, state)

    def _init_trainer(self, task: trax_training.TrainTask) -> Any:
        with self._in_place_of("_model", self._view(self._model, train_mode(task))):
            return super()._init_trainer(task)

    def _init_evaluator(self, eval_task: trax_training.EvalTask) -> Any:
        with self._in_place_of("_eval_model", self._view(self._eval_model, eval_mode(eval_task))):
            return super()._init_evaluator(eval_task)

    def _run_one_step(self, task_index: int, task_changed: bool) -> Any:
        result = super()._run_one_step(task_index, task_changed)
        trained = self._view(self._model, train_mode(self._tasks[task_index]))
        if trained is not self._model:
            self._model.weights, self._model.state = trained.weights, trained.state
        return result

    def _view(self, model: base.Layer, mode: str) -> base.Layer:
        """``model`` in ``mode``: itself if it is in that mode already, else a copy, made once."""
        if (id(model), mode) not in self._views:
            switched = set(modes.modes(model).values()) - {mode}
            self._views[id(model), mode] = modes.with_mode(model, mode) if switched else model
        return self._views[id(model), mode]

    def _refresh_views(self, weights: Any = None, state: Any = None) -> None:
        """Hands the model's arrays to its copies, so that none holds on to old ones."""
        weights = self._model.weights if weights is None else weights
        state = self._model.state if state is None else state
        for view in self._views.values():
            if view is not self._model and view is not self._eval_model:
                view.weights, view.state = weights, state

    @contextlib.contextmanager
    def _in_place_of(self, attribute: str, model: base.Layer) -> Iterator[None]:
        """Lets Trax's own code see another model for a while."""
        own = getattr(self, attribute)
        setattr(self, attribute, model)
        try:
            yield
        finally:
            setattr(self, attribute, own)


Loop.__init__.__signature__ = inspect.signature(  # type: ignore[attr-defined]
    trax_training.Loop.__init__
)
