"""A gate made of the arc tangent, by a polynomial: XLA's own takes ten times as long on CPU."""

import math

import jax
import jax.numpy as jnp
from jax import Array

# arctan(r) / r as a polynomial in r^2, for r from 0 to 1: its Chebyshev interpolant of degree 10,
# with a relative error of 4e-10.
_COEFFICIENTS = (
    0.9999999996,
    -0.3333332249,
    0.199995581,
    -0.1427857602,
    0.1105077124,
    -0.08785043171,
    0.06685281273,
    -0.04392840736,
    0.02191294304,
    -0.00703066815,
    0.001057607175,
)


def _ratio(r: Array) -> Array:
    """``arctan(r) / r`` for ``r`` from 0 to 1; 1 at 0."""
    if r.dtype == jnp.float64:
        near = jnp.where(r == 0, jnp.ones_like(r), r)
        return jnp.where(r == 0, jnp.ones_like(r), jnp.arctan(near) / near)
    return jnp.polyval(
        jnp.asarray(_COEFFICIENTS[::-1], r.dtype), jnp.square(r), unroll=len(_COEFFICIENTS)
    )


def missing(x: Array) -> tuple[Array, Array]:
    """What the gate lacks from 0 or 1, ``arctan(1 / |x|) / pi``; and ``|x|`` times that."""
    size = jnp.abs(x)
    far = size > 1
    r = jnp.where(far, 1 / jnp.where(far, size, jnp.ones_like(size)), size)
    ratio = _ratio(r) / math.pi
    part = jnp.where(far, r * ratio, 0.5 - r * ratio)
    return part, jnp.where(far, ratio, size * part)


@jax.custom_jvp
def arctan_gates(x: Array) -> tuple[Array, Array]:
    """The gate ``arctan(x) / pi + 1 / 2`` and its complement, without cancellation."""
    part, _ = missing(x)
    return jnp.where(x > 0, 1 - part, part), jnp.where(x > 0, part, 1 - part)


@arctan_gates.defjvp
def _gates_rule(
    operands: tuple[Array], dots: tuple[Array]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    (x,), (x_dot,) = operands, dots
    on_dot = x_dot / (math.pi * (1 + jnp.square(jnp.clip(x, -1e15, 1e15))))
    return arctan_gates(x), (on_dot, -on_dot)
