"""One training step as one compiled program that reuses its buffers."""

import copy
import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations._model.paths import walk
from trax_activations._trax import base, fastmath, optimizers
from trax_activations._trax import layers as tl
from trax_activations.layers import Activation


class Carry(NamedTuple):
    """What one step hands to the next.

    Attributes:
        weights: Weights of the model and of the loss.
        state: State of the model and of the loss.
        slots: Slots of the optimizer.
        rng: The loop's random key.
        alive: Whether every loss and gradient so far was finite.
    """

    weights: Any
    state: Any
    slots: Any
    rng: Array
    alive: Array


class Updater:
    """The update of one training task: loss, gradients, optimizer, next key.

    It computes what ``trax.optimizers.Trainer.one_step`` computes, to the bit, except that weights
    of activations are not decayed. The key is split inside, and the buffers of the carry are
    donated. From the first step on whose loss or gradient is not finite, the carry stays as it
    was, so that the cause can be looked for.

    Args:
        trainer: Trax's trainer of the task.
        freeze: Whether to stop at what is not finite.
    """

    def __init__(self, trainer: optimizers.Trainer, freeze: bool) -> None:
        self._optimizer = trainer.optimizer
        self._loss_and_gradients = trainer._forward_and_backward_fn
        self._spared = spared_weights(trainer.model_with_loss)
        self._freeze = freeze
        self.metric_names: tuple[str, ...] = ()
        self._program = jax.jit(self._update, donate_argnums=0)

    def __call__(
        self, carry: Carry, step: int, opt_params: dict[str, Any], batch: Any
    ) -> tuple[Carry, Array]:
        """Takes one step.

        Args:
            carry: Everything that changes; its buffers are gone afterwards.
            step: Number of the step.
            opt_params: The optimizer's hyperparameters.
            batch: A batch of data.

        Returns:
            The new carry, and a vector: the metrics called ``metric_names``, then 1 as long as
            all was finite.
        """
        return self._program(carry, step, opt_params, batch)

    def lower(self, *arguments: Any) -> Any:
        """The program for given arguments, not yet compiled: for measuring."""
        return self._program.lower(*arguments)

    def _update(
        self, carry: Carry, step: Array, opt_params: dict[str, Any], batch: Any
    ) -> tuple[Carry, Array]:
        rng, key = jax.random.split(carry.rng)
        (loss, state), gradients = self._loss_and_gradients(batch, carry.weights, carry.state, key)
        optimizer = sparing(self._optimizer, self._spared)
        weights, slots, metrics = optimizer.tree_update(
            jnp.asarray(step, jnp.int32),
            gradients,
            carry.weights,
            carry.slots,
            opt_params,
            store_slots=False,
        )
        metrics["loss"] = loss
        self.metric_names = tuple(metrics)
        new = Carry(weights, state, slots, rng, carry.alive)
        if self._freeze:
            alive = carry.alive & jnp.isfinite(loss) & jnp.isfinite(metrics["gradients_l2"])
            new = jax.tree.map(functools.partial(jnp.where, alive), new, carry)
            new = new._replace(alive=alive)
        values = [*metrics.values(), new.alive]
        return new, jnp.stack([jnp.asarray(value, jnp.float32) for value in values])


def spared_weights(model: base.Layer) -> tuple[bool, ...]:
    """Which of a model's weights weight decay must spare, in the order of Trax's optimizers.

    A decayed slope tends to zero whatever the data say: the paper of PReLU leaves it out. Kernels
    in the networks that some activations have are no such weights: see ``decayed_weights`` there.

    Args:
        model: An initialised layer.

    Returns:
        One truth value per array of weights.
    """
    spared = {
        id(leaf)
        for _, layer in walk(model)
        if isinstance(layer, (Activation, tl.activation_fns.ThresholdedLinearUnit))
        for leaf in _learned_by(layer)
    }
    return tuple(id(leaf) in spared for leaf in fastmath.tree_flatten(model.weights))


def _learned_by(layer: base.Layer) -> list[Array]:
    """The weights of an activation, without those that are as those of other layers."""
    decayed = getattr(layer, "decayed_weights", ())
    if not decayed:
        return jax.tree.leaves(layer.weights)
    named = zip(layer.weight_names, layer.weights, strict=True)
    return [weight for name, weight in named if name not in decayed]


def sparing(optimizer: Any, spared: Iterable[bool]) -> Any:
    """An optimizer that does not decay the weights so marked, good for one ``tree_update``.

    Args:
        optimizer: One of Trax's.
        spared: As :func:`spared_weights` gives them.
    """
    marks = iter(spared)
    twin = copy.copy(optimizer)

    def update_one(step: Any, gradient: Any, weight: Any, slot: Any, opt_params: Any) -> Any:
        if next(marks) and "weight_decay_rate" in opt_params:
            opt_params = {**opt_params, "weight_decay_rate": 0.0}
        return optimizer._update_and_check(step, gradient, weight, slot, opt_params)

    twin._update_and_check = update_one  # tree_update visits the weights in order.
    return twin
