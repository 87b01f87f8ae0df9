"""Tangents of activations that learn, out of their partial derivatives.

In the backward pass every derivative is computed from ``x`` anew. What several of them have in
common - an exponential, say - the compiler would compute once, in the forward pass, and keep: with
a learned parameter that costs one to three tensors per layer on CPU. :func:`from_derivatives` gives
each derivative an ``x`` of its own, so that nothing but ``x`` is kept.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations.functional._gradients import Tangent, finite

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
        total = jnp.zeros((), x.dtype)
        for i, dot in enumerate(dots):
            if dot is None:
                continue
            slope = derivatives(_own(x, i), *parameters, **hyperparameters)[i]
            if isinstance(slope, tuple):
                terms = [finite(s) * _per_element(dot[j], x, i) for j, s in enumerate(slope)]
                total = total + sum(terms)
            else:
                total = total + finite(slope) * (_per_element(dot, x, i) if i else dot)
        return total

    return tangent


def _own(x: Array, i: int) -> Array:
    """``x`` within its finite range: by bounds of its own, so that no two are one to XLA."""
    largest = jnp.finfo(x.dtype).max * (1 - i * 2.0**-10)
    return jnp.clip(x, -largest, largest)


def _per_element(dot: Array, x: Array, i: int) -> Array:
    """The tangent of a parameter, on every element.

    Transposed, the choice stands between the product of cotangent and derivative and its sum. XLA
    on CPU takes a bare product into its kernel for sums, computes the derivative for it in the
    forward pass already, and keeps it. The condition is always true, also for NaN, but XLA does
    not know that.
    """
    dot = jnp.broadcast_to(dot, jnp.broadcast_shapes(dot.shape, x.shape))
    return jnp.where((x < i + 1) | ~(x < i), dot, jnp.zeros_like(dot))
