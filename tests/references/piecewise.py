"""References of the piecewise family."""

import numpy as np
from scipy.special import expit


def srelu(x, t_left, a_left, t_right, a_right):
    right = t_right + a_right * (x - t_right)
    left = t_left + a_left * (x - t_left)
    return np.where(x >= t_right, right, np.where(x <= t_left, left, x))


def apl(x, a, b):
    hinges = (slope * np.maximum(0, bend - x) for slope, bend in zip(a, b, strict=True))
    return np.maximum(0, x) + sum(hinges)


def arelu(x, alpha, beta):
    return np.where(x > 0, (1 + expit(np.float64(beta))) * x, np.clip(alpha, 0.01, 0.99) * x)


def flexible_relu(x, bias):
    return np.maximum(x, 0) + bias


SETTINGS = {
    "apl": [{"a": (-1.5, 0.0), "b": (0.0, 0.75)}, {"a": (0.0,), "b": (-1.0,)}],
    "arelu": [{"alpha": 1.5, "beta": -3.0}, {"alpha": -0.5}],
    "flexible_relu": [{"bias": 0.5}],
    "srelu": [
        {"t_left": -1.0, "a_left": 0.0, "t_right": 1.0, "a_right": -0.25},
        {"t_left": 0.5, "a_left": 2.0, "t_right": 0.75, "a_right": 3.0},
    ],
}
