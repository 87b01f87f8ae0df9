"""What a function takes: input and parameters as arrays, or an error that says what is wrong."""

from numbers import Number
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_key


def floating(x: ArrayLike, name: str) -> Array:
    """Returns ``x`` as a floating-point array.

    Args:
        x: Anything that JAX takes for an array.
        name: The function that asks, for the message.

    Raises:
        TypeError: If ``x`` holds integers, booleans or complex numbers.
    """
    array = jnp.asarray(operand(name, "x", x))
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(
            f"{name} takes floating-point input, but received {array.dtype}{list(array.shape)}. "
            "Convert it first, for example with x.astype(jnp.float32)."
        )
    return array


def operand(owner: str, name: str, value: Any) -> ArrayLike:
    """A number or array as it is, a list or tuple as an array.

    Raises:
        TypeError: If it is none of them.
    """
    if name == "key":
        check_key(owner, value)
    elif isinstance(value, list | tuple):
        return jnp.asarray([operand(owner, name, each) for each in value])
    elif not (hasattr(value, "dtype") or isinstance(value, Number)):
        raise TypeError(
            f"{owner} takes a number or an array as {name}, but received {name}={value!r}."
        )
    result: ArrayLike = value
    return result


def finite(x: Array) -> Array:
    """``x`` within the finite range of its dtype, NaN kept: for factors of a dot that may be 0."""
    return jnp.clip(x, jnp.finfo(x.dtype).min, jnp.finfo(x.dtype).max)
