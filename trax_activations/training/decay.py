"""Which weights are exempt from weight decay, and how."""

import copy
from collections.abc import Iterable

import jax
from jax import Array

from trax_activations._model import walk
from trax_activations._trax import base, fastmath, optimizers
from trax_activations._trax import layers as tl
from trax_activations.layers import Activation
from trax_activations.training.protocols import Tree


def exempt_from_decay(model: base.Layer) -> tuple[bool, ...]:
    """Which of a model's weights are exempt from weight decay, in the order of Trax's optimizers.

    A decayed slope tends to zero whatever the data say: the paper of PReLU leaves it out. Kernels
    in the networks that some activations have are no such weights: see ``decayed_weights`` there.
    """
    exempt = {
        id(leaf)
        for _, layer in walk(model)
        if isinstance(layer, (Activation, tl.activation_fns.ThresholdedLinearUnit))
        for leaf in _learned_by(layer)
    }
    return tuple(id(leaf) in exempt for leaf in fastmath.tree_flatten(model.weights))


def _learned_by(layer: base.Layer) -> list[Array]:
    """The weights of an activation, without those that are as those of other layers."""
    decayed = getattr(layer, "decayed_weights", ())
    if not decayed:
        return jax.tree.leaves(layer.weights)
    named = zip(layer.weight_names, layer.weights, strict=True)
    return [weight for name, weight in named if name not in decayed]


def without_decay(
    optimizer: optimizers.base.Optimizer, exempt: Iterable[bool]
) -> optimizers.base.Optimizer:
    """An optimizer that does not decay the weights so marked, good for one ``tree_update``."""
    marks = iter(exempt)
    twin = copy.copy(optimizer)

    def update_one(
        step: Array, gradient: Array, weight: Array, slot: Tree, opt_params: dict[str, Tree]
    ) -> Tree:
        if next(marks) and "weight_decay_rate" in opt_params:
            opt_params = {**opt_params, "weight_decay_rate": 0.0}
        return optimizer._update_and_check(step, gradient, weight, slot, opt_params)

    twin._update_and_check = update_one  # tree_update visits the weights in order.
    return twin
