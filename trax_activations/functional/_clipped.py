"""Piecewise linear activations with two kinks: straight lines between a floor and a ceiling."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations._checks import number_or_none, ordered
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clipped, is_exact, multiply_no_nan


def _between(y: Array, low: float, high: float) -> Array:
    """Where the output is strictly between its bounds, or NaN."""
    return ~((y <= low) | (y >= high))


@activation(group="rectifier", kinks={0.0: 0.0, 6.0: 0.0}, limits=(0.0, 6.0), monotone=True)
@elementwise(saves="y", float32=False, levels=(6.0,))
def relu6(x: Array) -> Array:
    r"""Rectified linear unit with a ceiling at 6.

    .. math::
        f(x) = \min(\max(x, 0), 6)

    The derivative at 0 and at 6 is 0, as in PyTorch.

    Args:
        x: Input, any shape, floating point.

    References:
        Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010; made known by Howard
        et al., "MobileNets", arXiv:1704.04861, 2017.

    Example:
        >>> F.relu6(jnp.array([-2.0, 3.0, 7.0]))
        Array([0., 3., 6.], dtype=float32)
    """
    return clipped(x, x, 0, 6, 0, 6)


@relu6.slope
def _(y: Array) -> Array:
    return _between(y, 0, 6)


def _clipped_relu_kinks(
    max_value: float | None, negative_slope: float, threshold: float
) -> dict[float, float]:
    return ({} if max_value is None else {max_value: 0.0}) | {threshold: negative_slope}


def _check_ceiling(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses a ceiling below the threshold."""
    max_value, threshold = hyperparameters["max_value"], hyperparameters["threshold"]
    if not isinstance(max_value, int | float) or not isinstance(threshold, int | float):
        return
    if not max_value >= threshold:
        raise ValueError(
            f"{owner} takes max_value >= threshold, but received max_value={max_value}, "
            f"threshold={threshold}. Give a greater max_value, or None for no ceiling."
        )


