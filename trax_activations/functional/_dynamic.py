"""Saturating activations that take the place of a normalization: DyT and Derf."""

import math

import jax.numpy as jnp
from jax import Array
from jax.lax import erf
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan


@activation(
    group="normalizing",
    parameters=(
        Parameter("alpha", 0.5, per_channel=False),
        Parameter("gamma", 1.0),
        Parameter("beta", 0.0),
    ),
    num_parameters="channels",
    limits=(-1.0, 1.0),
    monotone=True,
    aliases=("dynamic_tanh",),
)
@elementwise(saves="x")
def dyt(x: Array, alpha: ArrayLike, gamma: ArrayLike, beta: ArrayLike) -> Array:
    r"""Dynamic tanh (DyT): takes the place of a LayerNorm, without statistics.

    .. math::
        f(x) = \gamma \tanh(\alpha x) + \beta

    Args:
        x: Input, any shape, floating point.
        alpha: Scale of the input, a scalar.
        gamma: Scale of the output: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        beta: Shift of the output, likewise.

    References:
        Zhu, Chen, He, LeCun, Liu, "Transformers without Normalization", arXiv:2503.10622, 2025;
        code jiachenzhu/DyT, where gamma and beta are ``weight`` and ``bias``. Large language models
        want another alpha than 0.5: see the paper's table.

    Example:
        >>> F.dyt(jnp.array([-jnp.inf, 0.0, 1.0]), 0.5, 2.0, 1.0)
        Array([-1.       ,  1.       ,  1.9242344], dtype=float32)
    """
    return jnp.asarray(gamma) * jnp.tanh(multiply_no_nan(alpha, x)) + beta


@dyt.partials
def _(x: Array, alpha: Array, gamma: Array, beta: Array) -> tuple[Array, ...]:
    u = alpha * x
    decay = jnp.exp(-2 * jnp.abs(u))
    # As 1 - tanh(u)^2, but right to the last bit where tanh is nearly 1.
    slope = gamma * (4 * decay / jnp.square(1 + decay))
    return alpha * slope, x * slope, jnp.tanh(u), jnp.ones_like(x)


@activation(
    group="normalizing",
    parameters=(
        Parameter("alpha", 0.5, per_channel=False),
        Parameter("shift", 0.0, per_channel=False),
        Parameter("gamma", 1.0),
        Parameter("beta", 0.0),
    ),
    num_parameters="channels",
    limits=(-1.0, 1.0),
    monotone=True,
    aliases=("dynamic_erf",),
)
@elementwise(saves="x")
def derf(x: Array, alpha: ArrayLike, shift: ArrayLike, gamma: ArrayLike, beta: ArrayLike) -> Array:
    r"""Dynamic error function (Derf): takes the place of a LayerNorm, as DyT does.

    .. math::
        f(x) = \gamma \operatorname{erf}(\alpha x + s) + \beta

    Args:
        x: Input, any shape, floating point.
        alpha: Scale of the input, a scalar.
        shift: Shift :math:`s` of the input, a scalar.
        gamma: Scale of the output: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        beta: Shift of the output, likewise.

    References:
        Chen, Lu, Zhu, Sun, Liu, "Stronger Normalization-Free Transformers", arXiv:2512.10938, 2025;
        code zlab-princeton/Derf, where gamma and beta are ``weight`` and ``bias``.

    Example:
        >>> F.derf(jnp.array([-jnp.inf, 0.0, 1.0]), 0.5, 0.0, 2.0, 1.0)
        Array([-1.      ,  1.      ,  2.041], dtype=float32)
    """
    return jnp.asarray(gamma) * erf(multiply_no_nan(alpha, x) + shift) + beta


@derf.partials
def _(x: Array, alpha: Array, shift: Array, gamma: Array, beta: Array) -> tuple[Array, ...]:
    u = clip_to_finite(alpha * x) + shift
    slope = gamma * ((2 / math.sqrt(math.pi)) * jnp.exp(-jnp.square(u)))
    return alpha * slope, x * slope, slope, erf(u), jnp.ones_like(x)
