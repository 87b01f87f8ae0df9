"""What users give to ``numpy_activation``: called with copies, one number at a time if it must be.

Everything that can go wrong in somebody else's code becomes one NumpyActivationError, which says
whose function it was, what it was called with, and what it did.
"""

import warnings
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

__all__ = ["CentralDifferences", "HostFunction", "Joint", "NumpyActivationError", "name_of"]

HostArray: TypeAlias = np.ndarray[Any, Any]

# Of both signs, 0 and not; several, since arrays of one element pass for numbers.
_PROBE = np.array([-2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.5], np.float32)

# The cube root of float64's rounding error: where truncation and rounding are equally large.
_STEP = float(np.cbrt(np.finfo(np.float64).eps))


class NumpyActivationError(RuntimeError):
    """A NumPy function raised an exception, or returned something that is no activation."""


def name_of(function: Any) -> str:
    """The name of a function, for messages; of a callable object that has none, its class's."""
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    return getattr(function, "__name__", None) or type(function).__name__


class HostFunction:
    """A function of arrays ``(x, *parameters)`` that returns arrays of the shape of ``x``.

    Args:
        function: The user's, for arrays or for single numbers.
        results: What it returns, in words; a tuple of that many if there are several.
        arguments: Names of its arguments.
        initial: A value for each parameter, to try the function with.
        vectorize: Whether to call it for each element; ``None`` to find out, by a call with a small
            array, and if that fails, with numbers.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        results: Sequence[str],
        arguments: Sequence[str],
        initial: Sequence[float],
        vectorize: bool | None = None,
    ) -> None:
        self.name = name_of(function)
        self.vectorized = _takes_numbers(function, initial) if vectorize is None else vectorize
        self._function = function
        self._results = tuple(results)
        self._arguments = tuple(arguments)

    def __call__(self, *arrays: HostArray) -> list[HostArray]:
        """Calls the function; NumPy's warnings of overflow and the like are not for training."""
        # Copies, since the originals are XLA's: it frees them, and others read them.
        copies = [np.array(array) for array in arrays]
        try:
            with np.errstate(all="ignore"):
                if self.vectorized:
                    returned = self._for_each_element(copies)
                else:
                    returned = self._function(*copies)
        except Exception as error:
            hint = "" if self.vectorized else " If it is for single numbers, use vectorize=True."
            raise self._error(f"raised {type(error).__name__}: {error}", arrays, hint) from error
        several = len(self._results) > 1
        if several and not (isinstance(returned, tuple) and len(returned) == len(self._results)):
            count = f"{len(returned)} of them" if isinstance(returned, tuple) else type(returned)
            raise self._error(
                f"returned {count}", arrays, f" It must return a tuple: {self._all_results()}."
            )
        values = returned if several else (returned,)
        return [
            self._checked(value, result, arrays, i if several else None)
            for i, (value, result) in enumerate(zip(values, self._results, strict=True))
        ]

    def _for_each_element(self, arrays: Sequence[HostArray]) -> Any:
        """Calls the function with Python numbers; its results make float64 arrays."""
        shape = arrays[0].shape
        columns = [np.broadcast_to(array, shape).ravel().tolist() for array in arrays]
        rows = map(self._function, *columns)
        n = len(self._results)
        if n == 1:
            return np.fromiter(rows, np.float64, len(columns[0])).reshape(shape)
        table = np.fromiter(rows, np.dtype((np.float64, n)), len(columns[0]))
        return tuple(column.reshape(shape) for column in table.T)

    def _checked(
        self, value: Any, result: str, arrays: Sequence[HostArray], place: int | None
    ) -> HostArray:
        """Holds a result to the shape of ``x`` and to real numbers."""
        shape = arrays[0].shape
        if type(value) in (bool, int, float) or self._is_constant(value, arrays, place):
            return np.full(shape, value, np.float64)  # It need not look at x.
        if np.ma.getmask(value).any():
            hint = " Fill them: with value.filled(0), for example."
            raise self._error(f"returned masked elements as its {result}", arrays, hint)
        array = _without_objects(np.asarray(value))
        if array.dtype.kind not in "buif":
            what = type(value).__name__ if array.dtype.kind == "O" else _described(array)
            raise self._error(f"returned {what} as its {result}", arrays, " It must be real.")
        if array.shape != shape:
            raise self._error(
                f"returned {_described(array)} as its {result}",
                arrays,
                f" It must return one number for each element of x: shape {list(shape)}.",
            )
        return array

    def _is_constant(self, value: Any, arrays: Sequence[HostArray], place: int | None) -> bool:
        """Whether a number of NumPy's is one whatever the input is, and no sum or mean of it."""
        if not isinstance(value, np.generic) or not arrays[0].ndim:
            return False
        with np.errstate(all="ignore"):
            others = (self._function(*(np.full_like(a, fill) for a in arrays)) for fill in (0, 1))
            again = [each if place is None else each[place] for each in others]
        return all(np.ndim(each) == 0 and each == value for each in again)

    def _error(self, did: str, arrays: Sequence[HostArray], hint: str) -> NumpyActivationError:
        given = ", ".join(
            f"{name}: {_described(array)}"
            for name, array in zip(self._arguments, arrays, strict=True)
        )
        each = " element by element" if self.vectorized else ""
        return NumpyActivationError(
            f"The NumPy function {self.name!r} {did}, when it was called{each} with {given}.{hint}"
        )

    def _all_results(self) -> str:
        return ", ".join(f"the {result}" for result in self._results)


