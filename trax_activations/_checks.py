"""Checks of what functions, layers and trainers receive; what is traced passes unchecked.

What is refused is told in one way: who takes what, an example, what was received.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Number, Real
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from trax_activations._suggestions import did_you_mean

# In 'collect', Trax's reinforcement learning gathers data (rl/normalization.py:94).
MODES = ("train", "eval", "predict", "viz", "collect")

# Called with a function's name and its hyperparameters.
Check = Callable[[str, Mapping[str, Any]], None]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def positive(*names: str) -> Check:
    """Declares hyperparameters that are positive and finite."""
    return _each(names, lambda v: math.isfinite(v) and v > 0, "a positive finite number", "1.0")


def not_negative(*names: str) -> Check:
    """Declares hyperparameters that are not negative, and finite."""
    allowed = "0 or a positive finite number"
    return _each(names, lambda v: math.isfinite(v) and v >= 0, allowed, "0.5")


def _each(names: Sequence[str], holds: Callable[[Any], bool], allowed: str, example: str) -> Check:
    def check(owner: str, hyperparameters: Mapping[str, Any]) -> None:
        for name in names:
            value = hyperparameters[name]
            if _is_number(value) and not holds(value):
                raise refused(owner, name, value, allowed, example)

    return check


def ordered(low_name: str, high_name: str, equal: bool = False) -> Check:
    """Declares two bounds of which the first is below the second, or equal to it."""

    def check(owner: str, hyperparameters: Mapping[str, Any]) -> None:
        low, high = hyperparameters[low_name], hyperparameters[high_name]
        if _is_number(low) and _is_number(high) and not (low < high or (equal and low == high)):
            raise ValueError(
                f"{owner} takes {low_name} <{'=' * equal} {high_name}, but received "
                f"{low_name}={low}, {high_name}={high}. Give the smaller number first, for "
                f"example {low_name}=-1.0, {high_name}=1.0."
            )

    return check


def count(name: str) -> Check:
    """Declares a hyperparameter that is a positive integer."""

    def check(owner: str, hyperparameters: Mapping[str, Any]) -> None:
        check_count(owner, name, hyperparameters[name])

    return check


def number_or_none(name: str) -> Check:
    """Declares a hyperparameter that may be left out."""

    def check(owner: str, hyperparameters: Mapping[str, Any]) -> None:
        if (value := hyperparameters[name]) is not None and not isinstance(value, jax.Array):
            check_number(owner, name, value)

    return check


def check_key(owner: str, key: Any) -> None:
    """Refuses what is not a single JAX random key, typed or raw."""
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
    """Refuses a parameter without a first axis, along which its several values lie."""
    for name, value in parameters.items():
        if value.ndim == 0:
            raise ValueError(
                f"{owner} takes several values along the first axis of {name}, but received a "
                "single number. Give an array, for example one of the layer's weights."
            )


def check_kind(owner: str, name: str, default: Any, value: Any) -> None:
    """Refuses a value of another kind than the default value: a flag, integer or number."""
    if type(value) is type(default):
        return
    flag = isinstance(value, bool | np.bool_)
    kinds = {
        bool: (flag, "True or False"),
        int: (_is_axis(name, value) and not flag, "an integer"),
        float: (isinstance(value, Real | np.number | jax.Array) and not flag, "a number"),
    }
    fits, allowed = kinds.get(type(default), (True, ""))
    if not fits:
        raise TypeError(
            f"{owner} takes {allowed} as {name}, for example {name}={default}, "
            f"but received {name}={value!r}."
        )


def _is_axis(name: str, value: Any) -> bool:
    """Whether it is an integer; or, as an axis, several: those that take one refuse them."""
    several = name == "axis" and isinstance(value, tuple) and all(map(_is_integer, value))
    return several or _is_integer(value)


def check_along_axis(owner: str, axis: int, shape: Sequence[int], least: int = 0) -> int:
    """Returns ``axis`` counted from 0; refuses a shape that lacks it, or has too little there."""
    if isinstance(axis, tuple):
        raise TypeError(f"{owner} takes one axis, for example axis=-1, but received axis={axis}.")
    ndim, where = len(shape), f"{owner} works along axis {axis}, but its input has shape"
    if not -ndim <= axis < ndim:
        has = f"axes {-ndim} to {ndim - 1}" if ndim else "no axes"
        raise ValueError(
            f"{where} {tuple(shape)}, which lacks that axis: it has {has}. Choose another axis, or "
            "give the input more axes."
        )
    if shape[axis] < least:
        raise ValueError(f"{where} {tuple(shape)}, with nothing there.")
    return axis % ndim


def check_divisible(owner: str, axis: int, x: Array, parts: int) -> int:
    """Returns ``axis`` counted from 0; refuses one whose size is no multiple of ``parts``."""
    position = check_along_axis(owner, axis, x.shape)
    if x.shape[position] % parts:
        what = "two halves" if parts == 2 else f"{parts} equal parts"
        raise ValueError(
            f"{owner} cuts axis {axis} into {what}, but the input has shape {x.shape}, with "
            f"{x.shape[position]} there. Give that axis a size that is a multiple of {parts}, for "
            f"example with a Dense layer of {parts} times the units, or choose another axis."
        )
    return position


def as_floating(x: ArrayLike, name: str) -> Array:
    """Returns what JAX takes for an array as one; refuses any but floating-point numbers."""
    array = x if isinstance(x, jax.Array) else jnp.asarray(as_operand(name, "x", x))
    if type(array).__name__ == "JetTracer":
        raise TypeError(
            f"{name} has a derivative of its own, which jax.experimental.jet does not know, and "
            "received its input. Use jax.jvp or jax.jacfwd, one in another for higher orders."
        )
    if not _is_floating(array.dtype):
        raise TypeError(
            f"{name} takes floating-point input, but received {array.dtype}{list(array.shape)}. "
            "Convert it first, for example with x.astype(jnp.float32)."
        )
    return array


@functools.cache
def _is_floating(dtype: Any) -> bool:
    return jnp.issubdtype(dtype, jnp.floating)


def as_operand(owner: str, name: str, value: Any) -> ArrayLike:
    """A number or array as it is, a list or tuple as an array; refuses anything else."""
    if name == "key":
        check_key(owner, value)
    elif isinstance(value, jax.Array) and _is_floating(value.dtype):
        return value
    elif isinstance(value, list | tuple):
        return jnp.asarray([as_operand(owner, name, each) for each in value])
    elif not (hasattr(value, "dtype") or isinstance(value, Number)):
        raise TypeError(
            f"{owner} takes a number or an array as {name}, but received {name}={value!r}."
        )
    elif name != "x":
        return _as_real(owner, name, value)
    result: ArrayLike = value
    return result


def _as_real(owner: str, name: str, value: Any) -> ArrayLike:
    """A parameter as it is; whole numbers and booleans as floating-point, which have gradients."""
    dtype = getattr(value, "dtype", np.result_type(type(value)))
    if jnp.issubdtype(dtype, jnp.complexfloating) or jnp.issubdtype(dtype, jax.dtypes.extended):
        raise TypeError(f"{owner} takes real numbers as {name}, but received {name}={value!r}.")
    if jnp.issubdtype(dtype, jnp.floating):
        result: ArrayLike = value
        return result
    return jnp.asarray(value, jnp.float32) if np.ndim(value) else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def check_number(owner: str, name: str, value: Any) -> float:
    """Refuses anything but a finite real number; returns it as a float."""
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise refused(owner, name, value, "a finite number", "0.25")


def check_numbers(owner: str, name: str, value: Any) -> tuple[float, ...]:
    """Refuses anything but finite real numbers, one or more; returns a tuple."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value):
        return tuple(check_number(owner, f"{name}[{i}]", each) for i, each in enumerate(value))
    raise refused(owner, name, value, "a sequence of finite numbers", "(0.5, -0.25)")


