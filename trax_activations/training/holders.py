"""Who holds a run's arrays, and how they are handed from one to the other."""

import jax.numpy as jnp

from trax_activations import modes
from trax_activations._trax import base
from trax_activations.training.protocols import OwnLoop, TrainState

_WAYS_OUT = (
    " Or give Loop an eval_model that was built so, or EvalTask(..., mode='train') to measure the "
    "model as it trains."
)


class Holders:
    """The objects that hold a run's weights and state, and all the ways these take between them.

    They are the model, or one to train and one to evaluate; copies in the modes that tasks ask for;
    Trax's trainer of each task, with the model and its loss, and an accelerated twin of both; the
    optimizers; and the loop itself, which holds the random key. Between steps the newest arrays are
    in a :class:`TrainState`.
    """

    def __init__(self, loop: OwnLoop, model: base.Layer, eval_model: base.Layer) -> None:
        self._loop = loop
        self._model = model
        self._eval_model = eval_model
        self._copies: dict[tuple[int, str], base.Layer] = {}

    def train(self, mode: str) -> base.Layer:
        """The trained model in ``mode``."""
        return self._in_mode(self._model, mode)

    def eval(self, mode: str) -> base.Layer:
        """The evaluated model in ``mode``."""
        return self._in_mode(self._eval_model, mode)

    def collect(self, task_index: int) -> TrainState:
        """What the first step of a task starts from."""
        trainer = self._loop._trainer_per_task[task_index]
        _, loss_weights = trainer.model_with_loss.weights
        _, loss_state = trainer.model_with_loss.state
        return TrainState(
            weights=(self._model.weights, loss_weights),
            state=(self._model.state, loss_state),
            slots=trainer._slots,
            rng=self._loop._rng,
            alive=jnp.asarray(True),
        )

    def spread(self, task_index: int, state: TrainState, placed: TrainState) -> None:
        """Hands what a task's steps have made to everybody; ``placed`` lies on all devices."""
        trainer = self._loop._trainer_per_task[task_index]
        trainer.accelerated_model_with_loss._weights = placed.weights
        trainer.accelerated_model_with_loss._state = placed.state
        trainer.model_with_loss.weights = state.weights
        trainer.model_with_loss.state = state.state
        trainer._slots = trainer._optimizer.slots = state.slots
        self._model.weights, self._model.state = state.weights[0], state.state[0]
        self._loop._rng = state.rng
        self.refresh()

    def take_from(self, copy: base.Layer) -> None:
        """Hands what Trax has done to a copy to the model."""
        self._model.weights, self._model.state = copy.weights, copy.state

    def refresh_trainers(self) -> None:
        """Hands the model's arrays to the accelerated twin of each trainer, and to the copies."""
        for trainer in self._loop._trainer_per_task:
            twin = trainer.accelerated_model_with_loss
            twin._weights = (self._model.weights, trainer.model_with_loss.weights[1])
            twin._state = (self._model.state, trainer.model_with_loss.state[1])
        self.refresh()

    def refresh(self) -> None:
        """Hands the model's arrays to every copy, so that none holds on to old ones."""
        if self._eval_model is not self._model:
            self._eval_model.weights = self._model.weights
        for copy in self._copies.values():
            copy.weights, copy.state = self._model.weights, self._model.state

    def _in_mode(self, model: base.Layer, mode: str) -> base.Layer:
        """``model`` itself if it is in that mode already, else a copy, made once."""
        if (id(model), mode) in self._copies:
            return self._copies[id(model), mode]
        held = set(modes.modes(model).values())
        as_it_is = held <= {mode}
        if as_it_is and (held or mode == "train" or model is not self._model):
            return model
        try:
            copy = modes.with_mode(model, mode)
        except ValueError as error:
            raise ValueError(f"{error}{_WAYS_OUT if mode != 'train' else ''}") from None
        if as_it_is:  # No layer has a mode; nor, as is known now, a function of one.
            return model
        self._copies[id(model), mode] = copy
        return copy
