"""The shapes that arrive at layers of an initialised model."""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from trax_activations import weights
from trax_activations._model import copy_layers, everything
from trax_activations._trax import ShapeDtype, base

__all__ = ["arriving", "has_arrays", "is_initialised", "width_after"]

_EIGHT = ShapeDtype((2, 8), jnp.float32)


def is_initialised(model: base.Layer) -> bool:
    """Whether a model has the weights that it needs."""
    try:
        weights.names(model)
    except ValueError:
        return False
    # A model without any weights has been initialised, or need not be.
    return any(layer._rng is not None for _, layer in everything(model))


def arriving(
    model: base.Layer, layers: Iterable[base.Layer], input_signature: Any
) -> Mapping[int, ShapeDtype]:
    """The signature of what each layer of a model is given, by the identity of the layer.

    Nothing is computed: the model is traced with a copy of each layer that takes notes.

    Raises:
        ValueError: If the model cannot take such an input, or never runs one of the layers.
    """
    seen: dict[int, ShapeDtype] = {}
    wanted = list(layers)
    noting = {id(layer): _noting(layer, seen) for layer in wanted}
    traced = copy_layers(model, instead=noting)

    def run(inputs: Any, weights: Any, state: Any) -> Any:
        return traced.pure_fn(inputs, weights, state, jax.random.PRNGKey(0))

    structs = jax.tree.map(_struct, input_signature, is_leaf=_is_signature)
    try:
        jax.eval_shape(run, structs, model.weights, model.state)
    except base.LayerError as error:
        raise ValueError(
            f"replace: the model cannot take inputs of {input_signature}: {error}"
        ) from error
    for layer in wanted:
        if id(layer) not in seen:
            raise ValueError(f"replace: the model never runs {layer!r}, so its shape is not known.")
    return seen


def has_arrays(layer: base.Layer) -> bool:
    """Whether a layer makes weights or state when it is initialised."""
    alone = copy_layers(layer)
    try:
        made = jax.eval_shape(lambda: alone.init(_EIGHT))
    except base.LayerError:  # It was made for another number of channels, and so for weights.
        return True
    return bool(jax.tree.leaves(made))


def width_after(layer: base.Layer) -> int:
    """How many channels a layer makes of eight."""
    alone = copy_layers(layer)

    def run() -> Any:
        alone.init(_EIGHT)
        return alone(jnp.zeros(_EIGHT.shape, _EIGHT.dtype))

    try:
        return int(jax.eval_shape(run).shape[-1])
    except base.LayerError:  # It was made for another number of channels: then it keeps it.
        return _EIGHT.shape[-1]


def _noting(layer: base.Layer, seen: dict[int, ShapeDtype]) -> base.Layer:
    """A copy of a layer that notes the signature of its input."""
    noting = copy_layers(layer)

    def forward(x: Any) -> Any:
        seen[id(layer)] = ShapeDtype(x.shape, x.dtype)
        return type(noting).forward(noting, x)

    vars(noting)["forward"] = forward
    return noting


def _is_signature(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _struct(signature: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(signature.shape, signature.dtype)
