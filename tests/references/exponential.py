"""References of the exponential family."""

import numpy as np


def elu(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def celu(x, alpha):
    return np.maximum(x, 0) + np.minimum(alpha * np.expm1(np.minimum(x, 0) / alpha), 0)


def selu(x, alpha, lmbda):
    return lmbda * elu(x, alpha)


SETTINGS = {
    "celu": [{"alpha": 0.5}, {"alpha": 2.0}],
    "elu": [{"alpha": 0.5}, {"alpha": -1.0}, {"alpha": 0.0}],
    "selu": [{"alpha": 1.0, "lmbda": 2.0}],
}