@activation(
    group="rectifier",
    kinks=_clipped_relu_kinks,
    limits=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x", checks=[number_or_none("max_value"), _check_ceiling])
def clipped_relu(
    x: Array,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Array:
    r"""Rectified linear unit with a ceiling, a slope and a threshold, as the layer of Keras.

    .. math::
        f(x) = \begin{cases}
            M & x \ge M \\ x & \theta < x < M \\ s\,(x - \theta) & x \le \theta
        \end{cases}

    The derivative at the threshold is that below it, at the ceiling 0. Below the threshold it is
    flat at 0 if the slope is 0, so it jumps where the threshold is not 0.

    Args:
        x: Input, any shape, floating point.
        max_value: The ceiling :math:`M`, not below the threshold; ``None`` for none.
        negative_slope: The slope :math:`s` below the threshold.
        threshold: The threshold :math:`\theta`.

    References:
        Chollet et al., "Keras", https://keras.io/api/layers/activation_layers/relu/, 2015:
        ``keras.layers.ReLU``, with its arguments and their order.

    Example:
        >>> F.clipped_relu(jnp.array([-2.0, 3.0, 9.0]), max_value=6.0, negative_slope=0.5)
        Array([-1.,  3.,  6.], dtype=float32)
    """
    below = multiply_no_nan(negative_slope, x - threshold)
    y = x if max_value is None else jnp.where(x >= max_value, jnp.full_like(x, max_value), x)
    return jnp.where(x <= threshold, below, y)


@clipped_relu.slope
def _(
    x: Array, *, max_value: float | None, negative_slope: float, threshold: float
) -> tuple[Array, ...]:
    above = ~(x <= threshold)
    slope = above if negative_slope == 0 else jnp.where(above, jnp.ones_like(x), negative_slope)
    return (slope,) if max_value is None else (~(above & (x >= max_value)), slope)


@activation(
    group="bounded",
    kinks=lambda min_val, max_val: {min_val: 0.0, max_val: 0.0},
    limits=(-1.0, 1.0),
    monotone=True,
)
@elementwise(
    saves=lambda dtype, **bounds: "y" if is_exact(dtype, *bounds.values()) else "x",
    levels=lambda **bounds: (*bounds.values(),),
    checks=[ordered("min_val", "max_val", equal=True)],
)
def hard_tanh(x: Array, *, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    r"""Hard hyperbolic tangent: the identity between two bounds.

    .. math::
        f(x) = \min(\max(x, m), M)

    The derivative at both bounds is 0, as in PyTorch (``jax.nn`` has 1, Trax a half).

    Args:
        x: Input, any shape, floating point.
        min_val: The lower bound :math:`m`.
        max_val: The upper bound :math:`M`, not below ``min_val``.

    References:
        Collobert, "Large Scale Machine Learning", thesis, Université Paris VI, 2004,
        https://ronan.collobert.com/pub/matos/2004_phdthesis_lip6.pdf.

    Example:
        >>> F.hard_tanh(jnp.array([-2.0, 0.5, 3.0]), max_val=2.0)
        Array([-1. ,  0.5,  2. ], dtype=float32)
    """
    return clipped(x, x, min_val, max_val, min_val, max_val)


@hard_tanh.slope
def _(y: Array, *, min_val: float, max_val: float) -> Array:
    return _between(y, min_val, max_val)


@activation(group="bounded", kinks={-3.0: 0.0, 3.0: 0.0}, limits=(0.0, 1.0), monotone=True)
@elementwise(saves="y", levels=(1.0,))
def hard_sigmoid(x: Array) -> Array:
    r"""Hard sigmoid: a straight line from 0 at -3 to 1 at 3.

    .. math::
        f(x) = \frac{\min(\max(x + 3, 0), 6)}{6}

    The derivative at -3 and at 3 is 0, as in PyTorch. This is the function of PyTorch, Keras 3 and
    ``jax.nn``. (Trax's ``HardSigmoid`` is :math:`\min(\max(x + 1, 0), 1)`, BinaryConnect's
    :math:`\min(\max((x + 1)/2, 0), 1)`, that of Keras 2 :math:`\min(\max(0.2x + 0.5, 0), 1)`.)

    Args:
        x: Input, any shape, floating point.

    References:
        Courbariaux, Bengio, David, "BinaryConnect: Training Deep Neural Networks with binary
        weights during propagations", arXiv:1511.00363, 2015; these slopes are those of Howard et
        al., "Searching for MobileNetV3", arXiv:1905.02244, 2019.

    Example:
        >>> F.hard_sigmoid(jnp.array([-4.0, 0.0, 1.5]))
        Array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return clipped(x, (x + 3) / 6, -3, 3, 0, 1)


@hard_sigmoid.slope
def _(y: Array) -> tuple[Array, float]:
    return _between(y, 0, 1), 1 / 6


@hard_sigmoid.slope_of_input
def _(x: Array) -> tuple[Array, float]:
    return _between(x, -3, 3), 1 / 6


@activation(group="bounded", kinks={-1.0: 0.0, 1.0: 0.0}, limits=(0.0, 1.0), monotone=True)
@elementwise(saves="y", levels=(1.0,))
def sparse_sigmoid(x: Array) -> Array:
    r"""Sparse sigmoid: a straight line from 0 at -1 to 1 at 1; the derivative of ``sparse_plus``.

    .. math::
        f(x) = \frac{\min(\max(x + 1, 0), 2)}{2}

    It is the first of two weights that ``sparsemax`` gives to :math:`(x, 0)`, as the sigmoid is
    that of softmax. The derivative at -1 and at 1 is 0, as PyTorch's for ``hard_sigmoid``
    (``jax.nn`` has a quarter there).

    Args:
        x: Input, any shape, floating point.

    References:
        Martins, Astudillo, "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label
        Classification", arXiv:1602.02068, 2016.

    Example:
        >>> F.sparse_sigmoid(jnp.array([-2.0, 0.0, 0.5]))
        Array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return clipped(x, (x + 1) / 2, -1, 1, 0, 1)


@sparse_sigmoid.slope
def _(y: Array) -> tuple[Array, float]:
    return _between(y, 0, 1), 0.5


@sparse_sigmoid.slope_of_input
def _(x: Array) -> tuple[Array, float]:
    return _between(x, -1, 1), 0.5
