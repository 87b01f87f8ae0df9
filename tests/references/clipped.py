"""References of the clipped family."""

import numpy as np


def relu6(x):
    return np.clip(x, 0, 6)


def hard_tanh(x, min_val, max_val):
    return np.clip(x, min_val, max_val)


def hard_sigmoid(x):
    return np.clip(x + 3, 0, 6) / 6


def sparse_sigmoid(x):
    return np.clip(x + 1, 0, 2) / 2


def clipped_relu(x, max_value, negative_slope, threshold):
    y = np.where(x > threshold, x, negative_slope * (x - threshold))
    return y if max_value is None else np.minimum(y, max_value)


SETTINGS = {
    "clipped_relu": [{"max_value": 6.0, "negative_slope": 0.25, "threshold": 0.5}],
    "hard_tanh": [{"min_val": -0.5, "max_val": 2.0}],
}
