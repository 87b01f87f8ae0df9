"""References of the rectified family."""

import numpy as np


def relu(x):
    return np.maximum(x, 0)


def leaky_relu(x, negative_slope):
    return np.where(x > 0, x, negative_slope * x)


def parametric_relu(x, a):
    return np.where(x > 0, x, a * x)


SETTINGS = {
    "leaky_relu": [{"negative_slope": 0.2}, {"negative_slope": 0.0}, {"negative_slope": -0.5}],
    "parametric_relu": [{"a": 0.0}, {"a": -0.5}, {"a": 2.0}],
}
