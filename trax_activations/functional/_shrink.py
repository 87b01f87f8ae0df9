"""Activations that set what is near 0, or below a threshold, to a fixed value."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations._checks import not_negative, number_or_none
from trax_activations._spec import activation
from trax_activations.functional._elementwise import Saved, elementwise
from trax_activations.functional._numerics import is_exact


def _bounds(lambd: float, lower: float | None, upper: float | None) -> tuple[float, float]:
    """The ends of what becomes 0."""
    return -lambd if lower is None else lower, lambd if upper is None else upper


def _check_bounds(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses bounds of which 0 is not between."""
    given = hyperparameters["lower"], hyperparameters["upper"]
    low, high = (x if isinstance(x, int | float) else 0.0 for x in given)
    if not low <= 0 <= high:
        raise ValueError(
            f"{owner} takes lower <= 0 <= upper, for example lower=-0.5, upper=1.0, but received "
            f"lower={given[0]}, upper={given[1]}."
        )


def _kinks(lambd: float, lower: float | None, upper: float | None) -> dict[float, float]:
    low, high = _bounds(lambd, lower, upper)
    return {low: 0.0, high: 0.0} if low < high else {}


_CHECKS = (not_negative("lambd"), number_or_none("lower"), number_or_none("upper"), _check_bounds)


def _shrink_slope(y: Array, *, lambd: float, lower: float | None, upper: float | None) -> Array:
    return y != 0


@activation(
    group="rectifier",
    kinks=_kinks,
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="y", checks=_CHECKS)
def soft_shrink(
    x: Array, *, lambd: float = 0.5, lower: float | None = None, upper: float | None = None
) -> Array:
    r"""Soft shrinkage: moves every input towards 0, by at most :math:`\lambda`.

    .. math::
        f(x) = \operatorname{sign}(x)\,\max(|x| - \lambda, 0)

    The derivative at :math:`\pm\lambda` is 0, as in PyTorch. NaN stays NaN (with Keras on JAX it
    becomes 0).

    Args:
        x: Input, any shape, floating point.
        lambd: Half the width :math:`\lambda` of the flat part, 0 or positive.
        lower: Where the flat part begins, 0 or negative, as in TensorFlow Addons; ``None`` for
            :math:`-\lambda`.
        upper: Where it ends, 0 or positive; ``None`` for :math:`\lambda`.

    References:
        Donoho, "De-noising by Soft-Thresholding", IEEE Transactions on Information Theory 41(3),
        1995, doi:10.1109/18.382009.

    Example:
        >>> F.soft_shrink(jnp.array([-2.0, 0.25, 1.0]))
        Array([-1.5,  0. ,  0.5], dtype=float32)
    """
    low, high = _bounds(lambd, lower, upper)
    near = jnp.where(x >= low, jnp.zeros_like(x), x - low)  # NaN is not >=, and passes.
    return jnp.where(x > high, x - high, near)


soft_shrink.slope(_shrink_slope)


@activation(
    group="rectifier",
    kinks=_kinks,
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="y", checks=_CHECKS)
def hard_shrink(
    x: Array, *, lambd: float = 0.5, lower: float | None = None, upper: float | None = None
) -> Array:
    r"""Hard shrinkage: sets what is at most :math:`\lambda` from 0 to 0.

    .. math::
        f(x) = \begin{cases} 0 & |x| \le \lambda \\ x & |x| > \lambda \end{cases}

    It jumps at :math:`\pm\lambda`; the derivative there is 0, as in PyTorch. NaN stays NaN (with
    Keras on JAX it becomes 0).

    Args:
        x: Input, any shape, floating point.
        lambd: Half the width :math:`\lambda` of the flat part, 0 or positive.
        lower: Where the flat part begins, 0 or negative, as in TensorFlow Addons; ``None`` for
            :math:`-\lambda`.
        upper: Where it ends, 0 or positive; ``None`` for :math:`\lambda`.

    References:
        Donoho, Johnstone, "Ideal Spatial Adaptation by Wavelet Shrinkage", Biometrika 81(3), 1994,
        doi:10.1093/biomet/81.3.425.

    Example:
        >>> F.hard_shrink(jnp.array([-2.0, 0.25, 1.0]))
        Array([-2.,  0.,  1.], dtype=float32)
    """
    low, high = _bounds(lambd, lower, upper)
    return jnp.where((x >= low) & (x <= high), jnp.zeros_like(x), x)


hard_shrink.slope(_shrink_slope)


@activation(group="smooth", limits=(-float("inf"), float("inf")), monotone=True)
@elementwise(saves="x")
def tanh_shrink(x: Array) -> Array:
    r"""Tanh shrinkage: what tanh takes away.

    .. math::
        f(x) = x - \tanh(x)

    Args:
        x: Input, any shape, floating point.

    References:
        Collobert, Kavukcuoglu, Farabet, "Torch7: A Matlab-like Environment for Machine Learning",
        https://ronan.collobert.com/pub/matos/2011_torch7_nipsw.pdf, 2011: ``nn.TanhShrink``.

    Example:
        >>> F.tanh_shrink(jnp.array([-2.0, 0.0, 2.0])).round(4)
        Array([-1.036,  0.   ,  1.036], dtype=float32)
    """
    small = jnp.clip(x, -1.5, 1.5)
    square = small * small
    # Near 0 by Lambert's continued fraction: tanh(x) = x / (1 + c), so that nothing cancels.
    most = 21 if x.dtype == jnp.float64 else 13
    below = jnp.full_like(x, most)
    for odd in range(most - 2, 1, -2):
        below = odd + square / below
    c = square / below
    return jnp.where(jnp.abs(x) < 1.5, small * (c / (1 + c)), x - jnp.tanh(x))


@tanh_shrink.slope
def _(x: Array) -> Array:
    return jnp.square(jnp.tanh(x))


def _threshold_saves(dtype: Any, threshold: float, value: float) -> Saved:
    """The output tells on which side the input was only if the value, rounded, is not above it."""
    return "y" if value <= threshold and is_exact(dtype, value, threshold) else "x"


@activation(
    group="rectifier",
    kinks=lambda threshold: {threshold: 0.0},
    limits=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves=_threshold_saves, levels=lambda threshold, value: (value,))
def threshold(x: Array, *, threshold: float = 0.0, value: float = 0.0) -> Array:
    r"""Threshold: replaces what is not above :math:`\theta` by a value.

    .. math::
        f(x) = \begin{cases} x & x > \theta \\ v & x \le \theta \end{cases}

    The derivative at :math:`\theta` is 0, as in PyTorch. By default it is ReLU (PyTorch and Keras
    have no default values).

    Args:
        x: Input, any shape, floating point.
        threshold: The threshold :math:`\theta`.
        value: The value :math:`v` for inputs that are not above it.

    References:
        Collobert, Kavukcuoglu, Farabet, "Torch7: A Matlab-like Environment for Machine Learning",
        https://ronan.collobert.com/pub/matos/2011_torch7_nipsw.pdf, 2011: ``nn.Threshold``.

    Example:
        >>> F.threshold(jnp.array([-2.0, 0.25, 1.0]), threshold=0.5, value=-1.0)
        Array([-1., -1.,  1.], dtype=float32)
    """
    return jnp.where(x <= threshold, jnp.full_like(x, value), x)


@threshold.slope
def _(saved: Array, *, threshold: float, value: float) -> Array:
    return ~(saved <= threshold)
