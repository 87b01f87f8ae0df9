"""Elementary functions that serve as activations: the identity, exponential, logarithm, sine."""

import jax.numpy as jnp
from jax import Array

from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite


@activation(
    group="smooth", limits=(-float("inf"), float("inf")), monotone=True, aliases=("linear",)
)
@elementwise(float32=False)
def identity(x: Array) -> Array:
    r"""Identity: no activation.

    .. math::
        f(x) = x

    Args:
        x: Input, any shape, floating point.

    References:
        Chollet et al., "Keras", https://keras.io/api/layers/activations/, 2015: ``linear``.

    Example:
        >>> F.identity(jnp.array([-2.0, 3.0]))
        Array([-2.,  3.], dtype=float32)
    """
    return x


@activation(group="smooth", limits=(0.0, float("inf")), monotone=True, aliases=("exponential",))
@elementwise(saves="y")
def exp(x: Array) -> Array:
    r"""Exponential.

    .. math::
        f(x) = e^x

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``; infinity where the value is above the dtype's range.

    References:
        Chollet et al., "Keras", https://keras.io/api/layers/activations/, 2015: ``exponential``.

    Example:
        >>> F.exp(jnp.array([-jnp.inf, 0.0, 0.5])).round(4)
        Array([0.    , 1.    , 1.6487], dtype=float32)
    """
    return jnp.exp(x)


@exp.slope
def _(y: Array) -> Array:
    return y


@activation(
    group="smooth", limits=(-float("inf"), float("inf")), domain=(0.0, float("inf")), monotone=True
)
@elementwise(saves="x")
def log(x: Array) -> Array:
    r"""Natural logarithm.

    .. math::
        f(x) = \ln x, \quad x \ge 0

    At 0 it is :math:`-\infty`, with infinite slope; below 0 it is NaN.

    Args:
        x: Input, any shape, floating point, not negative.

    References:
        Google Brain, "Trax", https://trax-ml.readthedocs.io/en/latest/trax.layers.html, 2019:
        ``tl.Log``.

    Example:
        >>> F.log(jnp.array([0.0, 1.0, jnp.inf]))
        Array([-inf,   0.,  inf], dtype=float32)
    """
    return jnp.log(x)


@log.slope
def _(x: Array) -> Array:
    return 1 / x


@activation(group="periodic", aliases=("siren",))
@elementwise(saves="x")
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

    References:
        Sitzmann, Martel, Bergman, Lindell, Wetzstein, "Implicit Neural Representations with
        Periodic Activation Functions", arXiv:2006.09661, 2020.

    Example:
        >>> F.sine(jnp.array([0.0, 0.05])).round(4)
        Array([0.    , 0.9975], dtype=float32)
    """
    return jnp.sin(clip_to_finite(w0 * x))


@sine.slope
def _(x: Array, *, w0: float) -> Array:
    return w0 * jnp.cos(clip_to_finite(w0 * x))
