"""Compares the derivative that somebody wrote with the function that it belongs to."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from trax_activations.functional._host.arguments import (
    Derivative,
    Function,
    Parameters,
    host_functions,
    named,
)
from trax_activations.functional._host.function import HostArray, name_of

_LISTED = 5


def check_numpy_activation(
    fn: Function,
    grad_fn: Derivative,
    *,
    parameters: Parameters = None,
    points: ArrayLike | None = None,
    rtol: float = 1e-3,
    atol: float = 1e-4,
    vectorize: bool | None = None,
) -> None:
    r"""Finds where a derivative disagrees with its function.

    .. math::
        f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}

    in float64, where the slopes on both sides of ``x`` agree: at jumps and kinks any derivative
    goes, and none is compared. The same for each learned parameter, at its value.

    Args:
        fn: As in :func:`numpy_activation`.
        grad_fn: As in :func:`numpy_activation`.
        parameters: As in :func:`numpy_activation`; the derivatives are compared at these values.
        points: Where to compare; by default 2001 points in [-6, 6], and some as far as 100.
        rtol: Tolerance relative to the true derivative.
        atol: Absolute tolerance.
        vectorize: As in :func:`numpy_activation`.

    Raises:
        TypeError: As :func:`numpy_activation`.
        ValueError: If a derivative is wrong, or NaN: the message says in what argument, where, what
            was given and what is right. If there is nothing to compare.
        NumpyActivationError: If a function fails.

    Example:
        >>> import numpy as np
        >>> F.check_numpy_activation(np.sin, np.cos)
        >>> F.check_numpy_activation(np.sin, lambda x: np.cos(x) * (x < 5), points=[0.5, 5.5])
        Traceback (most recent call last):
        ValueError: sin: the derivative in x is wrong at 1 of 2 points. At x = 5.5 it was given as
        0, and is 0.708670.
    """
    initial = named(parameters)
    value, slopes = host_functions(fn, grad_fn, initial, vectorize)
    if slopes is None:
        raise ValueError(f"{name_of(fn)}: grad_fn is None; there is nothing to compare.")
    x = _default_points() if points is None else np.asarray(points, np.float64).ravel()
    at = [x, *(np.full(x.shape, each) for each in initial.values())]
    for i, (argument, given) in enumerate(zip(["x", *initial], slopes(*at), strict=True)):
        right, comparable = _measured(value, at, i)
        if not comparable.any():
            raise ValueError(
                f"{name_of(fn)}: of {x.size} points none could be compared: the function is not "
                f"finite or not smooth in {argument} at any of them. Choose others: points=[...]."
            )
        far = ~(np.abs(given - right) <= atol + rtol * np.abs(right))
        if (wrong := comparable & far).any():
            raise ValueError(_disagreement(name_of(fn), argument, x, given, right, wrong))


def _default_points() -> HostArray:
    """Dense where activations bend, with ends to see a tail; off the round numbers."""
    far = np.geomspace(6, 100, 20)
    return np.concatenate([-far[::-1], np.linspace(-6, 6, 2001), far]) + 1 / 997


def _measured(
    function: Callable[..., list[HostArray]], at: Sequence[HostArray], i: int
) -> tuple[HostArray, HostArray]:
    """The derivative in argument ``i``, and where its neighbourhood is smooth."""
    (here,) = function(*at)
    # A function that computes in float32 has steps of its own, which a small step would see.
    relative = 1e-5 if here.dtype == np.float64 else 1e-2
    step = relative * np.maximum(1.0, np.abs(at[i]))

    def moved(by: HostArray) -> Any:
        (values,) = function(*at[:i], at[i] + by, *at[i + 1 :])
        return values.astype(np.float64)

    with np.errstate(all="ignore"):
        above, below, middle = moved(step), moved(-step), here.astype(np.float64)
        right, left = (above - middle) / step, (middle - below) / step
        central = (above - below) / (2 * step)
        # The slopes of a smooth function differ by the step times its second derivative.
        smooth = np.abs(right - left) <= 100 * relative * (1 + np.abs(central))
    return central, smooth & np.isfinite(central)


def _disagreement(
    name: str, argument: str, x: HostArray, given: HostArray, right: HostArray, wrong: HostArray
) -> str:
    where = np.flatnonzero(wrong)
    listed = where[np.linspace(0, len(where) - 1, min(_LISTED, len(where))).astype(int)]
    each = " ".join(
        f"At x = {x[j]:.6g} it was given as {given[j]:.6g}, and is {right[j]:.6f}." for j in listed
    )
    return (
        f"{name}: the derivative in {argument} is wrong at {len(where)} of {len(x)} points. {each}"
    )
