"""References of the conditional family."""

import numpy as np


def funnel_relu(x, condition):
    return np.maximum(x, condition)


def dy_relu(x, theta, lambda_a, lambda_b):
    shift = 2 / (1 + np.exp(-np.asarray(theta, np.float64))) - 1
    count = len(shift) // 2
    a = lambda_a * shift[:count]
    a[0] += 1
    b = lambda_b * shift[count:]
    return np.max([a[k] * np.asarray(x) + b[k] for k in range(count)], axis=0)


SETTINGS = {
    "dy_relu": [
        {"theta": (1.0, -0.5, 0.25, 2.0)},
        {"theta": (-2.0, 2.0, -1.0, 0.5), "lambda_a": 0.5, "lambda_b": 1.0},
        {"theta": (-60.0, 0.5, 0.0, 1.0)},
    ],
    "funnel_relu": [{"condition": -0.5}, {"condition": 1.5}],
}
