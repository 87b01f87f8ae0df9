"""References of the snake family."""

import numpy as np


def snake(x, alpha):
    return x if alpha == 0 else x + np.sin(alpha * x) ** 2 / alpha


def snake_beta(x, alpha, beta):
    return x + np.sin(alpha * x) ** 2 / (beta + 1e-9)


SETTINGS = {
    "snake": [{"alpha": 0.0}, {"alpha": -2.0}],
    "snake_beta": [{"alpha": 0.0, "beta": 2.0}, {"alpha": -0.5, "beta": -0.25}],
}
