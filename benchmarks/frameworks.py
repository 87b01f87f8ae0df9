"""Value and derivative by PyTorch and Keras, of NumPy arrays, where they have the same function."""

import functools
import os
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import peers

from trax_activations import registry

Measured = Callable[[Any], tuple[Any, Any]]

# Keras' name of ours, and its arguments for our default values.
_KERAS: dict[str, tuple[str, dict[str, Any]]] = {
    "exp": ("exponential", {}),
    "fast_gelu": ("gelu", {"approximate": True}),
    "gelu": ("gelu", {"approximate": False}),
    "identity": ("linear", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.01}),
    "soft_sign": ("softsign", {}),
    "threshold": ("threshold", {"threshold": 0.0, "default_value": 0.0}),
    **{
        name: (name, {})
        for name in (
            *("celu", "elu", "hard_shrink", "hard_sigmoid", "hard_swish", "hard_tanh"),
            *("log_sigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink"),
            *("softplus", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink"),
        )
    },
}


def measured_by(spec: registry.ActivationSpec) -> dict[str, Measured]:
    """By framework: what returns value and derivative, or fails where it lacks the dtype."""
    found: dict[str, Measured] = {}
    if (function := peers.torch_function(spec)) is not None:
        parameters = [parameter.initial for parameter in spec.parameters]
        found["torch"] = functools.partial(_by_torch, function, parameters)
    if (function := _keras_function(spec)) is not None:
        found["keras"] = functools.partial(_by_tensorflow, function)
    return found


def _by_torch(function: Callable[..., Any], parameters: list[Any], x: Any) -> tuple[Any, Any]:
    import torch

    # PyTorch knows no bfloat16 of NumPy's: it goes as whole numbers.
    narrow = x.dtype == jnp.bfloat16
    given = torch.from_numpy(x.view(np.int16)).view(torch.bfloat16) if narrow else torch.tensor(x)
    given.requires_grad_(True)
    y = function(given, *(torch.tensor(p, dtype=given.dtype) for p in parameters))
    (slope,) = torch.autograd.grad(y.sum(dtype=torch.float64), given)
    results = (each.detach().contiguous() for each in (y, slope))
    if narrow:
        value, derivative = (each.view(torch.int16).numpy().view(x.dtype) for each in results)
    else:
        value, derivative = (each.numpy() for each in results)
    return value, derivative


def _keras_function(spec: registry.ActivationSpec) -> Callable[..., Any] | None:
    if spec.name not in _KERAS:
        return None
    os.environ["KERAS_BACKEND"] = "tensorflow"
    try:
        from keras import activations
    except ImportError:
        return None
    name, arguments = _KERAS[spec.name]
    return functools.partial(getattr(activations, name), **arguments)


def _by_tensorflow(function: Callable[..., Any], x: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    given = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(given)
        y = function(given)
    return y.numpy(), tape.gradient(y, given).numpy()
