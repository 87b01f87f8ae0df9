"""Checks of what a function receives; a traced hyperparameter cannot be checked, and passes."""

import math
from numbers import Number, Real
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike


def check_positive(owner: str, name: str, value: Any) -> None:
    """Refuses a number that is not positive and finite."""
    if _is_number(value) and not (math.isfinite(value) and value > 0):
        raise _refused(owner, name, value, "a positive finite number", "1.0")


def check_not_negative(owner: str, name: str, value: Any) -> None:
    """Refuses a number that is negative or not finite."""
    if _is_number(value) and not (math.isfinite(value) and value >= 0):
        raise _refused(owner, name, value, "0 or a positive finite number", "0.5")


def check_order(owner: str, **bounds: Any) -> None:
    """Refuses two bounds of which the first is not below the second."""
    (low_name, low), (high_name, high) = bounds.items()
    if _is_number(low) and _is_number(high) and not low < high:
        raise ValueError(
            f"{owner} takes {low_name} < {high_name}, but received {low_name}={low}, "
            f"{high_name}={high}. Give two different numbers, the smaller one first, for example "
            f"{low_name}=-1.0, {high_name}=1.0."
        )


def check_pieces(owner: str, name: str, value: Any) -> None:
    """Refuses anything but a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refused(owner, name, value, "a positive integer", "2")


def check_key(owner: str, key: Any) -> None:
    """Refuses what is not a single JAX random key, typed or raw.

    Raises:
        TypeError: If it is not.
    """
    array = isinstance(key, jax.Array | np.ndarray)
    typed = array and jnp.issubdtype(key.dtype, jax.dtypes.prng_key) and key.ndim == 0
    raw = array and key.dtype == jnp.uint32 and key.ndim == 1
    if not (typed or raw):
        what = f"{key.dtype}{list(key.shape)}" if array else repr(key)
        raise TypeError(
            f"{owner} takes one JAX random key as key, for example key=jax.random.key(0), "
            f"but received {what}. Split a key where several are needed: jax.random.split."
        )


def check_several(owner: str, **parameters: Any) -> None:
    """Refuses a parameter without a first axis, along which its several values lie.

    Raises:
        ValueError: If there is none.
    """
    for name, value in parameters.items():
        if value.ndim == 0:
            raise ValueError(
                f"{owner} takes several values along the first axis of {name}, but received a "
                "single number. Give an array, for example one of the layer's weights."
            )


def check_kind(owner: str, name: str, default: Any, value: Any) -> None:
    """Refuses a value that is of another kind than the default value: a flag, integer or number.

    Raises:
        TypeError: If it is.
    """
    if type(value) is type(default):
        return
    flag = isinstance(value, bool | np.bool_)
    kinds = {
        bool: (flag, "True or False"),
        int: (isinstance(value, int | np.integer) and not flag, "an integer"),
        float: (isinstance(value, Real | np.number | jax.Array) and not flag, "a number"),
    }
    fits, allowed = kinds.get(type(default), (True, ""))
    if not fits:
        raise TypeError(
            f"{owner} takes {allowed} as {name}, for example {name}={default}, "
            f"but received {name}={value!r}."
        )


def check_along_axis(owner: str, axis: int, x: Array) -> int:
    """Returns ``axis`` counted from 0.

    Raises:
        ValueError: If ``x`` lacks the axis.
    """
    if not -x.ndim <= axis < x.ndim:
        has = f"axes {-x.ndim} to {x.ndim - 1}" if x.ndim else "no axes"
        raise ValueError(
            f"{owner} works along axis {axis}, but the input has shape {x.shape}: it has {has}. "
            "Choose another axis, or give the input more axes."
        )
    return axis % x.ndim


def check_divisible(owner: str, axis: int, x: Array, parts: int) -> int:
    """Returns ``axis`` counted from 0, if its size is a multiple of ``parts``.

    Raises:
        ValueError: If it is not, or ``x`` lacks the axis.
    """
    position = check_along_axis(owner, axis, x)
    if x.shape[position] % parts:
        what = "two halves" if parts == 2 else f"{parts} equal parts"
        raise ValueError(
            f"{owner} cuts axis {axis} into {what}, but the input has shape {x.shape}, with "
            f"{x.shape[position]} there. Give that axis a size that is a multiple of {parts}, for "
            f"example with a Dense layer of {parts} times the units, or choose another axis."
        )
    return position


def as_floating(x: ArrayLike, name: str) -> Array:
    """Returns ``x`` as a floating-point array.

    Args:
        x: Anything that JAX takes for an array.
        name: The function that asks, for the message.

    Raises:
        TypeError: If ``x`` holds integers, booleans or complex numbers.
    """
    array = jnp.asarray(as_operand(name, "x", x))
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(
            f"{name} takes floating-point input, but received {array.dtype}{list(array.shape)}. "
            "Convert it first, for example with x.astype(jnp.float32)."
        )
    return array


def as_operand(owner: str, name: str, value: Any) -> ArrayLike:
    """A number or array as it is, a list or tuple as an array.

    Raises:
        TypeError: If it is none of them.
    """
    if name == "key":
        check_key(owner, value)
    elif isinstance(value, list | tuple):
        return jnp.asarray([as_operand(owner, name, each) for each in value])
    elif not (hasattr(value, "dtype") or isinstance(value, Number)):
        raise TypeError(
            f"{owner} takes a number or an array as {name}, but received {name}={value!r}."
        )
    result: ArrayLike = value
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _refused(owner: str, name: str, value: Any, allowed: str, example: str) -> ValueError:
    return ValueError(
        f"{owner} takes {allowed} as {name}, for example {name}={example}, "
        f"but received {name}={value!r}."
    )
