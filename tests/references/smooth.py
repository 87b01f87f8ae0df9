"""References of the exponential, sigmoidal, softplus, powers and elementary families."""

import numpy as np
from scipy import special


def elu(x, alpha):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def celu(x, alpha):
    return np.maximum(x, 0) + np.minimum(alpha * np.expm1(np.minimum(x, 0) / alpha), 0)


def selu(x, alpha, lmbda):
    return lmbda * elu(x, alpha)


def sigmoid(x):
    return special.expit(x)


def log_sigmoid(x):
    return special.log_expit(x)


def tanh(x):
    return np.tanh(x)


def soft_sign(x):
    return x / (1 + np.abs(x))


def softplus(x, beta):
    return np.logaddexp(beta * x, 0) / beta


def shifted_softplus(x):
    return np.logaddexp(x, 0) - np.log(2)


def squareplus(x, b):
    # (x + sqrt(x^2 + b)) / 2 as its other root where x is negative: the two cancel there.
    positive = (np.abs(x) + np.sqrt(x * x + b)) / 2
    return np.where(x > 0, positive, b / 4 / positive)


def sparse_plus(x):
    return np.where(x <= -1, 0, np.where(x < 1, np.square(np.clip(x, -1, 1) + 1) / 4, x))


def squared_relu(x):
    return np.square(np.maximum(x, 0))


def isru(x, alpha):
    return x / np.sqrt(1 + alpha * x * x)


def isrlu(x, alpha):
    return np.where(x < 0, isru(x, alpha), x)


def bent_identity(x):
    return (np.sqrt(x * x + 1) - 1) / 2 + x


def identity(x):
    return x


def exp(x):
    with np.errstate(over="ignore"):
        return np.exp(x)


def log(x):
    return np.log(x)


def sine(x, w0):
    return np.sin(w0 * x)


SETTINGS = {
    "elu": [{"alpha": 0.5}, {"alpha": -1.0}, {"alpha": 0.0}],
    "celu": [{"alpha": 0.5}, {"alpha": 2.0}],
    "selu": [{"alpha": 1.0, "lmbda": 2.0}],
    "softplus": [{"beta": 2.0}, {"beta": 0.25}],
    "squareplus": [{"b": 0.1}],
    "isru": [{"alpha": 3.0}],
    "isrlu": [{"alpha": 0.1}],
    "sine": [{"w0": 1.0}],
}
