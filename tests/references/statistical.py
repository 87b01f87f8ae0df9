"""Reference of the statistical family."""

import numpy as np
from scipy.special import expit


def dice(x, alpha, beta, mean, variance, epsilon):
    p = expit(beta * (x - mean) / np.sqrt(variance + epsilon))
    return p * x + (1 - p) * alpha * x


def meta_acon(x, p1, p2, theta):
    beta = expit(np.float64(theta))
    return (p1 - p2) * x * expit(beta * (p1 - p2) * x) + p2 * x


SETTINGS = {
    "dice": [
        {"beta": 1.0},
        {"alpha": 0.25, "beta": 1.0, "mean": -0.5, "variance": 4.0},
        {"alpha": -0.5, "beta": -2.0, "mean": 1.0, "variance": 0.25, "epsilon": 1e-3},
        {"alpha": 1.0, "beta": 3.0},
    ],
    "meta_acon": [{"p1": -0.5, "p2": 1.0, "theta": 1.5}, {"p1": 0.0, "p2": 0.0}],
}
