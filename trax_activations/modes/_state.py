"""State of layers that keep another one in 'predict' mode than in the others."""

from functools import partial
from typing import Any

import jax

from trax_activations._model import everything
from trax_activations._trax import base, shapes
from trax_activations._trax import layers as tl

__all__ = ["empty_caches", "forget_state", "init_state", "remade_when_first_used"]


def forget_state(layer: base.Layer) -> None:
    """Lets a layer without sublayers make its state anew, when it first sees an input.

    In 'predict' mode the state has the batch size in it, which is not known before.
    """
    layer._state = base.EMPTY_STATE
    # An attribute of the layer comes before the method of its class. `partial`, because a copy of
    # the layer, whoever makes it, then gets its own.
    vars(layer)["forward"] = partial(_forward, layer)


def remade_when_first_used(layer: base.Layer) -> bool:
    """Whether the state of a layer has been forgotten, and not been made since."""
    return "forward" in vars(layer) and _is_empty(layer._state)


def init_state(model: base.Layer, input_signature: Any) -> None:
    """Makes the forgotten states for an input; weights and all other states stay as they are."""
    kept = [
        (layer, layer._state)
        for _, layer in everything(model)
        if not layer.sublayers and not remade_when_first_used(layer)
    ]
    for _, layer in everything(model):
        if isinstance(layer._rng, jax.core.Tracer):
            layer._rng = None  # Left behind by `init` itself, which runs within jit (base.py:641).
    weights = model.weights
    model.init(input_signature)
    model.weights = weights
    for layer, state in kept:
        layer._state = state
    empty_caches(model)


def empty_caches(model: base.Layer) -> None:
    """Lets wrappers that keep a state of their own forget what was computed in another mode."""
    for _, layer in reversed(list(everything(model))):
        if isinstance(layer, tl.Cache) and not _is_empty(layer._state):
            layer._state = (base.EMPTY_STATE, layer.sublayer.state)
        elif isinstance(layer, tl.Accelerate):
            layer._state = base.EMPTY_STATE  # It then asks its sublayer (acceleration.py:141).


def _forward(layer: base.Layer, inputs: Any) -> Any:
    """The layer's own ``forward``, after it has made its state if it has none."""
    if _is_empty(layer._state):
        weights = layer._weights
        layer.init_weights_and_state(shapes.signature(inputs))
        layer._weights = weights
        if _is_empty(layer._state):  # In its present mode it needs none.
            vars(layer).pop("forward", None)
    return type(layer).forward(layer, inputs)


def _is_empty(state: Any) -> bool:
    return isinstance(state, tuple) and not state
