"""References of the softplus family."""

import numpy as np
from scipy import special


def log_sigmoid(x):
    return special.log_expit(x)


def softplus(x, beta, threshold):
    threshold = np.inf if threshold is None else threshold
    return np.where(beta * x > threshold, x, np.logaddexp(beta * x, 0) / beta)


def shifted_softplus(x):
    return np.maximum(x, 0) + np.log1p(np.expm1(-np.abs(x)) / 2)


def squareplus(x, b):
    # (x + sqrt(x^2 + b)) / 2 as its other root where x is negative: the two cancel there.
    positive = (np.abs(x) + np.sqrt(x * x + b)) / 2
    return np.where(x > 0, positive, b / 4 / positive)


def sparse_plus(x):
    return np.where(x <= -1, 0, np.where(x < 1, np.square(np.clip(x, -1, 1) + 1) / 4, x))


SETTINGS = {
    "softplus": [{"beta": 2.0}, {"beta": 0.25, "threshold": 20.0}],
    "squareplus": [{"b": 0.1}],
}
