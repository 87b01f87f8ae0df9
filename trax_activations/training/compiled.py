"""Training steps of one compiled program each, with donated buffers."""

import jax
import jax.numpy as jnp
from jax.stages import Compiled

from trax_activations._trax import base
from trax_activations.training.devices import Devices
from trax_activations.training.finite import Step, Watch, explain, not_finite
from trax_activations.training.holders import Holders
from trax_activations.training.interrupts import shielded
from trax_activations.training.protocols import OwnLoop, StepResult, TrainState, Tree
from trax_activations.training.stepper import Stepper
from trax_activations.training.update import Updater


class CompiledStepper(Stepper):
    """The training steps of Trax's ``Trainer``.

    Between steps the newest arrays are in the train state, on the devices, which the next step
    donates: nobody else holds them.
    """

    def __init__(
        self, loop: OwnLoop, holders: Holders, devices: Devices, stop_at_nan: bool
    ) -> None:
        super().__init__(loop, holders, devices, stop_at_nan)
        self._watch = Watch()
        self._updaters: dict[int, Updater] = {}
        self._opt_params: dict[int, dict[str, Tree]] = {}
        self._state: TrainState | None = None
        self._task_index = 0
        self._runs_of_one_step = 0  # In a row.
        self._lent_alive: jax.Array | None = None  # True, placed; what is lent is not donated.

    def step(self, task_index: int, batch: Tree) -> StepResult:
        """Takes one training step; that an earlier one was not finite, it may find now."""
        number = self._loop.step
        if self._state is None:
            only = number == self._loop.last_step
            self._runs_of_one_step = self._runs_of_one_step + 1 if only else 0
        # What is not donated need not be copied, which takes as long as a step. It takes a program
        # more, so a single run of one step, before a long one, does without.
        lent = self._runs_of_one_step > 1
        state = self._state_for(task_index, lent)
        updater = self._updaters[task_index]
        batch = self._devices.split(batch)
        self._state, values = updater(state, number, self._options(task_index), batch, lent)
        self._stop_at(self._watch.push(Step(number, batch, values)))
        return StepResult(updater.metric_names, values)

    def show(self, last: bool = False) -> None:
        """Shows what was trained; if another step may follow, copies of it."""
        if self._state is None:
            return
        self._stop_at(self._watch.settle())
        state = self._state if last else self._shown(self._state)
        with shielded():
            self._holders.spread(self._task_index, self._devices.local(state), placed=state)
            if last:
                self._state = None

    def _shown(self, state: TrainState) -> TrainState:
        """What others may hold, while the next step is given the buffers of the state."""
        copies: TrainState = jax.tree.map(jnp.copy, state)
        return copies

    def adopt(self) -> None:
        """Takes over weights and state that the model was given from outside."""
        self._state = None
        self._holders.refresh_trainers()

    def new_key(self) -> jax.Array | None:
        """A new key from the train state's."""
        if self._state is None:
            return None
        rng, key = jax.random.split(self._devices.local(self._state.rng))
        self._state = self._state._replace(rng=self._devices.replicate(rng))
        return key

    def slots(self, task_index: int) -> Tree:
        """The slots of a task's optimizer."""
        return self._loop._trainer_per_task[task_index]._slots

    def loss(self, task_index: int) -> base.Layer:
        """The loss of a task."""
        return self._loop._trainer_per_task[task_index].model_with_loss.sublayers[1]

    def compiled(self, task_index: int = 0) -> Compiled:
        """The program of a task's step, for measuring; no step is taken."""
        state = self._state_for(task_index)
        batch = self._devices.split(self._loop.tasks[task_index].sample_batch)
        # JAX has it, if a step was taken.
        updater, options = self._updaters[task_index], self._options(task_index)
        return updater.lower(state, self._loop.step, options, batch).compile()

    def _options(self, task_index: int) -> dict[str, Tree]:
        """The optimizer's hyperparameters at this step."""
        learning_rate = self._loop.tasks[task_index].learning_rate(self._loop.step)
        return {**self._opt_params[task_index], "learning_rate": learning_rate}

    def _state_for(self, task_index: int, lent: bool = False) -> TrainState:
        """What the last step left for this one; others may hold it too if it is only ``lent``."""
        if self._state is not None and self._task_index == task_index:
            return self._state
        self.show(last=True)
        trainer = self._loop._trainer_per_task[task_index]
        if task_index not in self._updaters:  # Else it may be that of another loop.
            self._updaters[task_index] = Updater(trainer, freeze=self._stop_at_nan)
        if task_index not in self._opt_params:
            self._opt_params[task_index] = self._devices.replicate(trainer._opt_params)

        # Copies, since what others may hold must not be donated; and without JAX's weak types,
        # since a second step whose types differ from the first would be compiled once more.
        def own(leaf: Tree) -> jax.Array:
            if lent and isinstance(leaf, jax.Array) and not leaf.aval.weak_type:
                return leaf
            return jnp.array(leaf, jnp.result_type(leaf))

        state = jax.tree.map(own, self._holders.collect(task_index))
        if lent and self._lent_alive is not None:
            state = state._replace(alive=self._lent_alive)
        self._state, self._task_index = self._devices.replicate(state), task_index
        self._lent_alive = self._state.alive if lent else None
        return self._state

    def _stop_at(self, step: Step | None) -> None:
        """Stops the run if a step was not finite; the weights are those before it."""
        if step is None or self._state is None:
            return
        state = self._devices.local(self._state)
        trainer = self._loop._trainer_per_task[self._task_index]
        batch = self._devices.local(step.batch)
        _, key = jax.random.split(state.rng)
        cause = explain(trainer.model_with_loss, batch, state.weights, state.state, key)
        self._watch, self._loop._step = Watch(), step.number - 1
        self.show(last=True)
        raise not_finite(self._loop, step.number, cause)
