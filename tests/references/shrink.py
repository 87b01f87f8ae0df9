"""References of the shrink family."""

import numpy as np


def _ends(lambd, lower, upper):
    return -lambd if lower is None else lower, lambd if upper is None else upper


def soft_shrink(x, **bounds):
    low, high = _ends(**bounds)
    return x - np.clip(x, low, high)


def hard_shrink(x, **bounds):
    low, high = _ends(**bounds)
    return np.where((x < low) | (x > high), x, 0)


def tanh_shrink(x):
    # Near 0 by its Taylor series: the two terms cancel.
    coefficients = [1 / 3, -2 / 15, 17 / 315, -62 / 2835, 1382 / 155925, -21844 / 6081075]
    series = x**3 * np.polynomial.polynomial.polyval(np.square(np.clip(x, -1, 1)), coefficients)
    return np.where(np.abs(x) < 0.05, series, x - np.tanh(x))


def threshold(x, threshold, value):
    return np.where(x > threshold, x, value)


SETTINGS = {
    "hard_shrink": [{"lambd": 1.5}, {"lower": -0.25, "upper": 2.0}],
    "soft_shrink": [{"lambd": 1.5}, {"lower": -0.75}],
    "threshold": [{"threshold": 1.0, "value": -2.0}, {"threshold": -1.0, "value": 3.0}],
}
