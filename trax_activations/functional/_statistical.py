"""Activations that depend on the statistics of their batch."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._spec import Normal, Parameter, activation
from trax_activations.functional._adaptive import _acon, _acon_derivatives, saturating
from trax_activations.functional._derivatives import from_derivatives
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._inputs import finite
from trax_activations.functional._rectified import scaled


def _scale(variance: ArrayLike, epsilon: float) -> Array:
    return 1 / jnp.sqrt(jnp.asarray(variance) + epsilon)


def _dice_derivatives(
    x: Array, alpha: Array, beta: Array, mean: Array, variance: Array, *, epsilon: float
) -> tuple[Array, ...]:
    scale = _scale(variance, epsilon)
    standard = finite((x - mean) * scale)
    u = saturating(beta * standard)
    on, off = logistic(u), logistic(-u)
    # x * on * off is 0 where the gate is open or shut, however large x: one factor vanishes.
    bump = (1 - alpha) * ((x * on) * off)
    return (
        on + alpha * off + (beta * scale) * bump,
        x * off,
        (1 - alpha) * finite(finite((x * on) * off) * standard),
        -(beta * scale) * bump,
        (-0.5 * beta * jnp.square(scale)) * finite(bump * standard),
    )


@activation(
    group="normalizing",
    paper="Zhou et al., Deep Interest Network, arXiv:1706.06978 (2017)",
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
@elementwise(saves="x", tangent=from_derivatives(_dice_derivatives), wide=True)
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

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", arXiv:1706.06978,
        2017. Beta and the initial values are those of the authors' code
        (zhougr1993/DeepInterestNetwork), which calls ``tf.layers.batch_normalization`` without
        ``training=True`` and so divides by a moving variance that stays 1.

    Example:
        >>> F.dice(jnp.array([-2.0, 0.0, 2.0]), 0.5, 100.0, 0.0, 1.0)
        Array([-1.,  0.,  2.], dtype=float32)
    """
    u = scaled(beta, (x - mean) * _scale(variance, epsilon))
    return scaled(logistic(u) + alpha * logistic(-u), x)


def _meta_acon_derivatives(
    x: Array, p1: Array, p2: Array, theta: Array
) -> tuple[Array, Array, Array, Array]:
    beta = logistic(theta)
    dx, dp1, dp2, dbeta = _acon_derivatives(x, p1, p2, beta)
    return dx, dp1, dp2, dbeta * (beta * logistic(-theta))


@activation(
    group="learned",
    paper="Ma et al., Activate or Not: Learning Customized Activation, arXiv:2009.04759 (2020)",
    parameters=(
        Parameter("p1", 1.0, drawn=Normal(0.0, 1.0)),
        Parameter("p2", 0.0, drawn=Normal(0.0, 1.0)),
        Parameter("theta", 0.0, learned=False),
    ),
    num_parameters="channels",
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=from_derivatives(_meta_acon_derivatives), wide=True)
def meta_acon(x: Array, p1: ArrayLike, p2: ArrayLike, theta: ArrayLike) -> Array:
    r"""Meta-ACON: ACON-C whose switch is computed from the input.

    .. math::
        f(x) = (p_1 - p_2)\,x\,\sigma(\beta (p_1 - p_2)\,x) + p_2\,x, \qquad \beta = \sigma(\theta)

    In the layer :math:`\theta` comes from a small network on the mean over all positions.

    Args:
        x: Input, any shape, floating point.
        p1: Slope of the first line: a scalar, or an array that broadcasts against ``x``.
        p2: Slope of the second line, likewise.
        theta: Before its sigmoid, how far it activates: for channels last, ``(B, 1, ..., 1, C)``.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Ma, Zhang, Liu, Sun, "Activate or Not: Learning Customized Activation", arXiv:2009.04759,
        2020; ``MetaAconC`` of the authors' code (nmaac/acon).

    Example:
        >>> jax.device_get(F.meta_acon(jnp.array([-2.0, 2.0]), 1.0, 0.25, 50.0)).round(4)
        array([-0.7736,  1.7264], dtype=float32)
    """
    return _acon(x, p1, p2, logistic(theta))