class Joint:
    """Several functions of the same arguments as one that returns what each of them does."""

    def __init__(self, functions: Sequence[Callable[..., list[HostArray]]]) -> None:
        self._functions = tuple(functions)

    def __call__(self, *arrays: HostArray) -> list[HostArray]:
        """Calls them in order."""
        return [value for function in self._functions for value in function(*arrays)]


class CentralDifferences:
    """The derivatives of a function in each argument, from two more values of it for each."""

    def __init__(self, function: HostFunction) -> None:
        self._function = function

    def __call__(self, *arrays: HostArray) -> list[HostArray]:
        """Computes in float64, whatever the arrays are."""
        wide = [np.asarray(array, np.float64) for array in arrays]
        return [self._derivative(wide, i) for i in range(len(wide))]

    def _derivative(self, arrays: Sequence[HostArray], i: int) -> HostArray:
        at = arrays[i]
        step = _STEP * np.maximum(1.0, np.abs(np.where(np.isfinite(at), at, 1.0)))
        right, left = at + step, at - step
        (above,) = self._function(*arrays[:i], right, *arrays[i + 1 :])
        (below,) = self._function(*arrays[:i], left, *arrays[i + 1 :])
        with np.errstate(all="ignore"):
            return (above - below) / (right - left)


def _without_objects(array: HostArray) -> HostArray:
    """As floats, where it holds numbers of Python's, as `np.frompyfunc` returns them."""
    if array.dtype.kind != "O":
        return array
    numbers = all(isinstance(each, Real) for each in array.flat)
    return array.astype(np.float64) if numbers else array


def _described(array: HostArray) -> str:
    return f"{array.dtype}{list(array.shape)}"


def _takes_numbers(function: Callable[..., Any], initial: Sequence[float]) -> bool:
    """Whether a function fails for an array and does not for numbers."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(_PROBE.copy(), *(np.array(value, np.float32) for value in initial))
        except Exception:
            return any(_returns_numbers(function, x, initial) for x in _PROBE.tolist())
    return False


def _returns_numbers(function: Callable[..., Any], x: float, initial: Sequence[float]) -> bool:
    try:
        returned = function(x, *map(float, initial))
        for value in returned if isinstance(returned, tuple) else (returned,):
            float(value)
    except Exception:  # Not for numbers, or not for this one: a logarithm takes no negative one.
        return False
    return True
