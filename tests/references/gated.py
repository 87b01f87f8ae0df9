"""References of the gated family."""

import numpy as np
from error_functions import ndtr
from scipy import special


def glu(x, axis):
    a, b = np.split(x, 2, axis)
    return a * special.expit(b)


def reglu(x, axis):
    a, b = np.split(x, 2, axis)
    return np.maximum(a, 0) * b


def geglu(x, approximate, axis):
    a, b = np.split(x, 2, axis)
    if approximate:
        return a / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))) * b
    return a * ndtr(a) * b


def swiglu(x, axis):
    a, b = np.split(x, 2, axis)
    return a * special.expit(a) * b


def bilinear(x, axis):
    a, b = np.split(x, 2, axis)
    return a * b


def clamped_swiglu(x, alpha, limit, interleaved, axis):
    x = np.moveaxis(x, axis, -1)
    a, b = (x[..., ::2], x[..., 1::2]) if interleaved else np.split(x, 2, -1)
    a, b = np.minimum(a, limit), np.clip(b, -limit, limit)
    return np.moveaxis(a * special.expit(alpha * a) * (b + 1), -1, axis)


SETTINGS = {
    "bilinear": [{"axis": 0}],
    "clamped_swiglu": [{"axis": 0}, {"alpha": 1.0, "limit": 2.0, "interleaved": False}],
    "geglu": [{"axis": 0}, {"approximate": True}],
    "glu": [{"axis": 0}],
    "reglu": [{"axis": 0}],
    "swiglu": [{"axis": 0}],
}
