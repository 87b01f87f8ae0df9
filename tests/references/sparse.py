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


def entmax(x, alpha, axis):
    """As a root of its first form, by a threshold ``c`` from the top."""
    epsilon = np.asarray(alpha) - 1
    below = x - x.max(axis, keepdims=True)

    def weights(c):
        if epsilon == 0:
            return np.exp(below - c)
        return np.maximum(1 + epsilon * (below - c), 0) ** (1 / epsilon)

    low = np.zeros_like(below.max(axis, keepdims=True))
    high = low + np.log(max(x.shape[axis], 1)) * max(1, x.shape[axis] ** -epsilon)
    for _ in range(100):
        c = (low + high) / 2
        too_many = weights(c).sum(axis, keepdims=True) > 1
        low, high = np.where(too_many, c, low), np.where(too_many, high, c)
    return weights(low)


SETTINGS = {
    "entmax": [{"axis": 0}, *({"alpha": alpha} for alpha in (1.0, 1.125, 2.5))],
    "entmax15": [{"axis": 0}],
    "sparsemax": [{"axis": 0}],
}
