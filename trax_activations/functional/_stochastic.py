"""Activations that are random in training."""

import math
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_axes
from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import Saved, elementwise
from trax_activations.functional._noise import normal, uniform
from trax_activations.functional._numerics import multiply_no_nan, positive_part

Axes = tuple[int, ...]


def _check_slopes(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses bounds between which no slope can be drawn, and what is no sequence of axes."""
    check_axes(owner, "shared_axes", hyperparameters["shared_axes"])
    lower, upper = hyperparameters["lower"], hyperparameters["upper"]
    traced = any(isinstance(bound, jax.Array) for bound in (lower, upper))
    if not (traced or (math.isfinite(lower) and math.isfinite(upper) and lower <= upper)):
        raise ValueError(
            f"The slopes of {owner} are drawn from [lower, upper], but received "
            f"lower={lower}, upper={upper}. Give finite numbers with lower <= upper, "
            "for example lower=1/8, upper=1/3."
        )


def check_shared_axes(shared_axes: Axes | None, shape: tuple[int, ...]) -> None:
    """Refuses axes that an input of this shape lacks."""
    for axis in shared_axes or ():
        if not -len(shape) <= axis < len(shape):
            has = f"axes {-len(shape)} to {len(shape) - 1}" if shape else "no axes"
            raise ValueError(
                f"shared_axes of randomized_relu names axis {axis}, but the input has shape "
                f"{shape}: it has {has}. Leave out the axis, or use shared_axes=None."
            )


def _slopes(key: Array, like: Array, lower: float, upper: float, shared_axes: Axes | None) -> Array:
    """One slope per element, or one for all of a shared axis."""
    check_shared_axes(shared_axes, like.shape)
    shape = list(like.shape)
    for axis in shared_axes or ():
        shape[axis] = 1
    # The sum has the sharding of the input, also on a mesh with explicit axes.
    return uniform(key, tuple(shape), lower, upper).astype(like.dtype) + jnp.zeros_like(like)


def _saves(dtype: Any, lower: float, **_: object) -> Saved:
    """The output tells the sign of the input only if every slope is positive."""
    return "y" if lower > 0 else "x"


@activation(
    group="random",
    limits=(-float("inf"), float("inf")),
    random=True,
    monotone=True,
    aliases=("rrelu",),
)
@elementwise(saves=_saves, prevent_cse=True, checks=[_check_slopes])
def randomized_relu(
    x: Array,
    key: Array,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    shared_axes: Axes | None = None,
) -> Array:
    r"""Randomized leaky ReLU (RReLU): every element draws its own slope.

    .. math::
        f(x_i) = \begin{cases} x_i & x_i > 0 \\ r_i\,x_i & x_i \le 0 \end{cases}
        \qquad r_i \sim U[l, u)

    This is the training form. Outside training the slope is the mean, :math:`(l+u)/2`:
    ``leaky_relu(x, negative_slope=(lower + upper) / 2)``; the layer does this by its mode. The
    derivative at 0 is the slope drawn, as in PyTorch. (The paper divides by a number from
    [3, 8); PyTorch and this function multiply by one from [1/8, 1/3).)

    The slopes are those of ``jax.random.uniform(key, x.shape, jnp.float32, lower, upper)``, to
    the bit; the backward pass draws them again instead of keeping them.

    Args:
        x: Input, any shape, floating point.
        key: A JAX random key.
        lower: Lower bound :math:`l` of the slopes.
        upper: Upper bound :math:`u`, at least ``lower``.
        shared_axes: Axes along which all elements share one slope, as in ``tl.Dropout``.

    Raises:
        ValueError: If the bounds are not finite, or ``lower > upper``, or ``x`` lacks an axis.

    References:
        Xu, Wang, Chen, Li, "Empirical Evaluation of Rectified Activations in Convolutional
        Network", arXiv:1505.00853, 2015.

    Example:
        >>> y = F.randomized_relu(jnp.array([-1.0, -1.0, 2.0]), jax.random.key(0))
        >>> bool((y[:2] <= -1 / 8).all() and (y[:2] > -1 / 3).all() and y[0] != y[1])
        True
        >>> float(y[2])
        2.0
    """
    return jnp.where(x > 0, x, multiply_no_nan(_slopes(key, x, lower, upper, shared_axes), x))


@randomized_relu.slope
def _(saved: Array, key: Array, *, lower: float, upper: float, shared_axes: Axes | None) -> Array:
    # The noise is drawn again from the key: cheaper than to keep it.
    slopes = _slopes(key, saved, lower, upper, shared_axes)
    return jnp.where(saved > 0, jnp.ones_like(saved), slopes)


@activation(
    group="random",
    parameters=(Parameter("sigma", 0.0),),
    kinks={0.0: 0.0},
    limits=(0.0, float("inf")),
    random=True,
    monotone=True,
)
@elementwise(saves="x", prevent_cse=True)
def prob_act(x: Array, key: Array, sigma: ArrayLike) -> Array:
    r"""Probabilistic activation (ProbAct): a ReLU with noise of learned strength.

    .. math::
        f(x_i) = \max(x_i, 0) + \sigma\,\varepsilon_i \qquad \varepsilon_i \sim N(0, 1)

    This is the training form. Outside training it is its mean, a ReLU; the layer does this by its
    mode. The derivative at 0 is 0. The noise is that of
    ``jax.random.normal(key, x.shape, jnp.float32)``; the backward pass draws it again instead of
    keeping it.

    Args:
        x: Input, any shape, floating point.
        key: A JAX random key.
        sigma: Standard deviation of the noise, any number: a scalar, or an array that broadcasts
            against ``x``, such as ``(C,)`` for one per channel in the last axis.

    References:
        Shridhar et al., "ProbAct: A Probabilistic Activation Function for Deep Neural Networks",
        arXiv:1905.10761, 2019; initial value 0 of the authors' code.

    Example:
        >>> F.prob_act(jnp.array([-1.0, 2.0]), jax.random.key(0), 0.0)
        Array([0., 2.], dtype=float32)
    """
    return positive_part(x) + sigma * normal(key, x.shape).astype(x.dtype)


@prob_act.partials
def _(x: Array, key: Array, sigma: Array) -> tuple[Array, None, Array]:
    return x > 0, None, normal(key, x.shape).astype(x.dtype)
