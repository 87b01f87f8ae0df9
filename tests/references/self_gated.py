"""References of the swish, gelu and mish families: an input times a gate made of it."""

import numpy as np
from scipy import special


def silu(x):
    return x * special.expit(x)


def e_swish(x, beta):
    return beta * x * special.expit(x)


def quick_gelu(x):
    return x * special.expit(1.702 * x)


def lisht(x):
    return x * np.tanh(x)


def gelu(x, approximate):
    return fast_gelu(x) if approximate else x * special.ndtr(x)


def fast_gelu(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def laplace(x, mu, sigma):
    return special.ndtr((x - mu) / sigma)


def gaussian(x, sigma):
    return np.exp(-np.square(x / sigma) / 2)


def mish(x):
    return x * np.tanh(np.logaddexp(x, 0))


def smish(x, alpha, beta):
    return alpha * x * np.tanh(np.log1p(special.expit(beta * x)))


def serf(x):
    return x * special.erf(np.logaddexp(x, 0))


def tanh_exp(x):
    return x * np.tanh(np.exp(np.minimum(x, 100)))


def logish(x, alpha, beta):
    return alpha * x * np.log1p(special.expit(beta * x))


def phish(x):
    return x * np.tanh(x * special.ndtr(x))


def golu(x):
    return x * np.exp(-np.exp(np.minimum(-x, 100)))


SETTINGS = {
    "e_swish": [{"beta": 2.0}],
    "gelu": [{"approximate": True}],
    "smish": [{"alpha": 0.5, "beta": 2.0}],
    "logish": [{"alpha": 2.0, "beta": 10.0}],
    "laplace": [{"mu": 0.0, "sigma": 1.0}],
    "gaussian": [{"sigma": 0.5}],
}
