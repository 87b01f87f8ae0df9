"""References of the adaptive family."""

import numpy as np
from scipy.special import expit


def swish_beta(x, beta):
    return x * expit(beta * x)


def acon_c(x, p1, p2, beta):
    return (p1 - p2) * x * expit(beta * (p1 - p2) * x) + p2 * x


def meta_acon(x, p1, p2, theta):
    beta = expit(np.float64(theta))
    return (p1 - p2) * x * expit(beta * (p1 - p2) * x) + p2 * x


SETTINGS = {
    "acon_c": [
        {"p1": 1.2, "p2": -0.8},
        {"p1": -0.5, "p2": 0.25, "beta": -2.0},
        {"p1": 0.5, "p2": 0.5, "beta": 0.0},
    ],
    "meta_acon": [{"p1": -0.5, "p2": 1.0, "theta": 1.5}, {"p1": 0.0, "p2": 0.0}],
    "swish_beta": [{"beta": 0.0}, {"beta": -5.0}],
}
