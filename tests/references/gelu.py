"""References of the gelu family."""

import numpy as np
from error_functions import ndtr
from scipy import special


def gelu(x, approximate):
    return fast_gelu(x) if approximate else x * ndtr(x)


def clipped_gelu(x, max_value):
    return np.minimum(gelu(x, approximate=False), max_value)


def fast_gelu(x):
    return x * special.expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))


def laplace(x, mu, sigma):
    return ndtr((x - mu) / sigma)


def gaussian(x, sigma):
    return np.exp(-np.square(x / sigma) / 2)


SETTINGS = {
    "gaussian": [{"sigma": 0.5}],
    "gelu": [{"approximate": True}],
    "laplace": [{"mu": 0.0, "sigma": 1.0}],
}
