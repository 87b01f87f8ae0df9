"""Parts of the small networks that tell from the whole input how to activate."""

import jax.numpy as jnp
from jax import Array

from trax_activations._trax import layers as tl

_GLOROT = tl.GlorotUniformInitializer()


def kernel(key: Array, n_in: int, n_out: int) -> Array:
    """An initial kernel, as that of a ``tl.Dense``."""
    made: Array = _GLOROT((n_in, n_out), key)
    return made


def mean_over_positions(x: Array, axis: int) -> Array:
    """The mean over all axes but the first, that of the batch, and the channels': ``(B, C)``.

    Args:
        x: Tensor of activations.
        axis: The channel axis.

    Returns:
        Tensor in at least float32.
    """
    positions = tuple(i for i in range(1, x.ndim) if i != axis % x.ndim)
    return jnp.mean(x.astype(jnp.promote_types(x.dtype, jnp.float32)), positions)


def at_every_position(y: Array, axis: int, ndim: int) -> Array:
    """Shapes a tensor ``(..., B, C)`` to broadcast against one of ``ndim`` axes."""
    *leading, batch, channels = y.shape
    shape = [batch] + [1] * (ndim - 1)
    shape[axis] = channels
    return y.reshape(*leading, *shape)
