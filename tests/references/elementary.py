"""References of the elementary family."""

import numpy as np


def identity(x):
    return x


def exp(x):
    with np.errstate(over="ignore"):
        return np.exp(x)


def log(x):
    return np.log(x)


def sine(x, w0):
    return np.sin(w0 * x)


SETTINGS = {"sine": [{"w0": 1.0}]}
