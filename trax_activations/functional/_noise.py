"""Uniform noise that the compiler can fuse with what uses it.

``jax.random.uniform`` draws its bits in one opaque operation, so the noise is written to memory
and read again; and a backward pass that needs it once more keeps it. Written out in elementary
operations, the same generator (Threefry-2x32, Salmon et al., "Parallel Random Numbers: As Easy as
1, 2, 3", SC 2011) is part of the loop that consumes it. The draws are bit-identical.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def _threefry2x32(key: tuple[Array, Array], low: Array) -> Array:
    """20 rounds of Threefry on the counters (0, low); the two output words combined by xor."""
    schedule = (key[0], key[1], key[0] ^ key[1] ^ jnp.uint32(_PARITY))
    a = jnp.broadcast_to(schedule[0], low.shape)
    b = low + schedule[1]
    for i in range(5):
        for rotation in _ROTATIONS[i % 2]:
            a = a + b
            b = a ^ ((b << jnp.uint32(rotation)) | (b >> jnp.uint32(32 - rotation)))
        a = a + schedule[(i + 1) % 3]
        b = b + schedule[(i + 2) % 3] + jnp.uint32(i + 1)
    return a ^ b


def _flat_index(shape: tuple[int, ...]) -> Array:
    """Position of each element in row-major order; one iota per axis, so that it shards."""
    index = jnp.zeros(shape, jnp.uint32)
    for axis in range(len(shape)):
        stride = jnp.uint32(math.prod(shape[axis + 1 :]))
        index = index + stride * lax.broadcasted_iota(jnp.uint32, shape, axis)
    return index


def _threefry_words(key: Array) -> tuple[Array, Array] | None:
    """The two words of a Threefry key; None for a key of another generator."""
    if jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        if str(jax.random.key_impl(key)) != "threefry2x32":
            return None
        data = jax.random.key_data(key)
    elif key.shape != (2,) or jax.config.jax_default_prng_impl != "threefry2x32":  # type: ignore
        return None
    else:
        data = key
    return data[0], data[1]


# Under an outer jit this is inlined; without one, it keeps 100 operations from running singly.
@functools.partial(jax.jit, static_argnums=1, inline=True)
def uniform(key: Array, shape: tuple[int, ...], lower: ArrayLike, upper: ArrayLike) -> Array:
    """What ``jax.random.uniform(key, shape, jnp.float32, lower, upper)`` returns, to the bit.

    Example:
        >>> key = jax.random.key(0)
        >>> ours = uniform(key, (2, 3), 0.0, 1.0)
        >>> bool((ours == jax.random.uniform(key, (2, 3))).all())
        True
    """
    words = _threefry_words(key)
    partitionable = jax.config.jax_threefry_partitionable  # type: ignore[attr-defined]
    known = all(isinstance(size, int) for size in shape)  # No symbols of jax.export.
    if words is None or not partitionable or not known or math.prod(shape) >= 2**32:
        return jax.random.uniform(key, shape, jnp.float32, lower, upper)
    bits = _threefry2x32(words, _flat_index(shape))
    # 23 random bits as the mantissa of a number in [1, 2).
    ones = lax.bitcast_convert_type((bits >> jnp.uint32(9)) | jnp.uint32(0x3F800000), jnp.float32)
    low, high = jnp.float32(lower), jnp.float32(upper)
    return lax.max(low, (ones - jnp.float32(1)) * (high - low) + low)


@functools.partial(jax.jit, static_argnums=1, inline=True)
def normal(key: Array, shape: tuple[int, ...]) -> Array:
    """What ``jax.random.normal(key, shape, jnp.float32)`` returns, to the bit.

    Example:
        >>> key = jax.random.key(0)
        >>> bool((normal(key, (2, 3)) == jax.random.normal(key, (2, 3))).all())
        True
    """
    lowest = float(np.nextafter(np.float32(-1), np.float32(0)))
    return jnp.float32(np.sqrt(2)) * lax.erf_inv(uniform(key, shape, lowest, 1.0))
