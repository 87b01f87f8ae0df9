"""References of the parametric family."""

import numpy as np


def pelu(x, alpha, beta):
    return np.where(x > 0, alpha / beta * x, alpha * np.expm1(np.minimum(x, 0) / beta))


def mpelu(x, alpha, beta):
    return np.where(x > 0, x, alpha * np.expm1(beta * np.minimum(x, 0)))


def xielu(x, alpha_p, alpha_n, beta):
    below = alpha_n * np.expm1(np.minimum(x, 0)) + (beta - alpha_n) * x
    return np.where(x > 0, alpha_p * x**2 + beta * x, below)


SETTINGS = {
    "mpelu": [{"alpha": 0.0, "beta": 0.5}, {"alpha": -0.5, "beta": 0.0}],
    "pelu": [{"alpha": 0.0, "beta": 2.0}, {"alpha": 0.1, "beta": 0.1}],
    "xielu": [{"alpha_p": 0.0, "alpha_n": 0.5}, {"alpha_p": -0.25, "alpha_n": 0.0, "beta": 0.25}],
}
