"""Checks of hyperparameters: what was asked, what was received, what is allowed, how to mend it."""

import difflib
import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from jax import Array

from trax_activations._trax import base

_Function = TypeVar("_Function", bound=Callable[..., Any])

MODES = ("train", "eval", "predict", "viz")


def check_mode(owner: str, mode: Any) -> None:
    """Refuses anything but one of Trax's four modes."""
    if mode in MODES:
        return
    near = difflib.get_close_matches(str(mode), MODES, n=1, cutoff=0.4)
    suggestion = f" Did you mean {near[0]!r}?" if near else ""
    allowed = ", ".join(map(repr, MODES))
    raise ValueError(f"{owner}: unknown mode {mode!r}.{suggestion} The modes are {allowed}.")


def check_number(owner: str, name: str, value: Any) -> float:
    """Refuses anything but a finite real number; returns it as a float."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise _refused(owner, name, value, "a finite number", "0.25")


def check_numbers(owner: str, name: str, value: Any) -> tuple[float, ...]:
    """Refuses anything but finite real numbers, one or more; returns a tuple."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value):
        return tuple(check_number(owner, f"{name}[{i}]", each) for i, each in enumerate(value))
    raise _refused(owner, name, value, "a sequence of finite numbers", "(0.5, -0.25)")


def check_count(owner: str, name: str, value: Any) -> int:
    """Refuses anything but a positive integer."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) > 0:
        return int(value)
    raise _refused(owner, name, value, "a positive integer", "64")


def check_channels(owner: str, name: str, value: Any) -> int | str | None:
    """Refuses anything but a positive integer, 'channels' or None."""
    if value is None or (isinstance(value, str) and value == "channels"):
        return value
    if isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) > 0:
        return int(value)
    allowed = "a positive integer, 'channels' (as many as the axis has) or None (a scalar)"
    raise _refused(owner, name, value, allowed, "1")


def check_flag(owner: str, name: str, value: Any) -> bool:
    """Refuses anything but True or False."""
    if isinstance(value, bool):
        return value
    raise _refused(owner, name, value, "True or False", "False")


def check_axis(owner: str, name: str, value: Any) -> int:
    """Refuses anything but an integer."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    raise _refused(owner, name, value, "an integer", "-1 for the channels of a Trax model")


def check_axes(owner: str, name: str, value: Any) -> tuple[int, ...] | None:
    """Refuses anything but None or a sequence of integers; returns a tuple."""
    if value is None:
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(check_axis(owner, name, axis) for axis in value)
    raise _refused(owner, name, value, "None or a sequence of integers", "(1,)")


def check_like(owner: str, name: str, value: Any, default: Any) -> Any:
    """Holds a hyperparameter to what its name, or the type of its default value, says of it."""
    if name == "mode":
        check_mode(owner, value)
    if name == "axis":
        return check_axis(owner, name, value)
    if isinstance(default, bool):
        return check_flag(owner, name, value)
    if isinstance(default, float):
        return check_number(owner, name, value)
    return value


def check_callable(owner: str, name: str, value: _Function) -> _Function:
    """Refuses what cannot be called."""
    if callable(value):
        return value
    raise _refused(owner, name, value, "a function", "tl.GlorotUniformInitializer()")


def check_has_axis(owner: str, axis: int, shape: Sequence[int]) -> None:
    """Refuses an input that lacks an axis, or has nothing along it."""
    if not -len(shape) <= axis < len(shape):
        raise ValueError(
            f"{owner} works along axis {axis}, but its input has shape {tuple(shape)}, which lacks "
            "that axis."
        )
    if shape[axis] == 0:
        raise ValueError(
            f"{owner} works along axis {axis}, but its input has shape {tuple(shape)}, with "
            "nothing there."
        )


def made(initializer: Callable[..., Array], shape: tuple[int, ...], key: Array) -> Array:
    """What an initializer makes; refuses another shape than asked for, which might broadcast."""
    weight = initializer(shape, key)
    if weight.shape != shape:
        raise ValueError(
            f"An initializer made a weight of shape {weight.shape}; it was asked for {shape}. It "
            "is called as initializer(shape, key), and must heed the shape."
        )
    return weight


def _refused(owner: str, name: str, value: Any, allowed: str, example: str) -> Exception:
    kind = ValueError if isinstance(value, numbers.Number) else TypeError
    return kind(f"{owner}: {name} must be {allowed}, for example {example}; received {value!r}.")


def check_layer(owner: str, what: str, layer: Any, example: str) -> None:
    """Refuses what is not a layer."""
    if not isinstance(layer, base.Layer):
        raise TypeError(f"{owner}: {what} must be a layer, as in {example}; received {layer!r}.")


def check_one_to_one(owner: str, activation: base.Layer) -> None:
    """Refuses a layer with several inputs or outputs, or none."""
    if (activation.n_in, activation.n_out) != (1, 1):
        raise ValueError(
            f"{owner}: activation must have one input and one output; {activation.name} has "
            f"{activation.n_in} and {activation.n_out}."
        )
