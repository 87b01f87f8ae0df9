"""Self-gated activations with gates made of ``1 + sigmoid(x)``: Smish and Logish."""

from jax import Array
from jax.lax import logistic

from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import bounded, log1p_unit, self_gated


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def smish(x: Array, *, alpha: float = 1.0, beta: float = 1.0) -> Array:
    r"""Smish.

    .. math::
        f(x) = \alpha x \tanh(\ln(1 + \sigma(\beta x)))

    For large inputs it is :math:`0.6\,x`. The least value is -0.2500, at -1.3945.

    Args:
        x: Input, any shape, floating point.
        alpha: Scale of the output.
        beta: Sharpness of the gate; the paper finds 1 best for both.

    References:
        Wang, Ren, Wang, "Smish: A Novel Activation Function for Deep Learning Methods",
        Electronics 11(4):540, 2022, doi:10.3390/electronics11040540.

    Example:
        >>> F.smish(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.4996], dtype=float32)
    """
    s = logistic(beta * x)
    n = s * (s + 2)  # tanh(ln(1 + s)) = ((1 + s)^2 - 1) / ((1 + s)^2 + 1)
    return self_gated(x, alpha * (n / (n + 2)))


@smish.slope
def _(x: Array, *, alpha: float, beta: float) -> Array:
    z = bounded(beta * x)
    s = logistic(z)
    n = s * (s + 2)
    gate = n / (n + 2)
    slope = gate + z * (4 * s * (1 - s) * (1 + s)) / ((n + 2) * (n + 2))
    return alpha * slope


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def logish(x: Array, *, alpha: float = 1.0, beta: float = 1.0) -> Array:
    r"""Logish.

    .. math::
        f(x) = \alpha x \ln(1 + \sigma(\beta x))

    For large inputs it is :math:`x \ln 2`. The least value is -0.2528, at -1.3725.

    Args:
        x: Input, any shape, floating point.
        alpha: Scale of the output.
        beta: Sharpness of the gate.

    References:
        Zhu, Zeng, Liu, Zhao, "Logish: A New Nonlinear Nonmonotonic Activation Function for
        Convolutional Neural Network", Neurocomputing 458, 2021,
        doi:10.1016/j.neucom.2021.06.067.

    Example:
        >>> F.logish(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.5487], dtype=float32)
    """
    return self_gated(x, alpha * log1p_unit(logistic(beta * x)))


@logish.slope
def _(x: Array, *, alpha: float, beta: float) -> Array:
    z = bounded(beta * x)
    s = logistic(z)
    return alpha * (log1p_unit(s) + z * s * (1 - s) / (1 + s))
