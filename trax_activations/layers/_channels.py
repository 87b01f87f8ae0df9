"""What layers work out of each channel: statistics of the batch, and small networks' parts."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations import _checks
from trax_activations._trax import ShapeDtype
from trax_activations._trax import layers as tl
from trax_activations.functional._remat import remat_linear
from trax_activations.layers._learned import LearnedActivation

Statistics: TypeAlias = tuple[Array, Array, Array]

_GLOROT = tl.GlorotUniformInitializer()


def initial_statistics(channels: int) -> Statistics:
    """Mean 0, variance 1, of no batches yet: parts and order as in ``tl.BatchNorm``."""
    return (
        jnp.zeros(channels, jnp.float32),
        jnp.ones(channels, jnp.float32),
        jnp.zeros((), jnp.int32),
    )


def batch_statistics(
    x: Array, axis: int, running: Statistics, momentum: float
) -> tuple[Array, Array, Statistics]:
    """Mean and variance of each channel of a batch, and what they make of the running ones.

    The running averages are the plain averages of all batches as long as these are few, so that
    initial values count for nothing after the first; then exponential ones. (Those of
    ``tl.BatchNorm`` keep 0.999 of their initial values at each batch, whatever they are.)
    """
    if 0 in x.shape:  # Of no elements there is no mean: it would be NaN, and stay so.
        return running[0], running[1], running
    others = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    mean, variance = jnp.mean(wide, others), jnp.var(wide, others)
    running_mean, running_variance, n_batches = running
    n_batches = n_batches + 1
    kept = jnp.minimum(momentum, 1 - 1 / n_batches.astype(jnp.float32))
    running_mean = kept * running_mean + (1 - kept) * mean
    running_variance = kept * running_variance + (1 - kept) * variance
    new = (running_mean.astype(jnp.float32), running_variance.astype(jnp.float32), n_batches)
    return mean, variance, new


def batch_normalized(
    x: Array, axis: int, running: Statistics, momentum: float, epsilon: float, training: bool
) -> tuple[Array, Statistics]:
    """A batch with mean 0 and variance 1 in each channel, in at least float32; and new statistics.

    In training by its own statistics, which update the running ones; else by these.
    """
    mean, variance, _ = running
    if training:
        mean, variance, running = batch_statistics(x, axis, running, momentum)
    scale = jax.lax.rsqrt(variance + epsilon)
    return (x - along(mean, axis, x.ndim)) * along(scale, axis, x.ndim), running


def group_variance(x: Array, axis: int, groups: int) -> Array:
    """Variance of groups of neighbouring channels of each example, over all its positions.

    The number of groups divides that of the channels. In at least float32; broadcasts against x.
    """
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    return _spread(_group_variance(wide, axis % x.ndim, groups), axis % x.ndim, x)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _group_variance(x: Array, axis: int, groups: int) -> Array:
    return _group_mean(jnp.square(_centered(x, axis, groups)), axis, groups)


@_group_variance.defjvp
def _group_variance_rule(
    axis: int, groups: int, operands: tuple[Array], dots: tuple[Array]
) -> tuple[Array, Array]:
    # By autodiff XLA on CPU keeps a tensor for it besides x.
    return _group_variance(*operands, axis, groups), remat_linear(
        _variance_tangent(axis, groups), dots, operands
    )


@functools.cache
def _variance_tangent(axis: int, groups: int) -> Callable[[Array, Array], Array]:
    def tangent(x_dot: Array, x: Array) -> Array:
        return 2 * _group_mean(_centered(x, axis, groups) * x_dot, axis, groups)

    return tangent


def _centered(x: Array, axis: int, groups: int) -> Array:
    return x - _spread(_group_mean(x, axis, groups), axis, x)


def _group_mean(x: Array, axis: int, groups: int) -> Array:
    """Mean of each example's groups of channels over all positions: ``(B, groups)``."""
    size = x.shape[axis] // groups
    parted = x.reshape(*x.shape[:axis], groups, size, *x.shape[axis + 1 :])
    return jnp.mean(parted, tuple(i for i in range(1, parted.ndim) if i != axis))


def _spread(values: Array, axis: int, x: Array) -> Array:
    """One value per group, for each of its channels: shaped to broadcast against ``x``."""
    shape = [n if i in (0, axis) else 1 for i, n in enumerate(x.shape)]
    return jnp.repeat(values, x.shape[axis] // values.shape[1], 1).reshape(shape)


def check_momentum(owner: str, value: Any) -> float:
    """Refuses what cannot be the weight of the past in an average."""
    momentum = _checks.check_number(owner, "momentum", value)
    if not 0 <= momentum < 1:
        raise _checks.refused(owner, "momentum", value, "a number from 0 to less than 1", "0.99")
    return momentum


def along(values: Array, axis: int, ndim: int) -> Array:
    """Shapes one value per channel to broadcast along the channel axis of an input."""
    shape = [1] * ndim
    shape[axis] = values.size
    return values.reshape(shape)


def check_positions(owner: str, axis: int, shape: Sequence[int], least: int) -> None:
    """Refuses an input without a batch axis, a channel axis, or enough axes between them."""
    ndim = len(shape)
    if not -ndim <= axis < ndim or axis % ndim == 0 or ndim < 2 + least:
        between = f", {least} or more axes of positions" if least else ""
        raise ValueError(
            f"{owner} takes input with an axis for the batch, the first{between}, and the channel "
            f"axis {axis}; but its input has shape {tuple(shape)}."
        )


def kernel(key: Array, n_in: int, n_out: int) -> Array:
    """An initial kernel, as that of a ``tl.Dense``."""
    made: Array = _GLOROT((n_in, n_out), key)
    return made


def mean_over_positions(x: Array, axis: int) -> Array:
    """The mean over all axes but the batch's, the first, and the channels': wide, ``(B, C)``."""
    positions = tuple(i for i in range(1, x.ndim) if i != axis % x.ndim)
    if 0 in x.shape:
        return jnp.zeros((x.shape[0], x.shape[axis]), jnp.float32)
    return jnp.mean(x.astype(jnp.promote_types(x.dtype, jnp.float32)), positions)


def at_every_position(y: Array, axis: int, ndim: int) -> Array:
    """Shapes a tensor ``(..., B, C)`` to broadcast against one of ``ndim`` axes."""
    *leading, batch, channels = y.shape
    shape = [batch] + [1] * (ndim - 1)
    shape[axis] = channels
    return y.reshape(*leading, *shape)


class _ChannelStatistics(LearnedActivation):
    """A learned activation whose state is the mean and variance of each channel.

    A subclass has the hyperparameters ``momentum``, ``axis`` and ``mode``.
    """

    _least_positions = 0

    def init_weights_and_state(self, input_signature: ShapeDtype) -> None:
        """Makes the weights, and statistics of no batches."""
        shape = tuple(input_signature.shape)
        super().init_weights_and_state(input_signature)
        check_positions(repr(self), self._axis, shape, least=self._least_positions)
        self.state = initial_statistics(shape[self._axis])

    def _mean_and_variance(self, x: Array) -> tuple[Array, Array]:
        """Those of the batch in training, and else the running ones; they broadcast against x."""
        mean, variance, _ = self.state
        if self._mode == "train":
            mean, variance, self.state = batch_statistics(x, self._axis, self.state, self._momentum)
        mean, variance = (along(each, self._axis, x.ndim) for each in (mean, variance))
        return mean, variance
