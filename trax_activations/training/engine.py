"""Runs a loop's training steps, and keeps what they hand on out of everybody's sight."""

from typing import Any

import jax
import jax.numpy as jnp

from trax_activations.training.devices import Devices
from trax_activations.training.finite import Step, Watch, explain, not_finite
from trax_activations.training.update import Carry, Updater


class Engine:
    """The training steps of a loop, one compiled program each, with donated buffers.

    Between steps the newest weights, state, slots and key are in the carry, on the devices.
    ``show`` makes them seen: in the model, in Trax's trainer and in the loop.

    Args:
        loop: The loop, a subclass of Trax's.
        devices: Where to train.
        stop_at_nan: Whether to stop at a loss or gradient that is not finite.
    """

    def __init__(self, loop: Any, devices: Devices, stop_at_nan: bool) -> None:
        self._loop = loop
        self._devices = devices
        self._stop_at_nan = stop_at_nan
        self._watch = Watch()
        self._updaters: dict[int, Updater] = {}
        self._opt_params: dict[int, dict[str, Any]] = {}
        self._carry: Carry | None = None
        self._task_index = 0

    def step(self, task_index: int) -> tuple[tuple[str, ...], jax.Array]:
        """Takes one training step.

        Args:
            task_index: The task that trains.

        Returns:
            Names of the metrics, and a vector: their values, and 1 as long as all was finite.

        Raises:
            FloatingPointError: If an earlier step was not finite.
            ValueError: If the batch does not divide among the devices.
        """
        task, number = self._loop.tasks[task_index], self._loop.step
        carry = self._carry_for(task_index)
        learning_rate = task.learning_rate(number)
        opt_params = {**self._opt_params[task_index], "learning_rate": learning_rate}
        batch = self._devices.split(task.next_batch())
        self._carry, values = self._updaters[task_index](carry, number, opt_params, batch)
        self._stop_at(self._watch.push(Step(number, batch, values)))
        return self._updaters[task_index].metric_names, values

    def show(self, last: bool = False) -> None:
        """Shows what was trained.

        Args:
            last: Whether to give the carry away, as at the end of a run; else what is shown are
                copies, since the next step donates the carry.

        Raises:
            FloatingPointError: If a step was not finite.
        """
        if self._carry is None:
            return
        self._stop_at(self._watch.settle())
        carry = self._carry if last else jax.tree.map(jnp.copy, self._carry)
        loop, trainer = self._loop, self._loop._trainer_per_task[self._task_index]
        trained = trainer.accelerated_model_with_loss
        # Where the arrays lie, for evaluation; and as on one device, for everything else.
        trained._weights, trained._state = carry.weights, carry.state
        here = self._devices.local(carry)
        trainer.model_with_loss.weights = here.weights
        trainer.model_with_loss.state = here.state
        loop._model.weights, loop._model.state = here.weights[0], here.state[0]
        trainer._slots = trainer._optimizer.slots = here.slots
        loop._rng = here.rng
        loop._views.refresh()
        if last:
            self._carry = None

    def adopt(self) -> None:
        """Takes over weights and state that the model was given from outside."""
        self._carry = None
        model = self._loop._model
        for trainer in self._loop._trainer_per_task:
            trained = getattr(trainer, "accelerated_model_with_loss", None)
            if trained is not None:  # Trax's memory-efficient trainer works on the layers.
                trained._weights = (model.weights, trainer.model_with_loss.weights[1])
                trained._state = (model.state, trainer.model_with_loss.state[1])
        self._loop._views.refresh()

    def new_key(self) -> jax.Array | None:
        """A new key from the carry's; ``None`` if the loop's own key is the newest."""
        if self._carry is None:
            return None
        rng, key = jax.random.split(self._devices.local(self._carry.rng))
        self._carry = self._carry._replace(rng=self._devices.replicate(rng))
        self._loop._rng = rng
        return key

    def compiled(self, task_index: int = 0) -> Any:
        """The program of a task's step, for measuring; no step is taken."""
        task, number = self._loop.tasks[task_index], self._loop.step
        carry = self._carry_for(task_index)
        opt_params = {**self._opt_params[task_index], "learning_rate": task.learning_rate(number)}
        batch = self._devices.split(task.sample_batch)
        # JAX has it, if a step was taken.
        return self._updaters[task_index].lower(carry, number, opt_params, batch).compile()

    def _carry_for(self, task_index: int) -> Carry:
        """What the last step left for this one."""
        if self._carry is not None and self._task_index == task_index:
            return self._carry
        self.show(last=True)
        loop, trainer = self._loop, self._loop._trainer_per_task[task_index]
        if task_index not in self._updaters:
            self._updaters[task_index] = Updater(trainer, freeze=self._stop_at_nan)
            self._opt_params[task_index] = self._devices.replicate(trainer._opt_params)
        _, loss_weights = trainer.model_with_loss.weights
        _, loss_state = trainer.model_with_loss.state
        carry = Carry(
            weights=(loop._model.weights, loss_weights),
            state=(loop._model.state, loss_state),
            slots=trainer._slots,
            rng=loop._rng,
            alive=jnp.asarray(True),
        )
        # Copies, since what others may hold must not be donated; and without JAX's weak types,
        # since a second step whose types differ from the first would be compiled once more.
        own = jax.tree.map(lambda leaf: jnp.array(leaf, jnp.result_type(leaf)), carry)
        self._carry = self._devices.replicate(own)
        self._task_index = task_index
        return self._carry

    def _stop_at(self, step: Step | None) -> None:
        """Stops the run if a step was not finite; the weights are those before it."""
        if step is None or self._carry is None:
            return
        carry = self._devices.local(self._carry)
        trainer = self._loop._trainer_per_task[self._task_index]
        batch = self._devices.local(step.batch)
        _, key = jax.random.split(carry.rng)
        cause = explain(trainer.model_with_loss, batch, carry.weights, carry.state, key)
        self._watch, self._loop._step = Watch(), step.number - 1
        self.show(last=True)
        raise not_finite(self._loop, step.number, cause)
