"""The error function in the dtype of its input: SciPy's has no form for the longest floats."""

import numpy as np
from scipy import special


def erf(x):
    if np.result_type(x) != np.longdouble or np.longdouble is np.float64:
        return special.erf(x)
    return np.where(np.abs(x) < 2, _series(x), np.sign(x) * (1 - _tail(np.abs(x))))


def erfc(x):
    if np.result_type(x) != np.longdouble:
        return special.erfc(x)
    tail = _tail(np.abs(x))
    return np.where(np.abs(x) < 1, 1 - _series(x), np.where(x > 0, tail, 2 - tail))


def ndtr(x):
    """The probability that a normal number is below ``x``."""
    if np.result_type(x) != np.longdouble:
        return special.ndtr(x)
    return erfc(-x * np.sqrt(np.longdouble(0.5))) / 2


def _root_pi():
    return np.sqrt(4 * np.arctan(np.longdouble(1)))


def _series(x):
    """All terms have one sign: nothing cancels."""
    x = np.clip(x, -2, 2)
    term = total = x
    for n in range(1, 60):
        term = term * 2 * x * x / (2 * n + 1)
        total = total + term
    return 2 * np.exp(-x * x) * total / _root_pi()


def _tail(x):
    """By its continued fraction, from 1 on."""
    x = np.clip(x, 1, 110)
    below = np.zeros_like(x)
    for n in range(200, 0, -1):
        below = n / (2 * (x + below))
    return np.exp(-x * x) / (_root_pi() * (x + below))
