"""References of the error function family."""

import numpy as np
from error_functions import erf


def pserf(x, gamma, delta):
    return x * erf(gamma * np.logaddexp(0, delta * x))


def erf_act(x, alpha, beta):
    with np.errstate(over="ignore"):
        return x * erf(alpha * np.exp(beta * x))


SETTINGS = {
    "erf_act": [{"alpha": -0.5, "beta": 1.5}, {"alpha": 0.5, "beta": -1.0}],
    "pserf": [
        {"gamma": -0.5, "delta": 1.5},
        {"gamma": 0.01, "delta": -1.0},
        {"gamma": 0.0, "delta": 0.0},
    ],
}
