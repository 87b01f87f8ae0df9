"""Elementary functions that serve as activations: the identity, exponential, logarithm, sine."""

import jax.numpy as jnp
from jax import Array

from trax_activations._spec import activation
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._inputs import finite


@activation(
    group="smooth",
    paper="None: the function of every Dense layer without an activation",
    limits=(-float("inf"), float("inf")),
    monotone=True,
    aliases=("linear",),
)
@elementwise()
def identity(x: Array) -> Array:
    r"""Identity: no activation.

    .. math::
        f(x) = x

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        None; Keras calls it ``linear``.

    Example:
        >>> F.identity(jnp.array([-2.0, 3.0]))
        Array([-2.,  3.], dtype=float32)
    """
    return x


def _exp_tangent(x_dot: Array, y: Array) -> Array:
    return y * x_dot


@activation(
    group="smooth",
    paper="None: the exponential function",
    limits=(0.0, float("inf")),
    monotone=True,
    aliases=("exponential",),
)
@elementwise(saves="y", tangent=_exp_tangent, wide=True)
def exp(x: Array) -> Array:
    r"""Exponential.

    .. math::
        f(x) = e^x

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``; infinity where the value is above the dtype's range.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        None; Trax has it as ``tl.Exp``.

    Example:
        >>> F.exp(jnp.array([-jnp.inf, 0.0, 0.5])).round(4)
        Array([0.    , 1.    , 1.6487], dtype=float32)
    """
    return jnp.exp(x)


def _log_tangent(x_dot: Array, x: Array) -> Array:
    return x_dot / x


@activation(
    group="smooth",
    paper="None: the natural logarithm",
    limits=(-float("inf"), float("inf")),
    domain=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x", tangent=_log_tangent, wide=True)
def log(x: Array) -> Array:
    r"""Natural logarithm.

    .. math::
        f(x) = \ln x, \quad x \ge 0

    At 0 it is :math:`-\infty`, with infinite slope; below 0 it is NaN.

    Args:
        x: Input, any shape, floating point, not negative.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        None; Trax has it as ``tl.Log``.

    Example:
        >>> F.log(jnp.array([0.0, 1.0, jnp.inf]))
        Array([-inf,   0.,  inf], dtype=float32)
    """
    return jnp.log(x)


def _sine_tangent(x_dot: Array, x: Array, *, w0: float) -> Array:
    return w0 * jnp.cos(finite(w0 * x)) * x_dot


@activation(
    group="periodic",
    paper="Sitzmann et al., Implicit Neural Representations, arXiv:2006.09661 (2020)",
    aliases=("siren",),
)
@elementwise(saves="x", tangent=_sine_tangent, wide=True)
def sine(x: Array, *, w0: float = 30.0) -> Array:
    r"""Sine, the activation of SIREN.

    .. math::
        f(x) = \sin(\omega_0 x)

    The Dense layer before it, of :math:`n` inputs, wants weights drawn uniformly from
    :math:`\pm\sqrt{6/n}/\omega_0`, the first one of a model from :math:`\pm 1/n`:
    ``trax_activations.SirenInitializer`` makes them. There is no limit at infinity: beyond the
    largest finite phase the value is the one there.

    Args:
        x: Input, any shape, floating point.
        w0: The frequency :math:`\omega_0`.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Sitzmann, Martel, Bergman, Lindell, Wetzstein, "Implicit Neural Representations with
        Periodic Activation Functions", arXiv:2006.09661, 2020.

    Example:
        >>> F.sine(jnp.array([0.0, 0.05])).round(4)
        Array([0.    , 0.9975], dtype=float32)
    """
    return jnp.sin(finite(w0 * x))