def check_count(owner: str, name: str, value: Any) -> int:
    """Refuses anything but a positive integer."""
    if _is_integer(value) and value > 0:
        return int(value)
    raise refused(owner, name, value, "a positive integer", "64")


def check_channels(owner: str, name: str, value: Any) -> int | str | None:
    """Refuses anything but a positive integer, 'channels' or None."""
    if value is None or (isinstance(value, str) and value == "channels"):
        return value
    if _is_integer(value) and value > 0:
        return int(value)
    allowed = "a positive integer, 'channels' (as many as the axis has) or None (a scalar)"
    raise refused(owner, name, value, allowed, "1")


def check_flag(owner: str, name: str, value: Any) -> bool:
    """Refuses anything but True or False."""
    if isinstance(value, bool):
        return value
    raise refused(owner, name, value, "True or False", "False")


def check_axis(owner: str, name: str, value: Any) -> int:
    """Refuses anything but an integer."""
    if _is_integer(value):
        return int(value)
    raise refused(owner, name, value, "an integer", "-1")


def check_axes(owner: str, name: str, value: Any) -> tuple[int, ...] | None:
    """Refuses anything but None or a sequence of integers; returns a tuple."""
    if value is None:
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(check_axis(owner, name, axis) for axis in value)
    raise refused(owner, name, value, "None or a sequence of integers", "(1,)")


def check_mode(owner: str, mode: Any) -> None:
    """Refuses anything but one of Trax's modes."""
    if mode not in MODES:
        suggestion = did_you_mean(str(mode), MODES, cutoff=0.4)
        allowed = ", ".join(map(repr, MODES))
        raise ValueError(f"{owner}: unknown mode {mode!r}.{suggestion} The modes are {allowed}.")


def check_callable(owner: str, name: str, value: _Function) -> _Function:
    """Refuses what cannot be called."""
    if callable(value):
        return value
    raise refused(owner, name, value, "a function", "tl.GlorotUniformInitializer()")


def refused(owner: str, name: str, value: Any, allowed: str, example: str) -> Exception:
    """The error about an argument: a ValueError for a number, a TypeError for anything else."""
    kind = ValueError if isinstance(value, Number) else TypeError
    return kind(
        f"{owner} takes {allowed} as {name}, for example {name}={example}, "
        f"but received {name}={value!r}."
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
