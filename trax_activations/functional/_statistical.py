"""Activations that depend on the statistics of their batch."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan, saturating


def _scale(variance: ArrayLike, epsilon: float) -> Array:
    return 1 / jnp.sqrt(jnp.asarray(variance) + epsilon)


@activation(
    group="normalizing",
    parameters=(
        Parameter("alpha", 0.0),
        Parameter("beta", 0.0),
        Parameter("mean", 0.0, learned=False),
        Parameter("variance", 1.0, learned=False),
    ),
    num_parameters="channels",
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def dice(
    x: Array,
    alpha: ArrayLike,
    beta: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    *,
    epsilon: float = 1e-8,
) -> Array:
    r"""Dice: a PReLU that switches smoothly, at the mean of the data.

    .. math::
        f(x) = p\,x + (1 - p)\,\alpha\,x, \qquad
        p = \sigma\Bigl(\beta\,\frac{x - E}{\sqrt{V + \epsilon}}\Bigr)

    In the layer :math:`E` and :math:`V` are the mean and the variance of the batch in training, and
    their running averages else.

    Args:
        x: Input, any shape, floating point.
        alpha: Slope where the gate is shut: a scalar, or an array that broadcasts against ``x``,
            such as ``(C,)`` for one per channel in the last axis.
        beta: Sharpness of the gate, likewise. The paper has none, which is 1.
        mean: Mean :math:`E`, likewise.
        variance: Variance :math:`V`, likewise, not negative.
        epsilon: Added to the variance.

    References:
        Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", arXiv:1706.06978,
        2017. Beta and the initial values are those of the authors' code
        (zhougr1993/DeepInterestNetwork), which calls ``tf.layers.batch_normalization`` without
        ``training=True`` and so divides by a moving variance that stays 1.

    Example:
        >>> F.dice(jnp.array([-2.0, 0.0, 2.0]), 0.5, 100.0, 0.0, 1.0)
        Array([-1.,  0.,  2.], dtype=float32)
    """
    u = multiply_no_nan(beta, (x - mean) * _scale(variance, epsilon))
    return multiply_no_nan(logistic(u) + alpha * logistic(-u), x)


@dice.partials
def _(
    x: Array, alpha: Array, beta: Array, mean: Array, variance: Array, *, epsilon: float
) -> tuple[Array, ...]:
    scale = _scale(variance, epsilon)
    standard = clip_to_finite((x - mean) * scale)
    u = saturating(beta * standard)
    on, off = logistic(u), logistic(-u)
    # x * on * off is 0 where the gate is open or shut, however large x: one factor vanishes.
    bump = (1 - alpha) * ((x * on) * off)
    return (
        on + alpha * off + (beta * scale) * bump,
        x * off,
        (1 - alpha) * clip_to_finite(clip_to_finite((x * on) * off) * standard),
        -(beta * scale) * bump,
        (-0.5 * beta * jnp.square(scale)) * clip_to_finite(bump * standard),
    )
