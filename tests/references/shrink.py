"""References of the shrink family."""

import numpy as np


def soft_shrink(x, lambd):
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


def hard_shrink(x, lambd):
    return np.where(np.abs(x) > lambd, x, 0)


def tanh_shrink(x):
    return x - np.tanh(x)


def threshold(x, threshold, value):
    return np.where(x > threshold, x, value)


SETTINGS = {
    "hard_shrink": [{"lambd": 1.5}],
    "soft_shrink": [{"lambd": 1.5}],
    "threshold": [{"threshold": 1.0, "value": -2.0}, {"threshold": -1.0, "value": 3.0}],
}
