"""Checks and cuts along the axis of a function that works on vectors."""

import jax.numpy as jnp
from jax import Array


def check_axis(owner: str, axis: int, x: Array) -> int:
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
    position = check_axis(owner, axis, x)
    if x.shape[position] % parts:
        what = "two halves" if parts == 2 else f"{parts} equal parts"
        raise ValueError(
            f"{owner} cuts axis {axis} into {what}, but the input has shape {x.shape}, with "
            f"{x.shape[position]} there. Give that axis a size that is a multiple of {parts}, for "
            f"example with a Dense layer of {parts} times the units, or choose another axis."
        )
    return position


def halves(owner: str, x: Array, axis: int, interleaved: bool = False) -> tuple[Array, Array]:
    """The first and second half of an axis, or its even and odd elements."""
    position = check_divisible(owner, axis, x, 2)
    size = x.shape[position]
    if interleaved:
        # Not slices with a stride: XLA pads in their transpose, element by element.
        pairs = x.reshape(*x.shape[:position], size // 2, 2, *x.shape[position + 1 :])
        even, odd = jnp.split(pairs, 2, position + 1)
        return even.squeeze(position + 1), odd.squeeze(position + 1)
    first, second = jnp.split(x, [size // 2], position)
    return first, second
