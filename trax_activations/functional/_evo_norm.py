"""Evolved layers that normalize and activate in one: EvoNorm-B0 and EvoNorm-S0."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._checks import not_negative
from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan, saturating

_LEARNED = (Parameter("v", 1.0), Parameter("gamma", 1.0), Parameter("beta", 0.0))


def _deviation(variance: ArrayLike, epsilon: float) -> Array:
    return jnp.sqrt(jnp.asarray(variance) + epsilon)


def _normalized(x: Array, v: ArrayLike, batch: Array, own: Array) -> Array:
    """``x / max(batch, v x + own)``, with its limit ``1 / v`` where both are infinite."""
    grown = multiply_no_nan(v, x)
    endless = grown == jnp.inf
    limit = 1 / jnp.where(endless, v, jnp.ones_like(x))
    return jnp.where(endless, limit, x / jnp.maximum(batch, grown + own))


@activation(
    group="normalizing",
    parameters=(
        *_LEARNED,
        Parameter("batch_variance", 1.0, learned=False),
        Parameter("instance_variance", 1.0, learned=False),
    ),
    num_parameters="channels",
    kinks=lambda v, gamma, batch_variance, instance_variance, epsilon: (
        {
            ((batch_variance + epsilon) ** 0.5 - (instance_variance + epsilon) ** 0.5) / v: gamma
            / (batch_variance + epsilon) ** 0.5
        }
        if v
        else {}
    ),
    limits=(-float("inf"), 1.0),
    monotone=True,
    aliases=("evo_norm2d_b0",),
)
@elementwise(saves="x", checks=[not_negative("epsilon")])
def evo_norm_b0(
    x: Array,
    v: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    batch_variance: ArrayLike,
    instance_variance: ArrayLike,
    *,
    epsilon: float = 1e-5,
) -> Array:
    r"""EvoNorm-B0: takes the place of a batch normalization and the ReLU after it.

    .. math::
        f(x) = \frac{\gamma\,x}{\max(s_b,\; v x + s_i)} + \beta, \qquad
        s_b = \sqrt{V_b + \epsilon}, \quad s_i = \sqrt{V_i + \epsilon}

    In the layer :math:`V_b` is the variance of each channel over the batch in training, and its
    running average else; :math:`V_i` is that of each channel of each example. Where both sides of
    the maximum are equal the derivative is that of :math:`s_b`, as in the authors' code.

    Args:
        x: Input, any shape, floating point.
        v: How much the input itself counts: a scalar, or an array that broadcasts against ``x``,
            such as ``(C,)`` for one per channel in the last axis.
        gamma: Scale of the output, likewise.
        beta: Shift of the output, likewise.
        batch_variance: Variance :math:`V_b`, likewise, not negative.
        instance_variance: Variance :math:`V_i`, not negative: for channels last,
            ``(B, 1, ..., 1, C)``.
        epsilon: Added to the variances, not negative.

    References:
        Liu, Brock, Simonyan, Le, "Evolving Normalization-Activation Layers", arXiv:2004.02967,
        2020; code tensorflow/tpu, models/official/resnet. timm's ``EvoNorm2dB0`` has an epsilon of
        1e-3.

    Example:
        >>> F.evo_norm_b0(jnp.array([-2.0, 0.0, 1.0, 3.0]), 1.0, 1.0, 0.0, 4.0, 1.0, epsilon=0.0)
        Array([-1.  ,  0.  ,  0.5 ,  0.75], dtype=float32)
    """
    batch, own = (_deviation(each, epsilon) for each in (batch_variance, instance_variance))
    return multiply_no_nan(gamma, _normalized(x, v, batch, own)) + beta


@evo_norm_b0.partials
def _(
    x: Array,
    v: Array,
    gamma: Array,
    beta: Array,
    batch_variance: Array,
    instance_variance: Array,
    *,
    epsilon: float,
) -> tuple[Array, ...]:
    batch, own = (_deviation(each, epsilon) for each in (batch_variance, instance_variance))
    size = v * x + own
    by_own = size > batch
    zero = jnp.zeros_like(x)
    safe = jnp.where(by_own, size, jnp.ones_like(x))
    u = clip_to_finite(_normalized(x, v, batch, own))
    slope = gamma * jnp.where(by_own, (own / safe) / safe, 1 / batch)
    return (
        slope,
        jnp.where(by_own, clip_to_finite(-gamma * u) * u, zero),
        u,
        jnp.ones_like(x),
        jnp.where(by_own, zero, clip_to_finite(-gamma * u) / (2 * jnp.square(batch))),
        jnp.where(by_own, clip_to_finite(-gamma * u) / safe, zero) / (2 * own),
    )


@activation(
    group="normalizing",
    parameters=(*_LEARNED, Parameter("variance", 1.0, learned=False)),
    num_parameters="channels",
    limits=(0.0, float("inf")),
    aliases=("evo_norm2d_s0",),
)
@elementwise(saves="x", checks=[not_negative("epsilon")])
def evo_norm_s0(
    x: Array,
    v: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    variance: ArrayLike,
    *,
    epsilon: float = 1e-5,
) -> Array:
    r"""EvoNorm-S0: takes the place of a group normalization and the activation after it.

    .. math::
        f(x) = \gamma\,\frac{x\,\sigma(v x)}{\sqrt{V + \epsilon}} + \beta

    In the layer :math:`V` is the variance of a group of channels of one example: examples do not
    depend on each other.

    Args:
        x: Input, any shape, floating point.
        v: Sharpness of the gate: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        gamma: Scale of the output, likewise.
        beta: Shift of the output, likewise.
        variance: Variance :math:`V`, not negative: for channels last, ``(B, 1, ..., 1, C)``.
        epsilon: Added to the variance, not negative.

    References:
        Liu, Brock, Simonyan, Le, "Evolving Normalization-Activation Layers", arXiv:2004.02967,
        2020; code tensorflow/tpu, models/official/resnet.

    Example:
        >>> F.evo_norm_s0(jnp.array([-2.0, 0.0, 2.0]), 0.0, 1.0, 0.5, 0.25, epsilon=0.0)
        Array([-1.5,  0.5,  2.5], dtype=float32)
    """
    gated = multiply_no_nan(logistic(multiply_no_nan(v, x)), x)
    return multiply_no_nan(jnp.asarray(gamma) / _deviation(variance, epsilon), gated) + beta


@evo_norm_s0.partials
def _(
    x: Array, v: Array, gamma: Array, beta: Array, variance: Array, *, epsilon: float
) -> tuple[Array, ...]:
    deviation = _deviation(variance, epsilon)
    u = saturating(v * x)
    on, off = logistic(u), logistic(-u)
    scale = gamma / deviation
    return (
        scale * (on * (1 + u * off)),
        scale * clip_to_finite((x * on) * (x * off)),
        clip_to_finite(x * on) / deviation,
        jnp.ones_like(x),
        clip_to_finite(-scale * (x * on)) / (2 * jnp.square(deviation)),
    )
