"""References of the dynamic family."""

import numpy as np
from error_functions import erf


def dyt(x, alpha, gamma, beta):
    return gamma * np.tanh(alpha * x) + beta


def derf(x, alpha, shift, gamma, beta):
    return gamma * erf(alpha * x + shift) + beta


SETTINGS = {
    "derf": [
        {"alpha": -2.0, "shift": -0.25, "gamma": 1.5, "beta": 0.5},
        {"alpha": 0.0, "gamma": 0.0, "beta": -1.0},
    ],
    "dyt": [{"alpha": -2.0, "gamma": 1.5, "beta": 0.5}, {"alpha": 0.0, "gamma": 0.0, "beta": -1.0}],
}
