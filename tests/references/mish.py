"""References of the mish family."""

import numpy as np
from error_functions import erf, ndtr


def mish(x):
    return x * np.tanh(np.logaddexp(x, 0))


def serf(x):
    return x * erf(np.logaddexp(x, 0))


def tanh_exp(x):
    return x * np.tanh(np.exp(np.minimum(x, 100)))


def phish(x):
    return x * np.tanh(x * ndtr(x))


def golu(x):
    return x * np.exp(-np.exp(np.minimum(-x, 100)))
