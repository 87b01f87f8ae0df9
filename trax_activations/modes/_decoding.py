"""Decoding step by step: whether it says what the whole sequence says, and how to begin anew."""

from typing import Any

import jax
import jax.numpy as jnp

from trax_activations._model import check_layer, copy_layers, everything
from trax_activations._trax import base, shapes
from trax_activations.modes._layer import has_own_mode, mode_of, switch_layer
from trax_activations.modes._state import empty_caches, init_state
from trax_activations.modes._switch import check_states, forget, switch

__all__ = ["check_decoding", "in_mode", "reset"]


def in_mode(model: base.Layer, mode: str, input_signature: Any) -> base.Layer:
    """A copy in a mode; see `with_mode`."""
    switched = copy_layers(model)
    switch(switched, mode)
    _make_states(switched, mode, input_signature)
    return switched


def reset(model: base.Layer, input_signature: Any = None) -> None:
    """Lets a model in 'predict' forget what it has read: its next input is the first of a sequence.

    Trax's sampling leaves a model where it has ended: without a reset, a second sequence is read as
    the continuation of the first. Where nothing is remembered, nothing happens.

    Args:
        model: A model in 'predict', from :func:`with_mode` or built so. It is changed in place.
        input_signature: As in :func:`with_mode`.

    Raises:
        TypeError: If ``model`` is not a Trax layer.
        ValueError: If a state must be made beforehand, and so ``input_signature`` is needed.

    Example:
        >>> import numpy as np
        >>> from trax import layers as tl, shapes
        >>> from trax_activations import modes
        >>> model = tl.Serial(tl.GRU(2))
        >>> x = np.ones((1, 3, 2), np.float32)
        >>> _ = model.init(shapes.signature(x))
        >>> reader = modes.with_mode(model, "predict")
        >>> first, second = reader(x), reader(x)
        >>> modes.reset(reader)
        >>> bool((reader(x) == first).all()), bool((second == first).all())
        (True, False)
    """
    check_layer("reset", model)
    forget(layer for _, layer in everything(model))
    empty_caches(model)
    _make_states(model, "predict", input_signature)


def check_decoding(model: base.Layer, inputs: Any, atol: float = 1e-3) -> None:
    """Makes sure that a model says step by step, in 'predict', what it says of a whole sequence.

    What reads several positions without remembering them in 'predict', such as an attention that
    is written with `tl.Fn`, computes something else there, and nothing tells. A shift to the right,
    as language models have it, is left out on both sides.

    Args:
        model: An initialised model, in any mode.
        inputs: A short input, or a tuple of them, of shape (batch, positions, ...).
        atol: By how much outputs may differ.

    Raises:
        TypeError: If ``model`` is not a Trax layer.
        ValueError: If they differ by more: the message names the first position.

    Example:
        >>> import numpy as np
        >>> from trax import layers as tl
        >>> from trax_activations import modes
        >>> model = tl.Serial(tl.Fn("RunningSum", lambda x: x.cumsum(axis=1)))
        >>> modes.check_decoding(model, np.ones((1, 3, 2), np.float32))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: Serial says something else step by step from position 2 on: ...
    """
    check_layer("check_decoding", model)
    whole = in_mode(model, "eval", None)
    for _, layer in everything(whole):
        if not has_own_mode(layer) and mode_of(layer) is not None:  # tl.ShiftRight.
            switch_layer(layer, "predict")
    first = jax.tree.map(lambda x: x[:, :1], inputs)
    stepwise = in_mode(model, "predict", shapes.signature(first))
    at_once = jax.tree.leaves(whole(inputs))
    for i in range(jax.tree.leaves(inputs)[0].shape[1]):
        outputs = stepwise(jax.tree.map(lambda x, i=i: x[:, i : i + 1], inputs))
        for found, wanted in zip(jax.tree.leaves(outputs), at_once, strict=True):
            difference = float(jnp.abs(found - wanted[:, i : i + 1]).max())
            if not difference <= atol:
                raise ValueError(
                    f"{model.name} says something else step by step from position {i + 1} on: its "
                    f"outputs differ by {difference:.3g}. A layer reads other positions, and does "
                    "not remember them in 'predict', such as an attention written with tl.Fn. "
                    "Decode such a model in 'eval', the whole sequence at every step."
                )


def _make_states(model: base.Layer, mode: str, input_signature: Any) -> None:
    if input_signature is not None:
        init_state(model, input_signature)
    elif mode == "predict":
        check_states(model)
