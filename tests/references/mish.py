"""References of the mish family."""

import numpy as np
from scipy import special


def mish(x):
    return x * np.tanh(np.logaddexp(x, 0))


def serf(x):
    return x * special.erf(np.logaddexp(x, 0))


def tanh_exp(x):
    return x * np.tanh(np.exp(np.minimum(x, 100)))


def phish(x):
    return x * np.tanh(x * special.ndtr(x))


def golu(x):
    return x * np.exp(-np.exp(np.minimum(-x, 100)))
