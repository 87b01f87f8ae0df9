"""References of the statistical family."""

import numpy as np
from scipy.special import expit


def dice(x, alpha, beta, mean, variance, epsilon):
    p = expit(beta * (x - mean) / np.sqrt(variance + epsilon))
    return p * x + (1 - p) * alpha * x


SETTINGS = {
    "dice": [
        {"beta": 1.0},
        {"alpha": 0.25, "beta": 1.0, "mean": -0.5, "variance": 4.0},
        {"alpha": -0.5, "beta": -2.0, "mean": 1.0, "variance": 0.25, "epsilon": 0.001},
        {"alpha": 1.0, "beta": 3.0},
    ]
}
