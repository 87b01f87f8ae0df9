"""References of the sparse family."""

import numpy as np


def _normalised(weights, x, axis):
    """Weights of ``x - tau``, with ``tau`` found by bisection such that they sum to one."""
    top = x.max(axis, keepdims=True)
    low, high = top - 1, top
    for _ in range(100):
        tau = (low + high) / 2
        too_many = weights(x - tau).sum(axis, keepdims=True) > 1
        low, high = np.where(too_many, tau, low), np.where(too_many, high, tau)
    return weights(x - low)


def sparsemax(x, axis):
    return _normalised(lambda z: np.maximum(z, 0), x - x.max(axis, keepdims=True), axis)


def entmax15(x, axis):
    halved = (x - x.max(axis, keepdims=True)) / 2
    return _normalised(lambda z: np.square(np.maximum(z, 0)), halved, axis)


SETTINGS = {"entmax15": [{"axis": 0}], "sparsemax": [{"axis": 0}]}
