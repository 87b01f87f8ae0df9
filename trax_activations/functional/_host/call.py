"""Calls NumPy code from compiled programs and reports its errors to whom they concern.

An exception on one of several devices would leave the others waiting in their next collective until
XLA ends the process. So only programs on a single device raise in the callback. Elsewhere the
result is NaN, the error is logged, and it is raised by the next call that passes through Python.
"""

import collections
import logging
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import Array

from trax_activations.functional._host.function import NumpyActivationError
from trax_activations.functional._host.primitive import Arrays, numpy_call

_LOG = logging.getLogger(__name__)


_DEFERRED: collections.deque[Exception] = collections.deque(maxlen=1)


class HostCall:
    """NumPy code as an operation on JAX arrays, elementwise and without a derivative.

    Args:
        evaluate: Takes arrays that broadcast to the shape of the first, and returns ``n_results``
            arrays of its shape and dtype; raises NumpyActivationError.
        n_results: Number of results.
        no_derivative: The message of the error where it is differentiated.
    """

    def __init__(self, evaluate: Callable[..., Arrays], n_results: int, no_derivative: str) -> None:
        self.evaluate = evaluate
        self.n_results = n_results
        self.no_derivative = no_derivative
        self._errors: collections.deque[NumpyActivationError] = collections.deque(maxlen=1)
        self._compiled = jax.jit(self._bind, inline=True)

    def __call__(self, *operands: Array) -> list[Array]:
        """Calls the code; outside of compiled programs its error is raised as it is."""
        raise_deferred()
        self._errors.clear()
        try:
            results: list[Array] = self._compiled(*operands)
            if not any(isinstance(result, jax.core.Tracer) for result in results):
                jax.block_until_ready(results)
        except RuntimeError:
            if not self._errors:
                raise
            error = self._errors.pop()
            raise error from error.__cause__
        raise_deferred()
        return results

    def _bind(self, *operands: Array) -> list[Array]:
        return numpy_call.bind(*operands, call=self, index=None)

    def raising(self, *operands: Any) -> Arrays:
        """The callback of a program on a single device."""
        try:
            return self.evaluate(*operands)
        except NumpyActivationError as error:
            self._errors.append(error)
            raise

    def poisoning(self, *operands: Any) -> Arrays:
        """The callback of a program on several devices, which may wait for each other."""
        try:
            return self.evaluate(*operands)
        except Exception as error:  # Whatever it is, it must not stop one device alone.
            _LOG.error("%s The result is NaN.", error)
            _DEFERRED.append(error)
            nans = np.full(operands[0].shape, np.nan, operands[0].dtype)
            return (nans,) * self.n_results


def raise_deferred() -> None:
    """Raises the error of a program on several devices, if there was one; once."""
    if _DEFERRED:
        error = _DEFERRED.pop()
        raise error from error.__cause__
