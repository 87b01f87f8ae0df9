"""Exponential linear units that learn their shape."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan, negative_part


@activation(
    group="learned",
    parameters=(Parameter("alpha", 1.0, lower=0.1), Parameter("beta", 1.0, lower=0.1)),
    limits=(-1.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def pelu(x: Array, alpha: ArrayLike, beta: ArrayLike) -> Array:
    r"""Parametric exponential linear unit (PELU): an ELU that learns its slope and its decay.

    .. math::
        f(x) = \begin{cases}
            \frac{\alpha}{\beta}\,x & x > 0 \\ \alpha\,(e^{x / \beta} - 1) & x \le 0
        \end{cases}

    The slope is :math:`\alpha / \beta` on both sides of 0.

    Args:
        x: Input, any shape, floating point.
        alpha: Minus the limit at :math:`-\infty`: a scalar, or an array that broadcasts against
            ``x``, such as ``(C,)`` for one per channel in the last axis.
        beta: Width of the decay, likewise, not 0. In the paper both are positive; the layer keeps
            them above 0.1, the bound of the authors' code.

    References:
        Trottier, Giguere, Chaib-draa, "Parametric Exponential Linear Unit for Deep Convolutional
        Neural Networks", arXiv:1605.09332, 2016; code ltrottier/pelu.resnet.torch.

    Example:
        >>> jax.device_get(F.pelu(jnp.array([-jnp.inf, -1.0, 2.0]), 1.0, 0.5)).round(4)
        array([-1.    , -0.8647,  4.    ], dtype=float32)
    """
    below = jnp.expm1(negative_part(x) / beta)
    return jnp.where(
        x > 0, multiply_no_nan(jnp.asarray(alpha) / beta, x), multiply_no_nan(alpha, below)
    )


@pelu.partials
def _(x: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array]:
    slope = alpha / beta
    below = negative_part(x) / beta
    decay = clip_to_finite(jnp.exp(below))
    return (
        slope * jnp.where(x > 0, jnp.ones_like(x), decay),
        jnp.where(x > 0, x / beta, jnp.expm1(below)),
        -slope * clip_to_finite(jnp.where(x > 0, x / beta, clip_to_finite(below) * decay)),
    )


@activation(
    group="learned",
    parameters=(Parameter("alpha", 0.25), Parameter("beta", 1.0, lower=0.0)),
    num_parameters="channels",
    kinks=lambda alpha, beta: {0.0: alpha * beta},
    limits=(-0.25, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def mpelu(x: Array, alpha: ArrayLike, beta: ArrayLike) -> Array:
    r"""Multiple parametric exponential linear unit (MPELU): between ReLU, PReLU and ELU.

    .. math::
        f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^{\beta x} - 1) & x \le 0 \end{cases}

    The derivative at 0 is :math:`\alpha\beta`, as for ELU in PyTorch.

    Args:
        x: Input, any shape, floating point.
        alpha: Minus the limit at :math:`-\infty`: a scalar, or an array that broadcasts against
            ``x``, such as ``(C,)`` for one per channel in the last axis.
        beta: Rate of the decay, likewise. In the paper it is positive, and the layer keeps it so.

    References:
        Li, Fan, Li, Wu, Ming, "Improving Deep Neural Network with Multiple Parametric Exponential
        Linear Units", arXiv:1606.00305, 2016; initial values of the authors' code
        (Coldmooon/Code-for-MPELU): 0.25 (in PyTorch; 1 in Caffe) and 1.

    Example:
        >>> jax.device_get(F.mpelu(jnp.array([-jnp.inf, -1.0, 2.0]), 0.25, 1.0)).round(4)
        array([-0.25 , -0.158,  2.   ], dtype=float32)
    """
    return jnp.where(
        x > 0, x, multiply_no_nan(alpha, jnp.expm1(multiply_no_nan(beta, negative_part(x))))
    )


@mpelu.partials
def _(x: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array]:
    below = negative_part(x)
    decay = clip_to_finite(jnp.exp(beta * below))
    zero = jnp.zeros_like(x)
    return (
        jnp.where(x > 0, jnp.ones_like(x), alpha * clip_to_finite(beta * decay)),
        jnp.where(x > 0, zero, jnp.expm1(beta * below)),
        jnp.where(x > 0, zero, alpha * clip_to_finite(below * decay)),
    )


@activation(
    group="learned",
    parameters=(Parameter("alpha_p", 0.8, lower=0.0), Parameter("alpha_n", 0.8, lower="beta")),
    limits=(float("inf"), float("inf")),
)
@elementwise(saves="x")
def xielu(x: Array, alpha_p: ArrayLike, alpha_n: ArrayLike, *, beta: float = 0.5) -> Array:
    r"""Expanded integral of the ELU (xIELU): its derivative is a line, and an ELU.

    .. math::
        f(x) = \begin{cases}
            \alpha_p\,x^2 + \beta x & x > 0 \\ \alpha_n\,(e^x - 1 - x) + \beta x & x \le 0
        \end{cases}

    The least value is -0.2058, at -0.981. The derivative at 0 is :math:`\beta`.

    Args:
        x: Input, any shape, floating point.
        alpha_p: Curvature above 0: a scalar, or an array that broadcasts against ``x``.
        alpha_n: Height below 0, likewise. The layer keeps ``alpha_p`` above 0 and ``alpha_n`` above
            ``beta`` by a softplus, as the authors' code does.
        beta: Slope at 0.

    References:
        Huang, Schlag, "Deriving Activation Functions Using Integration", arXiv:2411.13010, 2024.
        The code of the Apertus models takes the exponential of ``min(x, -1e-6)``, which moves
        values near 0 by less than 1e-6; this function does not.

    Example:
        >>> jax.device_get(F.xielu(jnp.array([-1.0, 0.0, 2.0]), 0.8, 0.8)).round(4)
        array([-0.2057,  0.    ,  4.2   ], dtype=float32)
    """
    above = multiply_no_nan(multiply_no_nan(alpha_p, x) + beta, x)
    below = multiply_no_nan(alpha_n, jnp.expm1(negative_part(x))) + multiply_no_nan(
        beta - jnp.asarray(alpha_n), x
    )
    return jnp.where(x > 0, above, below)


@xielu.partials
def _(x: Array, alpha_p: Array, alpha_n: Array, *, beta: float) -> tuple[Array, Array, Array]:
    positive = x > 0
    below = jnp.expm1(negative_part(x))
    zero = jnp.zeros_like(x)
    return (
        jnp.where(positive, 2 * alpha_p * x, alpha_n * below) + beta,
        jnp.where(positive, jnp.square(x), zero),
        jnp.where(positive, zero, below - x),
    )
