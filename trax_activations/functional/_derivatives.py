"""Tangents of activations that learn, out of their partial derivatives."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations.functional._gradients import Tangent
from trax_activations.functional._inputs import finite

Derivatives = Callable[..., tuple[Any, ...]]


def from_derivatives(derivatives: Derivatives) -> Tangent:
    """Makes a tangent for ``elementwise(saves="x")``.

    Args:
        derivatives: ``derivatives(x, *parameters, **hyperparameters)``: the derivative with respect
            to each argument, in order; for a parameter with several values a tuple, and ``None``
            for an argument that has none, as a key. It is called with finite ``x``. What overflows
            in it counts as the largest finite number.

    Returns:
        The tangent.
    """

    def tangent(*arguments: Any, **hyperparameters: Any) -> Array:
        count = len(arguments) // 2
        dots, x, parameters = arguments[:count], arguments[count], arguments[count + 1 :]
        slopes = derivatives(finite(x), *parameters, **hyperparameters)
        total = jnp.zeros((), x.dtype)
        for dot, slope in zip(dots, slopes, strict=True):
            if dot is None:
                continue
            several = slope if isinstance(slope, tuple) else None
            pairs = [(slope, dot)] if several is None else zip(several, dot, strict=True)
            total = total + sum(finite(s) * d for s, d in pairs)
        return total

    return tangent
