"""Trax's training loop: each task in its mode, one program a step, on any number of devices."""

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh

from trax_activations._swap import swapped
from trax_activations._trax import base
from trax_activations._trax import training as trax_training
from trax_activations.training.devices import choose_devices, one_device
from trax_activations.training.finite import Step, Watch, explain
from trax_activations.training.metrics import Metrics
from trax_activations.training.tasks import eval_mode, train_mode
from trax_activations.training.update import Carry, Updater
from trax_activations.training.views import Views

_STOCK = inspect.signature(trax_training.Loop.__init__)


class Loop(trax_training.Loop):
    """Trax's ``Loop``, which shows each task the model in the task's mode.

    Everything else - arguments, output, history, random numbers - is Trax's; for a model without
    modes and learned activations so are the results, to the bit. Stock Trax tasks count as
    'train' and 'eval'. The modes are served by copies of the model that share its weights; each is
    compiled once. Beyond Trax's:

    - It trains on all local devices, or on all devices of all processes after
      ``jax.distributed.initialize``, with the same results as on one.
    - Weights of activations are exempt from weight decay.
    - A loss or gradient that is not finite stops the run, before it has touched a weight.

    Args:
        model: The model; it need not be built in any particular mode.
        tasks: A training task or several.
        eval_model: A model of its own for evaluation, as in Trax; by default ``model``. Its layers
            too get each eval task's mode.
        eval_tasks: An eval task or several, or ``None``.
        *args: As Trax's ``Loop``, from ``output_dir`` on.
        mesh: The devices to train on; the batch is split over the axis called 'batch' or 'data',
            else over the first.
        stop_at_nan: Whether to stop at a loss or gradient that is not finite.
        **kwargs: As Trax's ``Loop``.

    Raises:
        FloatingPointError: By ``run``, at a loss or gradient that is not finite.
        ValueError: If a layer cannot be switched to the mode that a task asks for, or, by ``run``,
            if a batch does not divide among the devices.
    """

    def __init__(
        self,
        model: base.Layer,
        tasks: Any,
        eval_model: base.Layer | None = None,
        eval_tasks: Any = None,
        *args: Any,
        mesh: Mesh | None = None,
        stop_at_nan: bool = True,
        **kwargs: Any,
    ) -> None:
        bound = _STOCK.bind(None, model, tasks, eval_model, eval_tasks, *args, **kwargs)
        self._devices = choose_devices(mesh, bound.arguments.get("n_devices"))
        bound.arguments["n_devices"] = 1
        self._views = Views(model, eval_model or model)
        self._updaters: dict[int, Updater] = {}
        self._opt_params: dict[int, dict[str, Any]] = {}
        self._carry: Carry | None = None
        self._carried_task: int | None = None
        self._watch = Watch() if stop_at_nan else None
        with one_device():
            super().__init__(*bound.args[1:], **bound.kwargs)
        self._is_chief = self._devices.is_chief
        self._views.refresh()

    @property
    def eval_model(self) -> base.Layer:
        """The model as the first eval task sees it; in 'eval' mode if there is none."""
        tasks = [task for task in getattr(self, "_eval_tasks", ()) if task is not None]
        view = self._views.eval(eval_mode(tasks[0]) if tasks else "eval")
        self._views.refresh()
        return view

    @property
    def mesh(self) -> Mesh | None:
        """The mesh that the loop trains on; ``None`` on a single device."""
        return self._devices.mesh

    def run(self, n_steps: int = 1) -> None:
        """Trains for ``n_steps`` steps, with evals and checkpoints where they are due."""
        with self._open_summary_writers() as (train_writers, eval_writers):
            since = Metrics()
            for _ in range(n_steps):
                previous = self._which_task(self._step)
                self._step += 1
                task_index = self._which_task(self._step)
                if task_index != previous:
                    since.clear()
                since.add(*self._run_one_step(task_index, task_index != previous))
                self._report(task_index, since, train_writers, eval_writers)
            self._show(last=True)
        self._eval_model.weights = self._model.weights

    def run_evals(self, summary_writers: Sequence[Any] | None = None) -> None:
        """Runs every eval task, each in its mode, and records the results."""
        self._show()
        with one_device():
            super().run_evals(summary_writers)
        self._views.refresh()

    def new_rng(self) -> jax.Array:
        """Returns a new single-use random key."""
        if self._carry is None:
            return super().new_rng()
        rng, key = jax.random.split(self._devices.local(self._carry.rng))
        self._carry = self._carry._replace(rng=self._devices.replicate(rng))
        return key

    def update_weights_and_state(self, weights: Any = None, state: Any = None) -> None:
        """Sets weights and state of the model, from outside of training."""
        self._show(last=True)
        if weights is not None:
            self._model.weights = weights
        if state is not None:
            self._model.state = state
        self._views.refresh()

    def load_checkpoint(self, directory: str | None = None, filename: str | None = None) -> None:
        """Loads weights, state and step, as Trax's ``Loop.load_checkpoint``."""
        self._carry = None
        super().load_checkpoint(directory, filename)
        self._views.refresh()

    def save_checkpoint(self, basename: str) -> None:
        """Saves a checkpoint, as Trax's ``Loop.save_checkpoint``."""
        self._show()
        super().save_checkpoint(basename)

    def _init_trainer(self, task: trax_training.TrainTask) -> Any:
        with swapped(self, "_model", self._views.train(train_mode(task))):
            return super()._init_trainer(task)

    def _init_evaluator(self, eval_task: trax_training.EvalTask) -> Any:
        with swapped(self, "_eval_model", self._views.eval(eval_mode(eval_task))):
            evaluator = super()._init_evaluator(eval_task)
        devices = self._devices

        def metrics_fn(batch: Any, weights: Any, state: Any, rng: jax.Array) -> Any:
            placed = devices.replicate((weights, state, rng))
            return devices.local(evaluator.metrics_fn(devices.split(batch), *placed))

        return evaluator._replace(metrics_fn=metrics_fn)

    def _report(
        self, task_index: int, since: Metrics, train_writers: Any, eval_writers: Any
    ) -> None:
        """Saves, records and evaluates what is due after a step, in Trax's order."""
        saving = self._checkpoint_at(self.step)
        if saving:
            self.save_checkpoint("model")
        if self._permanent_checkpoint_at(self.step):
            self.save_checkpoint(f"model_{self.step}")
        if self._eval_at(self.step):
            self._show()
            self._log_training_progress(
                task=self._tasks[task_index],
                summary_writer=train_writers[task_index],
                **since.take(),
            )
            self.run_evals(eval_writers)
        if saving and self._checkpoint_low_metric is not None and self._at_lowest():
            self.save_checkpoint(f"lowest_{self._checkpoint_low_metric}")
        if saving and self._checkpoint_high_metric is not None and self._at_highest():
            self.save_checkpoint(f"highest_{self._checkpoint_high_metric}")

    def _run_one_step(self, task_index: int, task_changed: bool) -> Any:
        """Takes one training step.

        Returns:
            Names of the metrics, and a vector of their values (and whether all was finite).
        """
        if self._use_memory_efficient_trainer:
            with one_device():
                loss, stats = super()._run_one_step(task_index, task_changed)
            self._follow_trained_view(task_index)
            stats = {**stats, "loss": loss}
            return tuple(stats), jnp.stack([*map(jnp.mean, stats.values()), jnp.isfinite(loss)])
        due = [callback for callback in self._callbacks if callback.call_at(self.step)]
        if due:
            self._show()
        for callback in due:
            callback.on_step_begin(self.step)
        values = self._update(task_index)
        if due:
            self._show()
        for callback in due:
            callback.on_step_end(self.step)
        return self._updaters[task_index].metric_names, values

    def _update(self, task_index: int) -> jax.Array:
        """Updates the weights; returns the step's metrics."""
        task, carry = self._tasks[task_index], self._carry_for(task_index)
        opt_params = {
            **self._opt_params[task_index],
            "learning_rate": task.learning_rate(self.step),
        }
        batch = self._devices.split(task.next_batch())
        self._carry, values = self._updaters[task_index](carry, self.step, opt_params, batch)
        if self._watch is not None:
            self._stop_at(self._watch.push(Step(self.step, batch, values)))
        return values

    def _carry_for(self, task_index: int) -> Carry:
        """What the last step left for this one."""
        if self._carry is not None and self._carried_task == task_index:
            return self._carry
        self._show(last=True)
        trainer = self._trainer_per_task[task_index]
        if task_index not in self._updaters:
            self._updaters[task_index] = Updater(trainer, freeze=self._watch is not None)
            self._opt_params[task_index] = self._devices.replicate(trainer._opt_params)
        _, loss_weights = trainer.model_with_loss.weights
        _, loss_state = trainer.model_with_loss.state
        carry = Carry(
            weights=(self._model.weights, loss_weights),
            state=(self._model.state, loss_state),
            slots=trainer._slots,
            rng=self._rng,
            alive=jnp.asarray(True),
        )
        # Copies, since what others may hold must not be donated; and without JAX's weak types,
        # since a second step whose types differ from the first would be compiled once more.
        own = jax.tree.map(lambda leaf: jnp.array(leaf, jnp.result_type(leaf)), carry)
        self._carry = self._devices.replicate(own)
        self._carried_task = task_index
        return self._carry

    def _show(self, last: bool = False) -> None:
        """Shows what was trained: in the model, its views, Trax's trainer and the loop's key.

        Args:
            last: Whether the carry is given away; else what is shown are copies, which the next
                step does not donate.
        """
        if self._carry is None or self._carried_task is None:
            return
        if self._watch is not None:
            self._stop_at(self._watch.settle())
        carry = self._carry if last else jax.tree.map(jnp.copy, self._carry)
        trainer = self._trainer_per_task[self._carried_task]
        trained = trainer.accelerated_model_with_loss
        # For evaluation, where the arrays lie; for everything else, as on one device.
        trained._weights, trained._state = carry.weights, carry.state
        here = self._devices.local(carry)
        trainer.model_with_loss.weights = here.weights
        trainer.model_with_loss.state = here.state
        self._model.weights, self._model.state = here.weights[0], here.state[0]
        trainer._slots = trainer._optimizer.slots = here.slots
        self._rng = here.rng
        self._views.refresh()
        if last:
            self._carry = None

    def _follow_trained_view(self, task_index: int) -> None:
        """Takes over what Trax's own trainer has trained in a copy of the model."""
        trained = self._views.train(train_mode(self._tasks[task_index]))
        if trained is not self._model:
            self._model.weights, self._model.state = trained.weights, trained.state

    def _stop_at(self, step: Step | None) -> None:
        """Stops the run if a step was not finite; the weights are those before it."""
        if step is None or self._carry is None or self._carried_task is None:
            return
        carry = self._devices.local(self._carry)
        trainer = self._trainer_per_task[self._carried_task]
        batch = self._devices.local(step.batch)
        _, key = jax.random.split(carry.rng)
        cause = explain(trainer.model_with_loss, batch, carry.weights, carry.state, key)
        saved = f"in {self._output_dir}" if self._output_dir else "none, for want of output_dir"
        self._watch, self._step = None, step.number - 1
        self._show(last=True)
        raise FloatingPointError(
            f"The loss or a gradient of step {step.number} is not finite: {cause}. The model has "
            f"the weights from before that step. The last good checkpoint: {saved}. A lower learning "
            "rate, clip_grad_norm, or more careful initial values usually help; "
            "stop_at_nan=False trains on regardless."
        )


Loop.__init__.__signature__ = _STOCK.replace(  # type: ignore[attr-defined]
    parameters=[
        *_STOCK.parameters.values(),
        *(inspect.signature(Loop.__init__).parameters[name] for name in ("mesh", "stop_at_nan")),
    ]
)
