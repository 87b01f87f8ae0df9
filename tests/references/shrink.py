"""References of the shrink family."""

import numpy as np


def soft_shrink(x, lambd):
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


def hard_shrink(x, lambd):
    return np.where(np.abs(x) > lambd, x, 0)


def tanh_shrink(x):
    # Near 0 by its Taylor series: the two terms cancel.
    coefficients = [1 / 3, -2 / 15, 17 / 315, -62 / 2835, 1382 / 155925, -21844 / 6081075]
    series = x**3 * np.polynomial.polynomial.polyval(np.square(np.clip(x, -1, 1)), coefficients)
    return np.where(np.abs(x) < 0.05, series, x - np.tanh(x))


def threshold(x, threshold, value):
    return np.where(x > threshold, x, value)


SETTINGS = {
    "hard_shrink": [{"lambd": 1.5}],
    "soft_shrink": [{"lambd": 1.5}],
    "threshold": [{"threshold": 1.0, "value": -2.0}, {"threshold": -1.0, "value": 3.0}],
}
